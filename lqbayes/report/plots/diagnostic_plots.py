"""Diagnostic plots: each ensemble's course over the stored steps, its ranks among all draws, and its annealing."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, ScalarFormatter
from numpy.typing import NDArray

from lqbayes.quantities import CENTRAL_LEVELS, Quantity, group_quantities, quantities
from lqbayes.report.plots.axes import scale_of, varies
from lqbayes.report.plots.style import ALARM, ENSEMBLES, INK, frame, new_figure, styled
from lqbayes.results.summary import Summary
from lqbayes.storage.run import Run

_WORST = 6
_RANK_BINS = 20
_MOST_SORTED = 100_000
_CENTRAL = CENTRAL_LEVELS[0], CENTRAL_LEVELS[2]
_ROW_HEIGHT = 1.25  # inches
_SHORT_ENOUGH = 2e-5  # a range of the axis with ticks of at most five decimals
_GAP = 0.09  # beside each ensemble, as a share of its place
_MOST_NUMBERS = 16  # of ensembles along an axis


@styled()
def diagnostics_figure(run: Run, summary: Summary) -> Figure:
    """Draw the course and the ranks of the headline quantities and of those that converge worst."""
    chosen, draws = _chosen(run, summary), run.draws()
    height = _ROW_HEIGHT * len(chosen) + 1.55
    figure = new_figure(10, height)
    panels = figure.subplots(len(chosen), 2, squeeze=False, gridspec_kw={"width_ratios": [2.2, 1]})
    title = "course and ranks of the ensembles"
    frame(figure, summary, title, left=1.15, right=0.15, below=0.5, above=0.25, hspace=0.28, wspace=0.12)
    for row, quantity in enumerate(chosen):
        entry, values = summary.judged(quantity), draws.values(quantity)
        _draw_course(panels[row, 0], quantity, values)
        _draw_ranks(panels[row, 1], values)
        figures = f"R-hat {entry.rhat:.3f}   ESS {entry.ess:.0f} of {entry.ess_target:.0f}"
        panels[row, 1].set_title(figures, fontsize=8, y=1, pad=3.5, loc="right", color=INK if entry.passed else ALARM)
        for axes in panels[row]:
            axes.tick_params(labelsize=8, labelbottom=row == len(chosen) - 1)
    steps = "" if draws.shape[1] == 1 else "; within each, from left to right: stored steps"
    panels[-1, 0].set_xlabel(f"ensemble{steps}", fontsize=9)
    panels[-1, 1].set_xlabel("rank among all draws (share)", fontsize=9)
    figure.text(0.115, 1 - 0.98 / height, "mean and central 68 % of the walkers; dotted: of all ensembles", fontsize=9)
    return figure


def _chosen(run: Run, summary: Summary) -> list[Quantity]:
    plotted = list(group_quantities(run.posterior_target, "headline"))
    shown = {(q.origin, q.column) for q in plotted}
    by_name = {q.name: q for q in quantities(run.posterior_target)}
    worst = [by_name[entry.name] for entry in summary.worst_first if not math.isnan(entry.rhat)]
    return plotted + [q for q in worst if (q.origin, q.column) not in shown][:_WORST]


def _draw_course(axes: Axes, quantity: Quantity, values: NDArray[np.float64]) -> None:
    scale = scale_of(quantity, _spaced(values))
    x = scale.of(values)
    count, steps, _ = x.shape
    # Side by side: bands of many ensembles over each other hide one another.
    within = (np.arange(steps) + 0.5) / steps if steps == 1 else np.linspace(_GAP, 1 - _GAP, steps)
    for level in (float(x.mean()),) if quantity.kind == "sign" else (float(x.mean()), *np.quantile(_spaced(x), _CENTRAL)):
        axes.axhline(level, color=INK, linewidth=0.7, linestyle=":", zorder=0)
    places, means, colours = np.arange(count)[:, None] + within, x.mean(axis=2), _colours(count)
    if quantity.kind != "sign":
        ordered = np.sort(x, axis=2)
        low, high = (ordered[:, :, round(level * (x.shape[2] - 1))] for level in _CENTRAL)
        if steps == 1:
            axes.vlines(places.ravel(), low.ravel(), high.ravel(), colors=colours, linewidth=1.1)
        else:
            outlines = np.stack([np.hstack([places, places[:, ::-1]]), np.hstack([low, high[:, ::-1]])], axis=2)
            axes.add_collection(PolyCollection(list(outlines), facecolors=colours, alpha=0.3, linewidths=0))
    if steps == 1:
        axes.scatter(places, means, s=9, c=colours)
    else:
        axes.add_collection(LineCollection(list(np.stack([places, means], axis=2)), colors=colours, linewidths=1.4))
    axes.autoscale_view()
    axes.set_ylabel(scale.label, fontsize=8.5)
    axes.yaxis.set_label_coords(-0.13, 0.5)
    every = -(-count // _MOST_NUMBERS)
    axes.set_xticks(np.arange(0, count, every) + 0.5, [str(k + 1) for k in range(0, count, every)])
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_locator(MaxNLocator(3, prune="both", min_n_ticks=2))
    if np.ptp(axes.get_ylim()) > _SHORT_ENOUGH:  # an offset would stand over the panel, and more digits under the axis label
        axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    axes.set_xlim(0, count)
    if not varies(x):  # ticks would need ten digits
        middle = float(np.median(x))
        axes.set_ylim(middle - max(abs(middle), 1e-9) / 2, middle + max(abs(middle), 1e-9) / 2)


def _draw_ranks(axes: Axes, values: NDArray[np.float64]) -> None:
    flat = _spaced(values)
    ordered = np.sort(flat, axis=None)
    ranks = (np.searchsorted(ordered, flat) + np.searchsorted(ordered, flat, "right") + 1) / (2 * flat.size)
    edges = np.linspace(0, 1, _RANK_BINS + 1)
    heights = np.array([np.histogram(ensemble, edges, density=True)[0] for ensemble in ranks])
    outlines = [np.column_stack([np.repeat(edges, 2), [0, *np.repeat(height, 2), 0]]) for height in heights]
    axes.add_collection(LineCollection(outlines, colors=_colours(len(ranks)), linewidths=1.1))
    axes.axhline(1, color=INK, linewidth=0.7, linestyle=":")
    axes.set(xlim=(0, 1), ylim=(0, max(1.6, 1.05 * heights.max())))
    axes.yaxis.set_major_locator(MaxNLocator(3, prune="upper"))


def _spaced(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take evenly spaced draws of each ensemble, where a sort of all of them would show no more."""
    flat = values.reshape(len(values), -1)
    return flat[:, :: max(1, flat.size // _MOST_SORTED)]


def _colours(count: int) -> list[str]:
    return [ENSEMBLES[k % len(ENSEMBLES)] for k in range(count)]


@styled()
def annealing_figure(run: Run, summary: Summary) -> Figure:
    """Draw how each ensemble came from the prior, or from another run, to the posterior."""
    figure = new_figure(10, 7.6)
    ladder, evidence, acceptance = figure.subplots(3, 1, sharex=True)
    beginning = "the prior" if summary.configuration.source is None else "another run"
    frame(figure, summary, f"annealing from {beginning} to the posterior", left=0.9, right=0.9, below=0.53, above=0.17, hspace=0.12)
    penalties = ladder.twinx()
    for k, rungs in ((k, rungs) for k, ladders in enumerate(run.population_ladders) for rungs in ladders if rungs):
        line = {"color": ENSEMBLES[k % len(ENSEMBLES)], "linewidth": 1.4}
        number = np.arange(1, len(rungs) + 1)
        penalty, beta = (np.array(values) for values in zip(*((rung.penalty, rung.beta) for rung, _, _ in rungs), strict=True))
        penalties.plot(number, np.where(np.isfinite(penalty) & (penalty > 0), penalty, math.nan), linestyle="--", **line)
        ladder.plot(number, np.where(beta > 0, beta, math.nan), marker=".", markersize=4, **line)
        evidence.plot(number, np.cumsum([mean for _, mean, _ in rungs]), **line)
        acceptance.plot(number, [accepted for _, _, accepted in rungs], **line)
    ladder.set_yscale("log")
    if any(0 < rung.penalty < math.inf for ladders in run.population_ladders for rungs in ladders for rung, _, _ in rungs):
        penalties.set_yscale("log")
    else:  # no hard bound in the likelihood
        penalties.set_visible(False)
    error = summary.evidence.error
    text = rf"$\ln Z$ = {summary.evidence.log:.2f}" + ("" if math.isnan(error) else rf" $\pm$ {error:.2f}")
    evidence.text(0.985, 0.93, text, transform=evidence.transAxes, ha="right", va="top", fontsize=10)
    acceptance.set_ylim(bottom=0)
    acceptance.set_xlabel("rung", fontsize=9)
    acceptance.xaxis.set_major_locator(MaxNLocator(integer=True))
    words = ("power of the likelihood (solid)", "penalty on bounds (dashed)", r"$\ln Z$ so far", "acceptance")
    for axes, label in zip((ladder, penalties, evidence, acceptance), words, strict=True):
        axes.set_ylabel(label, fontsize=9)
        axes.tick_params(labelsize=8)
    _name_ensembles(figure, summary.configuration.ensembles)
    return figure


def _name_ensembles(figure: Figure, count: int) -> None:
    """Say which colour is whose, as long as each has one of its own."""
    if count > len(ENSEMBLES):
        return
    handles = [Line2D([], [], linestyle="", label="ensemble")]
    handles += [Line2D([], [], color=ENSEMBLES[k], linewidth=1.6, label=f"{k + 1}") for k in range(count)]
    place = {"loc": "upper right", "bbox_to_anchor": (0.99, 1 - 0.78 / figure.get_figheight())}
    figure.legend(handles=handles, ncols=len(handles), handlelength=1.4, columnspacing=1.2, **place)
