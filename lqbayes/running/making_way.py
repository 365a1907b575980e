"""Making way for a new run in a directory that holds another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lqbayes.input.errors import RunError
from lqbayes.running.heartbeat import read_heartbeat
from lqbayes.running.session import read_status
from lqbayes.storage.configuration import FILE_NAME
from lqbayes.storage.run_files import ENSEMBLE_LOCK, own_files, without_results

# A process whose starter was killed notices after some sweeps.
_SECONDS_FOR_ORPHANS = 10.0


def make_way(folder: Path, force: bool, ready: Callable[[], None]) -> None:
    """Refuse a directory that holds a run, or remove the run; the caller holds the lock of the run."""
    chains = sorted(folder.glob("ensemble-*.h5"))
    if not chains and not (folder / FILE_NAME).exists():
        return
    if not force:
        # Of a run that stored nothing, or whose chains were moved away: tables and plots of the latter are results.
        if not chains and has_ended(folder) and without_results(folder):
            return
        advice = f"`lqbayes resume {folder}` goes on with it; choose another name for a new run, or replace it with --force"
        raise RunError(f"{folder}: there is a run here already; {advice}")
    if chains and not (folder / FILE_NAME).is_file():
        raise RunError(f"{folder}: without {FILE_NAME} it is not certain that {chains[0].name} is of a run; remove it yourself")
    ready()
    with _ensembles_at_rest(folder):
        for path in own_files(folder):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()


def has_ended(folder: Path) -> bool:
    """Tell whether the last session of a run came to an end by itself."""
    return (read_status(folder) or {}).get("stage") == "ended"


@contextmanager
def _ensembles_at_rest(folder: Path) -> Iterator[None]:
    """Hold the locks of all ensembles: a process that outlived its session may still write to one."""
    until = time.monotonic() + _SECONDS_FOR_ORPHANS
    with ExitStack() as held:
        for path in sorted(folder.iterdir()):
            match = ENSEMBLE_LOCK.fullmatch(path.name)
            if match is None:
                continue
            number = int(match["number"])
            lock = FileLock(path)
            try:
                lock.acquire(timeout=max(until - time.monotonic(), 0.0))
            except Timeout:
                status = read_heartbeat(folder, number - 1)
                which = f" (process {status.process})" if status is not None and status.process else ""
                raise RunError(
                    f"{folder}: another process{which} of an earlier session still works on ensemble {number}; nothing was deleted: "
                    "end that process, or choose another directory"
                ) from None
            held.callback(lock.release)
        yield
