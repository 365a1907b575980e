"""Corner plots of the posterior with the measured values; the only module that calls `corner`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import corner
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lqbayes.quantities import Quantity, group_quantities
from lqbayes.report.plots.axes import Scale, scale_of
from lqbayes.report.plots.corner_words import name_data, write_legend, write_title
from lqbayes.report.plots.data_marks import Marks, draw_marks, marks_of
from lqbayes.report.plots.palette import ENSEMBLES, INK, POSTERIOR
from lqbayes.results.summary import NOT_CONVERGED, state_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lqbayes.storage.run import Run


_MOST_DRAWS = 40_000
_LEVELS = (0.68, 0.95)
_TAILS = (0.005, 0.995)
_LONGEST_TAIL = 5.0  # in units of the half width of the 68 % interval
_BINS = 36
_PANEL = 1.55  # inches; with the resolution below a plot of eight quantities is about 1500 pixels wide
_MARGIN_LEFT, _MARGIN_RIGHT, _MARGIN_BOTTOM, _MARGIN_TOP = 0.8, 0.2, 0.55, 0.2
_FEWEST_PANELS = 4


def corner_figure(run: Run, group: str = "headline") -> Figure:
    """Draw the posterior of a group of quantities."""
    chosen = group_quantities(run.posterior_target, group)
    values = _thinned(run, chosen)
    varies = [float(np.ptp(x)) > 0 for x in values]
    constant = [q.name for q, v in zip(chosen, varies, strict=True) if not v]
    kept = [(scale_of(q, x), x) for q, x, v in zip(chosen, values, varies, strict=True) if v]
    scales = [scale for scale, _ in kept]
    if not scales:
        figure = Figure(figsize=(7, 2))
        write_title(figure, run, group, constant)
        return figure
    columns = np.column_stack([scale.of(x) for scale, x in kept])
    marks = [marks_of(scale, run.configuration.likelihood.measurements) for scale in scales]
    ranges = [_range(scale, x, mark, _edges(scale, run)) for scale, x, mark in zip(scales, columns.T, marks, strict=True)]
    figure = _new_figure(len(scales))
    _draw_posterior(figure, columns, ranges)
    panels = np.array(figure.axes).reshape(len(scales), len(scales))
    _arrange(figure, panels, scales, ranges)
    draw_marks(panels, scales, marks, run.configuration.likelihood.measurements)
    bottom = write_legend(figure, marks, top=write_title(figure, run, group, constant))
    name_data(figure, scales, run.configuration.likelihood.measurements, top=bottom)
    return figure


def overlaid_corner_figure(runs: Sequence[Run], group: str = "headline") -> Figure:
    """Draw the posteriors of several runs over each other."""
    named = [{q.name: q for q in group_quantities(run.posterior_target, group)} for run in runs]
    common = [q for name, q in named[0].items() if all(name in others for others in named[1:])]
    tables = [_thinned(run, [others[q.name] for q in common]) for run, others in zip(runs, named, strict=True)]
    kept = [k for k in range(len(common)) if all(float(np.ptp(table[k])) > 0 for table in tables)]
    scales = [scale_of(common[k], np.concatenate([table[k] for table in tables])) for k in kept]
    columns = [np.column_stack([scale.of(table[k]) for scale, k in zip(scales, kept, strict=True)]) for table in tables]
    each = [
        [_range(scale, x, Marks(), _edges(scale, run)) for scale, x in zip(scales, table.T, strict=True)]
        for run, table in zip(runs, columns, strict=True)
    ]
    ranges = [(min(low for low, _ in ends), max(high for _, high in ends)) for ends in zip(*each, strict=True)]
    figure = _new_figure(len(scales))
    heights = [0.0] * len(scales)
    for number, table in enumerate(columns):
        colour = ENSEMBLES[number % len(ENSEMBLES)]
        corner.corner(
            table,
            fig=figure,
            bins=_BINS,
            range=ranges,
            levels=_LEVELS,
            smooth=1.2,
            plot_datapoints=False,
            plot_density=False,
            no_fill_contours=True,
            hist_kwargs={"color": colour, "histtype": "step", "density": True, "linewidth": 1.2},
            contour_kwargs={"linewidths": 1.0, "colors": colour},
            quiet=True,
        )
        # Each call sets the height of the histograms for its own run.
        for k in range(len(scales)):
            heights[k] = max(heights[k], figure.axes[k * (len(scales) + 1)].get_ylim()[1])
    panels = np.array(figure.axes).reshape(len(scales), len(scales))
    _arrange(figure, panels, scales, ranges)
    for k, top in enumerate(heights):
        panels[k, k].set_ylim(0, top)
    height, y = figure.get_figheight(), 1.0
    y -= 0.15 / height
    figure.text(0.985, y, f"{group}: 68 % and 95 % regions", ha="right", va="top", fontsize=13, color=INK, fontweight="bold")
    for number, run in enumerate(runs):
        y -= 0.26 / height
        verdict = state_sentence(run.convergence()).split(":")[0]
        mark = f" ({verdict})" if verdict == NOT_CONVERGED else ""
        text = f"{run.name}: likelihood {run.configuration.likelihood.name}, prior {run.configuration.prior.name}{mark}"
        figure.text(0.985, y, text, ha="right", va="top", fontsize=10, color=ENSEMBLES[number % len(ENSEMBLES)])
    return figure


def _thinned(run: Run, chosen: Sequence[Quantity]) -> list[NDArray[np.float64]]:
    draws = run.draws()
    total = int(np.prod(draws.shape))
    rng = np.random.default_rng(run.configuration.seed)
    rows = np.sort(rng.choice(total, _MOST_DRAWS, replace=False)) if total > _MOST_DRAWS else np.arange(total)
    return [draws.values(quantity).ravel()[rows] for quantity in chosen]


def _edges(scale: Scale, run: Run) -> tuple[float, float]:
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


def _range(scale: Scale, x: NDArray[np.float64], mark: Marks, edges: tuple[float, float]) -> tuple[float, float]:
    if scale.quantity.kind == "phase":
        return 0.0, float(2 * np.pi)
    low, high, left, middle, right = (float(end) for end in np.quantile(x, (*_TAILS, 0.16, 0.5, 0.84)))
    # A long tail must not squeeze everything else into a corner of the panel.
    low, high = max(low, middle - _LONGEST_TAIL * (middle - left)), min(high, middle + _LONGEST_TAIL * (right - middle))
    if low == high:
        low, high = float(x.min()), float(x.max())
    # Measured values are worth seeing unless the posterior would shrink to less than half of the panel.
    width = high - low
    for end in mark.ends:
        if low - width / 2 <= end <= high + width / 2:
            low, high = min(low, end - 0.04 * width), max(high, end + 0.04 * width)
    # Not beyond the prior's ends: a bin that is half outside would look like a falling density.
    return max(low - 0.02 * width, edges[0]), min(high + 0.02 * width, edges[1])


def _new_figure(count: int) -> Figure:
    side = max(count, _FEWEST_PANELS) * _PANEL
    width, height = side + _MARGIN_LEFT + _MARGIN_RIGHT, side + _MARGIN_BOTTOM + _MARGIN_TOP
    figure = Figure(figsize=(width, height), dpi=110)
    FigureCanvasAgg(figure)
    figure.subplots(count, count)
    return figure


def _place_panels(figure: Figure) -> None:
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=_MARGIN_LEFT / width,
        right=1 - _MARGIN_RIGHT / width,
        bottom=_MARGIN_BOTTOM / height,
        top=1 - _MARGIN_TOP / height,
        wspace=0.08,
        hspace=0.08,
    )


def _draw_posterior(figure: Figure, columns: NDArray[np.float64], ranges: Sequence[tuple[float, float]]) -> None:
    corner.corner(
        columns,
        fig=figure,
        bins=_BINS,
        range=ranges,
        levels=_LEVELS,
        smooth=1.2,
        color=POSTERIOR,
        plot_datapoints=False,
        plot_density=False,
        fill_contours=True,
        no_fill_contours=False,
        hist_kwargs={"color": POSTERIOR, "histtype": "stepfilled", "alpha": 0.35, "density": True, "edgecolor": POSTERIOR},
        contour_kwargs={"linewidths": 0.9, "colors": POSTERIOR},
        contourf_kwargs={"colors": ["#ffffff00", "#b9d7ea", "#6aaad4"]},
        quiet=True,
    )


def _arrange(figure: Figure, panels: NDArray[np.object_], scales: Sequence[Scale], ranges: Sequence[tuple[float, float]]) -> None:
    """Set limits, ticks and labels; corner's own overlap in small panels."""
    count = len(scales)
    for row in range(count):
        for column in range(row + 1):
            axes: Axes = panels[row, column]
            axes.set_title("")
            axes.set_xlim(ranges[column])
            scales[column].set_ticks(axes.xaxis)
            axes.tick_params(direction="in", labelsize=8.5, length=3, top=row != column, right=row != column)
            if row == column:
                axes.set_ylim(bottom=0)
                axes.set_yticks([])
                for side in ("left", "right", "top"):
                    axes.spines[side].set_visible(False)
            else:
                axes.set_ylim(ranges[row])
                scales[row].set_ticks(axes.yaxis)
            axes.tick_params(labelbottom=row == count - 1, labelleft=column == 0 and row > 0)
            axes.set_xlabel(scales[column].label if row == count - 1 else "", fontsize=10.5)
            axes.set_ylabel(scales[row].label if column == 0 and row > 0 else "", fontsize=10.5)
            for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
                label.set_rotation(0)
            axes.xaxis.set_label_coords(0.5, -0.2)
            axes.yaxis.set_label_coords(-0.37, 0.5)
    _place_panels(figure)  # corner has its own margins
