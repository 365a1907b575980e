"""Several runs side by side, for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from lqbayes.input.errors import ArgumentError
from lqbayes.quantities import Quantity, quantities
from lqbayes.report.terminal import new_table
from lqbayes.results.agreement import agreement, same_target
from lqbayes.results.evidence_ratios import bayes_factor, comparable, find_tensions
from lqbayes.results.reweighting import ShiftRow, interval_text

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


_LEVELS = (0.16, 0.5, 0.84)


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """What a comparison shows.

    Attributes
    ----------
    parts
        Tables of intervals, Bayes factors or why there are none, agreement of runs with one target, and tensions.
    agree
        False where two runs of one posterior disagree by more than chance gives.
    """

    parts: tuple[Table | str, ...]
    agree: bool


def compared_rows(first: Run, second: Run) -> tuple[ShiftRow, ...]:
    """Intervals of the quantities that two runs share."""
    others = {q.name: q for q in quantities(second.posterior_target)}
    rows = []
    for quantity in quantities(first.posterior_target):
        if quantity.name in others:
            ends = [_interval(run, q) for run, q in ((first, quantity), (second, others[quantity.name]))]
            rows.append(ShiftRow(quantity, ends[0], ends[1]))
    return tuple(rows)


def _interval(run: Run, quantity: Quantity) -> tuple[float, float, float]:
    x = run.draws().values(quantity).ravel()
    if quantity.kind == "sign":
        return (float(x.mean()),) * 3
    low, median, high = (float(end) for end in np.quantile(x, _LEVELS))
    return low, median, high


def combined_shift(row: ShiftRow) -> float | None:
    """Shift of the median in units of the combined error."""
    if row.quantity.kind == "sign":
        return None
    shift = row.after[1] - row.before[1]
    near, far = (
        (row.before[2] - row.before[1], row.after[1] - row.after[0])
        if shift > 0
        else (row.before[1] - row.before[0], row.after[2] - row.after[1])
    )
    error = math.hypot(near, far)
    return shift / error if error > 0 else None


def comparison_table(first: Run, second: Run, *, everything: bool = False) -> Table:
    """Show the intervals of two runs and their shift."""
    table = new_table(f"{first.name} and {second.name}")
    for heading in ("quantity", f"{first.name}: median, 68 %", f"{second.name}: median, 68 %", "shift / error"):
        table.add_column(heading, justify="left" if heading == "quantity" else "right", no_wrap=True)
    for row in compared_rows(first, second):
        if everything or row.quantity.headline:
            shift = combined_shift(row)
            table.add_row(
                row.quantity.name, interval_text(row, row.before), interval_text(row, row.after), "" if shift is None else f"{shift:+.2f}"
            )
    table.caption, table.caption_justify = "shift of the median over the combined error of the two posteriors", "left"
    return table


def comparison_report(runs: Sequence[Run], *, everything: bool = False) -> ComparisonReport:
    """Compare the first run with each of the others."""
    parts: list[Table | str] = []
    agree = True
    first = runs[0]
    for second in runs[1:]:
        parts.append(comparison_table(first, second, everything=everything))
        pair = f"{first.name} and {second.name}"
        if same_target(first, second):
            try:
                found = agreement(first, second)
            except ArgumentError as error:
                parts.append(f"no test of agreement: {error}")
            else:
                parts.append(f"{pair}, the same posterior: {found.sentence()}")
                agree = agree and found.agree
        reason = comparable(first, second)
        if reason:
            parts.append(f"{pair}: {reason}")
        else:
            ratio = bayes_factor(first, second)
            parts.append(f"ln of the Bayes factor, {ratio.name}: {ratio.text}")
    parts += [f"tension ln R of {ratio.name}: {ratio.text} (below 0: they pull apart)" for ratio in find_tensions(runs)]
    return ComparisonReport(tuple(parts), agree)
