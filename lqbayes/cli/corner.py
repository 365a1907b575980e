"""``lqbayes corner``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lqbayes.cli.options import PLOTS, CaptionsOption, PlotFile, RunArgument, output_file, run_path


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
            show_default="results/corner-NAME.png or .pdf in the run directory",
        ),
    ] = None,
    form: Annotated[PlotFile | None, typer.Option("--format", help="Format of the file in the run directory.", show_default="png")] = None,
    captions: CaptionsOption = True,
) -> None:
    """Draw a corner plot of a group of quantities, with the measured values."""
    from lqbayes.input.errors import ArgumentError
    from lqbayes.input.problems import did_you_mean
    from lqbayes.storage.run import Run

    output_file(output, PLOTS)
    if output is not None and form is not None:
        raise ArgumentError("--format: the ending of --output says the format already; leave one of the two out")
    opened = Run.open(run_path(run))
    groups = opened.posterior_target.model.corner_groups
    if group not in groups:
        raise ArgumentError(f"--group: there is no group of quantities '{group}'; {did_you_mean(group, groups)} (all: {', '.join(groups)})")
    from lqbayes.cli.consoles import report_end
    from lqbayes.report.plots.corner_plot import corner_figure
    from lqbayes.report.results import save_figure
    from lqbayes.results.summary import Summary

    path = output or opened.results / f"corner-{group}.{form or PlotFile.png}"
    summary = Summary.of(opened)
    save_figure(corner_figure(opened, summary, group), path, captions=captions)
    report_end(summary.state)
    typer.echo(path)
