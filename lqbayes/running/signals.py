"""Ctrl-C and SIGTERM during a task: it brings its complete steps to the disk first.

An exception out of a signal handler can come up anywhere, also within a call of compiled code, which makes an error of its own of it. So
a task holds signals back and asks between its steps whether one came.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SECONDS_BETWEEN_LOOKS = 0.1


class _State:
    asked = False
    working = False
    worker = False


def begin_worker() -> None:
    """Make this process a worker: Ctrl-C is for the main process, and a task ends well after SIGTERM or the end of that process."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # this is a worker

    def watch() -> None:  # it would wait for its next task for ever: it holds the other end of the pipe itself
        parent.join()
        while _State.working:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        os._exit(1)

    def ask(*_: object) -> None:
        _State.asked = True
        if not _State.working:
            _end()

    _State.worker = True
    # Machine code that cannot be kept or read: the main process, which needs the same, says it once.
    warnings.filterwarnings("ignore", "machine code ", RuntimeWarning)
    threading.Thread(target=watch, name="end with parent", daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, ask)


def exit_by_signal(number: int, _frame: FrameType | None) -> None:
    """Leave the program with the status that a shell reports after a signal; a handler for `signal.signal`."""
    sys.exit(128 + number)


def asked_to_stop() -> bool:
    """Check whether the task that runs is to end."""
    return _State.asked


@contextmanager
def task() -> Iterator[None]:
    """Hold back signals until the block ends; the second one of them does not wait."""
    if not _State.worker:
        with _held_back():
            yield
        return
    _State.working = True
    try:
        yield
    finally:
        _State.working = False
        if _State.asked:
            _end()


@contextmanager
def interrupts_unwrapped() -> Iterator[None]:
    """Find the Ctrl-C or SIGTERM behind an error of compiled code that it interrupted."""
    try:
        yield
    except SystemError as error:
        behind: BaseException | None = error
        while behind is not None and not isinstance(behind, KeyboardInterrupt | SystemExit):
            behind = behind.__cause__
        if behind is None:
            raise
        raise behind from None


@contextmanager
def _held_back() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # as in a worker of dask: signals are none of its business
        yield
        return
    # Handlers of others are theirs: what they do with a signal is not known here.
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ours = {number: handler for number, handler in before.items() if handler in (signal.default_int_handler, exit_by_signal)}
    came: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        _State.asked = True
        came.append(number)
        if len(came) > 1:
            ours[signal.Signals(number)](number, frame)

    for number in ours:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        _State.asked = False
    if came:
        ours[signal.Signals(came[0])](came[0], None)


def _end() -> None:
    # A pool hands every exception to its main process and goes on: only the signal itself ends a worker.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
