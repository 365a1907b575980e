"""SIGTERM in a worker process: the task that runs brings its complete steps to the disk, then the process ends by the signal."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["asked_to_stop", "end_softly", "task"]

_SIGNAL = signal.SIGTERM


class _State:
    asked = False
    working = False


def end_softly() -> None:
    """Leave Ctrl-C to the main process, and let a task end well after SIGTERM; called once in each worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(_SIGNAL, lambda *_: _ask())


def asked_to_stop() -> bool:
    """Tell whether the process that started this one wants it to end.

    Returns
    -------
    bool
        Whether SIGTERM came; False in a process that is no worker.
    """
    return _State.asked


@contextmanager
def task() -> Iterator[None]:
    """Hold back SIGTERM until the block ends.

    Yields
    ------
    None
        Control to the task, which asks `asked_to_stop` between its steps.
    """
    _State.working = True
    try:
        yield
    finally:
        _State.working = False
        if _State.asked:
            _end()


def _ask() -> None:
    _State.asked = True
    if not _State.working:
        _end()


def _end() -> None:
    # A pool hands every exception to its main process and goes on: only the signal itself ends a worker.
    signal.signal(_SIGNAL, signal.SIG_DFL)
    os.kill(os.getpid(), _SIGNAL)
