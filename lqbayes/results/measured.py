"""Measurements in words, and how well a prediction agrees with each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import Measurement
from lqbayes.model import Model
from lqbayes.report.rounding import rounded


@dataclass(frozen=True, slots=True)
class Pull:
    """Agreement of one prediction with one term of a likelihood.

    Attributes
    ----------
    measurement
        The term.
    log_likelihood
        Its logarithm, 0 at best.
    sigmas
        Distance from the centre in standard deviations, negative below it; of all observables together, and so never negative, for a
        correlated Gaussian; None for a hard bound or cut.
    allowed
        Whether the term allows the prediction at all.
    """

    measurement: Measurement
    log_likelihood: float
    sigmas: float | None
    allowed: bool

    @property
    def text(self) -> str:
        """The agreement for a table: ``-1.3`` standard deviations, ``allowed`` or ``excluded``."""
        if self.sigmas is None:
            return "allowed" if self.allowed else "excluded"
        return f"{self.sigmas:+.2f}" if abs(self.sigmas) < 1e4 else f"{self.sigmas:+.2g}"


def pulls(likelihood: Likelihood, observables: NDArray[np.float64]) -> tuple[Pull, ...]:
    """Compare one prediction with every measurement."""
    terms = likelihood.log_terms(observables)[0]
    result = []
    for measurement, log_likelihood in zip(likelihood.settings.measurements, terms, strict=True):
        sigmas = pulls_of_draws(measurement, log_likelihood, observables, likelihood.model)
        allowed = bool(log_likelihood > -math.inf)
        result.append(Pull(measurement, float(log_likelihood), None if sigmas is None else float(sigmas), allowed))
    return tuple(result)


def pulls_of_draws(
    measurement: Measurement, log_likelihood: NDArray[np.float64], observables: NDArray[np.float64], model: Model
) -> NDArray[np.float64] | None:
    """Compare many predictions with one measurement."""
    if _hard(measurement):
        return None
    sigmas = np.sqrt(-2 * log_likelihood)
    if len(measurement.observables) > 1:
        return np.asarray(sigmas)
    return np.where(_value(measurement, observables, model) < measurement.centre[0], -sigmas, sigmas)


def measurement_symbol(measurement: Measurement, model: Model) -> str:
    """Write the observables of a measurement as physics does."""
    symbols = ", ".join(model.observables[model.observable_index[name]].symbol for name in measurement.observables)
    return f"$|{symbols}|$" if measurement.modulus else f"${symbols}$"


def _hard(measurement: Measurement) -> bool:
    return measurement.form == "hard-bound" or measurement.cut is not None


def _value(measurement: Measurement, observables: NDArray[np.float64], model: Model) -> NDArray[np.float64]:
    x = observables[..., model.observable_index[measurement.observables[0]]]
    return np.abs(x) if measurement.modulus else x


def measured_texts(measurement: Measurement) -> tuple[str, ...]:
    """Write what was measured, one text for each observable."""
    if measurement.form in {"gaussian", "split-normal", "correlated-gaussian"}:
        cut = "" if measurement.cut is None else f", at most {1.0 if measurement.cut is True else measurement.cut:g} sigma"
        sides = zip(measurement.centre, measurement.sigma_plus, measurement.sigma_minus, strict=True)
        return tuple(_with_errors(*side) + cut for side in sides)
    confidence = "" if measurement.cl is None else f" ({100 * measurement.cl:g} % CL{', hard cut' if measurement.cut is not None else ''})"
    bars = "|x| " if measurement.modulus else ""
    return (bars + _ends(measurement.lower, measurement.upper) + confidence,)


def _with_errors(centre: float, plus: float, minus: float) -> str:
    symmetric = math.isclose(plus, minus, rel_tol=1e-12)
    # All digits that a source gives, but not those of a sum in quadrature.
    exponent = rounded([centre, plus, minus], 0.0)[1]
    value, above, below = (f"{x / 10.0**exponent:.{digits}g}" for x, digits in ((centre, 6), (plus, 3), (minus, 3)))
    text = f"{value} +- {above}" if symmetric else f"{value} +{above} -{below}"
    return f"({text})e{exponent:+03d}" if exponent else text


def _ends(lower: float | None, upper: float | None) -> str:
    if lower is None:
        return f"< {upper:.6g}" if upper is not None else ""
    return f"> {lower:.6g}" if upper is None else f"{lower:.6g} .. {upper:.6g}"
