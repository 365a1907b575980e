"""Measured values, errors and limits on the panels of a corner plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from lqbayes.likelihood.measurement import Measurement
from lqbayes.report.plots.axes import Scale
from lqbayes.report.plots.style import DATA, DATA_LIMIT, literal

# Gid of the markers of what lies outside a panel, by which the legend finds out whether there are any.
BEYOND = "beyond-the-panel"

# Radius in standard deviations that holds 68 % of a Gaussian in two dimensions, as the posterior's inner contour does.
_RADIUS = math.sqrt(-2 * math.log(1 - 0.68))
_CORNERS = 181
# Shares of a panel: how far markers of what lies beyond stand from the edge, and where along it: values in the middle, limits apart.
_INSET, _AT_VALUE, _AT_LIMIT = 0.035, 0.5, 0.7
_ARROW = {"arrowstyle": "-|>", "color": DATA_LIMIT, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 8}


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of one quantity, on the scale of its axis."""

    centre: float | None = None  # Measured value; None without one
    low: float = math.nan  # Ends of its one-sigma interval
    high: float = math.nan
    limits: tuple[tuple[float, int], ...] = ()  # Each with the direction of its allowed side: -1 below, +1 above
    measurement: Measurement | None = None  # Where `centre` is from
    place: int = 0  # Of the quantity among the observables of that measurement

    @property
    def ends(self) -> tuple[float, ...]:
        """Everything that has a place on the axis: the ends of the regions in two dimensions, and limits."""
        measured = () if self.centre is None else tuple(self.centre + _RADIUS * (end - self.centre) for end in (self.low, self.high))
        return measured + tuple(x for x, _ in self.limits)


def marks_of(scale: Scale, measurements: Sequence[Measurement]) -> Marks:
    """Find what was measured of a quantity."""
    name, value, limits = scale.quantity.source, Marks(), []
    for m in measurements if scale.quantity.origin == "observable" else ():
        if name not in m.observables:
            continue
        place = list(m.observables).index(name)
        measured, ends = m.marks(place)
        limits += [(shown, side) for end, side in ends if math.isfinite(shown := scale.shown(end))]
        if measured is not None and value.centre is None and math.isfinite(scale.shown(measured[0])):
            centre, low, high = map(scale.shown, measured)
            value = Marks(centre, low, high, measurement=m, place=place)
    return Marks(value.centre, value.low, value.high, tuple(limits), value.measurement, value.place)


def data_names(measurement: Measurement) -> str:
    """Name the data of a measurement in a plot."""
    return literal(", ".join(measurement.data).replace("_", " "))


def draw_marks(panels: NDArray[np.object_], marks: Sequence[Marks]) -> None:
    """Draw measured values on the panels of a corner plot, whose limits are set."""
    for row, up in enumerate(marks):
        _draw_on_diagonal(panels[row, row], up)
        for column, across in enumerate(marks[:row]):
            _draw_below(panels[row, column], across, up)


def _draw_on_diagonal(axes: Axes, mark: Marks) -> None:
    left, right = axes.get_xlim()
    if mark.centre is not None:
        axes.axvspan(mark.low, mark.high, color=DATA, alpha=0.28, linewidth=0, zorder=0)
        axes.axvline(mark.centre, color=DATA, linewidth=1.4)
        _point_beyond(axes, 0, mark.centre, _AT_VALUE, DATA)
    for x, side in mark.limits:
        _point_beyond(axes, 0, x, _AT_LIMIT, DATA_LIMIT)
        if left <= x <= right:
            axes.axvline(x, color=DATA_LIMIT, linestyle="--", linewidth=1.2)
            end = (x + side * 0.17 * (right - left), 0.88)
            axes.annotate("", xy=end, xytext=(x, 0.88), xycoords=("data", "axes fraction"), arrowprops=_ARROW)


def _draw_below(axes: Axes, across: Marks, up: Marks) -> None:
    if across.centre is not None and up.centre is not None:
        axes.plot(*_ellipse(across, up), color=DATA, linewidth=1.5)
        axes.plot([across.centre], [up.centre], marker="+", color=DATA, markersize=6, markeredgewidth=1.4)
    for axis, mark, other in ((0, across, up), (1, up, across)):
        line = axes.axhline if axis else axes.axvline
        if mark.centre is not None:
            if other.centre is None:
                line(mark.centre, color=DATA, linewidth=0.9, alpha=0.9)
            _point_beyond(axes, axis, mark.centre, _share(axes, 1 - axis, other.centre), DATA)
        for x, _ in mark.limits:
            line(x, color=DATA_LIMIT, linestyle="--", linewidth=0.8)
            _point_beyond(axes, axis, x, _AT_LIMIT, DATA_LIMIT)


def _share(axes: Axes, axis: int, x: float | None) -> float:
    """Place of a value along an edge as a share of it; the middle where there is no value inside."""
    low, high = axes.get_ylim() if axis else axes.get_xlim()
    return (x - low) / (high - low) if x is not None and low <= x <= high else _AT_VALUE


def _point_beyond(axes: Axes, axis: int, value: float, along: float, colour: str) -> None:
    """Draw a small triangle at the edge behind which a measured value or a limit lies."""
    low, high = axes.get_ylim() if axis else axes.get_xlim()
    if low <= value <= high:
        return
    above = int(value > high)
    edge = 1 - _INSET if above else _INSET
    x, y = (along, edge) if axis else (edge, along)
    marker = ("<>", "v^")[axis][above]
    axes.plot([x], [y], marker=marker, color=colour, markersize=5, linestyle="none", transform=axes.transAxes, gid=BEYOND, zorder=5)


def _ellipse(x: Marks, y: Marks) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Outline of the 68 % region of two measured values, with their correlation and with different errors on the two sides."""
    angle = np.linspace(0, 2 * math.pi, _CORNERS)
    u, v = _RADIUS * np.cos(angle), _RADIUS * np.sin(angle)
    if x.measurement is not None and x.measurement is y.measurement and x.measurement.correlations:
        rho = x.measurement.correlations[x.place][y.place]
        v = rho * u + math.sqrt(1 - rho**2) * v
    return _displaced(x, u), _displaced(y, v)


def _displaced(mark: Marks, pull: NDArray[np.float64]) -> NDArray[np.float64]:
    centre = mark.centre if mark.centre is not None else math.nan
    return centre + pull * np.where(pull > 0, mark.high - centre, centre - mark.low)
