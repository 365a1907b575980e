"""Tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from lqbayes.report.convergence_table import worst_first
from lqbayes.report.interval_files import interval_texts
from lqbayes.results.intervals import IntervalRow
from lqbayes.results.state import NOT_CONVERGED, state_sentence
from lqbayes.sampling.convergence import Convergence


def new_table(title: str = "") -> Table:
    """Make an empty table in the one style of the package."""
    return Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)


def state_text(convergence: Convergence) -> Text:
    """Say whether a run has converged, in colour."""
    sentence = state_sentence(convergence)
    return Text(sentence, style="bold red" if sentence.startswith(NOT_CONVERGED) else "green")


def convergence_table(convergence: Convergence, top: int | None = None) -> Table:
    """Show convergence, the worst quantities first."""
    table = new_table()
    table.add_column("quantity", no_wrap=True)
    table.add_column(f"R-hat (target {convergence.targets.rhat:g})", justify="right")
    table.add_column("ESS", justify="right")
    table.add_column("target", justify="right")
    table.add_column("met")
    entries = worst_first(convergence)
    for q in entries[:top]:
        rhat = "-" if math.isnan(q.rhat) else f"{q.rhat:.4f}"
        ess = "-" if math.isnan(q.ess) else f"{q.ess:.0f}"
        table.add_row(q.name, rhat, ess, f"{q.ess_target:g}", Text("yes", "green") if q.passed else Text("no", "bold red"))
    left = len(entries) - table.row_count
    if left > 0:
        table.caption, table.caption_justify = f"and {left} more", "left"
    return table


def interval_table(rows: Sequence[IntervalRow], title: str = "") -> Table:
    """Show credible intervals, rounded for readers."""
    table = new_table(title)
    for heading, right in (
        ("quantity", False),
        ("unit", False),
        ("median", True),
        ("68 %", True),
        ("95 %", True),
        ("R-hat", True),
        ("ESS", True),
    ):
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*interval_texts(row))
    return table
