"""Nested R-hat and effective sample size of independent ensembles, of one array of values.

Walkers of one ensemble influence each other and share a history, so that they are never counted as independent chains. Each ensemble,
annealed on its own, is one superchain (Margossian et al. 2024, arXiv:2110.13017): the spread of the ensembles' means shows how well each
of them knows the posterior.
"""

import math

import numpy as np

from lqbayes.sampling.estimates import Array, Ordered

_LONG_SERIES = 50  # steps from which on the mean over the walkers is worth reading as a series in time
_ROUNDING = 1e-20  # share of the total variance below which the variance within ensembles is rounding


def rank_normalised(x: Array) -> Array:
    """Replace values by normal scores of their ranks."""
    return Ordered(x).normal_scores()


def nested_rhat(x: Array) -> float:
    """Nested R-hat, sqrt(1 + B / W)."""
    if len(x) < 2 or np.ptp(x) == 0:
        return math.nan
    within, between = _variances(x)
    return math.sqrt(1 + between / within) if within > 0 else math.inf


def effective_sample_size(x: Array) -> float:
    """Effective sample size of all ensembles together, the smallest one of three estimates and of the number of draws.

    What binds in a run with the default settings is the scatter between its ensembles, an estimate with K - 1 degrees of freedom: with
    K = 8 its relative error is sqrt(2 / 7), one half. The other two only ever lower it, where ensembles agree by chance.
    """
    ensembles, steps, _ = x.shape
    if ensembles < 2 or np.ptp(x) == 0:
        return math.nan
    within, between = _variances(x)
    if within == 0:
        return 0.0
    from_scatter = ensembles * within / between if between > 0 else math.inf
    # The time is at most the number of steps: where the scatter says less than that, it need not be known.
    from_walkers = x.size / _autocorrelation_time(x) if from_scatter > x.size / steps else math.inf
    from_series = math.inf
    if steps >= _LONG_SERIES:
        error = float(np.mean([_error_of_mean(series) for series in np.mean(x, axis=2)]))
        from_series = ensembles * within / error if error > 0 else math.inf
    return min(from_scatter, from_walkers, from_series, float(x.size))


def _variances(x: Array) -> tuple[float, float]:
    """Mean variance within the ensembles, exactly 0 where it is rounding, and variance of their means."""
    within = float(np.mean(np.var(x, axis=(1, 2))))
    between = float(np.var(np.mean(x, axis=(1, 2)), ddof=1))
    return (within if within > _ROUNDING * (within + between) else 0.0), between


def _autocorrelation_time(x: Array) -> float:
    """Integrated autocorrelation time of the walkers in steps, 1 + 2 sum (1 - l / n) rho_l, at least 1; n where no walker ever moves.

    The covariance at each lag is about the mean of all draws and is pooled over all walkers, so that five steps are enough.
    """
    steps = x.shape[1]
    centred = x - np.mean(x)
    variance = float(np.mean(centred * centred))
    total = -1.0
    for lag in range(0, steps, 2):
        # Geyer's initial positive sequence: pairs of lags as long as their sum is positive; the last lag may stand alone.
        pair = 0.0
        for one in range(lag, min(lag + 2, steps)):
            pair += sum(float(np.vdot(rows[: steps - one], rows[one:])) for rows in centred) / (x.size * variance)
        if pair <= 0:
            break
        total += 2 * pair
    return max(total, 1.0)


def _error_of_mean(series: Array) -> float:
    """Variance of the mean of a time series, with Geyer's initial positive sequence."""
    steps = len(series)
    centred = series - np.mean(series)
    spectrum = np.fft.rfft(centred, 2 * steps)
    covariance = np.fft.irfft(spectrum * np.conj(spectrum))[:steps] / steps
    if covariance[0] <= 0:
        return 0.0
    total = 0.0
    for lag in range(0, steps - 1, 2):
        pair = covariance[lag] + covariance[lag + 1]
        if pair <= 0:
            break
        total += pair
    # Sum over both signs of the lag; never less than for independent steps.
    return float(max(2 * total - covariance[0], covariance[0]) / steps)
