"""What the posterior predicts for each measurement, beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lqbayes.likelihood.measurement import Measurement
from lqbayes.results.measured import measured_texts, pulls_of_draws

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


_LEVELS = (0.025, 0.16, 0.5, 0.84, 0.975)


@dataclass(frozen=True, slots=True)
class PredictedObservable:
    """Posterior predictive distribution of one measured observable.

    Attributes
    ----------
    name
        The observable.
    measured
        The measurement in words.
    unit
        Unit of the measurement and of the numbers here.
    mean, spread
        Mean and standard deviation over the draws.
    median, low68, high68
        Median and ends of the equal-tailed 68 % interval.
    """

    name: str
    measured: str
    unit: str
    mean: float
    spread: float
    median: float
    low68: float
    high68: float


@dataclass(frozen=True, slots=True)
class PredictedTerm:
    """Agreement of the posterior with one measurement.

    Attributes
    ----------
    measurement
        The measurement.
    observables
        One entry for each of its observables.
    pulls
        Quantiles at 2.5, 16, 50, 84 and 97.5 % of the draws' pulls in standard deviations, with the sign of
        `lqbayes.results.measured.Pull`; None for a hard bound or cut.
    allowed
        Share of the draws that it allows.
    """

    measurement: Measurement
    observables: tuple[PredictedObservable, ...]
    pulls: tuple[float, ...] | None
    allowed: float


def predictive_terms(run: Run) -> tuple[PredictedTerm, ...]:
    """Compare the draws of a run with every measurement that it used."""
    observables, terms = run.draws().observables, run.terms()
    result = []
    for column, measurement in enumerate(run.configuration.likelihood.measurements):
        term = terms[..., column]
        sigmas = pulls_of_draws(measurement, term, observables, run.posterior_target.model)
        quantiles = None if sigmas is None else tuple(_quantiles(sigmas))
        entries = tuple(
            _predicted(name, text, measurement.unit, observables[..., run.posterior_target.model.observable_index[name]])
            for name, text in zip(measurement.observables, measured_texts(measurement), strict=True)
        )
        result.append(PredictedTerm(measurement, entries, quantiles, float(np.mean(term > -np.inf))))
    return tuple(result)


def _predicted(name: str, measured: str, unit: str, x: NDArray[np.float64]) -> PredictedObservable:
    _, low, median, high, _ = _quantiles(x)
    with np.errstate(invalid="ignore", over="ignore"):  # a draw without a prediction is infinite, and so is the mean then
        mean, spread = float(np.mean(x)), float(np.std(x))
    return PredictedObservable(name, measured, unit, mean, spread, median, low, high)


def _quantiles(x: NDArray[np.float64]) -> list[float]:
    with np.errstate(invalid="ignore"):
        return [float(value) for value in np.quantile(x, _LEVELS)]
