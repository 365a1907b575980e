"""Are ranks uniform? A chi-square test of their histogram, and a simultaneous band for their distribution function.

The band is that of Säilynoja, Bürkner and Vehtari (2022, Statistics and Computing 32, 32): pointwise binomial intervals whose common
level is chosen such that the whole empirical distribution function of uniform ranks stays inside with a given probability. Here that
probability is exact: counts of ranks are independent Poisson numbers with a given sum, so that a convolution for each step suffices.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binom, chi2, poisson

_EXPECTED_IN_A_BIN = 5.0
_MOST_BINS = 20
_LEAST_LEVEL = 1e-15
_ROUNDING = 1e-9  # tails that are equal by symmetry differ by rounding


def histogram_bins(repetitions: int, ranks: int) -> int:
    """Choose a number of bins that hold equally many ranks each and five or more repetitions."""
    most = min(_MOST_BINS, int(repetitions / _EXPECTED_IN_A_BIN))
    return max((bins for bins in range(1, most + 1) if ranks % bins == 0), default=1)


def chi_square_p_value(values: NDArray[np.int64], ranks: int) -> float:
    """Test the histogram of ranks."""
    bins = histogram_bins(len(values), ranks)
    counts = np.bincount(values * bins // ranks, minlength=bins)
    expected = len(values) / bins
    return float(chi2.sf(np.sum((counts - expected) ** 2) / expected, bins - 1)) if bins > 1 else 1.0


def ecdf_p_value(values: NDArray[np.int64], ranks: int) -> float:
    """Test the empirical distribution function of ranks."""
    n = len(values)
    below = np.cumsum(np.bincount(values, minlength=ranks))[:-1]
    share = np.arange(1, ranks) / ranks
    tails = 2 * np.minimum(binom.cdf(below, n, share), binom.sf(below - 1, n, share))
    return _exit_probability(n, ranks, float(np.min(tails)) * (1 + _ROUNDING))


def ecdf_band(n: int, ranks: int, probability: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Band that the whole empirical distribution function of uniform ranks stays inside."""
    level = _band_level(n, ranks, probability)
    low, high = _count_bounds(n, ranks, level)
    return np.arange(1, ranks) / ranks, low / n, high / n


@lru_cache
def _band_level(n: int, ranks: int, probability: float) -> float:
    """Largest pointwise level, to a relative 1e-6, whose band is left with at most the remaining probability."""
    # The probability is a staircase: the root is one of its steps, and just below it the band is wide enough.
    low, left = math.log(_LEAST_LEVEL), 1 - probability
    root = brentq(lambda log_level: _exit_probability(n, ranks, math.exp(log_level)) - left, low, 0.0, xtol=1e-7)
    return math.exp(float(root) - 1e-6)


def _count_bounds(n: int, ranks: int, level: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the counts below each of the inner edges whose two-sided tail is larger than the level."""
    counts, share = np.arange(n + 1), np.arange(1, ranks)[:, None] / ranks
    inside = 2 * np.minimum(binom.cdf(counts, n, share), binom.sf(counts - 1, n, share)) > level
    return np.argmax(inside, axis=1), n - np.argmax(inside[:, ::-1], axis=1)


@lru_cache(maxsize=4096)
def _exit_probability(n: int, ranks: int, level: float) -> float:
    """Probability that uniform ranks have, at any edge, a two-sided tail of the level or smaller."""
    if level >= 1.0:
        return 1.0
    low, high = _count_bounds(n, ranks, level)
    step = poisson.pmf(np.arange(n + 1), n / ranks)
    paths = np.zeros(n + 1)
    paths[0] = 1.0
    for first, last in zip(low, high, strict=True):
        paths = np.convolve(paths, step)[: n + 1]
        paths[:first] = 0.0
        paths[last + 1 :] = 0.0
    inside = float(np.dot(paths, step[::-1])) / float(poisson.pmf(n, n))
    return min(max(1.0 - inside, 0.0), 1.0)
