"""Intervals as small drawings in a table, each on an axis of its own with what was measured."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lqbayes.likelihood.measurement import Measurement
from lqbayes.report.plots.axes import Scale
from lqbayes.report.plots.data_marks import marks_of
from lqbayes.report.tables import interval_texts
from lqbayes.results.intervals import Interval
from lqbayes.results.summary import Summary

_MARGIN = 0.05  # beside what is shown
_FARTHEST = 1.5  # widths of the 95 % interval: a measured value farther away is an arrow at the edge


@dataclass(frozen=True, slots=True)
class Strip:
    """The interval of one quantity and what was measured of it, each place in per cent of the strip's axis."""

    row: Interval
    what: str
    median: str
    inner: str
    outer: str
    measured: tuple[str, ...]
    low: float  # ends of the axis
    high: float
    posterior: tuple[float, ...]  # median, 68 % and 95 % ends
    value: tuple[float, float, float] | None  # measured, with its one-sigma interval
    limits: tuple[tuple[float, int], ...]  # each with its allowed side

    @property
    def text(self) -> str:
        """What the drawing says."""
        parts = [f"median {self.median}", self.inner and f"68 % {self.inner}", self.outer and f"95 % {self.outer}"]
        return f"{self.row.quantity.name}: " + "; ".join([*filter(None, parts), *(f"measured {text}" for text in self.measured)])


def headline_strips(summary: Summary) -> list[Strip]:
    """Intervals of what a reader wants to know first."""
    measurements = summary.configuration.likelihood.measurements
    return [_strip(row, measurements, summary) for row in summary.headline]


def _strip(row: Interval, measurements: Sequence[Measurement], summary: Summary) -> Strip:
    quantity, model = row.quantity, summary.configuration.model
    entries = model.parameters if quantity.origin == "parameter" else model.observables
    found = [m for m in measurements if quantity.origin == "observable" and quantity.source in m.observables]
    mark = marks_of(Scale(quantity, 0), measurements)
    if quantity.kind in ("phase", "sign"):
        low, high = 0.0, 2 * math.pi if quantity.kind == "phase" else 1.0
    else:
        low, high = row.values[-2:] if len(row.values) > 1 else (row.median, row.median)
        width = _FARTHEST * (high - low)
        # What was measured belongs on the axis as long as the interval itself can be seen.
        near = [
            x
            for x in (mark.centre, mark.low, mark.high, *(x for x, _ in mark.limits))
            if x is not None and low - width <= x <= high + width
        ]
        low, high = min([low, *near]), max([high, *near])
        margin = _MARGIN * (high - low) or abs(high) or 1.0
        low, high = low - margin, high + margin

    def place(x: float) -> float:
        return round(min(max(100 * (x - low) / (high - low), 0.0), 100.0), 2)

    median, inner, outer = interval_texts(row)
    return Strip(
        row,
        entries[quantity.column].description,
        median,
        inner,
        outer,
        tuple(m.texts()[list(m.observables).index(quantity.source)] for m in found),
        low,
        high,
        tuple(map(place, row.values)),
        None if mark.centre is None else (place(mark.centre), place(mark.low), place(mark.high)),
        tuple((place(x), side) for x, side in mark.limits),
    )
