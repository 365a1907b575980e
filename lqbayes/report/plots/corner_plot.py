"""Corner plots: the posterior of a group of quantities with the measured values, and the posteriors of several runs over each other."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import corner
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from lqbayes.likelihood.measurement import Measurement
from lqbayes.quantities import Draws, Quantity, group_quantities
from lqbayes.report.plots.axes import Scale, scale_of, varies
from lqbayes.report.plots.data_marks import BEYOND, Marks, data_names, draw_marks, marks_of
from lqbayes.report.plots.density import draw_regions, estimate_density
from lqbayes.report.plots.panel import TICK_LENGTH, Panel, draw_tick_marks, tick_marks
from lqbayes.report.plots.style import (
    DATA,
    DATA_LIMIT,
    ENSEMBLES,
    POSTERIOR,
    PRIOR,
    REGIONS,
    Lines,
    draw_caption,
    literal,
    new_figure,
    styled,
    title_lines,
)
from lqbayes.results.profile import prior_ends
from lqbayes.results.summary import Summary
from lqbayes.sampling.settings import NOT_CONVERGED
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
_NO_WEIGHT = 1e-300
_CHARACTER, _BOLD = 0.55, 1.15  # width of one on average, of its size, and how much more it is in bold

_Range = tuple[float, float]
_Columns = Sequence[NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class _Layer:
    """Draws in the panels of a corner plot."""

    columns: _Columns
    colour: str
    independent: Sequence[float]  # Draws of each column that are worth as much as independent ones
    filled: bool = False


@styled()
def corner_figure(run: Run, summary: Summary, group: str = "headline", *, with_prior: bool = False) -> Figure:
    """Draw the posterior of a group of quantities, on request with the prior behind it."""
    draws = _thinned(run, group)
    scales = [scale_of(quantity, x) for quantity, x in draws.items() if varies(x)]
    constant = [quantity.name for quantity, x in draws.items() if not varies(x)]
    columns = [scale.of(draws[scale.quantity]) for scale in scales]
    measurements = run.configuration.likelihood.measurements
    marks = [marks_of(scale, measurements) for scale in scales]
    ranges = [_range(scale, x, mark, _edges(scale, run)) for scale, x, mark in zip(scales, columns, marks, strict=True)]
    layers = [_Layer(columns, POSTERIOR, _independent(summary, scales), filled=True)]
    if with_prior:
        layers.append(_Layer(_prior_columns(run, scales), PRIOR, [math.inf] * len(scales)))
    figure, panels = _draw_panels(scales, ranges, layers)
    draw_marks(panels, marks)
    lines = title_lines(summary, group)
    lines += [(f"constant and not shown: {', '.join(constant)}", {"fontsize": 9})] if constant else []
    y = _write_lines(figure, lines)
    if scales:
        y = _draw_legend(figure, marks, y, with_prior=with_prior) - 0.1 / figure.get_figheight()
        _name_data(figure, scales, measurements, y)
    return figure


def panels_of(figure: Figure) -> Iterator[tuple[tuple[float, ...], tuple[str, float, float], tuple[str, float, float] | None]]:
    """Panels of a corner plot: left, top, width and height as shares of the figure, and the quantity with its ends across and upwards."""
    for axes in figure.axes:
        across, factor_x, up, factor_y = (*str(axes.get_label()).split(), "", "", "", "")[:4]
        if not factor_x:  # of another plot
            continue
        box = axes.get_position()
        place = tuple(round(x, 6) for x in (box.x0, 1 - box.y1, box.width, box.height))
        ends_x, ends_y = (
            [end * float(factor or 0) for end in ends] for ends, factor in ((axes.get_xlim(), factor_x), (axes.get_ylim(), factor_y))
        )
        yield place, (across, ends_x[0], ends_x[1]), (up, ends_y[0], ends_y[1]) if up else None


@styled()
def overlaid_corner_figure(runs: Sequence[Run], summaries: Sequence[Summary], group: str = "headline") -> Figure:
    """Draw the posteriors of several runs over each other."""
    draws = [{quantity.name: (quantity, x) for quantity, x in _thinned(run, group).items()} for run in runs]
    names = [name for name in draws[0] if all(name in other and varies(other[name][1]) for other in draws)]
    scales = [scale_of(draws[0][name][0], np.concatenate([table[name][1] for table in draws])) for name in names]
    tables = [[scale.of(table[name][1]) for scale, name in zip(scales, names, strict=True)] for table in draws]
    ends = [
        [_range(scale, x, Marks(), _edges(scale, run)) for run, x in zip(runs, each, strict=True)]
        for scale, each in zip(scales, zip(*tables, strict=True), strict=True)
    ]
    colours = [ENSEMBLES[number % len(ENSEMBLES)] for number in range(len(runs))]
    layers = [_Layer(x, colour, _independent(s, scales)) for s, x, colour in zip(summaries, tables, colours, strict=True)]
    figure, _ = _draw_panels(scales, [(min(low for low, _ in each), max(high for _, high in each)) for each in ends], layers)
    lines: Lines = [(f"{group}: 68 % and 95 % regions", {"fontsize": 13, "fontweight": "bold"})]
    for summary, colour in zip(summaries, colours, strict=True):
        asked, mark = summary.configuration, "" if summary.converged else f" ({NOT_CONVERGED})"
        words = f"{summary.name}: likelihood {asked.likelihood.name}, prior {asked.prior.name}{mark}"
        lines.append((literal(words), {"fontsize": 10, "color": colour}))
    _write_lines(figure, lines)
    return figure


def _thinned(run: Run, group: str) -> dict[Quantity, NDArray[np.float64]]:
    chosen, draws = group_quantities(run.posterior_target, group), run.draws()
    total = math.prod(draws.shape)
    rng = np.random.default_rng(run.configuration.seed)
    rows = np.sort(rng.choice(total, _MOST_DRAWS, replace=False)) if total > _MOST_DRAWS else np.arange(total)
    rows = rows if draws.pooled_rows is None else draws.pooled_rows[rows]
    return {q: q.made_of(q.column_of(draws.points, draws.observables).reshape(-1)[rows]) for q in chosen}


def _independent(summary: Summary, scales: Sequence[Scale]) -> list[float]:
    return [summary.judged(scale.quantity).ess for scale in scales]


def _prior_columns(run: Run, scales: Sequence[Scale]) -> _Columns:
    posterior, rng = run.posterior_target, np.random.default_rng(run.configuration.seed)
    draws = Draws(posterior, [posterior.prior.sample(_MOST_DRAWS, rng)[None]])
    return [scale.of(draws.values(scale.quantity)).ravel() for scale in scales]


def _edges(scale: Scale, run: Run) -> _Range:
    """Ends of the prior of a parameter on its axis; infinite where it has none."""
    low, high = prior_ends(scale.quantity, run.configuration.prior)
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


def _draw_panels(scales: Sequence[Scale], ranges: Sequence[_Range], layers: Sequence[_Layer]) -> tuple[Figure, NDArray[np.object_]]:
    """Draw sets of draws over each other: corner sets up the panels and draws the histograms, the regions are ours."""
    count = len(scales)
    side = max(count, _FEWEST_PANELS) * _PANEL
    width, height = side + _MARGIN_LEFT + _MARGIN_RIGHT, side + _MARGIN_BOTTOM + _MARGIN_TOP
    figure = new_figure(width, height, _DPI)
    if not scales:
        return figure, np.empty((0, 0), dtype=object)
    near = count / max(count, _FEWEST_PANELS)  # labels as far from larger panels as from small ones
    edges = {"left": _MARGIN_LEFT, "right": width - _MARGIN_RIGHT, "bottom": _MARGIN_BOTTOM, "top": height - _MARGIN_TOP}
    shares = {edge: place / (width if edge in ("left", "right") else height) for edge, place in edges.items()}
    grid = figure.add_gridspec(count, count, **shares, wspace=0.08, hspace=0.08)
    places = [(row, column) for row in range(count) for column in range(row + 1)]
    above = figure.add_subplot(grid[:])  # stands for all panels above the diagonal
    panels = np.full((count, count), above, dtype=object)
    for row, column in places:
        panels[row, column] = figure.add_subplot(grid[row, column], axes_class=Panel)
        if row == column:
            panels[row, row].set_yticks([])
    for layer in layers:
        _draw_histograms(_Panels([*panels.flat]), scales, ranges, layer)
    above.remove()
    marks = []
    for row, column in places:
        axes, diagonal = panels[row, column], row == column
        # By which `panels_of` knows them; nothing shows it.
        axes.set_label(" ".join(f"{scales[k].quantity.name} 1e{scales[k].power}" for k in ((column,) if diagonal else (column, row))))
        axes.xaxis.set_label_coords(0.5, -0.2 * near)
        axes.yaxis.set_label_coords(-0.37 * near, 0.5)
        for axis, k, labelled in ((axes.xaxis, column, row == count - 1), (axes.yaxis, row, column == 0))[: 2 - diagonal]:
            if labelled:
                axes.tick_params(axis.axis_name, direction="in", labelsize=8.5, length=TICK_LENGTH, top=not diagonal, right=True)
                scales[k].set_ticks(axis)
            else:
                marks.extend(tick_marks(figure, axes, axis, scales[k].ticks(axis), both=not diagonal))
        if diagonal:
            axes.spines[["left", "right", "top"]].set_visible(False)
            axes.set_ylim(0, 1.05 * max(float(histogram.get_xy()[:, 1].max()) for histogram in axes.patches) or 1.0)
            continue
        for layer in layers:
            independent, window = min(layer.independent[column], layer.independent[row]), (ranges[column], ranges[row])
            density = estimate_density(layer.columns[column], layer.columns[row], window, cells=_CELLS, independent=independent)
            draw_regions(axes, density, layer.colour, REGIONS if layer.filled else (), linewidth=0.9)
    draw_tick_marks(figure, marks)
    return figure, panels


@dataclass(frozen=True, slots=True)
class _Panels:
    """What corner asks of a figure."""

    axes: Sequence[Axes]

    def subplots_adjust(self, **_: float) -> None:
        """Leave the panels where they are."""


def _draw_histograms(panels: _Panels, scales: Sequence[Scale], ranges: Sequence[_Range], layer: _Layer) -> None:
    """Give corner one point a bin, out of sight in all other columns, so that it counts no draws of panels of which it draws nothing."""
    points = np.tile([2 * high - low for low, high in ranges], (_BINS * len(ranges) + 1, 1))
    points[-1] = np.mean(ranges, axis=1)  # corner refuses panels without a point
    weights = np.full(len(points), _NO_WEIGHT)
    for k, (ends, column) in enumerate(zip(ranges, layer.columns, strict=True)):
        counts, edges = np.histogram(column, _BINS, ends)
        bins = slice(k * _BINS, (k + 1) * _BINS)
        points[bins, k], weights[bins] = (edges[1:] + edges[:-1]) / 2, counts / len(column)
    filled = {"histtype": "stepfilled", "facecolor": (layer.colour, 0.35), "linewidth": 0}
    corner.corner(
        points,
        bins=_BINS,
        range=ranges,
        weights=weights,
        color=layer.colour,
        labels=[scale.label for scale in scales],
        label_kwargs={"fontsize": 10.5},
        max_n_ticks=0,
        hist_kwargs=filled if layer.filled else {"linewidth": 1.2},
        fig=panels,
        plot_datapoints=False,
        plot_density=False,
        plot_contours=False,
    )


def _write_lines(figure: Figure, lines: Lines) -> float:
    """Write lines in the upper right corner; return where they end."""
    height = figure.get_figheight()
    y = 1 - 0.15 / height
    # Beside the first panel; where there is one panel alone, over it.
    room = figure.get_figwidth() * (_RIGHT - figure.axes[0].get_position().x1) if len(figure.axes) > 1 else figure.get_figwidth()
    for text, style in lines:
        size = _CHARACTER * style["fontsize"] * (_BOLD if style.get("fontweight") == "bold" else 1)
        for line in textwrap.wrap(text, int(room * 72 / size)):
            draw_caption(figure, _RIGHT, y, line, ha="right", va="top", **style)
            y -= (style["fontsize"] + 5) / 72 / height
    return y


def _draw_legend(figure: Figure, marks: Sequence[Marks], top: float, *, with_prior: bool) -> float:
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
    if with_prior:
        handles.append(Line2D([], [], color=PRIOR, linewidth=1.2, label="prior, 68 % and 95 %"))
    beyond = {line.get_color() for axes in figure.axes for line in axes.lines if line.get_gid() == BEYOND}
    for colour, what in ((DATA, "measured value"), (DATA_LIMIT, "limit")):
        if colour in beyond:
            handles.append(Line2D([], [], color=colour, marker=">", markersize=6, linestyle="none", label=f"{what} beyond this edge"))
    legend = figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.99, top), fontsize=10)
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
