"""Where a run stands, from what its populations say and what they have stored, with an estimate of the time left."""

import math
from dataclasses import replace
from pathlib import Path

from lqbayes.running.session import Session
from lqbayes.running.status import EnsembleStatus, RunStatus, read_heartbeat
from lqbayes.sampling.annealing import COLD
from lqbayes.sampling.convergence import Convergence

# How far the annealing is, for the display only: the number of rungs until the bounds hold and their share of the work, then the power of
# the likelihood from which rungs follow each other about every factor of 2.
_BOUNDS_RUNGS, _BOUNDS_SHARE, _COLD_SHARE = 13, 0.14, 0.46
_FIRST_POWER = 1e-10
_ANNEALING_SHARE = 0.92  # of the work on a population
_TOO_EARLY = 0.02


def status_of_ensemble(folder: Path, index: int, stored: int, steps_per_population: int) -> EnsembleStatus:
    """Say where an ensemble stands that had so many steps before the round: its first population that is not done, else its last one."""
    number = max(stored - 1, 0) // steps_per_population
    found = EnsembleStatus(index, "done" if stored else "waiting", steps=stored, population=number)
    while True:
        said = read_heartbeat(folder, index, number)
        if said is not None:
            found = replace(said, steps=number * steps_per_population + said.steps)
        done = said.stage == "done" if said is not None else stored >= (number + 1) * steps_per_population
        if not done:
            return found
        number += 1


def status_with_diagnosis(status: RunStatus, convergence: Convergence | None) -> RunStatus:
    """Add what the last diagnosis found."""
    if convergence is None:
        return status
    worst, lowest, end = convergence.worst, convergence.lowest_ess, convergence.worst_interval
    return replace(
        status,
        worst_quantity=worst.name,
        worst_rhat=finite(worst.rhat),
        lowest_ess_quantity=lowest.name,
        lowest_ess=finite(lowest.ess),
        lowest_ess_target=lowest.ess_target,
        interval_end=f"{end.interval_end} of {end.name}",
        interval_error=finite(end.interval_error),
        badly_populated=len(convergence.badly_populated),
        missing=len(convergence.missing),
        total=len(convergence.quantities),
        converged=convergence.converged,
        audit=None if convergence.audit is None else str(convergence.audit),
    )


def needed_growth(convergence: Convergence) -> float:
    """Estimate by what factor a run must grow to meet its targets; NaN where nothing varies."""
    factors = [growth for q in convergence.quantities if not math.isnan(growth := convergence.growth(q))]
    return max(1.0, *factors) if factors else math.nan


def finite(x: float) -> float | None:
    """Number for a display; None where there is none."""
    return x if math.isfinite(x) else None


def annealed_share(ensemble: EnsembleStatus) -> float:
    """Estimate the share of an ensemble's annealing that is done."""
    if ensemble.stage in {"sampling", "done"}:
        return 1.0
    if ensemble.stage == "likelihood":
        power = min(max(ensemble.beta, _FIRST_POWER), 0.95)
        if power >= COLD:
            return 1 - _COLD_SHARE * math.log(power) / math.log(COLD)
        done = 1 - math.log(power / COLD) / math.log(_FIRST_POWER / COLD)
        return _BOUNDS_SHARE + (1 - _COLD_SHARE - _BOUNDS_SHARE) * done
    return min(ensemble.rung / _BOUNDS_RUNGS, 1.0) * _BOUNDS_SHARE


def _populations(ensemble: EnsembleStatus, steps_per_population: int) -> float:
    """Work done by an ensemble, in populations."""
    stored = ensemble.steps / steps_per_population
    if ensemble.stage in {"waiting", "done"}:
        return stored
    sampled = min(stored - ensemble.population, 1.0)
    return ensemble.population + _ANNEALING_SHARE * annealed_share(ensemble) + (1 - _ANNEALING_SHARE) * sampled


def time_left(
    ensembles: tuple[EnsembleStatus, ...],
    convergence: Convergence | None,
    judged: int,
    elapsed: float,
    steps_per_population: int,
    session: Session,
) -> float | None:
    """Extrapolate the time so far to the populations that the round and the last diagnosis ask for; None at the beginning."""
    if convergence is not None and convergence.converged:
        return 0.0
    wanted = session.steps_of_round / steps_per_population
    growth = math.nan if convergence is None else needed_growth(convergence)
    if math.isfinite(growth):
        wanted = max(wanted, math.ceil(growth * max(judged // steps_per_population, 1)))
    if session.max_steps is not None:
        bound = session.max_steps / steps_per_population
        wanted = bound if session.even_if_converged else min(wanted, bound)
    done = sum(min(_populations(e, steps_per_population), wanted) for e in ensembles) / (len(ensembles) * wanted)
    return elapsed * (1 - done) / done if done > _TOO_EARLY else None
