"""``lqbayes figures``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lqbayes.cli.options import CaptionsOption, RunArgument, run_path


def figures(
    run: RunArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for the figures.", show_default="results/ in the run directory"),
    ] = None,
    captions: CaptionsOption = True,
) -> None:
    """Draw the figures that only this model has, PNG and PDF; of three-leptoquarks the paper's figures 1 and 2."""
    from lqbayes.cli.consoles import report_end
    from lqbayes.input.errors import ArgumentError
    from lqbayes.results.summary import Summary
    from lqbayes.storage.run import Run

    if output is not None and not output.is_dir():
        raise ArgumentError(f"--output: there is no folder '{output}'; make it first")
    opened = Run.open(run_path(run))
    model = opened.posterior_target.model
    if model.figures is None:
        raise ArgumentError(f"the model {model.name} has no figures of its own; `lqbayes corner` draws its groups of quantities")
    summary = Summary.of(opened)
    for path in model.figures(opened, summary, output or opened.results, captions=captions):
        typer.echo(path)
    report_end(summary.state)
