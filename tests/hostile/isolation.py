"""Runs a loader on a hostile file in a process of its own, with little memory and little time."""

from __future__ import annotations

import os
import resource
import signal
import traceback
from collections.abc import Callable
from pathlib import Path

from lqbayes.input.errors import LqbayesError

MEMORY = 1_500_000_000
SECONDS = 20


def outcome(load: Callable[[], object]) -> str:
    """``read``, ``refused: ...`` with the package's own message, or ``escaped: ...`` with what should never happen."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _judge(load, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read().decode("utf-8", "backslashreplace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"escaped: {signal.Signals(os.WTERMSIG(status)).name}"
    return said or "escaped: no word"


def _judge(load: Callable[[], object], writing: int) -> None:
    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if Path("/proc/self/statm").exists() else 0
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(SECONDS)
        try:
            load()
            said = "read"
        except LqbayesError as error:
            said = f"refused: {error}"
        except BaseException:  # also MemoryError and what a library raises as SystemExit
            said = f"escaped: {traceback.format_exc()[-2000:]}"
        os.write(writing, said.encode("utf-8", "backslashreplace")[:60_000])
    finally:
        os._exit(0)
