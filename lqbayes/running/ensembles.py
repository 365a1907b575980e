"""Run many independent ensembles, side by side, until they agree: begin a run, and go on with one."""

import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lqbayes.input.errors import RunError, RunWarning
from lqbayes.model import Model
from lqbayes.model.installed import package_versions
from lqbayes.posterior import Posterior
from lqbayes.running.engine import Engine
from lqbayes.running.new_run import Bounds, asked, begin
from lqbayes.running.replace_run import remove_leftovers
from lqbayes.running.run_lock import locked
from lqbayes.running.sampling_session import SamplingSession
from lqbayes.running.session import Session, bound_problems, lost_session, read_session, whole_populations
from lqbayes.running.status import RunStatus, has_ended, read_status
from lqbayes.sampling.settings import AUDIT_SHARE, DEFAULT_MAX_STEPS, ConvergenceTargets, SamplingSettings, audit_problems, refuse
from lqbayes.storage.configuration import RunConfiguration, current_versions, version_differences
from lqbayes.storage.run import Run
from lqbayes.storage.stored_draws import stored_steps

_DEFAULTS = SamplingSettings()


def sample(
    posterior: Posterior,
    path: str | Path,
    *,
    seed: int = 1,
    ensembles: int = _DEFAULTS.ensembles,
    walkers: int | None = None,
    sweeps_per_rung: int | None = None,
    thin: int | None = None,
    steps_per_population: int = _DEFAULTS.steps_per_population,
    targets: ConvergenceTargets | None = None,
    max_time: float | None = None,
    max_steps: int | None = DEFAULT_MAX_STEPS,
    workers: int | None = None,
    engine: str = "local",
    scheduler: str | None = None,
    audit: float = AUDIT_SHARE,
    force: bool = False,
    report_status: Callable[[RunStatus], None] | None = None,
) -> Run:
    """Sample a posterior with independent annealed ensembles until they have converged.

    Parameters
    ----------
    posterior
        What to sample.
    path
        The run directory, which must not hold a run yet.
    seed
        Every random number follows from it: the same seed gives the same bits, however many processes work and however often the run was
        interrupted.
    ensembles, walkers, sweeps_per_rung, thin, steps_per_population
        See `SamplingSettings`; what is not given follows from the number of free parameters.
    targets
        When sampling may end.
    max_time
        Seconds after which it ends anyway.
    max_steps
        Stored steps per ensemble, over all its populations, after which it ends anyway; None for no bound. More than one population has are
        rounded up to whole populations.
    workers
        Number of processes, of which each works on one population at a time; all available cores unless given. With 1, everything runs
        in this process. With more, a script that calls this function needs ``if __name__ == "__main__":``, as always where Python starts
        processes.
    engine
        ``local``, or ``dask`` for the workers of a dask.distributed cluster, which must see the run directory under the same path.
    scheduler
        Address of the dask scheduler.
    audit
        Share of the run's evaluations that are spent at the end on a search for modes which all ensembles have missed, at most 0.1; 0 for
        none. A mode that nothing leads to is not found.
    force
        Whether to replace a run that the directory holds. Only files that lqbayes wrote are deleted; its folder ``results`` is renamed.
    report_status
        Called about twice a second with the state of the run.

    Returns
    -------
    Run
        The run; `Run.converged` says whether it met the targets.

    Raises
    ------
    lqbayes.input.errors.ArgumentError
        With all settings that make no sense.
    lqbayes.input.errors.RunError
        If the directory holds a run, is in use or cannot be written, or if the time was over before the annealing.
    """
    numbers = {"walkers": walkers, "sweeps_per_rung": sweeps_per_rung, "thin": thin, "steps_per_population": steps_per_population}
    settings = SamplingSettings.chosen(posterior.dimension, seed=seed, ensembles=ensembles, **numbers)
    bounds = Bounds(max_time, max_steps, Engine(engine, scheduler, workers), audit, force, report_status)
    return begin(Path(path), asked(posterior, settings, targets or ConvergenceTargets(), bounds), posterior, bounds)


