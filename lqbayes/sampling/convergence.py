"""Convergence across independent ensembles: nested R-hat, effective sample sizes, errors of interval ends, evidences against means.

Walkers of one ensemble influence each other and share a history, so that they are never counted as independent chains. Each ensemble,
annealed on its own, is one superchain (Margossian et al. 2024, arXiv:2110.13017): the spread of the ensembles' means shows how well each
of them knows the posterior.

What is judged is what is printed. Normal scores of the ranks see where ensembles are, those of the distances from the median how wide they
are (Vehtari et al. 2021, arXiv:1903.08008; of both, the worse one counts), and each median and interval end has its Monte Carlo error.
Where ensembles of larger evidence are somewhere else than the others, too few of them know a part of the posterior.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import Draws, Quantity, quantities
from lqbayes.sampling.estimates import Estimate, Ordered, error_share, jackknife_error, sign_estimates, without_each
from lqbayes.sampling.mode_audit import ModeAudit
from lqbayes.sampling.settings import ConvergenceTargets

_LONG_SERIES = 50  # steps from which on the mean over the walkers is worth reading as a series in time
_ROUNDING = 1e-20  # share of the total variance below which the variance within ensembles is rounding
# A shift by the evidences counts if it is as large and so many of its own errors. By chance that is so in a few of a hundred runs of 8
# ensembles whose ln Z scatter by .6 and whose means scatter as R-hat 1.01 allows (bench/stop_rule.py).
SMALLEST_SHIFT, _ERRORS_OF_SHIFT = 0.1, 2.0
_THREADS = 4  # each holds a dozen copies of one quantity's draws
_FEWEST_FOR_SHIFT = 4  # two ensembles are always in line, and without one of three the others are


Array = NDArray[np.float64]
NOT_CONVERGED = "NOT CONVERGED"


@dataclass(frozen=True, slots=True)
class EvidenceShift:
    """How the means of a quantity go with the evidences of the ensembles, in its normal scores (of a sign in its values).

    Attributes
    ----------
    correlation
        Of the ensembles' ln Z with their means; NaN with fewer than four ensembles, and where all of them have one evidence.
    shift, error
        Mean weighted by the evidences less the plain mean, in posterior standard deviations, with the jackknife error over the ensembles.
    """

    correlation: float = math.nan
    shift: float = 0.0
    error: float = math.nan

    @property
    def alarming(self) -> bool:
        """Whether part of the posterior is badly populated: a shift of a tenth of a standard deviation and of two errors."""
        return abs(self.shift) >= max(SMALLEST_SHIFT, _ERRORS_OF_SHIFT * self.error)


@dataclass(frozen=True, slots=True)
class QuantityConvergence:
    """Convergence of one quantity.

    Attributes
    ----------
    name
        The quantity.
    rhat, ess
        Nested R-hat and effective sample size, the worse ones of ranks and of folded ranks, for a phase of sine and cosine; for a constant
        NaN.
    ess_target
        What the latter has to reach.
    interval_end, interval_error
        The printed median or interval end with the largest Monte Carlo error, and that error as a share of half the interval's width, both
        in normal scores (`lqbayes.sampling.estimates.error_share`); the median belongs to the 68 % interval. An end at a wall that all
        ensembles reach has no error. A probability of a sign counts by the sign's standard deviation; of a phase, whose own ends depend on
        where the circle is cut, those of sine and cosine count. NaN for a constant and with a single ensemble.
    evidence
        What the evidences of the ensembles say of their means, for a phase the larger shift.
    passed
        Whether all targets are met; True for a constant.
    estimates
        What is printed, by the names of `lqbayes.quantities.LEVELS`; of a sign its probability as ``median``.
    directions
        The same of sine and cosine of a phase.
    """

    name: str
    rhat: float
    ess: float
    ess_target: float
    interval_end: str
    interval_error: float
    evidence: EvidenceShift
    passed: bool
    estimates: Mapping[str, Estimate]
    directions: Mapping[str, Mapping[str, Estimate]]


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
        return max(self.quantities, key=lambda q: _known(q.rhat))

    @property
    def lowest_ess(self) -> QuantityConvergence:
        """The quantity whose effective sample size is the smallest share of its target."""
        return min(self.quantities, key=lambda q: q.ess / q.ess_target if q.ess_target > 0 and not math.isnan(q.ess) else math.inf)

    @property
    def worst_interval(self) -> QuantityConvergence:
        """The quantity with the least known median or interval end."""
        return max(self.quantities, key=lambda q: _known(q.interval_error))

    @property
    def badly_populated(self) -> tuple[QuantityConvergence, ...]:
        """Quantities that ensembles of larger evidence have somewhere else, the largest shift first."""
        return tuple(sorted((q for q in self.quantities if q.evidence.alarming), key=lambda q: -abs(q.evidence.shift)))

    @property
    def missing(self) -> tuple[QuantityConvergence, ...]:
        """Quantities that miss a target."""
        return tuple(q for q in self.quantities if not q.passed)

    @property
    def state(self) -> str:
        """One sentence: whether the run has converged, and what stands in the way."""
        alarm = [str(self.audit)] if self.audit and self.audit.missed else []
        if self.ensembles < 2:
            return f"{NOT_CONVERGED}: {'; '.join([*alarm, 'one ensemble alone cannot show convergence, sample at least two'])}"
        total, missing, converged = len(self.quantities), len(self.missing), self.converged
        parts = [*alarm, f"{missing} of {total} quantities miss their target" if missing else f"all {total} quantities meet their targets"]
        worst, lowest, end = self.worst, self.lowest_ess, self.worst_interval
        if not math.isnan(worst.rhat):
            parts.append(f"worst R-hat {worst.rhat:.3f} ({worst.name})")
        # In an unconverged run the others are only news where one of them misses its target.
        if not math.isnan(lowest.ess) and (converged or lowest.ess < lowest.ess_target):
            parts.append(f"scarcest sample {lowest.ess:.0f} of {lowest.ess_target:.0f} ({lowest.name})")
        if not math.isnan(end.interval_error) and (converged or end.interval_error > self.targets.interval_error):
            parts.append(f"largest error of an interval end {end.interval_error:.2f} of its half width ({end.interval_end} of {end.name})")
        if self.badly_populated:
            first, count = self.badly_populated[0], len(self.badly_populated)
            more = f" and {count - 1} more" if count > 1 else ""
            shift = f"shifted by {first.evidence.shift:+.2f} standard deviations"
            parts.append(f"badly populated: ensembles of larger ln Z have {first.name} {shift}{more}")
        return ("converged: " if converged else f"{NOT_CONVERGED}: ") + "; ".join(parts)

    def growth(self, quantity: QuantityConvergence) -> float:
        """Estimate by what factor the run must grow for a quantity to meet its targets; NaN for what does not vary."""
        if math.isnan(quantity.rhat):
            return math.nan
        from_error = (quantity.interval_error / self.targets.interval_error) ** 2
        return max((quantity.rhat - 1) / (self.targets.rhat - 1), quantity.ess_target / max(quantity.ess, 1e-9), from_error)

    def of(self, name: str) -> QuantityConvergence:
        """Find one quantity."""
        return {quantity.name: quantity for quantity in self.quantities}[name]


def _known(x: float) -> float:
    return -math.inf if math.isnan(x) else x


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
    rows = draws.pooled_rows
    counts = None if rows is None else np.bincount(rows, minlength=math.prod(draws.shape))
    with ThreadPoolExecutor(_THREADS) as pool:  # sorting, which takes the time, lets other threads run
        entries = tuple(pool.map(lambda quantity: entry_of(draws, quantity, counts, targets), quantities(draws.posterior)))
    return Convergence(entries, targets, *draws.shape)


def entry_of(draws: Draws, quantity: Quantity, counts: NDArray[np.int64] | None, targets: ConvergenceTargets) -> QuantityConvergence:
    """Judge one quantity; `counts` says how often each draw counts among the pooled ones, None for once."""
    values, weights = draws.values(quantity), draws.weights
    directions: dict[str, Mapping[str, Estimate]] = {}
    if quantity.kind == "sign":
        estimates = sign_estimates(values, weights)
        judged, scores, shifted = [estimates], [values], [values]
    else:
        ordered = Ordered(values)
        estimates = ordered.ends(weights, counts)
        sides = {quantity.name: ordered}
        if quantity.kind == "phase":
            sides = {name: Ordered(x) for name, x in quantity.monitored(values).items()}
            directions = {name: side.ends(weights, counts) for name, side in sides.items()}
        judged = list(directions.values()) or [estimates]
        shifted = [side.normal_scores() for side in sides.values()]
        scores = [*shifted, *(side.folded().normal_scores() for side in sides.values())]
    # One of sine and cosine may be constant: the other one tells.
    rhat = max(_numbers(map(nested_rhat, scores)), default=math.nan)
    ess = min(_numbers(map(effective_sample_size, scores)), default=math.nan)
    needed, constant = targets.ess(quantity), math.isnan(rhat) and draws.shape[0] > 1
    end, interval_error = max((_worst_end(entry) for entry in judged), key=lambda found: _known(found[1]))
    interval_error = math.nan if math.isnan(rhat) else interval_error
    evidence = max((_evidence_shift(x, draws) for x in shifted), key=lambda found: abs(found.shift))
    passed = constant or (rhat <= targets.rhat and ess >= needed and interval_error <= targets.interval_error and not evidence.alarming)
    return QuantityConvergence(quantity.name, rhat, ess, needed, end, interval_error, evidence, passed, estimates, directions)


def _numbers(found: Iterable[float]) -> list[float]:
    return [x for x in found if not math.isnan(x)]


def _worst_end(estimates: Mapping[str, Estimate]) -> tuple[str, float]:
    """Find the number that is known least, with its error as a share of half the width of its interval, of a sign of its deviation."""
    if len(estimates) == 1:
        sign = estimates["median"]
        deviation = math.sqrt(max(sign.value * (1 - sign.value), 0.0))
        shares = {"median": 0.0 if sign.error == 0 else sign.error / deviation if deviation > 0 else sign.error * math.inf}
    else:
        shares = {name: error_share(name, estimate) for name, estimate in estimates.items()}
    name = max(shares, key=lambda end: _known(shares[end]))
    return name, shares[name]


def _evidence_shift(x: Array, draws: Draws) -> EvidenceShift:
    """Compare the means of the ensembles with their evidences."""
    spread = float(np.std(x))
    if spread == 0 or len(x) < _FEWEST_FOR_SHIFT or np.ptp(draws.log_evidences) == 0:
        return EvidenceShift()
    means, equal = np.mean(x, axis=(1, 2)) / spread, np.full(len(x), 1 / len(x))
    error = jackknife_error(without_each(means, draws.weights) - without_each(means, equal))
    logs = draws.log_evidences - np.mean(draws.log_evidences)
    length = float(np.linalg.norm(logs) * np.linalg.norm(means - equal @ means))
    return EvidenceShift(float(logs @ means) / length if length > 0 else math.nan, float((draws.weights - equal) @ means), float(error))
