"""Corner plots: the posterior of a group of quantities with the measured values, and the posteriors of several runs over each other."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from lqbayes.likelihood.measurement import Measurement
from lqbayes.quantities import Quantity, group_quantities
from lqbayes.report.plots.axes import Scale, scale_of, varies
from lqbayes.report.plots.data_marks import BEYOND, Marks, data_names, draw_marks, marks_of
from lqbayes.report.plots.density import draw_regions, estimate_density
from lqbayes.report.plots.diagnostic_plots import judged
from lqbayes.report.plots.style import DATA, DATA_LIMIT, ENSEMBLES, POSTERIOR, REGIONS, draw_caption, new_figure, styled, title_lines
from lqbayes.results.summary import NOT_CONVERGED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lqbayes.storage.run import Run


_MOST_DRAWS = 40_000
_TAILS = (0.005, 0.995)
_LONGEST_TAIL = 5.0  # in units of the half width of the 68 % interval
_BINS, _CELLS = 36, 96  # along a panel, in one and in two dimensions
_PANEL = 1.55  # inches; with the resolution below a plot of eight quantities is about 1500 pixels wide
_DPI = 110
_MARGIN_LEFT, _MARGIN_RIGHT, _MARGIN_BOTTOM, _MARGIN_TOP = 0.8, 0.2, 0.55, 0.2
_FEWEST_PANELS = 4
_LONGEST_NAMES = 42  # characters; beside the smallest plots there is room for so much
_RIGHT = 0.985  # where words beside the panels end

_Range = tuple[float, float]


@styled()
def corner_figure(run: Run, group: str = "headline") -> Figure:
    """Draw the posterior of a group of quantities."""
    draws = {quantity: x for quantity, x in _thinned(run, group_quantities(run.posterior_target, group)).items()}
    scales = [scale_of(quantity, x) for quantity, x in draws.items() if varies(x)]
    constant = [quantity.name for quantity, x in draws.items() if not varies(x)]
    columns = [scale.of(draws[scale.quantity]) for scale in scales]
    measurements = run.configuration.likelihood.measurements
    marks = [marks_of(scale, measurements) for scale in scales]
    ranges = [_range(scale, x, mark, _edges(scale, run)) for scale, x, mark in zip(scales, columns, marks, strict=True)]
    figure, panels = _new_panels(scales, ranges)
    _draw_posterior(panels, columns, ranges, [judged(run, scale.quantity).ess for scale in scales], POSTERIOR, filled=True)
    draw_marks(panels, scales, marks, measurements)
    y, height = 1 - 0.15 / figure.get_figheight(), figure.get_figheight()
    for text, style in title_lines(run, group, constant):
        draw_caption(figure, _RIGHT, y, text, ha="right", va="top", **style)
        y -= (style["fontsize"] + 5) / 72 / height
    if scales:
        y = _draw_legend(figure, marks, y) - 0.1 / height
        _name_data(figure, scales, measurements, y)
    return figure


@styled()
def overlaid_corner_figure(runs: Sequence[Run], group: str = "headline") -> Figure:
    """Draw the posteriors of several runs over each other."""
    draws = [
        {quantity.name: (quantity, x) for quantity, x in _thinned(run, group_quantities(run.posterior_target, group)).items()}
        for run in runs
    ]
    names = [name for name in draws[0] if all(name in other and varies(other[name][1]) for other in draws)]
    scales = [scale_of(draws[0][name][0], np.concatenate([table[name][1] for table in draws])) for name in names]
    columns = [[scale.of(table[name][1]) for scale, name in zip(scales, names, strict=True)] for table in draws]
    ends = [
        [_range(scale, x, Marks(), _edges(scale, run)) for scale, x in zip(scales, table, strict=True)]
        for run, table in zip(runs, columns, strict=True)
    ]
    ranges = [(min(low for low, _ in each), max(high for _, high in each)) for each in zip(*ends, strict=True)]
    figure, panels = _new_panels(scales, ranges)
    height = figure.get_figheight()
    y = 1 - 0.15 / height
    figure.text(_RIGHT, y, f"{group}: 68 % and 95 % regions", ha="right", va="top", fontsize=13, fontweight="bold")
    for number, (run, table) in enumerate(zip(runs, columns, strict=True)):
        colour = ENSEMBLES[number % len(ENSEMBLES)]
        independent = [judged(run, scale.quantity).ess for scale in scales]
        _draw_posterior(panels, table, ranges, independent, colour, filled=False)
        y -= 0.26 / height
        mark = "" if run.converged else f" ({NOT_CONVERGED})"
        text = f"{run.name}: likelihood {run.configuration.likelihood.name}, prior {run.configuration.prior.name}{mark}"
        figure.text(_RIGHT, y, text, ha="right", va="top", fontsize=10, color=colour)
    return figure


def _thinned(run: Run, chosen: Sequence[Quantity]) -> dict[Quantity, NDArray[np.float64]]:
    draws = run.draws()
    total = math.prod(draws.shape)
    rng = np.random.default_rng(run.configuration.seed)
    rows = np.sort(rng.choice(total, _MOST_DRAWS, replace=False)) if total > _MOST_DRAWS else np.arange(total)
    return {quantity: draws.values(quantity).ravel()[rows] for quantity in chosen}


def _edges(scale: Scale, run: Run) -> _Range:
    """Find the ends of the prior of a parameter on its axis; infinite where it has none."""
    quantity = scale.quantity
    if quantity.origin != "parameter":
        return -math.inf, math.inf
    prior = run.configuration.prior.parameters[quantity.column]
    low, high = (-math.inf if prior.lower is None else prior.lower), (math.inf if prior.upper is None else prior.upper)
    if quantity.transform == "log10_abs":
        return (math.log10(low) if low > 0 else -math.inf), (math.log10(high) if high > 0 else math.inf)
    if quantity.transform == "abs":
        return max(low, 0.0), high
    if prior.sign == "either":
        low = -high
    elif prior.sign == "negative":
        low, high = -high, -low
    return float(scale.of(low)), float(scale.of(high))


def _range(scale: Scale, x: NDArray[np.float64], mark: Marks, edges: _Range) -> _Range:
    if scale.quantity.kind == "phase":
        return 0.0, 2 * math.pi
    finite = x[np.isfinite(x)]
    low, high, left, middle, right = (float(end) for end in np.quantile(finite, (*_TAILS, 0.16, 0.5, 0.84)))
    # A long tail must not squeeze everything else into a corner of the panel.
    low, high = max(low, middle - _LONGEST_TAIL * (middle - left)), min(high, middle + _LONGEST_TAIL * (right - middle))
    if not varies(np.array([low, high])):
        low, high = float(finite.min()), float(finite.max())
    # Measured values are worth seeing unless the posterior would shrink to less than half of the panel.
    width = high - low
    for end in mark.ends:
        if low - width / 2 <= end <= high + width / 2:
            low, high = min(low, end - 0.04 * width), max(high, end + 0.04 * width)
    # Not beyond the prior's ends: a bin that is half outside would look like a falling density.
    return max(low - 0.02 * width, edges[0]), min(high + 0.02 * width, edges[1])


def _new_panels(scales: Sequence[Scale], ranges: Sequence[_Range]) -> tuple[Figure, NDArray[np.object_]]:
    """Make the panels on and below the diagonal, with their limits, ticks and labels."""
    count = len(scales)
    side = max(count, _FEWEST_PANELS) * _PANEL
    width, height = side + _MARGIN_LEFT + _MARGIN_RIGHT, side + _MARGIN_BOTTOM + _MARGIN_TOP
    figure = new_figure(width, height, _DPI)
    panels = np.full((count, count), None, dtype=object)
    grid = figure.add_gridspec(
        max(count, 1),
        max(count, 1),
        left=_MARGIN_LEFT / width,
        right=1 - _MARGIN_RIGHT / width,
        bottom=_MARGIN_BOTTOM / height,
        top=1 - _MARGIN_TOP / height,
        wspace=0.08,
        hspace=0.08,
    )
    for row, column in ((r, c) for r in range(count) for c in range(r + 1)):
        axes = panels[row, column] = figure.add_subplot(grid[row, column])
        axes.set_xlim(ranges[column])
        scales[column].set_ticks(axes.xaxis)
        axes.tick_params(direction="in", labelsize=8.5, length=3, top=row != column, right=row != column)
        axes.tick_params(labelbottom=row == count - 1, labelleft=column == 0 and row > 0)
        if row == column:
            axes.set_yticks([])
            axes.spines[["left", "right", "top"]].set_visible(False)
        else:
            axes.set_ylim(ranges[row])
            scales[row].set_ticks(axes.yaxis)
        if row == count - 1:
            axes.set_xlabel(scales[column].label, fontsize=10.5)
            axes.xaxis.set_label_coords(0.5, -0.2)
        if column == 0 and row > 0:
            axes.set_ylabel(scales[row].label, fontsize=10.5)
            axes.yaxis.set_label_coords(-0.37, 0.5)
    return figure, panels


def _draw_posterior(
    panels: NDArray[np.object_],
    columns: Sequence[NDArray[np.float64]],
    ranges: Sequence[_Range],
    independent: Sequence[float],
    colour: str,
    *,
    filled: bool,
) -> None:
    for row, y in enumerate(columns):
        _draw_histogram(panels[row, row], y, ranges[row], colour, filled=filled)
        for column in range(row):
            window, count = (ranges[column], ranges[row]), min(independent[column], independent[row])
            density = estimate_density(columns[column], y, window, cells=_CELLS, independent=count)
            draw_regions(panels[row, column], density, colour, REGIONS if filled else (), linewidth=0.9)


def _draw_histogram(axes: Axes, x: NDArray[np.float64], ends: _Range, colour: str, *, filled: bool) -> None:
    counts, edges = np.histogram(x, _BINS, ends)
    heights = counts / (len(x) * (edges[1] - edges[0]))
    if filled:
        axes.stairs(heights, edges, facecolor=(colour, 0.35), edgecolor=(colour, 0.35), fill=True)
    else:
        axes.stairs(heights, edges, color=colour, linewidth=1.2)
    axes.set_ylim(0, max(axes.get_ylim()[1] if len(axes.patches) > 1 else 0.0, 1.05 * float(heights.max())) or 1.0)


def _draw_legend(figure: Figure, marks: Sequence[Marks], top: float) -> float:
    """Say what the colours mean; return where the legend ends."""
    handles: list[Patch | Line2D] = [
        Patch(facecolor=fill, edgecolor=POSTERIOR, label=f"posterior, {mass} %")
        for fill, mass in zip(reversed(REGIONS), (68, 95), strict=True)
    ]
    measured = sum(mark.centre is not None for mark in marks)
    if measured:
        handles.append(Patch(facecolor=DATA, alpha=0.35, edgecolor=DATA, label=r"measured, $\pm 1\sigma$"))
    if measured > 1:
        handles.append(Line2D([], [], color=DATA, linewidth=1.6, label="measured, 68 % in two dimensions"))
    if any(mark.limits for mark in marks):
        handles.append(Line2D([], [], color=DATA_LIMIT, linestyle="--", linewidth=1.3, label="limit (arrow: allowed side)"))
    for colour, what in ((DATA, "measured value"), (DATA_LIMIT, "limit")):
        if any(line.get_gid() == BEYOND and line.get_color() == colour for axes in figure.axes for line in axes.lines):
            handles.append(Line2D([], [], color=colour, marker=">", markersize=6, linestyle="none", label=f"{what} beyond this edge"))
    legend = figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.99, top), frameon=False, fontsize=10, borderaxespad=0)
    return float(legend.get_window_extent().transformed(figure.transFigure.inverted()).y0)


def _name_data(figure: Figure, scales: Sequence[Scale], measurements: Sequence[Measurement], top: float) -> None:
    """Name the data of each measured quantity that is shown, as the likelihood's file does; one line a measurement."""
    shown = {scale.quantity.source: scale.quantity for scale in scales if scale.quantity.origin == "observable"}
    lines = []
    for m in measurements:
        symbols = ", ".join(f"${shown[name].symbol}$" for name in m.observables if name in shown)
        if symbols and m.data:
            lines.append(f"{symbols}: {textwrap.shorten(data_names(m), _LONGEST_NAMES, placeholder=' ...')}")
    for number, text in enumerate(lines):
        figure.text(_RIGHT, top - 0.19 * number / figure.get_figheight(), text, ha="right", va="top", fontsize=8.5)