def resume(
    path: str | Path,
    *,
    model: Model | None = None,
    steps: int | None = None,
    more: int | None = None,
    max_steps: int | None = None,
    targets: ConvergenceTargets | None = None,
    max_time: float | None = None,
    workers: int | None = None,
    engine: str = "local",
    scheduler: str | None = None,
    audit: float | None = None,
    report_status: Callable[[RunStatus], None] | None = None,
) -> Run:
    """Go on with a run, from the last rung or step that every ensemble has kept, as if it had never been interrupted.

    Parameters
    ----------
    path
        The run directory.
    model
        The model of a run that was made with a user's model file: ``Model.load("model.py")``.
    steps
        Sample exactly so many stored steps per ensemble in all, whether the run has converged or not; more than one population has are
        rounded up to whole populations.
    more
        The same, in addition to what is stored; give one of the two at most. Without them, the run ends as `sample` would have ended it:
        when it has converged, or at the bound that it was given, or, where that is reached, at the default bound.
    max_steps
        Stored steps per ensemble after which the run ends even if it has not converged, from now on; excludes `steps` and `more`. Unless
        given, the bound stays, but where targets become harder the default bound counts from what is stored.
    targets
        When sampling may end, from now on; as before unless given.
    max_time
        Seconds after which this session ends.
    workers, engine, scheduler
        Who does the work, see `sample`; the result does not depend on it.
    audit
        As `sample` has it; as before unless given.
    report_status
        Called about twice a second with the state of the run.

    Returns
    -------
    Run
        The run.

    Raises
    ------
    lqbayes.input.errors.ArgumentError
        With all arguments that make no sense.
    lqbayes.input.errors.RunError
        If there is no run, if it belongs to another version, was edited or is in use.
    """
    place = Engine(engine, scheduler, workers)
    problems = bound_problems(max_time, max_steps, steps, more) + place.problems()
    problems += [] if audit is None else audit_problems(audit)
    refuse(problems + (targets.problems() if targets is not None else []))
    started = time.time()
    folder = Path(path)
    models = () if model is None else (model,)
    published = RunConfiguration.read(folder, *models).published  # before a lock is made where there is no run
    if published and published.one_walker_in > 1:
        raise RunError(f"{folder}: holds one walker in {published.one_walker_in} of the run {published.name}, from which nothing goes on")
    with locked(folder, "mend that, or resume a copy of the run that can be written"):
        configuration = RunConfiguration.read(folder, *models)
        lost = lost_session(folder) if steps is None and more is None else []
        for warning in (*changed_versions(configuration), *lost):
            warnings.warn(warning, RunWarning, stacklevel=2)
        harder = targets is not None and targets.harder_than(configuration.targets)
        session = _session(folder, configuration, steps, more, max_steps, harder)
        if audit is not None:
            session = replace(session, audit=audit)
        remove_leftovers(folder)
        if targets is not None and targets != configuration.targets:
            configuration = replace(configuration, targets=targets)
            configuration.write(folder)
        past = read_status(folder)
        before, history = (0.0, ()) if past is None else (max(past.elapsed, 0.0), past.history)
        deadline = None if max_time is None else started + max_time
        report = report_status or (lambda _: None)
        return SamplingSession(folder, configuration, session, deadline, place, started, before, history, report).run()


def changed_versions(configuration: RunConfiguration) -> list[str]:
    """Warn where the versions in use are not those that began a run."""
    now = current_versions() | package_versions(configuration.model)
    changed = version_differences(configuration.versions, now, "then", "now")
    return [f"the run began with other versions ({changed}): what is sampled from here may differ in its bits"] if changed else []


def _session(
    folder: Path, configuration: RunConfiguration, steps: int | None, more: int | None, max_steps: int | None, harder: bool
) -> Session:
    """Choose how far a run is to go from here."""
    stored, size = min(stored_steps(folder, configuration)), configuration.sampling.steps_per_population
    last = read_session(folder)
    reached = last.steps_of_round if last is not None else size
    default, audit = whole_populations(DEFAULT_MAX_STEPS, size), AUDIT_SHARE if last is None else last.audit
    if steps is not None or more is not None:
        wanted = steps if steps is not None else stored + (more or 0)
        return Session(reached, whole_populations(wanted, size), even_if_converged=True, audit=audit)
    if max_steps is not None:
        return Session(reached, whole_populations(max_steps, size), audit=audit)
    bound = last.max_steps if last is not None else None
    if harder and bound is not None and (stored >= bound or bound == default):
        return Session(reached, whole_populations(stored + DEFAULT_MAX_STEPS, size), audit=audit)
    # A run that was killed between its last step and its end still has to end as it was asked to.
    if last is not None and (bound is None or stored < bound or not has_ended(folder)):
        return last
    return Session(reached, default, audit=audit)
