"""``lqbayes figures``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lqbayes.cli.options import RunArgument, run_path


def figures(
    run: RunArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for the figures.", show_default="the run directory"),
    ] = None,
    captions: Annotated[bool, typer.Option(help="Title and notes in the figure; an article has them below it.")] = True,
) -> None:
    """Draw the paper's figures 1 and 2: posterior density, and allowed points as the paper shows them; PNG and PDF."""
    from lqbayes.input.errors import ArgumentError
    from lqbayes.storage.run import Run

    if output is not None and not output.is_dir():
        raise ArgumentError(f"--output: there is no folder '{output}'; make it first")
    opened = Run.open(run_path(run))
    draw = opened.posterior_target.model.figures
    if draw is None:
        raise ArgumentError(
            f"the model {opened.posterior_target.model.name} has no figures of its own; draw its groups with lqbayes corner"
        )
    from lqbayes.cli.consoles import report_end
    from lqbayes.results.summary import state_sentence

    for path in draw(opened, output or opened.results, captions=captions):
        typer.echo(path)
    report_end(state_sentence(opened.convergence()))
