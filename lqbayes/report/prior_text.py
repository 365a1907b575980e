"""The prior of a parameter in words."""

from __future__ import annotations

from lqbayes.prior.parameter_prior import ParameterPrior


def prior_text(prior: ParameterPrior) -> str:
    """Write the numbers of a prior."""
    if prior.lower is not None and prior.upper is not None:
        sign = {"either": ", either sign", "negative": ", negative"}.get(prior.sign or "", "")
        return f"{prior.lower:.6g} .. {prior.upper:.6g}{sign}"
    if prior.value is None:
        return ""
    if prior.plus is None or prior.minus is None:
        return f"{prior.value:.6g}"
    if prior.plus == prior.minus:
        return f"{prior.value:.6g} +- {prior.plus:.6g}"
    return f"{prior.value:.6g} +{prior.plus:.6g} -{prior.minus:.6g}"
