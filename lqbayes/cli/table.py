"""``lqbayes table``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from lqbayes.cli.options import RunArgument, open_run


class TableFormat(StrEnum):
    """Formats of the table of credible intervals."""

    csv = "csv"
    markdown = "markdown"
    md = "md"
    latex = "latex"
    terminal = "terminal"


def table(
    run: RunArgument,
    form: Annotated[TableFormat, typer.Option("--format", help="Format of the table; csv has full precision.")] = TableFormat.terminal,
) -> None:
    """Show the posterior medians and credible intervals of a run."""
    from lqbayes.cli.consoles import output, report_end
    from lqbayes.report.tables import interval_table
    from lqbayes.results.summary import Summary

    summary = Summary.of(open_run(run))
    intervals = interval_table(summary)
    if form is TableFormat.terminal:
        output().print(intervals)
    else:
        write = {TableFormat.csv: intervals.csv, TableFormat.latex: intervals.latex}.get(form, intervals.markdown)
        typer.echo(write(), nl=False)
    report_end(summary.state)
