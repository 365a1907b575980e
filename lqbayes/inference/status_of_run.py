"""Put the words of all ensembles together into the state of the run, with an estimate of the time left."""

from __future__ import annotations

import math
import time
from pathlib import Path

from lqbayes.inference.convergence import Convergence
from lqbayes.inference.status import EnsembleStatus, RunStatus
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.heartbeat import read_heartbeat

__all__ = ["annealed_share", "status_of_run"]

# How far the annealing is, for the display only: the share of the work that is behind it when the bounds hold, and
# when the likelihood's power is 10^-12 ... 1, one rung each about every factor of 5.
_BOUNDS_SHARE = 0.2
_FIRST_POWER = 1e-12


def status_of_run(
    folder: Path,
    configuration: RunConfiguration,
    convergence: Convergence | None,
    started: float,
    deadline: float | None,
    stage: str,
    message: str,
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
    deadline
        When it ends at the latest.
    stage
        ``running`` or ``ended``.
    message
        A sentence for people.

    Returns
    -------
    RunStatus
        The state, as status.json holds it.
    """
    now = time.time()
    ensembles = tuple(read_heartbeat(folder, index) or EnsembleStatus(index) for index in range(configuration.ensembles))
    elapsed = now - started
    left = 0.0 if stage == "ended" else _time_left(ensembles, convergence, elapsed, configuration.sampling.block)
    if left is not None and deadline is not None:
        left = min(left, max(deadline - now, 0.0))
    status = RunStatus(folder.resolve().name, started, now, elapsed, left, stage, ensembles, message=message)
    if convergence is None:
        return status
    worst, scarcest = convergence.worst, convergence.scarcest
    return RunStatus(
        status.name,
        started,
        now,
        elapsed,
        left,
        stage,
        ensembles,
        worst.name,
        _finite(worst.rhat),
        scarcest.name,
        _finite(scarcest.ess),
        scarcest.ess_target,
        len(convergence.missing),
        len(convergence.quantities),
        convergence.converged,
        message,
    )


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


def _time_left(ensembles: tuple[EnsembleStatus, ...], convergence: Convergence | None, elapsed: float, block: int) -> float | None:
    """Extrapolate the time so far; None where nothing can be said yet."""
    if convergence is None:
        # Before the first diagnosis: the annealing of all ensembles, and a block of steps that costs little beside it.
        done = sum(annealed_share(e) + 0.1 * min(e.steps / block, 1.0) for e in ensembles) / (1.1 * len(ensembles))
        return elapsed * (1 - done) / done if done > 0.05 else None
    scarcest = convergence.scarcest
    if convergence.converged or math.isnan(scarcest.ess):
        return 0.0
    # Effective draws come in proportion to the work.
    return elapsed * max(scarcest.ess_target / max(scarcest.ess, 1e-9) - 1, 0.1)
