"""Measured values, errors and limits on the panels of a corner plot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lqbayes.likelihood.forms.correlated_gaussian import CorrelatedGaussian
from lqbayes.likelihood.measurement import Measurement
from lqbayes.report.plots.axes import Scale
from lqbayes.report.plots.palette import DATA, DATA_LIMIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# Gid of the markers of what lies outside a panel, by which the legend finds out whether there are any.
BEYOND = "beyond-the-panel"

# Radius in standard deviations that holds 68 % of a Gaussian in two dimensions, as the posterior's inner contour does.
_RADIUS = math.sqrt(-2 * math.log(1 - 0.68))
_CORNERS = 181
# Shares of a panel: how far markers of what lies beyond stand from the edge, and where along it: values in the middle, limits apart.
_INSET, _AT_VALUE, _AT_LIMIT = 0.035, 0.5, 0.7


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of one quantity, on the scale of its axis.

    Attributes
    ----------
    centre, low, high
        Measured value and the ends of its one-sigma interval; None without a measured value.
    limits
        Limits, each with the direction of its allowed side: -1 below, +1 above.
    measurement
        Name of the measurement that `centre` is from.
    """

    centre: float | None = None
    low: float = math.nan
    high: float = math.nan
    limits: tuple[tuple[float, int], ...] = ()
    measurement: str = ""

    @property
    def ends(self) -> tuple[float, ...]:
        """Everything that has a place on the axis: the ends of the regions in two dimensions, and limits."""
        measured = () if self.centre is None else tuple(self.centre + _RADIUS * (end - self.centre) for end in (self.low, self.high))
        return measured + tuple(x for x, _ in self.limits)


def marks_of(scale: Scale, measurements: Sequence[Measurement]) -> Marks:
    """Find what was measured of a quantity."""
    if scale.quantity.origin != "observable":
        return Marks()
    name = scale.quantity.source
    centre, low, high, source = None, math.nan, math.nan, ""
    limits: list[tuple[float, int]] = []
    for m in measurements:
        if name not in m.observables:
            continue
        value, ends = m.marks(list(m.observables).index(name))
        limits += [(scale.shown(end), side) for end, side in ends]
        if value is not None and centre is None and math.isfinite(scale.shown(value[0])):
            (centre, low, high), source = map(scale.shown, value), m.name
    return Marks(centre, low, high, tuple((x, side) for x, side in limits if math.isfinite(x)), source)


def data_names(measurement: Measurement) -> str:
    """Name the data of a measurement in a plot."""
    return ", ".join(measurement.data).replace("_", " ").replace("$", r"\$")


def draw_marks(panels: NDArray[np.object_], scales: Sequence[Scale], marks: Sequence[Marks], measurements: Sequence[Measurement]) -> None:
    """Draw measured values on a corner plot."""
    for k, mark in enumerate(marks):
        _draw_on_diagonal(panels[k, k], mark)
    for row in range(len(marks)):
        for column in range(row):
            _draw_below(panels[row, column], (scales[column], marks[column]), (scales[row], marks[row]), measurements)


def _draw_on_diagonal(axes: Axes, mark: Marks) -> None:
    left, right = axes.get_xlim()
    if mark.centre is not None:
        axes.axvspan(mark.low, mark.high, color=DATA, alpha=0.28, linewidth=0, zorder=0)
        axes.axvline(mark.centre, color=DATA, linewidth=1.4)
        _point_beyond(axes, (_side(mark.centre, (left, right)), 0), _AT_VALUE, DATA)
    for x, side in mark.limits:
        _point_beyond(axes, (_side(x, (left, right)), 0), _AT_LIMIT, DATA_LIMIT)
        if left <= x <= right:
            axes.axvline(x, color=DATA_LIMIT, linestyle="--", linewidth=1.2)
            axes.annotate(
                "",
                xy=(x + side * 0.17 * (right - left), 0.88),
                xytext=(x, 0.88),
                xycoords=("data", "axes fraction"),
                arrowprops={"arrowstyle": "-|>", "color": DATA_LIMIT, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 8},
            )
    axes.set_xlim(left, right)


