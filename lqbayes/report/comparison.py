"""Several runs side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lqbayes.input.errors import ArgumentError
from lqbayes.quantities import CENTRAL
from lqbayes.report.rounding import number_texts
from lqbayes.report.table import Column, Table
from lqbayes.results.agreement import agreement
from lqbayes.results.evidence_ratios import bayes_factor, comparable, find_tensions
from lqbayes.results.reweighting import ShiftRow, compared_rows
from lqbayes.results.summary import Summary

_NOTE = "shift: difference of the medians over half the width of the first 68 % interval; of the probabilities for a sign"


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """What a comparison shows."""

    # Tables of intervals, Bayes factors or why there are none, agreement of runs with one target, and tensions
    parts: tuple[Table | str, ...]
    agree: bool  # False where two runs of one posterior disagree by more than chance lets them


def comparison_report(runs: Sequence[Summary], *, everything: bool = False) -> ComparisonReport:
    """Compare the first run with each of the others."""
    parts: list[Table | str] = []
    agree = True
    first = runs[0]
    headline = first.configuration.model.headline
    for second in runs[1:]:
        pair = f"{first.name} and {second.name}"
        found = compared_rows(first, second)
        rows = [row for row in found if everything or row.quantity.origin == "observable" or row.quantity.source in headline]
        parts.append(shift_table(rows, first.name, second.name, title=pair))
        if first.target == second.target:
            try:
                verdict = agreement(first, second)
            except ArgumentError as error:
                parts.append(f"no test of agreement: {error}")
            else:
                parts.append(f"{pair}, the same posterior: {verdict.sentence()}")
                agree = agree and verdict.agree
        if reason := comparable(first, second):
            parts.append(f"{pair}: {reason}")
        else:
            ratio = bayes_factor(first, second)
            parts.append(f"ln of the Bayes factor, {ratio.name}: {ratio.text}")
    parts += [f"tension ln R of {ratio.name}: {ratio.text} (below 0: they pull apart)" for ratio in find_tensions(runs)]
    return ComparisonReport(tuple(parts), agree)


def shift_table(rows: Sequence[ShiftRow], before: str, after: str, *, title: str = "") -> Table:
    """Intervals in two posteriors, and their shift."""
    names = ("quantity", "unit", *(f"{when}_{name}" for when in ("before", "after") for name in CENTRAL), "shift")
    records = [(row.quantity.name, row.quantity.unit_text or "1", *row.before, *row.after, row.shift, row) for row in rows]
    columns = (
        Column("quantity", kind="name"),
        Column("unit", lambda r: r["row"].quantity.unit_text, extra=4),
        *_side(before, "before", 3),
        *_side(after, "after", 2),
        Column("shift", kind="number", form="+.2f"),
    )
    return Table(title, pd.DataFrame(records, columns=[*names, "row"]), columns, _NOTE, csv_columns=names)


def _side(name: str, side: str, extra: int) -> tuple[Column, Column]:
    def texts(record: Mapping[str, Any]) -> tuple[str, str]:
        low, median, high = getattr(record["row"], side)
        if record["row"].quantity.kind == "sign":
            return f"{median:.3f}", ""
        middle, left, right = number_texts((median, low, high))
        return middle, f"{left} .. {right}"

    first = Column(f"{name}: median", lambda record: texts(record)[0], "number")
    return first, Column(f"{name}: 68 %", lambda record: texts(record)[1], "number", extra=extra)
