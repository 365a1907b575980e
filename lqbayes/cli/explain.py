"""``lqbayes explain``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import math

from lqbayes.cli.options import RunArgument, run_path


def explain(run: RunArgument) -> None:
    """Explain a posterior: pulls, what each measurement does, and what was learned about each parameter.

    Writes explain.md, tables as CSV and plots as PNG and PDF into the run directory.
    """
    from lqbayes.cli.consoles import errors, output
    from lqbayes.report.explanation import explain as explained
    from lqbayes.report.explanation import write_explanation
    from lqbayes.report.terminal import new_table, state_text
    from lqbayes.storage.run import Run

    opened = Run.open(run_path(run))
    explanation = explained(opened)
    written = write_explanation(opened, explanation)
    console = output()
    table = new_table("measurements")
    for heading in ("measurement", "observable", "posterior median", "predictive pull", "p"):
        table.add_column(heading, justify="left" if heading in {"measurement", "observable"} else "right", no_wrap=True)
    for p in explanation.predictives:
        table.add_row(p.measurement.name, p.observable, f"{p.median:.3g}", "" if p.pull is None else f"{p.pull:+.2f}", f"{p.p_value:.2g}")
    console.print(table)
    table = new_table("terms")
    for heading in ("term", "chi2", "chi2 without", "ln p", "k"):
        table.add_column(heading, justify="left" if heading == "term" else "right", no_wrap=True)
    for i in explanation.influences:
        without = "-" if math.isnan(i.chi2_without) else f"{i.chi2_without:.2f}"
        table.add_row(i.term, f"{i.chi2:.2f}", without, f"{i.log_predictive:+.2f}" if i.reliable else "-", f"{i.k:.2f}")
    console.print(table)
    messages = errors()
    for path in written:
        messages.print(f"wrote {path}")
    messages.print(state_text(opened.convergence()))
