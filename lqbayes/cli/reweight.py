"""``lqbayes reweight``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

from typing import Annotated

import typer

from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import RunArgument, run_path


def reweight(
    run: RunArgument,
    likelihood: Annotated[
        str, typer.Option("--likelihood", metavar="NAME|FILE", help="Likelihood to change to: shipped name or path.", show_default=False)
    ],
) -> None:
    """Show what a run says under another likelihood, by Pareto-smoothed importance sampling.

    Exit status 3, without a table, where the two posteriors are too far apart for that (Pareto k above 0.7). A likelihood that lacks a hard
    bound or cut of the run's, or has it looser, is refused: the run has no draws beyond it.
    """
    from lqbayes.cli.consoles import errors, output
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.report.terminal import state_text
    from lqbayes.results.reweighting import reweight as weigh
    from lqbayes.results.reweighting import reweighted_rows, shift_table, verdict
    from lqbayes.storage.run import Run

    new = Likelihood.load(likelihood)
    opened = Run.open(run_path(run))
    weights = weigh(opened, new)
    if not weights.usable:
        errors().print(verdict(weights), style="bold red")
        raise typer.Exit(NOT_CONVERGED)
    console = output()
    before, after = opened.configuration.likelihood.name, new.settings.name
    console.print(shift_table(reweighted_rows(opened, weights), before, after if after != before else f"{after} (new)"))
    console.print(f"{verdict(weights)}; ln Z changes by {weights.log_evidence_ratio:+.2f}")
    errors().print(state_text(opened.convergence()))
