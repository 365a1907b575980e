"""Work on what is in memory, such as compiling it or drawing plots, by all cores."""

import gc
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar

from lqbayes.running.cores import available_cores
from lqbayes.running.signals import task
from lqbayes.running.workers import start_workers

T = TypeVar("T")

_jobs: Mapping[str, Callable[[], Any]] = {}  # what a fork of this process finds in it


def side_by_side(jobs: Mapping[str, Callable[[], T]], workers: int | None = None) -> Generator[tuple[str, Callable[[], T]], None, None]:
    """Begin jobs in forks of this process, which hold all its draws without a copy; each name with what returns the result or raises.

    As many at a time as there are workers, or cores. One after the other in this process where a fork is not safe: beside other threads,
    and on systems whose libraries do not stand it.
    """
    global _jobs  # noqa: PLW0603 - functions inside functions cannot be sent, only inherited
    count = min(processes(workers), len(jobs))
    if count < 2:
        yield from jobs.items()
        return
    _jobs = jobs
    gc.freeze()  # what is there stays there: collectors of the forks need neither look through it nor copy it
    try:
        with start_workers(count, "fork") as pool:
            assert pool is not None  # there are several
            yield from [(name, pool.submit(_do, name).result) for name in jobs]
    finally:
        gc.unfreeze()
        _jobs = {}


def processes(workers: int | None = None) -> int:
    """How many forks may work at a time: one where a fork is not safe, never more than cores."""
    safe = sys.platform == "linux" and threading.active_count() == 1
    cores = available_cores()
    return min(workers or cores, cores) if safe else 1


def _do(name: str) -> Any:
    gc.disable()  # in the fork: a figure's many objects last as long as the job
    try:
        with task():  # if another job fails, this one does not leave half a file behind
            return _jobs[name]()
    finally:
        gc.collect()
