"""Plots of why the posterior looks as it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lqbayes.quantities import Quantity
from lqbayes.report.plots.captions import TITLE_HEIGHT, draw_notes, draw_title
from lqbayes.report.plots.palette import DATA, INK, POSTERIOR
from lqbayes.results.influence import Influence
from lqbayes.results.information import Information
from lqbayes.results.measured import measurement_symbol

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


_DPI = 130
_BINS = 60


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), dpi=_DPI)
    FigureCanvasAgg(figure)
    return figure


def predictive_figure(run: Run, rng: np.random.Generator) -> Figure:
    """Draw the posterior and replicated measurements beside each measured value."""
    measured = [m for m in run.configuration.likelihood.measurements if m.has_value]
    pairs = [(m, k) for m in measured for k in range(len(m.observables))]
    rows, model = max(len(pairs), 1), run.posterior_target.model
    figure = _figure(7, 1.25 * rows + TITLE_HEIGHT + 1.1)
    height = figure.get_figheight()
    note = (
        "Distance from the measured value (vertical line) in units of its error. Filled: posterior of the prediction. Outline: replicated "
        "measurements, that is predictions with the experiment's error."
    )
    bottom = draw_notes(figure, [note] if pairs else ["The likelihood has no measured values, only limits and bounds."])
    draw_title(figure, run, "posterior predictive")
    if not pairs:
        return figure
    panels = figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]
    figure.subplots_adjust(left=0.2, right=0.97, top=1 - TITLE_HEIGHT / height, bottom=(bottom + 0.5) / height, hspace=0.12)
    observables = run.draws().observables.reshape(-1, len(model.observables))
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
        symbol = model.observables[model.observable_index[m.observables[k]]].symbol
        axes.set_ylabel(f"${symbol}$", rotation=0, ha="right", va="center", fontsize=11)
        axes.set(yticks=[], xlim=(-5, 5), ylim=(0, None))
        axes.tick_params(labelsize=9)
    panels[-1].set_xlabel("(value - measured) / error", fontsize=10)
    return figure


def information_figure(run: Run, rows: Sequence[Information]) -> Figure:
    """Draw how much the measurements tell about each parameter."""
    figure = _figure(7, 0.2 * len(rows) + TITLE_HEIGHT + 1.4)
    height = figure.get_figheight()
    note = "Divergence from prior to posterior in bins of equal prior probability. Ticks: what a posterior like the prior would give."
    bottom = draw_notes(figure, [note])
    draw_title(figure, run, "information about each parameter")
    axes = figure.subplots()
    figure.subplots_adjust(left=0.19, right=0.96, top=1 - TITLE_HEIGHT / height, bottom=(bottom + 0.5) / height)
    places = np.arange(len(rows))
    symbols = {parameter.name: f"${parameter.symbol}$" for parameter in run.posterior_target.model.parameters}
    axes.barh(places, [row.bits for row in rows], color=POSTERIOR, alpha=0.75)
    axes.plot([row.bias / np.log(2) for row in rows], places, "|", color=INK, markersize=6)
    axes.set_yticks(places, [symbols[row.parameter] for row in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel("bits", fontsize=10)
    axes.tick_params(axis="x", labelsize=9)
    return figure


def influence_figure(run: Run, shown: Sequence[Quantity], found: Sequence[Influence]) -> Figure:
    """Draw how the headline quantities move when a term weighs more."""
    figure = _figure(9, 0.38 * len(found) + TITLE_HEIGHT + 2.2)
    height = figure.get_figheight()
    note = "Shift of the median for each doubling of the term's log-likelihood, in half widths of the 68 % interval."
    bottom = draw_notes(figure, [note])
    draw_title(figure, run, "influence of each term")
    if not found or not shown:
        return figure
    axes = figure.subplots()
    figure.subplots_adjust(left=0.17, right=0.985, top=1 - TITLE_HEIGHT / height, bottom=(bottom + 0.95) / height)
    table = np.array([entry.sensitivities for entry in found])
    axes.imshow(np.ma.masked_invalid(table), cmap="RdBu_r", vmin=-0.5, vmax=0.5, aspect="auto")
    for row, shifts in enumerate(table):
        for column, shift in enumerate(shifts):
            text = "-" if np.isnan(shift) else f"{shift:+.2f}".replace("+0.00", "0").replace("-0.00", "0")
            axes.text(column, row, text, ha="center", va="center", fontsize=9, color="white" if abs(shift) > 0.35 else INK)
    axes.set_xticks(range(len(shown)), [q.label for q in shown], fontsize=9, rotation=30, ha="right", rotation_mode="anchor")
    by_name = {m.name: m for m in run.configuration.likelihood.measurements}
    labels = [measurement_symbol(by_name[entry.term], run.posterior_target.model) for entry in found]
    axes.set_yticks(range(len(found)), labels, fontsize=9)
    return figure
