"""Convergence across independent ensembles: nested R-hat and effective sample sizes.

Walkers of one ensemble influence each other and share a history, so that they are never counted as independent chains. Each ensemble,
annealed on its own, is one superchain (Margossian et al. 2024, arXiv:2110.13017): the spread of the ensembles' means shows how well each
of them knows the posterior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from lqbayes.quantities import Draws, quantities
from lqbayes.sampling.mode_audit import ModeAudit
from lqbayes.sampling.settings import ConvergenceTargets

_LONG_SERIES = 50  # steps from which on the mean over the walkers is worth reading as a series in time
_ROUNDING = 1e-20  # share of the total variance below which the variance within ensembles is rounding

Array = NDArray[np.float64]
NOT_CONVERGED = "NOT CONVERGED"


@dataclass(frozen=True, slots=True)
class QuantityConvergence:
    """Convergence of one quantity.

    Attributes
    ----------
    name
        The quantity.
    rhat, ess
        Nested R-hat and effective sample size; for a phase the worse one of sine and cosine, for a constant NaN.
    ess_target
        What the latter has to reach.
    passed
        Whether both targets are met; True for a constant.
    """

    name: str
    rhat: float
    ess: float
    ess_target: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Convergence:
    """Convergence of a run.

    Attributes
    ----------
    quantities
        One entry per reported quantity.
    targets
        What was asked for.
    ensembles, steps, walkers
        How many draws were judged.
    audit
        What a search for missed modes found in these draws; None before there was one.
    """

    quantities: tuple[QuantityConvergence, ...]
    targets: ConvergenceTargets
    ensembles: int
    steps: int
    walkers: int
    audit: ModeAudit | None = None

    @property
    def targets_met(self) -> bool:
        """Whether every quantity meets its targets; never with a single ensemble."""
        return self.ensembles > 1 and all(q.passed for q in self.quantities)

    @property
    def converged(self) -> bool:
        """Whether the targets are met, and no mode was found that the ensembles have missed."""
        return self.targets_met and not (self.audit and self.audit.missed)

    @property
    def worst(self) -> QuantityConvergence:
        """The quantity with the largest R-hat."""
        return max(self.quantities, key=lambda q: -math.inf if math.isnan(q.rhat) else q.rhat)

    @property
    def lowest_ess(self) -> QuantityConvergence:
        """The quantity whose effective sample size is the smallest share of its target."""
        return min(self.quantities, key=lambda q: q.ess / q.ess_target if q.ess_target > 0 and not math.isnan(q.ess) else math.inf)

    @property
    def missing(self) -> tuple[QuantityConvergence, ...]:
        """Quantities that miss a target."""
        return tuple(q for q in self.quantities if not q.passed)

    @property
    def state(self) -> str:
        """One sentence: whether the run has converged, and what stands in the way."""
        if self.ensembles < 2:
            return f"{NOT_CONVERGED}: one ensemble alone cannot show convergence, sample at least two"
        total, missing, converged = len(self.quantities), len(self.missing), self.converged
        parts = [f"{missing} of {total} quantities miss their target" if missing else f"all {total} quantities meet their targets"]
        if self.audit and self.audit.missed:
            parts.insert(0, str(self.audit))
        worst, lowest = self.worst, self.lowest_ess
        if not math.isnan(worst.rhat):
            parts.append(f"worst R-hat {worst.rhat:.3f} ({worst.name})")
        # In an unconverged run the sample sizes are only news where one of them misses its target.
        if not math.isnan(lowest.ess) and (converged or lowest.ess < lowest.ess_target):
            parts.append(f"scarcest sample {lowest.ess:.0f} of {lowest.ess_target:.0f} ({lowest.name})")
        return ("converged: " if converged else f"{NOT_CONVERGED}: ") + "; ".join(parts)

    def of(self, name: str) -> QuantityConvergence:
        """Find one quantity."""
        return {quantity.name: quantity for quantity in self.quantities}[name]


def rank_normalised(x: Array) -> Array:
    """Replace values by normal scores of their ranks (Vehtari et al. 2021), so that heavy tails and units do not matter."""
    ranks = rankdata(x, axis=None).reshape(x.shape)
    return np.asarray(ndtri((ranks - 0.375) / (x.size + 0.25)))


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
    from_walkers = x.size / _autocorrelation_time(x)
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
            pair += float(np.vdot(centred[:, : steps - one], centred[:, one:])) / (x.size * variance)
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


def assess(draws: Draws, targets: ConvergenceTargets) -> Convergence:
    """Judge the convergence of every reported quantity."""
    entries = []
    for quantity in quantities(draws.posterior):
        scores = [x if quantity.kind == "sign" else rank_normalised(x) for x in quantity.monitored(draws.values(quantity)).values()]
        # One of sine and cosine may be constant: the other one tells.
        rhat = max((r for x in scores if not math.isnan(r := nested_rhat(x))), default=math.nan)
        ess = min((n for x in scores if not math.isnan(n := effective_sample_size(x))), default=math.nan)
        needed = targets.ess(quantity)
        constant = math.isnan(rhat) and draws.shape[0] > 1
        passed = constant or (rhat <= targets.rhat and ess >= needed)
        entries.append(QuantityConvergence(quantity.name, rhat, ess, needed, passed))
    return Convergence(tuple(entries), targets, *draws.shape)
