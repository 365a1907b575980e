"""``lqbayes diagnose``."""

from __future__ import annotations

from typing import Annotated

import typer

from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import PlotFile, RunArgument, open_run


def diagnose(
    run: RunArgument,
    top: Annotated[int, typer.Option(min=0, help="How many quantities to show, the worst first; 0 for all.")] = 15,
    write: Annotated[bool, typer.Option("--write", help="Write the run's tables and plots again.")] = False,
    form: Annotated[PlotFile, typer.Option("--format", help="Format of the plots that --write writes.")] = PlotFile.png,
) -> None:
    """Show nested R-hat and effective sample sizes of a run; exit status 3 if it has not converged."""
    from lqbayes.cli.consoles import output
    from lqbayes.report.results import write_results
    from lqbayes.report.table import state_text
    from lqbayes.report.tables import convergence_table
    from lqbayes.results.summary import Summary

    opened = open_run(run)
    summary = Summary.of(opened)
    console = output()
    console.print(convergence_table(summary, top or None))
    console.print(f"{summary.name}: {summary.size}, {summary.steps} stored steps; ln Z = {summary.evidence_text}")
    console.print(state_text(summary.state))
    for path in write_results(opened, summary, form=form.value) if write else []:
        console.print(f"wrote {path}", soft_wrap=True)
    if not summary.converged:
        raise typer.Exit(NOT_CONVERGED)
