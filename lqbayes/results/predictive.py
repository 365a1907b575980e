"""Posterior predictive: what the posterior says of each measurement, and replicated measurements beside the real one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lqbayes.likelihood.measurement import Measurement

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


MEASURED_FORMS = ("gaussian", "split-normal", "correlated-gaussian")


@dataclass(frozen=True, slots=True)
class Predictive:
    """Posterior of one measured observable against the measurement.

    Attributes
    ----------
    measurement
        The term.
    observable
        Which of its observables; of the modulus where the measurement is of that.
    median, low68, high68
        Posterior median and ends of the 68 % interval.
    pull
        The predictive pull: posterior mean less the measured value, so negative below it as every pull here, over the root of the sum of
        the measurement's variance (on the side of the posterior) and the posterior's; None for a limit or bound. The pull of a draw,
        `lqbayes.results.measured.pulls_of_draws`, is over the measurement's error alone.
    p_value
        Share of replicated measurements farther from the median replicate, on either side, than the real one; of a limit, the share of the
        posterior beyond it.
    """

    measurement: Measurement
    observable: str
    median: float
    low68: float
    high68: float
    pull: float | None
    p_value: float


def predictives(run: Run, rng: np.random.Generator) -> tuple[Predictive, ...]:
    """Compare the posterior with every measurement."""
    rows = []
    observables = run.draws().observables.reshape(-1, len(run.posterior_target.model.observables))
    for m in run.configuration.likelihood.measurements:
        values = observables[:, [run.posterior_target.model.observable_index[name] for name in m.observables]]
        values = np.abs(values) if m.modulus else values
        copies = replicated(m, values, rng) if m.form in MEASURED_FORMS else None
        for k, name in enumerate(m.observables):
            x = values[:, k]
            low, median, high = (float(end) for end in np.quantile(x, (0.16, 0.5, 0.84)))
            if copies is None:
                beyond = np.zeros(len(x), dtype=bool)
                if m.lower is not None:
                    beyond |= x < m.lower
                if m.upper is not None:
                    beyond |= x > m.upper
                rows.append(Predictive(m, name, median, low, high, None, float(beyond.mean())))
                continue
            mean = float(x.mean())
            sigma = m.sigma_plus[k] if mean > m.centre[k] else m.sigma_minus[k]
            pull = (mean - m.centre[k]) / math.hypot(sigma, float(x.std()))
            above = float(np.mean(copies[:, k] > m.centre[k]))
            rows.append(Predictive(m, name, median, low, high, pull, 2 * min(above, 1 - above)))
    return tuple(rows)


def replicated(measurement: Measurement, predicted: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw what the experiment would measure again."""
    plus, minus = np.array(measurement.sigma_plus), np.array(measurement.sigma_minus)
    noise = rng.standard_normal(predicted.shape)
    if measurement.correlation is not None:
        factor = np.linalg.cholesky(np.array(measurement.correlation) * np.outer(plus, plus))
        return np.asarray(predicted + noise @ factor.T)
    below = rng.random(predicted.shape) < plus / (plus + minus)
    return np.asarray(predicted + np.where(below, -plus, minus) * np.abs(noise))
