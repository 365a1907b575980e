"""Plots of why the posterior looks as it does: against each measurement, term by term of the likelihood, parameter by parameter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lqbayes.quantities import Quantity
from lqbayes.report.plots.style import ALARM, DATA, INK, POSTERIOR, TITLE_HEIGHT, frame, label_room, new_figure, styled
from lqbayes.results.influence import Influence
from lqbayes.results.information import Information
from lqbayes.results.measured import measurement_symbol
from lqbayes.results.summary import Summary
from lqbayes.storage.run import Run

_DPI = 130
_BINS = 60
_NARROWEST, _WIDEST = 3.2, 8.0  # standard deviations that the axis of pulls shows on either side
_REPLICATES = (
    "Distance from the measured value (vertical line) in units of its error. Filled: posterior of the prediction. Outline: replicated "
    "measurements, that is predictions with the experiment's error."
)


@styled()
def pulls_figure(summary: Summary) -> Figure:
    """Draw the distribution of the draws' pulls for each measurement that has one."""
    rows = [(term.measurement, term.pulls) for term in summary.terms if term.pulls is not None]
    height = 0.3 * max(len(rows), 1) + 1.75
    figure = new_figure(10, height, 110)
    axes = figure.subplots()
    ends = [abs(x) for _, pulls in rows for x in pulls if np.isfinite(x)]
    half = min(max(_NARROWEST, 1.1 * max(ends, default=0.0)), _WIDEST)
    axes.axvspan(-2, 2, color=DATA, alpha=0.13, linewidth=0, label=r"measured, $\pm 2\sigma$")
    axes.axvspan(-1, 1, color=DATA, alpha=0.25, linewidth=0, label=r"measured, $\pm 1\sigma$")
    axes.axvline(0, color=DATA, linewidth=1.2)
    for y, (_, (low95, low68, median, high68, high95)) in enumerate(rows):
        whole, central = ("posterior, 95 %", "posterior, 68 %") if y == 0 else ("", "")
        axes.hlines(y, low95, high95, color=POSTERIOR, linewidth=1.2, label=whole)
        axes.hlines(y, low68, high68, color=POSTERIOR, linewidth=5, alpha=0.75, label=central)
        axes.plot([median], [y], marker="o", color="white", markeredgecolor=POSTERIOR, markersize=5, linestyle="none")
        if abs(median) > half:
            axes.plot([np.sign(median) * 0.97 * half], [y], marker=">" if median > 0 else "<", color=ALARM, markersize=6)
    axes.set(xlim=(-half, half), ylim=(len(rows) - 0.4, -0.6))
    model = summary.configuration.model
    labels = [measurement_symbol(m, model) + (" (distance)" if len(m.observables) > 1 else "") for m, _ in rows]
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(labelsize=9, left=False)
    frame(figure, summary, "posterior against measurements", left=max(2.4, label_room(figure)), right=0.2, below=0.62, above=0.28)
    axes.set_xlabel("pull of the draws: (predicted - measured) / error of the measurement", fontsize=9)
    place = (0.98, 1 - (TITLE_HEIGHT + 0.02) / height)
    figure.legend(loc="upper right", bbox_to_anchor=place, ncols=4)
    return figure


