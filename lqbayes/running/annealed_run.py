"""A run that begins with the draws of another one, under another likelihood."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lqbayes.input.errors import RunError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.support import refuse_lost_bounds
from lqbayes.posterior import Posterior
from lqbayes.running.engine import Engine
from lqbayes.running.new_run import Bounds, asked, begin
from lqbayes.running.source_run import source_of
from lqbayes.running.status import RunStatus
from lqbayes.sampling.settings import AUDIT_SHARE, ConvergenceTargets, SamplingSettings
from lqbayes.storage.run import Run

_WALKERS_OF_SOURCE = 6  # to one walker


def anneal_from(
    run: Run,
    likelihood: Likelihood,
    path: str | Path,
    *,
    seed: int | None = None,
    targets: ConvergenceTargets | None = None,
    max_time: float | None = None,
    max_steps: int | None = None,
    workers: int | None = None,
    engine: str = "local",
    scheduler: str | None = None,
    audit: float = AUDIT_SHARE,
    force: bool = False,
    report_status: Callable[[RunStatus], None] | None = None,
) -> Run:
    """Anneal the draws of a run to another likelihood, with the same prior and ensembles.

    A sixth of the walkers, chosen from all stored draws, make the more sweeps: what the new likelihood wants and the old run has few
    draws of is found by moves, not by copies.

    Parameters
    ----------
    run
        Where the populations begin, each from all stored steps of its own; it must stay where it is until the new run has ended.
    likelihood
        The new likelihood, of the run's model. It must exclude all that the hard bounds of the old one exclude.
    path
        The new run directory. Its run.toml names the old one.
    seed, targets
        Those of the run unless given.
    max_steps
        At which the new run ends even if it has not converged; as many as the run has unless given. `resume` goes on beyond: then
        populations begin with the same draws as before, and take other ways.
    max_time, workers, engine, scheduler, audit, force, report_status
        As `sample` has them.

    Returns
    -------
    Run
        The new run. Its evidence is that of the old run times the ratio that was found on the way.

    Raises
    ------
    lqbayes.input.errors.ArgumentError
        If the likelihood allows what the run has no draws of, or with all settings that make no sense.
    lqbayes.input.errors.RunError
        If the run has no complete populations, or the directory cannot be used.
    """
    old, folder = run.configuration, Path(path)
    if folder.resolve() == run.path.resolve():
        raise RunError(f"{folder}: is the run that is annealed, and its draws are needed; choose another directory")
    posterior = Posterior(run.posterior_target.prior, likelihood)
    walkers = max(old.walkers // _WALKERS_OF_SOURCE, SamplingSettings.fewest_walkers(posterior.dimension))
    settings = replace(old.sampling, walkers=walkers, **({} if seed is None else {"seed": seed}))
    bounds = Bounds(max_time, max_steps, Engine(engine, scheduler, workers), audit, force, report_status)
    configuration = asked(posterior, settings, targets or old.targets, bounds)
    refuse_lost_bounds(old.likelihood, likelihood.settings)
    source = source_of(run, folder)
    most = source.populations * settings.steps_per_population if max_steps is None else max_steps
    return begin(folder, replace(configuration, source=source), posterior, replace(bounds, max_steps=most))
