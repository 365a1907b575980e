"""``lqbayes diagnose``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import math
from typing import Annotated

import typer

from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import PlotFile, RunArgument, run_path


def diagnose(
    run: RunArgument,
    top: Annotated[int, typer.Option(min=0, help="How many quantities to show, the worst first; 0 for all.")] = 15,
    write: Annotated[bool, typer.Option("--write", help="Write the run's tables and plots again.")] = False,
    form: Annotated[PlotFile, typer.Option("--format", help="Format of the plots that --write writes.")] = PlotFile.png,
) -> None:
    """Show nested R-hat and effective sample sizes of a run; exit status 3 if it has not converged."""
    from lqbayes.cli.consoles import output
    from lqbayes.report.terminal import convergence_table, state_text
    from lqbayes.results.state import size_text
    from lqbayes.storage.run import Run

    opened = Run.open(run_path(run))
    convergence = opened.convergence()
    console = output()
    console.print(convergence_table(convergence, top or None))
    error = opened.log_evidence_error
    uncertainty = "" if math.isnan(error) else f" +- {error:.2f} (1 sigma, {convergence.ensembles - 1} degrees of freedom)"
    console.print(f"{opened.name}: {size_text(opened)}, {opened.steps} stored steps; ln Z = {opened.log_evidence:.2f}{uncertainty}")
    console.print(state_text(convergence))
    if write:
        from lqbayes.report.results import write_results

        for path in write_results(opened, form=form.value):
            console.print(f"wrote {path}")
    if not convergence.converged:
        raise typer.Exit(NOT_CONVERGED)
