"""How well predictions agree with each measurement: of one point, and of the draws of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import Measurement
from lqbayes.model import Model
from lqbayes.quantities import LEVELS

if TYPE_CHECKING:
    from lqbayes.storage.run import Run

_LARGEST_PULL = 1e4  # that is written without a power of ten


@dataclass(frozen=True, slots=True)
class Pull:
    """Agreement of one prediction with one term of a likelihood."""

    measurement: Measurement
    log_likelihood: float
    sigmas: float | None  # `Measurement.pull`
    allowed: bool

    @property
    def text(self) -> str:
        """The agreement for a table: ``-1.3`` standard deviations, ``allowed`` or ``excluded``."""
        if self.sigmas is None:
            return "allowed" if self.allowed else "excluded"
        return pull_text(self.sigmas)


@dataclass(frozen=True, slots=True)
class PredictedObservable:
    """Posterior of one measured observable, of its modulus where the measurement is of that."""

    name: str
    measured: str
    unit: str
    mean: float
    spread: float  # standard deviation
    median: float
    low68: float
    high68: float


@dataclass(frozen=True, slots=True)
class PredictedTerm:
    """Agreement of the posterior with one measurement."""

    measurement: Measurement
    observables: tuple[PredictedObservable, ...]
    pulls: tuple[float, ...] | None  # Quantiles of the draws' pulls at `LEVELS`
    allowed: float  # Share of the draws


@dataclass(frozen=True, slots=True)
class Predictive:
    """Posterior of one measured observable against the measurement."""

    measurement: Measurement
    predicted: PredictedObservable
    # Posterior mean less the measured value, over both errors in quadrature; `Measurement.pull` is over the measurement's error alone.
    predictive_pull: float | None
    # Share of replicated measurements farther from the median replicate, on either side, than the real one; of a limit, the share of the
    # posterior beyond it.
    p_value: float


def pull_text(sigmas: float) -> str:
    """Write a pull for readers."""
    # Adding 0 makes +0 of the -0 that rounding leaves.
    return f"{round(sigmas, 2) + 0.0:+.2f}" if abs(sigmas) < _LARGEST_PULL else f"{sigmas:+.2g}"


def pulls(likelihood: Likelihood, observables: NDArray[np.float64]) -> tuple[Pull, ...]:
    """Compare one prediction with every measurement."""
    result = []
    for m, term in zip(likelihood.settings.measurements, likelihood.log_terms(observables)[0], strict=True):
        sigmas = m.pull(term, m.predicted(observables, likelihood.model.observable_index))
        result.append(Pull(m, float(term), None if sigmas is None else float(sigmas), bool(term > -math.inf)))
    return tuple(result)


def measurement_symbol(measurement: Measurement, model: Model) -> str:
    """Write the observables of a measurement as physics does."""
    symbols = ", ".join(model.observables[model.observable_index[name]].latex for name in measurement.observables)
    return f"$|{symbols}|$" if measurement.on_modulus else f"${symbols}$"


def predictive_terms(run: Run) -> tuple[PredictedTerm, ...]:
    """Compare the draws of a run with every measurement that it used."""
    draws, index = run.draws(), run.posterior_target.model.observable_index
    observables, terms = draws.pooled(draws.observables), draws.pooled(run.terms())
    measurements = run.configuration.likelihood.measurements
    return tuple(_predicted_term(m, terms[..., column], observables, index) for column, m in enumerate(measurements))


def _predicted_term(m: Measurement, term: NDArray[np.float64], observables: NDArray[np.float64], index: Mapping[str, int]) -> PredictedTerm:
    values = m.predicted(observables, index)
    sigmas = m.pull(term, values)
    entries = []
    for k, (name, text) in enumerate(zip(m.observables, m.texts(), strict=True)):
        x = values[..., k]
        _, low, median, high, _ = _quantiles(x)
        with np.errstate(invalid="ignore", over="ignore"):  # a draw without a prediction is infinite, and so is the mean then
            mean, spread = float(np.mean(x)), float(np.std(x))
        entries.append(PredictedObservable(name, text, m.unit or "1", mean, spread, median, low, high))
    return PredictedTerm(m, tuple(entries), None if sigmas is None else _quantiles(sigmas), float(np.mean(term > -np.inf)))


def predictives(run: Run, terms: Sequence[PredictedTerm], rng: np.random.Generator) -> tuple[Predictive, ...]:
    """Compare replicated measurements with every real one."""
    rows, index = [], run.posterior_target.model.observable_index
    observables = run.draws().pooled(run.draws().observables)
    for term in terms:
        m, values = term.measurement, term.measurement.predicted(observables, index)
        copies = m.draw(values, rng) if m.has_value else None
        for k, entry in enumerate(term.observables):
            pull = None
            if m.is_signal and copies is None:
                p_value = math.nan  # a likelihood that is not the distribution of a measured value
            elif copies is None:
                lower, upper = m.limits(k)
                beyond = (values[:, k] < lower) | (values[:, k] > upper)
                p_value = float(beyond.mean())
            else:
                sigma = m.sigma_plus[k] if entry.mean > m.centre[k] else m.sigma_minus[k]
                pull = (entry.mean - m.centre[k]) / math.hypot(sigma, entry.spread)
                above = float(np.mean(copies[:, k] > m.centre[k]))
                p_value = 2 * min(above, 1 - above)
            rows.append(Predictive(m, entry, pull, p_value))
    return tuple(rows)


def _quantiles(x: NDArray[np.float64]) -> tuple[float, ...]:
    with np.errstate(invalid="ignore"):
        return tuple(float(value) for value in np.quantile(x, list(LEVELS.values())))
