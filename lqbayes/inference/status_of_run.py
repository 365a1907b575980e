"""Put the words of all ensembles together into the state of the run, with an estimate of the time left."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

from lqbayes.inference.convergence import Convergence
from lqbayes.inference.status import EnsembleStatus, RunStatus
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.heartbeat import read_heartbeat

__all__ = ["History", "annealed_share", "needed_growth", "status_of_run"]

History = tuple[tuple[float, int, float | None, float | None], ...]

# How far the annealing is, for the display only: the share of the work that is behind it when the bounds hold, and
# when the likelihood's power is 10^-12 ... 1, one rung each about every factor of 5.
_BOUNDS_SHARE = 0.2
_FIRST_POWER = 1e-12


def status_of_run(
    folder: Path,
    configuration: RunConfiguration,
    convergence: Convergence | None,
    started: float,
    before: float,
    deadline: float | None,
    stage: str,
    message: str,
    history: History = (),
) -> RunStatus:
    """Tell where a run stands.

    Parameters
    ----------
    folder
        The run directory.
    configuration
        The contents of run.toml.
    convergence
        The last diagnosis; None before the first.
    started
        When this session of the run began, in seconds since the epoch.
    before
        Seconds of work in the sessions before.
    deadline
        When it ends at the latest.
    stage
        ``running`` or ``ended``.
    message
        A sentence for people.
    history
        Earlier diagnoses.

    Returns
    -------
    RunStatus
        The state, as status.json holds it.
    """
    now = time.time()
    ensembles = tuple(read_heartbeat(folder, index) or EnsembleStatus(index) for index in range(configuration.ensembles))
    elapsed = before + now - started
    left = 0.0 if stage == "ended" else _time_left(ensembles, convergence, elapsed, history, configuration.sampling.block)
    if left is not None and deadline is not None:
        left = min(left, max(deadline - now, 0.0))
    status = RunStatus(folder.resolve().name, started, now, elapsed, left, stage, ensembles, message=message, history=history)
    if convergence is None:
        return status
    worst, scarcest = convergence.worst, convergence.scarcest
    return replace(
        status,
        worst_quantity=worst.name,
        worst_rhat=_finite(worst.rhat),
        scarcest_quantity=scarcest.name,
        scarcest_ess=_finite(scarcest.ess),
        scarcest_target=scarcest.ess_target,
        missing=len(convergence.missing),
        total=len(convergence.quantities),
        converged=convergence.converged,
    )


def needed_growth(convergence: Convergence) -> float:
    """Estimate by what factor a run must grow to meet its targets, from R-hat and from the effective sample sizes.

    Parameters
    ----------
    convergence
        A diagnosis.

    Returns
    -------
    float
        At least 1: R-hat - 1 falls, and effective sample sizes grow, in proportion to the number of populations. NaN where nothing can be
        said, as with a single ensemble.
    """
    worst, scarcest = convergence.worst.rhat, convergence.scarcest
    factors = [1.0]
    if not math.isnan(worst):
        factors.append((worst - 1) / (convergence.targets.rhat - 1))
    if not math.isnan(scarcest.ess):
        factors.append(scarcest.ess_target / max(scarcest.ess, 1e-9))
    return max(factors) if len(factors) > 1 else math.nan


def _finite(x: float) -> float | None:
    return x if math.isfinite(x) else None


def annealed_share(ensemble: EnsembleStatus) -> float:
    """Estimate the share of an ensemble's annealing that is done.

    Parameters
    ----------
    ensemble
        Where it stands.

    Returns
    -------
    float
        Between 0 and 1.
    """
    if ensemble.stage in {"sampling", "done"}:
        return 1.0
    if ensemble.stage == "likelihood":
        power = max(ensemble.power, _FIRST_POWER)
        return _BOUNDS_SHARE + (1 - _BOUNDS_SHARE) * min(1 - math.log(power) / math.log(_FIRST_POWER), 0.99)
    return min(ensemble.rung / 7, 1.0) * _BOUNDS_SHARE


def _time_left(
    ensembles: tuple[EnsembleStatus, ...], convergence: Convergence | None, elapsed: float, history: History, block: int
) -> float | None:
    """Extrapolate the time so far; None where nothing can be said yet."""
    if convergence is None or not history:
        # Before the first diagnosis: the annealing of all ensembles, and a block of steps that costs little beside it.
        done = sum(annealed_share(e) + 0.1 * min(e.steps / block, 1.0) for e in ensembles) / (1.1 * len(ensembles))
        return elapsed * (1 - done) / done if done > 0.05 else None
    growth = needed_growth(convergence)
    if convergence.converged or math.isnan(growth):
        return 0.0
    # Effective draws come in proportion to the work, of which the last diagnosis saw what had been done by then.
    return max(history[-1][0] * growth - elapsed, 0.0)
