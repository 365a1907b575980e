"""Which session drives a run: tasks on a cluster go on only as long as their own session does."""

from __future__ import annotations

import time
from pathlib import Path

from lqbayes.storage.atomic import write_text_atomically

FILE_NAME = "driver"
_LONGEST = 64
_STOP = "stop"
# A network file system shows a new file late, and may fail for a moment: a task believes only what it has seen for so long.
_SECONDS_UNTIL_GONE = 10.0


def start_driving(folder: Path, token: str) -> None:
    """Write down which session drives a run from now on."""
    write_text_atomically(folder / FILE_NAME, token)


def stop_tasks(folder: Path) -> None:
    """Make all tasks stop at once, with what is complete."""
    write_text_atomically(folder / FILE_NAME, _STOP)


def end_driving(folder: Path) -> None:
    """Remove the file: tasks that still run stop after some seconds."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def drives(folder: Path, token: str) -> bool:
    """Whether a session still drives a run."""
    try:
        return _read(folder) == token
    except OSError:
        return True


class DriverWatch:
    """What a task sees of its session."""

    def __init__(self, folder: Path, token: str) -> None:
        self._folder = folder
        self._token = token
        self._missed: float | None = None

    def gone(self) -> bool:
        """Whether the session has ended, so that nobody waits for the task."""
        if drives(self._folder, self._token):
            self._missed = None
            return False
        now = time.monotonic()
        if self._missed is None:
            self._missed = now
        return now - self._missed >= _SECONDS_UNTIL_GONE or self._told_to_stop()

    def _told_to_stop(self) -> bool:
        try:
            return _read(self._folder) == _STOP
        except OSError:
            return False


def _read(folder: Path) -> str | None:
    try:
        with open(folder / FILE_NAME, encoding="ascii", errors="replace") as stream:
            return stream.read(_LONGEST)
    except FileNotFoundError:
        return None
