"""Importance weights that turn the draws of a run into draws of a neighbouring posterior."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from lqbayes.sampling.convergence import Convergence
from lqbayes.sampling.effective_size import effective_sample_size, rank_normalised

FEWEST_DRAWS = 50
"""Fewer effective draws say nothing of a 68 % interval."""

# A fit of the tail needs some weights to fit.
_FEWEST = 100


@dataclass(frozen=True, slots=True)
class Weights:
    """Pareto-smoothed importance weights."""

    values: NDArray[np.float64]  # (n,) array: weights of all draws in one row, with the sum 1
    k: float  # Shape of the tail of the raw weights; -inf where they are bounded or all alike, inf where there are too few to tell
    draws: float  # Effective number of independent draws before weighting
    ess: float  # The same after weighting: times the share that weighting leaves
    log_evidence_ratio: float  # Logarithm of the new evidence over the old one, that is of the mean weight

    @property
    def k_limit(self) -> float:
        """Largest tail shape that so many draws allow."""
        return k_limit(self.draws)

    @property
    def reliable(self) -> bool:
        """Whether the weights have a tail that lets numbers be taken from them."""
        return self.k <= self.k_limit

    @property
    def usable(self) -> bool:
        """Whether numbers may be taken from the weighted draws: reliable weights, and enough draws left."""
        return self.reliable and self.ess >= FEWEST_DRAWS


def k_limit(draws: float) -> float:
    """Tail shape above which weighted numbers of so many independent draws have no error that can be trusted (arXiv:1507.02646).

    The bound says how many draws of the tail it takes to see it. Walkers of one population share ancestors: they show no more of the tail
    than their effective number does, so that this is what counts.
    """
    return min(1 - 1 / math.log10(draws), 0.7) if draws > 1 else -math.inf


def importance_weights(
    log_ratios: NDArray[np.float64], *, run_ess: float, bounded: bool = False, ensembles: NDArray[np.float64] | None = None
) -> Weights:
    """Smooth the weights of (ensembles, steps, walkers) draws and judge them; ensembles count alike unless they have weights."""
    flat = log_ratios.ravel()
    kept = np.isfinite(flat)
    count = int(kept.sum())
    values = np.zeros(len(flat))
    if count < _FEWEST:
        return Weights(values, math.inf, 0.0, 0.0, -math.inf)
    independent = _independent_draws(log_ratios, run_ess)
    log_weights, k = (flat[kept], -math.inf) if bounded else _smoothed(flat[kept], independent / len(flat))
    if ensembles is not None:
        with np.errstate(divide="ignore"):
            log_weights = log_weights + np.log(np.repeat(ensembles * len(ensembles), len(flat) // len(ensembles))[kept])
    total = float(logsumexp(log_weights))
    values[kept] = np.exp(log_weights - total)
    share = 1 / (len(flat) * float(np.sum(values**2)))
    return Weights(values, k, independent, independent * share, total - math.log(len(flat)))


class SortedValues:
    """Values of all draws in ascending order, for quantiles under many sets of weights."""

    def __init__(self, x: NDArray[np.float64]) -> None:
        self._order = np.argsort(x, kind="stable")
        self._values = x[self._order]

    def quantiles(self, weights: NDArray[np.float64], levels: Sequence[float]) -> NDArray[np.float64]:
        """Quantiles under weights of the draws, in the order that these had."""
        ordered = weights[self._order]
        return np.interp(levels, np.cumsum(ordered) - ordered / 2, self._values)


def weighted_quantiles(x: NDArray[np.float64], weights: NDArray[np.float64], levels: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles of weighted draws."""
    return SortedValues(x).quantiles(weights, levels)


def tail_shape(log_values: NDArray[np.float64], *, run_ess: float) -> float:
    """Fit the upper tail of positive numbers whose mean is wanted."""
    flat = log_values[np.isfinite(log_values)]
    return math.inf if len(flat) < _FEWEST else _smoothed(flat, _independent_draws(log_values, run_ess) / log_values.size)[1]


def _smoothed(log_weights: NDArray[np.float64], efficiency: float) -> tuple[NDArray[np.float64], float]:
    """Smooth the upper tail and measure its shape; -inf where all are alike, inf where ArviZ finds none."""
    if np.ptp(log_weights) < 1e-12:
        return log_weights, -math.inf
    from lqbayes.storage.datatree import pareto_smoothed  # noqa: PLC0415 - ArviZ takes two seconds to load

    smooth, k = pareto_smoothed(log_weights - log_weights.max(), min(1.0, efficiency))
    # ArviZ moves the logarithms by a constant; the smallest weight is never smoothed and shows it.
    lowest = int(np.argmin(log_weights))
    return smooth + (log_weights[lowest] - smooth[lowest]), math.inf if math.isnan(k) else k


def smallest_ess(convergence: Convergence) -> float:
    """Smallest effective sample size of the reported quantities of a run."""
    known = [q.ess for q in convergence.quantities if math.isfinite(q.ess)]
    return max(min(known, default=1.0), 1.0)


def _independent_draws(log_ratios: NDArray[np.float64], run_ess: float) -> float:
    # Ranks, so that excluded draws count as the smallest of all.
    independent = effective_sample_size(rank_normalised(log_ratios))
    # Weights that are all alike, or come from one ensemble, tell nothing of how independent the draws are.
    return run_ess if math.isnan(independent) else min(independent, run_ess)
