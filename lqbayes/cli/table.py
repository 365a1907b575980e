"""``lqbayes table``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from lqbayes.cli.options import RunArgument, run_path


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
    from lqbayes.cli.consoles import errors, output
    from lqbayes.report.interval_files import to_csv, to_latex, to_markdown
    from lqbayes.report.terminal import interval_table, state_text
    from lqbayes.results.intervals import credible_intervals
    from lqbayes.results.state import state_sentence
    from lqbayes.storage.run import Run

    opened = Run.open(run_path(run))
    convergence = opened.convergence()
    rows = credible_intervals(opened.draws(), convergence)
    state, title = state_sentence(convergence), f"Posterior of the run {opened.name}"
    if form is TableFormat.terminal:
        console = output()
        console.print(interval_table(rows, title))
        console.print(state_text(convergence))
        return
    texts = {
        TableFormat.csv: lambda: to_csv(rows, state),
        TableFormat.markdown: lambda: to_markdown(rows, state, title),
        TableFormat.md: lambda: to_markdown(rows, state, title),
        TableFormat.latex: lambda: to_latex(rows, state, title),
    }
    typer.echo(texts[form](), nl=False)
    errors().print(state_text(convergence))
