"""``lqbayes report``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import typer

from lqbayes.cli.options import RunArgument, run_path


def report(run: RunArgument) -> None:
    """Write report.html into the run directory: one page with everything about the run, to be read in any browser or printed."""
    from lqbayes.cli.consoles import errors
    from lqbayes.report.page import write_page
    from lqbayes.report.terminal import state_text
    from lqbayes.storage.run import Run

    opened = Run.open(run_path(run))
    path = write_page(opened)
    errors().print(state_text(opened.convergence()))
    typer.echo(path)
