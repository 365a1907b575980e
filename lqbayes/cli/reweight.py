"""``lqbayes reweight``."""

from __future__ import annotations

from typing import Annotated

import typer

from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import RunArgument, open_run


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
    from lqbayes.cli.consoles import errors, output, report_end
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.report.comparison import shift_table
    from lqbayes.results.reweighting import reweight as weigh
    from lqbayes.results.reweighting import reweighted_rows, verdict
    from lqbayes.results.summary import Summary

    opened = open_run(run)
    new = Likelihood.load(likelihood, opened.configuration.model)
    weights = weigh(opened, new)
    if not weights.usable:
        errors().print(verdict(weights), style="bold red")
        raise typer.Exit(NOT_CONVERGED)
    summary = Summary.of(opened)
    before, after = opened.configuration.likelihood.name, new.settings.name
    rows = reweighted_rows(opened, summary, weights)
    output().print(shift_table(rows, before, after if after != before else f"{after} (new)"))
    output().print(f"{verdict(weights)}; ln Z changes by {weights.log_evidence_ratio:+.2f}")
    report_end(summary.state)
