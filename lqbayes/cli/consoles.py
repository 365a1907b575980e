"""Consoles for output and for messages."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console


# A pipe or a file has no width; rich would cut tables at 80 columns.
_WIDTH_OF_FILES = 200


def output() -> Console:
    """Console for what a command was asked for."""
    return _console(stderr=False)


def errors() -> Console:
    """Console for messages about the work."""
    return _console(stderr=True)


def report_end(state: str, written: Iterable[Path] = ()) -> None:
    """Say on standard error what was written and whether the run has converged."""
    from lqbayes.report.table import state_text

    console = errors()
    for path in written:
        console.print(f"wrote {path}", soft_wrap=True)
    console.print(state_text(state))


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    # Names and numbers are shown as they are: no markup, no emoji, no colouring of digits.
    make = partial(Console, stderr=stderr, highlight=False, markup=False, emoji=False)
    console = make()
    return console if console.is_terminal or "COLUMNS" in os.environ else make(width=_WIDTH_OF_FILES)