@styled()
def predictive_figure(run: Run, summary: Summary, rng: np.random.Generator) -> Figure:
    """Draw the posterior and replicated measurements beside each measured value."""
    model = summary.configuration.model
    pairs = [(m, k) for m in summary.configuration.likelihood.measurements if m.has_value for k in range(len(m.observables))]
    note = _REPLICATES if pairs else "The likelihood has no measured values, only limits and bounds."
    figure = new_figure(7, 1.25 * max(len(pairs), 1) + TITLE_HEIGHT + 1.1, _DPI)
    panels = figure.subplots(len(pairs), 1, sharex=True, squeeze=False)[:, 0] if pairs else np.empty(0, dtype=object)
    frame(figure, summary, "posterior predictive", [note], left=1.4, right=0.21, below=0.5, hspace=0.12)
    observables = run.draws().pooled(run.draws().observables)
    edges = np.linspace(-5, 5, _BINS + 1)
    for axes, (m, k) in zip(panels, pairs, strict=True):
        values = m.predicted(observables, model.observable_index)
        copies = m.draw(values, rng)
        for x, filled in ((values[:, k], True), (copies[:, k], False)):
            distance = x - m.centre[k]
            distance = distance / np.where(distance > 0, m.sigma_plus[k], m.sigma_minus[k])
            density, _ = np.histogram(distance, edges)
            colour = POSTERIOR if filled else INK
            axes.stairs(density / len(x), edges, color=colour, fill=filled, alpha=0.45 if filled else 1.0, linewidth=1.1)
        axes.axvline(0, color=DATA, linewidth=1.8)
        axes.axvspan(-1, 1, color=DATA, alpha=0.15, linewidth=0, zorder=0)
        symbol = model.observables[model.observable_index[m.observables[k]]].latex
        axes.set_ylabel(f"${symbol}$", rotation=0, ha="right", va="center", fontsize=11)
        axes.set(yticks=[], xlim=(-5, 5), ylim=(0, None))
        axes.tick_params(labelsize=9)
    if pairs:
        panels[-1].set_xlabel("(value - measured) / error", fontsize=10)
    return figure


@styled()
def information_figure(summary: Summary, rows: Sequence[Information]) -> Figure:
    """Draw how much the measurements tell about each parameter."""
    figure = new_figure(7, 0.2 * len(rows) + TITLE_HEIGHT + 1.4, _DPI)
    axes = figure.subplots()
    note = "Divergence from prior to posterior in bins of equal prior probability. Ticks: what a posterior like the prior would give."
    frame(figure, summary, "information about each parameter", [note], left=1.33, right=0.28, below=0.5)
    places = np.arange(len(rows))
    symbols = {parameter.name: f"${parameter.latex}$" for parameter in summary.configuration.model.parameters}
    axes.barh(places, [row.bits for row in rows], color=POSTERIOR, alpha=0.75)
    axes.plot([row.bias / np.log(2) for row in rows], places, "|", color=INK, markersize=6)
    axes.set_yticks(places, [symbols[row.parameter] for row in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel("bits", fontsize=10)
    axes.tick_params(axis="x", labelsize=9)
    return figure


@styled()
def influence_figure(summary: Summary, shown: Sequence[Quantity], found: Sequence[Influence]) -> Figure:
    """Draw how the headline quantities move when a term weighs more."""
    figure = new_figure(9, 0.38 * len(found) + TITLE_HEIGHT + 2.2, _DPI)
    note = "Shift of the median for each doubling of the term's log-likelihood, in half widths of the 68 % interval."
    axes = figure.subplots() if found and shown else None
    if axes is None:
        frame(figure, summary, "influence of each term", [note], left=1.53, right=0.14, below=0.95)
        return figure
    table = np.array([entry.power_scaling for entry in found])
    axes.imshow(np.ma.masked_invalid(table), cmap="RdBu_r", vmin=-0.5, vmax=0.5, aspect="auto")
    for (row, column), shift in np.ndenumerate(table):
        text = "-" if np.isnan(shift) else f"{shift:+.2f}".replace("+0.00", "0").replace("-0.00", "0")
        axes.text(column, row, text, ha="center", va="center", fontsize=9, color="white" if abs(shift) > 0.35 else INK)
    axes.set_xticks(range(len(shown)), [q.label for q in shown], fontsize=9, rotation=30, ha="right", rotation_mode="anchor")
    by_name = {m.name: m for m in summary.configuration.likelihood.measurements}
    labels = [measurement_symbol(by_name[entry.term], summary.configuration.model) for entry in found]
    axes.set_yticks(range(len(found)), labels, fontsize=9)
    frame(figure, summary, "influence of each term", [note], left=max(1.53, label_room(figure)), right=0.14, below=0.95)
    return figure
