"""Standard streams that are closed, full or broken: what is asked for fails in one line, what is only told besides does not matter."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class _Careless:
    """A stream for messages: where they cannot be written, the work goes on."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


@contextmanager
def standard_streams() -> Iterator[None]:
    """Give a process its standard streams for as long as it works."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            _occupy(number)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for the whole process
    plain, sys.stderr = sys.stderr, _Careless(sys.stderr)
    try:
        yield
    finally:
        sys.stderr = plain
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:  # said already; Python would say it again as it ends
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _occupy(number: int) -> None:
    """Put something at the number of a closed stream, or the next file that is opened stands there and is written over by messages.

    Reading from it, or writing to it, fails as it does with a closed stream.
    """
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, os.O_WRONLY if number == 0 else os.O_RDONLY)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
