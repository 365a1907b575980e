"""Convergence across independent ensembles: nested R-hat, effective sample sizes, errors of interval ends, evidences against means.

What is judged is what is printed. Normal scores of the ranks see where ensembles are, those of the distances from the median how wide they
are (Vehtari et al. 2021, arXiv:1903.08008; of both, the worse one counts), and each median and interval end has its Monte Carlo error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import Draws, Quantity, pooled_rows, quantities, shares
from lqbayes.sampling.effective_size import effective_sample_size, nested_rhat
from lqbayes.sampling.estimates import Estimate, Ordered, error_share, share_in_units, sign_estimates
from lqbayes.sampling.evidence_shift import EvidenceShift, evidence_shift
from lqbayes.sampling.settings import NOT_CONVERGED, ConvergenceTargets

if TYPE_CHECKING:
    from lqbayes.sampling.mode_audit import ModeAudit

Array = NDArray[np.float64]
_THREADS = 4  # each holds a dozen copies of one quantity's draws


@dataclass(frozen=True, slots=True)
class QuantityConvergence:
    """Convergence of one quantity; R-hat, sample size and error are NaN for a constant."""

    name: str
    rhat: float  # nested R-hat, the worse one of ranks and of folded ranks, for a phase of sine and cosine
    ess: float  # effective sample size, likewise
    ess_target: float  # what the latter has to reach
    interval_end: str  # the printed median or interval end with the largest Monte Carlo error
    # That error as a share of half the interval's width, both in normal scores (`lqbayes.sampling.estimates.error_share`); the median
    # belongs to the 68 % interval. An end at a wall that all ensembles reach has no error. A probability of a sign counts by the sign's
    # standard deviation; of a phase, whose own ends depend on where the circle is cut, those of sine and cosine count. NaN with a single
    # ensemble, too.
    interval_error: float
    evidence: EvidenceShift  # what the evidences of the ensembles say of their means, for a phase the larger shift
    passed: bool  # whether all targets are met; True for a constant
    estimates: Mapping[str, Estimate]  # what is printed, by the names of `LEVELS`; of a sign its probability as ``median``
    directions: Mapping[str, Mapping[str, Estimate]]  # the same of sine and cosine of a phase

    @property
    def interval_error_in_units(self) -> float:
        """The largest error of a median or interval end over half the width in the quantity's unit, which is not judged; NaN for a sign."""
        judged = self.directions.values() or [self.estimates]
        return max((share_in_units(name, found) for found in judged for name in found), key=_known)


@dataclass(frozen=True, slots=True)
class Convergence:
    """Convergence of a run."""

    quantities: tuple[QuantityConvergence, ...]  # one entry per reported quantity
    targets: ConvergenceTargets  # what was asked for
    ensembles: int  # with steps and walkers: how many draws were judged
    steps: int
    walkers: int
    audit: ModeAudit | None = None  # what a search for missed modes found in these draws; None before there was one

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
            share = f"{end.interval_error:.2f} of its half width in normal scores"
            parts.append(f"largest error of an interval end {share} ({end.interval_end} of {end.name})")
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


def assess(draws: Draws, targets: ConvergenceTargets, mapped: Callable[..., Iterable[Any]] | None = None) -> Convergence:
    """Judge the convergence of every reported quantity, by threads or by what `mapped` maps with: the bits are the same."""
    if mapped is None:
        with ThreadPoolExecutor(_THREADS) as pool:
            return assess(draws, targets, pool.map)
    found = quantities(draws.posterior)
    columns = (quantity.column_of(draws.points, draws.observables) for quantity in found)
    return Convergence(tuple(mapped(judge, found, columns, repeat(draws.log_evidences), repeat(targets))), targets, *draws.shape)


@lru_cache(maxsize=1)
def _counts(log_evidences: tuple[float, ...], draws: int) -> NDArray[np.int64] | None:
    """How often each draw counts among the pooled ones, of ensembles with so many draws; None for once."""
    rows = pooled_rows(np.array(log_evidences), draws)
    return None if rows is None else np.bincount(rows, minlength=len(log_evidences) * draws)


def judge(quantity: Quantity, column: Array, log_evidences: Array, targets: ConvergenceTargets) -> QuantityConvergence:
    """Judge one quantity by (ensembles, steps, walkers) values of the parameter or observable that it is made of."""
    values, weights = quantity.made_of(np.ascontiguousarray(column)), shares(log_evidences)
    counts = _counts(tuple(log_evidences.tolist()), values[0].size)
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
    needed, constant = targets.ess(quantity), math.isnan(rhat) and len(values) > 1
    end, interval_error = max((_worst_end(entry) for entry in judged), key=lambda found: _known(found[1]))
    interval_error = math.nan if math.isnan(rhat) else interval_error
    evidence = max((evidence_shift(x, log_evidences) for x in shifted), key=lambda found: abs(found.shift))
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
