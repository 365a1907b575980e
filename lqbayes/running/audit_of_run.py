"""The mode audit of a run: for a share of the evaluations that the run took, whether its populations have missed a mode."""

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
from lqbayes.storage.audit_file import read_audit, write_audit
from lqbayes.storage.run import Run


def audit_run(
    run: Run, share: float = AUDIT_SHARE, points: NDArray[np.float64] | None = None, begun: Future[ModeAudit] | None = None
) -> ModeAudit:
    """Search for modes that a run has missed, and write down what was found; that is read where the same was asked before.

    At most a `share` of the run's evaluations is spent; `points`, (n, d) coordinates, are looked at whatever led somebody to them; `begun`
    is the search, where another process has begun it.
    """
    found = None if points is not None else read_audit(run.path, run.configuration, run.steps, share)
    if found is None:
        try:
            check_writable(run.path)
        except OSError as error:
            said = f"the run directory cannot be written ({error.strerror}), where the audit is kept; audit a copy of the run"
            raise RunError(f"{run.path}: {said}") from None
        found = audited(run, share, run.configuration.seed, points) if begun is None else begun.result()
        write_audit(run.path, run.configuration, run.steps, share, found)
    return found


def search_modes(folder: str, share: float, model_file: tuple[str, str] | None) -> ModeAudit:
    """Search in a process of its own, which writes nothing."""
    run = Run.open(folder, *(() if model_file is None else [Model.of_file(*model_file)]))
    return audited(run, share, run.configuration.seed)


def audited(run: Run, share: float, seed: int, points: NDArray[np.float64] | None = None) -> ModeAudit:
    """Search with random numbers of any seed, and write nothing."""
    posterior, budget = run.posterior_target, int(share * evaluations_of(run))
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
