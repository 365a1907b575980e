"""Which session drives a run: tasks on a cluster go on only as long as their own session does."""

from __future__ import annotations

from pathlib import Path

from lqbayes.storage.atomic import write_text_atomically

__all__ = ["FILE_NAME", "drives", "end_driving", "start_driving"]

FILE_NAME = "driver"
_LONGEST = 64


def start_driving(folder: Path, token: str) -> None:
    """Write down which session drives a run from now on.

    Parameters
    ----------
    folder
        The run directory.
    token
        What its tasks are given.
    """
    write_text_atomically(folder / FILE_NAME, token)


def end_driving(folder: Path) -> None:
    """Tell all tasks to stop.

    Parameters
    ----------
    folder
        The run directory.
    """
    (folder / FILE_NAME).unlink(missing_ok=True)


def drives(folder: Path, token: str) -> bool:
    """Tell whether a session still drives a run.

    Parameters
    ----------
    folder
        The run directory.
    token
        What the task was given.

    Returns
    -------
    bool
        Whether the session has neither ended nor been replaced by another one.
    """
    try:
        with open(folder / FILE_NAME, encoding="ascii") as stream:
            return stream.read(_LONGEST) == token
    except (OSError, ValueError):
        return False
