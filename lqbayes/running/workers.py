"""Processes that work on ensembles side by side, and what becomes of them when something ends a run early."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from lqbayes.input.errors import RunError
from lqbayes.processes import end_softly
from lqbayes.running.driver import stop_tasks
from lqbayes.running.ensemble_task import continue_ensemble
from lqbayes.running.heartbeat import read_heartbeat
from lqbayes.storage.configuration import current_versions

_SECONDS_BETWEEN_REPORTS = 0.5
_SECONDS_FOR_LAST_STEPS = 5.0
_SECONDS_OF_GRACE = 30.0
# dask's exception for a task during which several workers died, by its name, since the package is an extra.
_KILLED = "KilledWorker"
_MOST_DEATHS = 20
_KEPT = "what was stored is kept: `lqbayes resume {}` goes on"


@contextmanager
def start_workers(count: int) -> Iterator[Executor | None]:
    """Start processes for the ensembles."""
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
            _wait_for(processes, _SECONDS_FOR_LAST_STEPS)
        finally:  # a second Ctrl-C does not wait
            for process in processes:
                process.kill()
            pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _wait_for(processes: list[BaseProcess], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        process.join(max(deadline - time.monotonic(), 0.0))


def _processes(executor: Executor) -> list[BaseProcess]:
    return list((getattr(executor, "_processes", None) or {}).values())


def advance(
    folder: Path,
    ensembles: int,
    steps: int,
    deadline: float | None,
    executor: Executor | None,
    tell: Callable[[], None],
    token: str | None = None,
) -> None:
    """Bring every ensemble to a number of steps."""
    if executor is None:
        for index in range(ensembles):
            continue_ensemble(str(folder), index, steps, deadline, tell)
        return
    # Machines of a cluster may have other working directories.
    path = str(folder) if token is None else str(folder.resolve())
    versions = None if token is None else current_versions()

    def submit(index: int) -> Future[int]:
        return executor.submit(continue_ensemble, path, index, steps, deadline, token=token, versions=versions)

    pending: dict[Future[int], int] = {}
    try:
        with _deaths_told(folder, ensembles, executor) as note_processes:
            for index in range(ensembles):  # one may have died between two rounds, while it had nothing to do
                pending[submit(index)] = index
                note_processes()
            _await(pending, submit, folder, token, deadline, tell)
    except BaseException:
        if token is not None:
            with suppress(OSError):  # perhaps the error itself
                stop_tasks(folder)
            wait(pending, timeout=_SECONDS_FOR_LAST_STEPS)
        raise


@contextmanager
def _deaths_told(folder: Path, ensembles: int, executor: Executor) -> Iterator[Callable[[], None]]:
    """Say which process died where a pool of this machine only says that it is broken, and forgets its processes.

    A pool starts them at its first task: what is given is to be called after that.
    """
    known = {process.pid: process for process in _processes(executor)}

    def note() -> None:
        known.update({process.pid: process for process in _processes(executor)})

    try:
        yield note
    except BrokenProcessPool as error:
        note()
        raise RunError(_obituary(folder, ensembles, list(known.values()))) from error


def _await(
    pending: dict[Future[int], int],
    submit: Callable[[int], Future[int]],
    folder: Path,
    token: str | None,
    deadline: float | None,
    tell: Callable[[], None],
) -> None:
    """Wait for all tasks; those of a cluster are submitted again where their worker died."""
    deaths: dict[int, int] = {}
    while pending:
        done, _ = wait(pending, timeout=_SECONDS_BETWEEN_REPORTS)
        for future in done:
            index = pending.pop(future)
            try:
                future.result()
            except CancelledError as error:
                raise RunError(f"{folder}: the cluster gave up a task; {_KEPT.format(folder)}") from error
            except Exception as error:
                if token is None or type(error).__name__ != _KILLED:
                    raise
                deaths[index] = deaths.get(index, 0) + 1
                if deaths[index] > _MOST_DEATHS:
                    what = f"workers of the cluster die again and again while they work on ensemble {index + 1}"
                    raise RunError(f"{folder}: {what}, perhaps for want of memory; {_KEPT.format(folder)}") from error
                pending[submit(index)] = index  # its state is on the disk
        tell()
        # Tasks that no worker takes up, or whose worker hangs, know of no deadline.
        if token is not None and deadline is not None and time.time() > deadline + _SECONDS_OF_GRACE:
            return


def _obituary(folder: Path, ensembles: int, processes: list[BaseProcess]) -> str:
    # The pool ends the other processes by SIGTERM when one has died.
    for process in processes:
        process.join(5.0)
    dead = {process.pid: process.exitcode for process in processes if process.exitcode not in {None, 0, -signal.SIGTERM}}
    words = []
    for index in range(ensembles):
        status = read_heartbeat(folder, index)
        if status is not None and status.process in dead and status.stage != "done":
            code = dead[status.process] or 0
            cause = f"signal {-code}, {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
            words.append(f"the process that worked on ensemble {index + 1} died ({cause})")
    found = "; ".join(words) or "a process that sampled died"
    return (
        f"{folder}: {found}, perhaps for want of memory; what was stored is kept: "
        f"`lqbayes resume {folder}` goes on, with fewer --workers if memory is short"
    )
