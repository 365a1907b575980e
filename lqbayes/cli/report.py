"""``lqbayes report``."""

from __future__ import annotations

import typer

from lqbayes.cli.options import RunArgument, open_run


def report(run: RunArgument) -> None:
    """Write report.html into the run directory: one page with everything about the run, to be read in any browser or printed."""
    from lqbayes.cli.consoles import report_end
    from lqbayes.report.page import write_page
    from lqbayes.results.summary import Summary

    opened = open_run(run)
    summary = Summary.of(opened)
    path = write_page(opened, summary)
    report_end(summary.state)
    typer.echo(path)
