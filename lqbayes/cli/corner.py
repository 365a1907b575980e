"""``lqbayes corner``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lqbayes.cli.options import PlotFile, RunArgument, run_path

_SUFFIXES = (".png", ".pdf", ".svg")


def corner(
    run: RunArgument,
    group: Annotated[str, typer.Option(metavar="NAME", help="Group of quantities; an unknown name shows them all.")] = "headline",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write: .png, .pdf or .svg.",
            show_default="corner-NAME.png or .pdf in the run directory",
        ),
    ] = None,
    form: Annotated[PlotFile | None, typer.Option("--format", help="Format of the file in the run directory.", show_default="png")] = None,
    captions: Annotated[bool, typer.Option(help="Title and notes in the figure; an article has them below it.")] = True,
) -> None:
    """Draw a corner plot of a group of quantities, with the measured values."""
    from lqbayes.input.errors import ArgumentError
    from lqbayes.input.problems import did_you_mean
    from lqbayes.storage.run import Run

    if output is not None and output.suffix not in _SUFFIXES:
        raise ArgumentError(f"--output: '{output}' is no format for plots; end it with one of {', '.join(_SUFFIXES)}")
    if output is not None and not output.parent.is_dir():
        raise ArgumentError(f"--output: there is no folder '{output.parent}'; make it first")
    if output is not None and form is not None:
        raise ArgumentError("--format: the ending of --output says the format already; leave one of the two out")
    opened = Run.open(run_path(run))
    groups = opened.posterior_target.model.corner_groups
    if group not in groups:
        raise ArgumentError(f"--group: there is no group of quantities '{group}'; {did_you_mean(group, groups)} (all: {', '.join(groups)})")
    from lqbayes.cli.consoles import report_end
    from lqbayes.report.plots.corner_plot import corner_figure
    from lqbayes.report.results import save_figure
    from lqbayes.results.summary import state_sentence

    path = output or opened.results / f"corner-{group}.{form or PlotFile.png}"
    save_figure(corner_figure(opened, group), path, captions=captions)
    report_end(state_sentence(opened.convergence()))
    typer.echo(path)
