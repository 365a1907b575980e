"""Consoles for output and for messages, and what every command on a run begins and ends with."""

from __future__ import annotations

import errno
import os
import warnings
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import typer
from typing_extensions import override

from lqbayes.cli.options import chosen_model, run_path
from lqbayes.input.errors import RunError
from lqbayes.input.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.console import Console

    from lqbayes.storage.run import Run


# A pipe or a file has no width; rich would cut tables at 80 columns.
_WIDTH_OF_FILES = 200


def output() -> Console:
    """Console for what a command was asked for."""
    return _console(stderr=False)


def errors() -> Console:
    """Console for messages about the work."""
    return _console(stderr=True)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show warnings as one line each, without the place in the code."""
    before = warnings.formatwarning
    warnings.formatwarning = lambda message, *_, **__: f"warning: {printable(str(message))}\n"
    try:
        yield
    finally:
        warnings.formatwarning = before


def open_run(name_or_path: str, *models: str | None) -> Run:
    """Open a run by its name in chains/ or the path of its directory, with the models that the option ``--model`` names."""
    from lqbayes.storage.run import Run

    return Run.open(run_path(name_or_path), *(chosen_model(model) for model in models if model is not None))


def results_folder(run: Run, output: Path | None) -> Path:
    """Folder for what a command writes, known to be writable before anything is computed: the user's, or that of the run."""
    try:
        return output or run.results
    except RunError as error:
        raise RunError(f"{error} with --output") from None


def report_end(state: str, files: Iterable[Path] = (), *, beside: Iterable[Path] = (), name: str = "", on: Console | None = None) -> None:
    """Print the files that a command was asked for, then as messages those that it wrote beside, and whether the run has converged."""
    from lqbayes.report.table import state_text

    for path in files:
        typer.echo(path)
    console = on or errors()
    for path in beside:
        console.print(f"wrote {path}", soft_wrap=True)
    console.print(*([f"{name}:"] if name else []), state_text(state))


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    class PlainConsole(Console):
        @override
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))  # for `exit_statuses`; rich would exit without a word

    # Names and numbers are shown as they are: no markup, no emoji, no colouring of digits.
    make = partial(PlainConsole, stderr=stderr, highlight=False, markup=False, emoji=False)
    console = make()
    return console if console.is_terminal or "COLUMNS" in os.environ else make(width=_WIDTH_OF_FILES)
