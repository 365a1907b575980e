"""The lock of a run directory: one process at a time works on a run, and others can see whether one does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from lqbayes.input.errors import RunError
from lqbayes.storage.atomic import DISK_ERRORS

LOCK: Final = "run.lock"
_SECONDS_FOR_A_LOOK = 0.5  # `nobody_works` holds the lock for a moment


@contextmanager
def locked(folder: Path, advice: str) -> Iterator[None]:
    """Keep every other process from writing to a run directory; the lock dies with this process."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=_SECONDS_FOR_A_LOOK)
    except Timeout:
        raise RunError(f"{folder}: another process is working on this run; wait for it, or choose another directory") from None
    except OSError as error:
        raise RunError(f"{folder}: the run directory cannot be written ({error.strerror or error}); {advice}") from error
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


def nobody_works(folder: Path) -> bool:
    """Whether it is certain that no process works on a run; nothing is written."""
    if sys.platform == "win32":  # where a lock cannot be looked at without taking it
        return False
    import fcntl  # noqa: PLC0415 - not there on Windows

    try:
        with open(folder / LOCK, "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)  # released as it is closed
    except OSError:
        return False
    return True
