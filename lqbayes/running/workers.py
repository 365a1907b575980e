"""Processes that work on populations side by side, and what becomes of them when something ends a run early."""

import heapq
import signal
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from lqbayes.input.errors import RunError
from lqbayes.running.population_task import run_population
from lqbayes.running.session import stop_tasks
from lqbayes.running.signals import begin_worker
from lqbayes.running.status import heartbeats
from lqbayes.storage.configuration import current_versions

SECONDS_BETWEEN_REPORTS: Final = 0.5
_SECONDS_FOR_LAST_STEPS = 5.0
_SECONDS_OF_GRACE = 30.0
# dask's exception for a task during which several workers died, by its name, since the package is an extra.
_KILLED = "KilledWorker"
_MOST_DEATHS = 20
_KEPT = "what was stored is kept: `lqbayes resume {}` goes on"
_WANT = f"perhaps for want of memory; {_KEPT}, with fewer --workers if memory is short"


class Task(NamedTuple):
    """A population, counted from 0, and the steps that it is to have."""

    ensemble: int
    population: int
    steps: int


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where tasks go while a session lasts."""

    executor: Executor | None  # None for this process alone
    # What a task has to find in the run directory to go on: tasks that a cluster still runs when their session is gone stop. None where
    # the tasks are children of this process.
    token: str | None = None
    count_workers: Callable[[], int] = lambda: 1

    @property
    def pool(self) -> Executor | None:
        """Processes of this machine, also for compiling, judging and the search; None with one process, or where a cluster works."""
        return self.executor if self.token is None else None

    @property
    def mapped(self) -> Callable[..., Iterable[Any]] | None:
        """What maps with these processes; the builtin with one process, and None, which is for threads, where a cluster works."""
        return None if self.token is not None else map if self.executor is None else self.executor.map


@contextmanager
def start_workers(count: int, method: Literal["spawn", "fork"] = "spawn") -> Iterator[Executor | None]:
    """Start processes; none where one would be alone."""
    if count == 1:
        yield None
        return
    pool = ProcessPoolExecutor(count, mp_context=get_context(method), initializer=begin_worker)
    try:
        yield pool
        pool.shutdown()
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


def _processes(executor: Executor) -> list[BaseProcess]:
    return list((getattr(executor, "_processes", None) or {}).values())


def advance(
    folder: Path,
    tasks: Sequence[Task],
    deadline: float | None,
    workplace: Workplace,
    report_status: Callable[[], None],
    model_file: tuple[str, str] | None = None,
) -> None:
    """Work on all populations of a round: who is free takes the next of the queue.

    With a deadline, the next is the one that is least far, and it goes on by one rung or step: when the time is over, all ensembles are
    equally far. Populations of a row come before those of the next one, since only whole rows are judged.
    """
    in_turns = deadline is not None
    queue = [(task.population, 0, place, task) for place, task in enumerate(tasks)]
    heapq.heapify(queue)

    def put_back(task: Task, done: int | None) -> None:
        if done is not None:
            heapq.heappush(queue, (task.population, done, tasks.index(task), task))

    def late(grace: float = 0.0) -> bool:
        return deadline is not None and time.time() > deadline + grace

    if workplace.executor is None:
        while queue and not late():
            task = heapq.heappop(queue)[-1]
            put_back(task, run_population(str(folder), *task, deadline, in_turns, report_status, model_file=model_file))
        return
    executor, on_cluster = workplace.executor, workplace.token is not None
    # Machines of a cluster may have other working directories.
    path, versions = (str(folder.resolve()), current_versions()) if on_cluster else (str(folder), None)
    pending: dict[Future[int | None], Task] = {}
    processes: set[BaseProcess] = set()
    deaths: Counter[Task] = Counter()
    processes.update(_processes(executor))
    try:
        while pending or (queue and not late()):
            while queue and not late() and not (in_turns and len(pending) >= max(workplace.count_workers(), 1)):
                task = heapq.heappop(queue)[-1]
                work = partial(run_population, token=workplace.token, versions=versions, model_file=model_file)
                pending[executor.submit(work, path, *task, deadline, in_turns)] = task
                processes.update(_processes(executor))  # a pool starts them at its first task, and forgets them when it breaks
            done, _ = wait(pending, timeout=SECONDS_BETWEEN_REPORTS, return_when=FIRST_COMPLETED)
            for future in done:
                task = pending[future]
                if _died(future, folder, on_cluster):
                    deaths[task] += 1
                    if deaths[task] > _MOST_DEATHS:
                        what = f"workers of the cluster die again and again while they work on ensemble {task.ensemble + 1}"
                        raise RunError(f"{folder}: {what}, perhaps for want of memory; {_KEPT.format(folder)}") from future.exception()
                    put_back(task, 0)  # its state is on the disk
                else:
                    put_back(task, future.result())
                del pending[future]
            report_status()
            # Tasks that no worker takes up, or whose worker hangs, know of no deadline.
            if on_cluster and late(_SECONDS_OF_GRACE):
                return
    except BrokenProcessPool as error:  # perhaps between two rounds, while there was nothing to do
        working = {(task.ensemble, task.population) for task in pending.values()}
        raise RunError(_cause_of_death(folder, processes.union(_processes(executor)), working)) from error
    except BaseException:
        if on_cluster:
            with suppress(OSError):  # perhaps the error itself
                stop_tasks(folder)
            wait(pending, timeout=_SECONDS_FOR_LAST_STEPS)
        raise


@contextmanager
def deaths_named(folder: Path) -> Iterator[None]:
    """Say what becomes of a run when one of its processes dies while it does anything but sample."""
    try:
        yield
    except BrokenProcessPool as error:
        raise RunError(f"{folder}: a process that compiled, or judged the draws, died, {_WANT.format(folder)}") from error


def _died(future: Future[int | None], folder: Path, on_cluster: bool) -> bool:
    """Raise the error of a task, but for the one that says that its workers on a cluster died."""
    try:
        future.result()
    except CancelledError as error:
        raise RunError(f"{folder}: the cluster gave up a task; {_KEPT.format(folder)}") from error
    except Exception as error:
        if not on_cluster or type(error).__name__ != _KILLED:
            raise
        return True
    return False


def _cause_of_death(folder: Path, processes: Collection[BaseProcess], working: Collection[tuple[int, int]]) -> str:
    # The pool ends the other processes by SIGTERM when one has died.
    for process in processes:
        process.join(5.0)
    dead = {process.pid: process.exitcode for process in processes if process.exitcode not in {None, 0, -signal.SIGTERM}}
    causes = []
    for status in heartbeats(folder):
        if status.process in dead and (status.index, status.population) in working:
            code = dead[status.process] or 0
            cause = f"signal {-code}, {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
            causes.append(f"the process that worked on ensemble {status.index + 1} died ({cause})")
    found = "; ".join(causes) or "a process that sampled died"
    return f"{folder}: {found}, {_WANT.format(folder)}"