def _draw_below(axes: Axes, horizontal: tuple[Scale, Marks], vertical: tuple[Scale, Marks], measurements: Sequence[Measurement]) -> None:
    limits = axes.get_xlim(), axes.get_ylim()
    (_, across), (_, up) = horizontal, vertical
    if across.centre is not None and up.centre is not None:
        axes.plot(*_ellipse(horizontal, vertical, measurements), color=DATA, linewidth=1.5)
        axes.plot([across.centre], [up.centre], marker="+", color=DATA, markersize=6, markeredgewidth=1.4)
    elif across.centre is not None:
        axes.axvline(across.centre, color=DATA, linewidth=0.9, alpha=0.9)
    elif up.centre is not None:
        axes.axhline(up.centre, color=DATA, linewidth=0.9, alpha=0.9)
    for x, _ in across.limits:
        axes.axvline(x, color=DATA_LIMIT, linestyle="--", linewidth=0.8)
    for y, _ in up.limits:
        axes.axhline(y, color=DATA_LIMIT, linestyle="--", linewidth=0.8)
    if across.centre is not None:
        _point_beyond(axes, (_side(across.centre, limits[0]), 0), _share(up.centre, limits[1]), DATA)
    if up.centre is not None:
        _point_beyond(axes, (0, _side(up.centre, limits[1])), _share(across.centre, limits[0]), DATA)
    for x, _ in across.limits:
        _point_beyond(axes, (_side(x, limits[0]), 0), _AT_LIMIT, DATA_LIMIT)
    for y, _ in up.limits:
        _point_beyond(axes, (0, _side(y, limits[1])), _AT_LIMIT, DATA_LIMIT)
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])


def _side(x: float, limits: tuple[float, float]) -> int:
    """Tell on which side of a panel a value lies: -1 below, +1 above, 0 inside."""
    return int(x > limits[1]) - int(x < limits[0])


def _share(x: float | None, limits: tuple[float, float]) -> float:
    """Place of a value along an edge as a share of it; the middle where there is no value inside."""
    if x is None or _side(x, limits) != 0:
        return _AT_VALUE
    return (x - limits[0]) / (limits[1] - limits[0])


def _point_beyond(axes: Axes, side: tuple[int, int], along: float, colour: str) -> None:
    """Draw a small triangle at the edge behind which a measured value or a limit lies."""
    if side == (0, 0):
        return
    marker = {(-1, 0): "<", (1, 0): ">", (0, -1): "v", (0, 1): "^"}[side]
    x, y = (along if s == 0 else (0.5 + s * (0.5 - _INSET)) for s in side)
    axes.plot([x], [y], marker=marker, color=colour, markersize=5, linestyle="none", transform=axes.transAxes, gid=BEYOND, zorder=5)


def _ellipse(
    horizontal: tuple[Scale, Marks], vertical: tuple[Scale, Marks], measurements: Sequence[Measurement]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Outline of the 68 % region of two measured values, with their correlation and with different errors on the two sides."""
    (scale_x, x), (scale_y, y) = horizontal, vertical
    angle = np.linspace(0, 2 * math.pi, _CORNERS)
    u, v = _RADIUS * np.cos(angle), _RADIUS * np.sin(angle)
    if x.measurement == y.measurement:
        m = next(m for m in measurements if m.name == x.measurement)
        i, j = (list(m.observables).index(scale.quantity.source) for scale in (scale_x, scale_y))
        rho = m.correlation[i][j] if isinstance(m, CorrelatedGaussian) else 0.0
        v = rho * u + math.sqrt(1 - rho**2) * v
    return _displaced(x, u), _displaced(y, v)


def _displaced(mark: Marks, pull: NDArray[np.float64]) -> NDArray[np.float64]:
    centre = mark.centre if mark.centre is not None else math.nan
    return centre + pull * np.where(pull > 0, mark.high - centre, centre - mark.low)
