"""``lqbayes explain``."""

from __future__ import annotations

from lqbayes.cli.options import RunArgument, open_run


def explain(run: RunArgument) -> None:
    """Explain a posterior: pulls, what each measurement does, and what was learned about each parameter.

    Writes explain.md, tables as CSV and plots as PNG and PDF into the run directory.
    """
    from lqbayes.cli.consoles import output, report_end
    from lqbayes.report import explanation

    opened = open_run(run)
    found = explanation.explain(opened)
    written = explanation.write_explanation(opened, found)
    console = output()
    console.print(explanation.measurement_table(found))
    console.print(explanation.term_table(found))
    report_end(found.state, written)
