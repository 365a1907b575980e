"""Run many independent ensembles, side by side, until they agree."""

from __future__ import annotations

import datetime
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from filelock import FileLock, Timeout

from lqbayes.errors import ArgumentError, RunError, TimeOverError
from lqbayes.inference.convergence import Convergence, Targets
from lqbayes.inference.ensemble_task import continue_ensemble
from lqbayes.inference.posterior import Posterior
from lqbayes.inference.settings import SamplingSettings
from lqbayes.inference.status import RunStatus
from lqbayes.inference.status_of_run import status_of_run
from lqbayes.inference.warm_up import warm_up
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.configuration import FILE_NAME, RunConfiguration, current_versions
from lqbayes.storage.heartbeat import remove_heartbeats
from lqbayes.storage.run import Run, chain_path

__all__ = ["DEFAULT_MAX_STEPS", "sample"]

_SECONDS_BETWEEN_REPORTS = 0.5
_LOCK = "run.lock"
_LEAST_GROWTH = 1.5
DEFAULT_MAX_STEPS = 40  # some gigabytes with the default number of walkers
_DEFAULTS = SamplingSettings()


@dataclass(frozen=True, slots=True)
class _Bounds:
    """When sampling ends although it has not converged."""

    deadline: float | None
    steps: int | None


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
    targets: Targets | None = None,
    max_time: float | None = None,
    max_steps: int | None = DEFAULT_MAX_STEPS,
    workers: int | None = None,
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
        Every random number follows from it: the same seed gives the same bits, however many processes work.
    ensembles, walkers, sweeps, thin, block
        See `SamplingSettings`.
    targets
        When sampling may end.
    max_time
        Seconds after which it ends anyway.
    max_steps
        Stored steps per ensemble after which it ends anyway; None for no bound.
    workers
        Number of processes, at most one per ensemble; all cores unless given. With 1, everything runs in this process. With more, a
        script that calls this function needs ``if __name__ == "__main__":``, as always where Python starts processes.
    report
        Called about twice a second with the state of the run.

    Returns
    -------
    Run
        The run; `Run.converged` tells whether it met the targets.

    Raises
    ------
    lqbayes.errors.ArgumentError
        If a setting makes no sense.
    lqbayes.errors.RunError
        If the directory holds a run, is in use or cannot be written, or if the time was over before the annealing.
    """
    settings = SamplingSettings(seed, ensembles, walkers, sweeps, thin, block)
    settings.check(posterior.dimension)
    for name, value, least in (("max_time", max_time, 0), ("max_steps", max_steps, 1), ("workers", workers, 1)):
        if value is not None and not value >= least:
            raise ArgumentError(f"{name} = {value!r}: give a number, at least {least}, or None")
    started = time.time()
    folder = Path(path)
    configuration = RunConfiguration(
        posterior.prior.settings,
        posterior.likelihood.settings,
        posterior.formulas.name.lower(),
        settings,
        targets or Targets(),
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        current_versions(),
    )
    bounds = _Bounds(None if max_time is None else started + max_time, max_steps)
    with _locked(folder):
        if any(folder.glob("ensemble-*.h5")) or ((folder / FILE_NAME).exists() and not _gave_up(folder)):
            raise RunError(f"{folder}: there is a run here already; choose another name, or remove it yourself")
        configuration.write(folder)
        return _run_until_converged(folder, configuration, bounds, workers, started, report or (lambda _: None))


def _gave_up(folder: Path) -> bool:
    """Tell whether a run ended before it had stored anything, so that nothing is lost when its name is used again."""
    try:
        return bool(json.loads((folder / "status.json").read_text(encoding="utf-8")).get("stage") == "ended")
    except (OSError, ValueError):
        return False


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
    finally:
        lock.release()


@contextmanager
def _executor(workers: int) -> Iterator[Executor | None]:
    """Start processes for the ensembles; give None for this process alone."""
    if workers == 1:
        yield None
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_ignore_interrupts)
    try:
        yield pool
    except BaseException:
        # What an ensemble had flushed is complete; the rest of its block is given up.
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the main process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_until_converged(
    folder: Path, configuration: RunConfiguration, bounds: _Bounds, workers: int | None, started: float, report: Callable[[RunStatus], None]
) -> Run:
    settings = configuration.sampling
    count = min(workers or os.cpu_count() or 1, settings.ensembles)
    steps = settings.block if bounds.steps is None else min(settings.block, bounds.steps)
    convergence: Convergence | None = None

    def tell(message: str, stage: str = "running") -> None:
        status = status_of_run(folder, configuration, convergence, started, bounds.deadline, stage, message)
        write_text_atomically(folder / "status.json", json.dumps(status.to_dict()))
        report(status)

    tell("compiling: half a minute after an installation, a moment later on")
    warm_up(configuration.posterior())
    with _executor(count) as executor:
        while True:
            _advance(folder, settings.ensembles, steps, bounds.deadline, executor, lambda: tell("sampling"))
            if any(not chain_path(folder, index).exists() for index in range(settings.ensembles)):
                tell("the time was over before the annealing had ended", "ended")
                remove_heartbeats(folder)
                raise TimeOverError(
                    f"{folder}: NOT CONVERGED: the time was over before every ensemble reached the posterior; allow more with --max-time"
                )
            tell("judging convergence")
            run = Run.open(folder)
            convergence = run.convergence()
            over = _is_over(run.steps, bounds)
            if convergence.converged or over:
                tell("converged" if convergence.converged else "not converged: the run's bounds are reached", "ended")
                remove_heartbeats(folder)
                return run
            steps = _next_steps(run.steps, convergence, settings.block, bounds.steps)


def _advance(folder: Path, ensembles: int, steps: int, deadline: float | None, executor: Executor | None, tell: Callable[[], None]) -> None:
    """Bring every ensemble to a number of steps."""
    if executor is None:
        for index in range(ensembles):
            tell()
            continue_ensemble(str(folder), index, steps, deadline)
        return
    pending: set[Future[int]] = {executor.submit(continue_ensemble, str(folder), index, steps, deadline) for index in range(ensembles)}
    while pending:
        done, pending = wait(pending, timeout=_SECONDS_BETWEEN_REPORTS)
        for future in done:
            try:
                future.result()
            except BrokenProcessPool as error:
                message = "a process that sampled died, perhaps for want of memory; what was stored is kept; try fewer --workers"
                raise RunError(f"{folder}: {message}") from error
        tell()


def _is_over(steps: int, bounds: _Bounds) -> bool:
    return (bounds.deadline is not None and time.time() >= bounds.deadline) or (bounds.steps is not None and steps >= bounds.steps)


def _next_steps(steps: int, convergence: Convergence, block: int, most: int | None) -> int:
    """Choose the steps after which convergence can be expected, in whole blocks: at least half as many again, at most double."""
    scarcest = convergence.scarcest
    growth = min(max(scarcest.ess_target / max(scarcest.ess, 1e-9), _LEAST_GROWTH), 2.0)
    wanted = block * -(-int(steps * growth) // block)
    return wanted if most is None else min(wanted, most)
