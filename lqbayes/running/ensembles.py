"""Run many independent ensembles, side by side, until they agree: begin a run, and go on with one."""

from __future__ import annotations

import datetime
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.posterior import Posterior
from lqbayes.running.engine import Engine
from lqbayes.running.foreign_folder import refuse_foreign_folder
from lqbayes.running.making_way import has_ended, make_way
from lqbayes.running.rounds import Rounds
from lqbayes.running.session import Session, lost_session, read_session, read_status, write_session
from lqbayes.running.status import RunStatus
from lqbayes.running.status_of_run import History
from lqbayes.running.warm_up import warm_up
from lqbayes.sampling.convergence import ConvergenceTargets
from lqbayes.sampling.settings import SamplingSettings
from lqbayes.storage.chain_file import ChainFile
from lqbayes.storage.chains_of_run import chain_identity, chain_path, stored_steps
from lqbayes.storage.configuration import RunConfiguration, current_versions
from lqbayes.storage.disk_errors import DISK_ERRORS
from lqbayes.storage.run import Run
from lqbayes.storage.run_files import remove_leftovers

_LOCK = "run.lock"
DEFAULT_MAX_STEPS = 40  # some gigabytes with the default number of walkers
_DEFAULTS = SamplingSettings()


def sample(
    posterior: Posterior,
    path: str | Path,
    *,
    seed: int = 1,
    ensembles: int = _DEFAULTS.ensembles,
    walkers: int = _DEFAULTS.walkers,
    sweeps: int = _DEFAULTS.sweeps,
    thin: int = _DEFAULTS.thin,
    block: int = _DEFAULTS.block,
    targets: ConvergenceTargets | None = None,
    max_time: float | None = None,
    max_steps: int | None = DEFAULT_MAX_STEPS,
    workers: int | None = None,
    engine: str = "local",
    scheduler: str | None = None,
    force: bool = False,
    report: Callable[[RunStatus], None] | None = None,
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
    ensembles, walkers, sweeps, thin, block
        See `SamplingSettings`.
    targets
        When sampling may end.
    max_time
        Seconds after which it ends anyway.
    max_steps
        Stored steps per ensemble, over all its populations, after which it ends anyway; None for no bound. More than a block of them are
        rounded up to whole populations.
    workers
        Number of processes, at most one per ensemble; all cores unless given. With 1, everything runs in this process. With more, a
        script that calls this function needs ``if __name__ == "__main__":``, as always where Python starts processes.
    engine
        ``local``, or ``dask`` for the workers of a dask.distributed cluster, which must see the run directory under the same path.
    scheduler
        Address of the dask scheduler.
    force
        Whether to replace a run that the directory holds. Only files that lqbayes wrote are deleted.
    report
        Called about twice a second with the state of the run.

    Returns
    -------
    Run
        The run; `Run.converged` tells whether it met the targets.

    Raises
    ------
    lqbayes.input.errors.ArgumentError
        If a setting makes no sense.
    lqbayes.input.errors.RunError
        If the directory holds a run, is in use or cannot be written, or if the time was over before the annealing.
    """
    settings = SamplingSettings(seed, ensembles, walkers, sweeps, thin, block)
    settings.check(posterior.dimension)
    _check(max_time=(max_time, 0), max_steps=(max_steps, 1), workers=(workers, 1))
    place = Engine(engine, scheduler, workers)
    place.check()
    started = time.time()
    folder = Path(path)
    configuration = RunConfiguration(
        posterior.prior.settings,
        posterior.likelihood.settings,
        posterior.model,
        settings,
        targets or ConvergenceTargets(),
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        current_versions(),
    )
    refuse_foreign_folder(folder)

    def ready() -> None:
        warm_up(posterior)
        place.preflight(folder)

    with _locked(folder):
        make_way(folder, force, ready)
        session = Session(most=_whole(max_steps, block))
        write_session(folder, session)  # first: with run.toml the directory holds a run that can be resumed
        configuration.write(folder)
        deadline = None if max_time is None else started + max_time
        rounds = Rounds(folder, configuration, session, deadline, place, started, 0.0, (), report or (lambda _: None))
        return rounds.until_converged()


def resume(
    path: str | Path,
    *,
    steps: int | None = None,
    more: int | None = None,
    max_steps: int | None = None,
    targets: ConvergenceTargets | None = None,
    max_time: float | None = None,
    workers: int | None = None,
    engine: str = "local",
    scheduler: str | None = None,
    report: Callable[[RunStatus], None] | None = None,
) -> Run:
    """Go on with a run, from the last complete rung or step of every ensemble, as if it had never been interrupted.

    Parameters
    ----------
    path
        The run directory.
    steps
        Sample exactly so many stored steps per ensemble in all, whether the run has converged or not; more than a block of them are rounded
        up to whole populations.
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
    report
        Called about twice a second with the state of the run.

    Returns
    -------
    Run
        The run.

    Raises
    ------
    lqbayes.input.errors.ArgumentError
        If an argument makes no sense.
    lqbayes.input.errors.RunError
        If there is no run, if it belongs to another version, was edited or is in use.
    """
    _check(steps=(steps, 1), more=(more, 1), max_steps=(max_steps, 1), max_time=(max_time, 0), workers=(workers, 1))
    if steps is not None and more is not None:
        raise ArgumentError("steps and more exclude each other: give the number of steps in all, or the number in addition")
    if max_steps is not None and (steps is not None or more is not None):
        raise ArgumentError("max_steps is a bound for sampling until convergence: it excludes steps and more, which are exact numbers")
    place = Engine(engine, scheduler, workers)
    place.check()
    started = time.time()
    folder = Path(path)
    RunConfiguration.read(folder)  # before a lock is made where there is no run
    with _locked(folder):
        configuration = RunConfiguration.read(folder)
        lost = lost_session(folder) if steps is None and more is None else []
        for warning in (*changed_versions(configuration), *lost):
            warnings.warn(warning, stacklevel=2)
        for index in range(configuration.ensembles):
            chain = ChainFile(chain_path(folder, index))
            if chain.initialized:
                chain.check_identity(chain_identity(configuration, index))
        harder = targets is not None and targets.harder_than(configuration.targets)
        session = _session(folder, configuration, steps, more, max_steps, harder)
        remove_leftovers(folder)
        if targets is not None and targets != configuration.targets:
            configuration = replace(configuration, targets=targets)
            configuration.write(folder)
        before, history = _past(folder)
        deadline = None if max_time is None else started + max_time
        rounds = Rounds(folder, configuration, session, deadline, place, started, before, history, report or (lambda _: None))
        return rounds.until_converged()


def changed_versions(configuration: RunConfiguration) -> list[str]:
    """Compare the versions in use with those that began a run.

    Parameters
    ----------
    configuration
        The run's configuration.

    Returns
    -------
    list of str
        A warning where they differ, else nothing.
    """
    now, then = current_versions(), configuration.versions
    changed = [
        f"{name} {then.get(name, 'unknown')} then, {now.get(name, 'unknown')} now"
        for name in sorted({*now, *then})
        if then.get(name) != now.get(name)
    ]
    if not changed:
        return []
    return [f"the run began with other versions ({'; '.join(changed)}): what is sampled from here may differ in its bits"]


def _check(**arguments: tuple[float | None, int]) -> None:
    for name, (value, least) in arguments.items():
        if value is not None and not value >= least:
            raise ArgumentError(f"{name} = {value!r}: give a number, at least {least}, or None")


def _session(
    folder: Path, configuration: RunConfiguration, steps: int | None, more: int | None, max_steps: int | None, harder: bool
) -> Session:
    """Choose how far a run is to go from here."""
    stored = min(stored_steps(folder, configuration))
    last = read_session(folder)
    reached = last.round if last is not None else 0
    if steps is not None or more is not None:
        wanted = steps if more is None else stored + more
        return Session(reached, _whole(wanted, configuration.sampling.block), exact=True)
    block = configuration.sampling.block
    if max_steps is not None:
        return Session(reached, _whole(max_steps, block))
    if harder and last is not None and last.most is not None and (stored >= last.most or last.most == _whole(DEFAULT_MAX_STEPS, block)):
        return Session(reached, _whole(stored + DEFAULT_MAX_STEPS, block))
    # A run that was killed between its last step and its end still has to end as it was asked to.
    if last is not None and (last.most is None or stored < last.most or not has_ended(folder)):
        return last
    return Session(reached, DEFAULT_MAX_STEPS)


def _whole(steps: int | None, block: int) -> int | None:
    """Round a number of steps up to whole populations, since only these are read; less than one may be asked for."""
    return steps if steps is None or steps <= block else block * -(-steps // block)


def _past(folder: Path) -> tuple[float, History]:
    """Seconds of work in the sessions before, and their diagnoses."""
    data = read_status(folder)
    try:
        status = RunStatus.from_dict(data or {})
        return max(float(status.elapsed), 0.0), status.history
    except ArgumentError:
        return 0.0, ()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep every other process from writing to a run directory; the lock dies with this process."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
        lock.acquire(timeout=0)
    except Timeout:
        raise RunError(f"{folder}: another process is working on this run; wait for it, or choose another directory") from None
    except OSError as error:
        reason = error.strerror or error
        raise RunError(f"{folder}: the run directory cannot be written ({reason}); choose another one with --output") from error
    try:
        yield
    except OSError as error:  # of files that no other message names, such as status.json
        if error.errno not in DISK_ERRORS:
            raise
        place = error.filename or folder
        advice = f"mend that, then `lqbayes resume {folder}`"
        raise RunError(f"{place}: cannot be written ({error.strerror}); what was stored is kept: {advice}") from error
    finally:
        lock.release()
