"""``lqbayes compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import PLOTS, open_run, output_file

_DISAGREE: Final = NOT_CONVERGED  # both say: the answer is not to be trusted


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN RUN...", help="Names or paths of two or more runs.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Overlaid corner plot of the headline group: .png, .pdf or .svg.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show every quantity, not only observables and headline parameters.")] = False,
) -> None:
    """Compare runs: shifts of intervals, Bayes factors, tensions, and whether runs of one posterior with other seeds agree.

    They agree where every median, 68 % end and ln Z differs by no more than its Monte Carlo error (interval-errors.csv) lets chance do.
    Exit status: 0; 3 where runs of one posterior DISAGREE, which chance does once in a hundred; 2 wrong input; 1 a run that cannot be used.
    """
    from lqbayes.cli import consoles
    from lqbayes.input.errors import ArgumentError
    from lqbayes.report.comparison import comparison_report
    from lqbayes.report.table import state_text
    from lqbayes.results.summary import Summary

    if len(runs) < 2:
        raise ArgumentError("compare needs at least two runs; name another one")
    output_file(output, PLOTS)
    opened = [open_run(name) for name in runs]
    summaries = [Summary.of(run) for run in opened]
    console = consoles.output()
    report = comparison_report(summaries, everything=everything)
    for part in report.parts:
        console.print(part)
    if output is not None:
        from lqbayes.report.plots.corner_plot import overlaid_corner_figure
        from lqbayes.report.results import save_figure

        console.print(f"wrote {save_figure(overlaid_corner_figure(opened, summaries), output)}", soft_wrap=True)
    for summary in summaries:
        consoles.errors().print(summary.name + ":", state_text(summary.state))
    if not report.agree:
        raise typer.Exit(_DISAGREE)
