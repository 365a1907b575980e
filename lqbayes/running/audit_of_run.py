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
from lqbayes.storage.audit_file import OwnSearches, read_audit, read_searched, write_audit
from lqbayes.storage.run import Run

_TO_LOOK_AGAIN = 1000  # evaluations for each coordinate of a mode: a climb, the curvature, some weights


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
        own, known = read_searched(run.path, run.configuration)
        missed = [np.array([mode.coordinates]) for mode in known if mode.missed]
        asked = np.concatenate([*missed, *([] if points is None else [points])]) if missed else points
        found = audited(run, int(share * evaluations_of(run)), run.configuration.seed, asked).after(known)
        write_audit(run.path, run.configuration, run.steps, share, found, own)
    return found


def audit_at_end(run: Run, share: float, begun: Future[ModeAudit] | None = None) -> None:
    """Search as a run does by itself, unless that was done with these steps and as large a share; what was found is written down.

    `begun` is the search where another process has begun it.
    """
    if read_audit(run.path, run.configuration, run.steps, share) is None:
        found = _searched(run, share) if begun is None else begun.result()
        own, _ = read_searched(run.path, run.configuration)
        own = OwnSearches(own.evaluations + found.evaluations, max(own.share, share))
        write_audit(run.path, run.configuration, run.steps, share, found, own)


def search_modes(folder: str, share: float, model_file: tuple[str, str] | None) -> ModeAudit:
    """Search in a process of its own, which writes nothing."""
    return _searched(Run.open(folder, *(() if model_file is None else [Model.of_file(*model_file)])), share)


def _searched(run: Run, share: float) -> ModeAudit:
    """Search with what the run's searches before have left of the largest share, from the modes that are known too."""
    own, known = read_searched(run.path, run.configuration)
    full, left = share * evaluations_of(run), max(share, own.share) * evaluations_of(run) - own.evaluations
    # To look again at what was missed costs little, and has to be paid in any case.
    budget = max(min(full, left), _TO_LOOK_AGAIN * run.posterior_target.dimension * sum(mode.missed for mode in known))
    points = np.array([mode.coordinates for mode in known]) if known else None
    # Other places than before: with the steps, the random numbers are others.
    seed = run.configuration.seed if not known else int(np.random.SeedSequence([run.configuration.seed, run.steps]).generate_state(1)[0])
    return audited(run, int(budget), seed, points).after(known, enough=budget >= 0.5 * full)


def audited(run: Run, evaluations: int, seed: int, points: NDArray[np.float64] | None = None) -> ModeAudit:
    """Search with so many evaluations at most and random numbers of any seed, and write nothing."""
    posterior = run.posterior_target
    moves, chart, draws = moves_of(posterior), chart_of(posterior.prior.table), _some_draws(run)
    return audit_modes(posterior.evaluate, chart, posterior.prior.sample, moves, draws, run.log_evidences, evaluations, seed, points=points)


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
