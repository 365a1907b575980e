"""The mode audit of a run: for a share of the evaluations that the run took, whether its populations have missed a mode."""

import math
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.model import Model
from lqbayes.quantities import resampled
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.mode_audit import ENOUGH_DRAWS, ModeAudit, audit_modes
from lqbayes.sampling.moves.chart import chart_of
from lqbayes.sampling.settings import AUDIT_SHARE
from lqbayes.storage.atomic import check_writable
from lqbayes.storage.audit_file import read_audit, read_spent, write_audit
from lqbayes.storage.run import Run


def audit_run(run: Run, share: float = AUDIT_SHARE, points: NDArray[np.float64] | None = None) -> ModeAudit:
    """Search for modes that a run has missed, and write down what was found; that is read where as much was asked before.

    At most a `share` of the run's evaluations is spent; `points`, (n, d) coordinates, are looked at whatever led somebody to them.
    """
    found = None if points is not None else read_audit(run.path, run.configuration, run.steps, share)
    if found is None:
        try:
            check_writable(run.path)
        except OSError as error:
            said = f"the run directory cannot be written ({error.strerror}), where the audit is kept; audit a copy of the run"
            raise RunError(f"{run.path}: {said}") from None
        found = audited(run, share, run.configuration.seed, points)
        write_audit(run.path, run.configuration, run.steps, share, found, read_spent(run.path, run.configuration)[0])
    return found


def audit_by_itself(run: Run, share: float, begun: Future[ModeAudit] | None = None) -> None:
    """Search as a run does at its end, unless it has for these steps: all its searches together spend at most the share.

    `begun` is the search where another process has begun it.
    """
    if read_audit(run.path, run.configuration, run.steps, share) is None:
        found = _audited_within(run, share) if begun is None else begun.result()
        spent = read_spent(run.path, run.configuration)[0] + found.evaluations
        write_audit(run.path, run.configuration, run.steps, share, found, spent)


def search_modes(folder: str, share: float, model_file: tuple[str, str] | None) -> ModeAudit:
    """Search in a process of its own, which writes nothing."""
    return _audited_within(Run.open(folder, *(() if model_file is None else [Model.of_file(*model_file)])), share)


def _audited_within(run: Run, share: float) -> ModeAudit:
    """Search with what the searches before have left of the share, from the modes that the last of them found too."""
    spent, allowed, modes = read_spent(run.path, run.configuration)
    points = np.array([mode.coordinates for mode in modes]) if modes else None
    return audited(run, share, run.configuration.seed, points, int(max(share, allowed) * evaluations_of(run)) - spent)


def audited(run: Run, share: float, seed: int, points: NDArray[np.float64] | None = None, left: float = math.inf) -> ModeAudit:
    """Search with random numbers of any seed, and write nothing; `left` is what all searches of the run may still spend."""
    posterior, budget = run.posterior_target, int(max(min(share * evaluations_of(run), left), 0))
    moves, chart, draws = moves_of(posterior), chart_of(posterior.prior.table), _some_draws(run)
    return audit_modes(posterior.evaluate, chart, posterior.prior.sample, moves, draws, run.log_evidences, budget, seed, points=points)


def evaluations_of(run: Run) -> int:
    """Count how often the populations of a run evaluated the posterior."""
    settings, sweeps = run.configuration.sampling, run.configuration.sweeps
    populations = [ladder for ladders in run.population_ladders for ladder in ladders]
    starts = len(populations) * (run.configuration.source.draws if run.configuration.source else settings.walkers)
    annealing = sum(sweeps(rung) for ladder in populations for rung, *_ in ladder)
    return starts + settings.walkers * (annealing + settings.ensembles * run.steps * settings.thin)


def _some_draws(run: Run) -> NDArray[np.float64]:
    """Take about as many draws of equal weight as the audit reads, of one ensemble at a time."""
    ensembles, (steps, walkers, _) = run.configuration.ensembles, run.ensemble_coordinates(0).shape
    size = steps * walkers
    chosen = resampled(run.log_evidences, size, min(ENOUGH_DRAWS, ensembles * size))
    rows = (run.ensemble_coordinates(k).reshape(size, -1)[chosen[chosen // size == k] % size] for k in range(ensembles))
    return np.concatenate(list(rows))
