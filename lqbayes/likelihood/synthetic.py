"""Synthetic measurements: what an experiment would have measured if a given point were the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import Measurement

_VALUES = ("gaussian", "split-normal", "correlated-gaussian")


def check_can_be_drawn(likelihood: Likelihood) -> None:
    """Refuse a likelihood that is not the distribution of measured values."""
    wrong = [m.name for m in likelihood.settings.measurements if m.form != "hard-bound" and (m.form not in _VALUES or m.cut is not None)]
    if wrong:
        raise ArgumentError(
            f"likelihood '{likelihood.settings.name}': no synthetic measurement can be drawn for {', '.join(wrong)}, since limits and cuts "
            "do not say how a measured value is distributed; use gaussian, split-normal or correlated-gaussian without cut"
        )


def synthetic_likelihood(likelihood: Likelihood, observables: NDArray[np.float64], rng: np.random.Generator) -> Likelihood:
    """Replace every measured value by a draw from its distribution about a prediction.

    The likelihood of a prediction x under a measured value c is, but for a constant, the density of c given x, because the errors do not
    depend on c. In a split normal, x above c counts with the upper error: so c scatters below x with the upper error, above with the lower.
    """
    check_can_be_drawn(likelihood)
    measurements = tuple(_drawn(m, observables, likelihood.model.observable_index, rng) for m in likelihood.settings.measurements)
    return Likelihood(replace(likelihood.settings, measurements=measurements), likelihood.model)


def _drawn(measurement: Measurement, observables: NDArray[np.float64], index: Mapping[str, int], rng: np.random.Generator) -> Measurement:
    if measurement.form == "hard-bound":
        return measurement
    predicted = observables[[index[name] for name in measurement.observables]]
    if not np.all(np.isfinite(predicted)):
        raise ArgumentError(f"measurement '{measurement.name}': the true point has no finite prediction; narrow the prior")
    plus, minus = np.array(measurement.sigma_plus), np.array(measurement.sigma_minus)
    if measurement.form == "correlated-gaussian":
        covariance = np.array(measurement.correlation) * np.outer(plus, plus)
        values = rng.multivariate_normal(predicted, covariance, method="cholesky")
    else:
        # Each side holds the share of its width, which makes the density continuous at the mode.
        below = rng.random(1) < plus / (plus + minus)
        distance = np.abs(rng.standard_normal(1))
        values = predicted + np.where(below, -plus, minus) * distance
    return replace(measurement, centre=tuple(map(float, values)))
