"""Processes that work on populations side by side, and what becomes of them when something ends a run early."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from lqbayes.input.errors import RunError
from lqbayes.running.driver import stop_tasks
from lqbayes.running.heartbeat import heartbeats
from lqbayes.running.population_task import run_population
from lqbayes.running.signals import end_softly
from lqbayes.storage.configuration import current_versions

_SECONDS_BETWEEN_REPORTS = 0.5
_SECONDS_FOR_LAST_STEPS = 5.0
_SECONDS_OF_GRACE = 30.0
# dask's exception for a task during which several workers died, by its name, since the package is an extra.
_KILLED = "KilledWorker"
_MOST_DEATHS = 20
_KEPT = "what was stored is kept: `lqbayes resume {}` goes on"


class Task(NamedTuple):
    """A population, counted from 0, and the steps that it is to have."""

    ensemble: int
    population: int
    steps: int


@contextmanager
def start_workers(count: int) -> Iterator[Executor | None]:
    """Start processes for the populations; none where one would be alone."""
    if count == 1:
        yield None
        return
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=end_softly)
    try:
        yield pool
    except BaseException:
        processes = _processes(pool)
        try:
            for process in processes:
                process.terminate()
            deadline = time.monotonic() + _SECONDS_FOR_LAST_STEPS
            for process in processes:
                process.join(max(deadline - time.monotonic(), 0.0))
        finally:  # a second Ctrl-C does not wait
            for process in processes:
                process.kill()
            pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _processes(executor: Executor) -> list[BaseProcess]:
    return list((getattr(executor, "_processes", None) or {}).values())


def advance(
    folder: Path,
    tasks: Sequence[Task],
    deadline: float | None,
    executor: Executor | None,
    report_status: Callable[[], None],
    token: str | None = None,
) -> None:
    """Work on all populations of a round: who is free takes the next of the queue."""
    if executor is None:
        for task in tasks:
            run_population(str(folder), *task, deadline, report_status)
        return
    # Machines of a cluster may have other working directories.
    path = str(folder) if token is None else str(folder.resolve())
    versions = None if token is None else current_versions()

    def submit(task: Task) -> Future[None]:
        return executor.submit(run_population, path, *task, deadline, token=token, versions=versions)

    pending: dict[Future[None], Task] = {}
    try:
        with _deaths_named(folder, executor) as note_processes:
            for task in tasks:  # a process may have died between two rounds, while it had nothing to do
                pending[submit(task)] = task
                note_processes()
            _await(pending, submit, folder, token, deadline, report_status)
    except BaseException:
        if token is not None:
            with suppress(OSError):  # perhaps the error itself
                stop_tasks(folder)
            wait(pending, timeout=_SECONDS_FOR_LAST_STEPS)
        raise


@contextmanager
def _deaths_named(folder: Path, executor: Executor) -> Iterator[Callable[[], None]]:
    """Say which process died where a pool of this machine only says that it is broken, and forgets its processes.

    A pool starts them at its first task: what is yielded is to be called after that.
    """
    known: dict[int | None, BaseProcess] = {}

    def note() -> None:
        known.update({process.pid: process for process in _processes(executor)})

    note()
    try:
        yield note
    except BrokenProcessPool as error:
        note()
        raise RunError(_cause_of_death(folder, list(known.values()))) from error


def _await(
    pending: dict[Future[None], Task],
    submit: Callable[[Task], Future[None]],
    folder: Path,
    token: str | None,
    deadline: float | None,
    report_status: Callable[[], None],
) -> None:
    """Wait for all tasks; those of a cluster are submitted again where their worker died."""
    deaths: dict[Task, int] = {}
    while pending:
        done, _ = wait(pending, timeout=_SECONDS_BETWEEN_REPORTS, return_when=FIRST_COMPLETED)
        for future in done:
            task = pending.pop(future)
            try:
                future.result()
            except CancelledError as error:
                raise RunError(f"{folder}: the cluster gave up a task; {_KEPT.format(folder)}") from error
            except Exception as error:
                if token is None or type(error).__name__ != _KILLED:
                    raise
                deaths[task] = deaths.get(task, 0) + 1
                if deaths[task] > _MOST_DEATHS:
                    what = f"workers of the cluster die again and again while they work on ensemble {task.ensemble + 1}"
                    raise RunError(f"{folder}: {what}, perhaps for want of memory; {_KEPT.format(folder)}") from error
                pending[submit(task)] = task  # its state is on the disk
        report_status()
        # Tasks that no worker takes up, or whose worker hangs, know of no deadline.
        if token is not None and deadline is not None and time.time() > deadline + _SECONDS_OF_GRACE:
            return


def _cause_of_death(folder: Path, processes: list[BaseProcess]) -> str:
    # The pool ends the other processes by SIGTERM when one has died.
    for process in processes:
        process.join(5.0)
    dead = {process.pid: process.exitcode for process in processes if process.exitcode not in {None, 0, -signal.SIGTERM}}
    causes = []
    for status in heartbeats(folder):
        if status.process in dead and status.stage != "done":
            code = dead[status.process] or 0
            cause = f"signal {-code}, {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
            causes.append(f"the process that worked on ensemble {status.index + 1} died ({cause})")
    found = "; ".join(causes) or "a process that sampled died"
    return (
        f"{folder}: {found}, perhaps for want of memory; what was stored is kept: "
        f"`lqbayes resume {folder}` goes on, with fewer --workers if memory is short"
    )
