"""Pulls of the posterior against every measurement, as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lqbayes.likelihood.measurement import Measurement
from lqbayes.model import Model
from lqbayes.report.plots.palette import ALARM, DATA, INK, POSTERIOR
from lqbayes.results.measured import PredictedTerm, measurement_symbol
from lqbayes.results.state import NOT_CONVERGED, state_sentence

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


_ROW = 0.3  # inches
_NARROWEST, _WIDEST = 3.2, 8.0  # standard deviations that the axis shows on either side


def pulls_figure(run: Run, terms: Sequence[PredictedTerm]) -> Figure:
    """Draw the distribution of the draws' pulls for each measurement that has one."""
    rows = [(term.measurement, term.pulls) for term in terms if term.pulls is not None]
    height = _ROW * max(len(rows), 1) + 1.75
    figure = Figure(figsize=(10, height), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.24, 0.62 / height, 0.74, 1 - 1.5 / height))
    ends = [abs(x) for _, pulls in rows for x in pulls if np.isfinite(x)]
    half = min(max(_NARROWEST, 1.1 * max(ends, default=0.0)), _WIDEST)
    axes.axvspan(-2, 2, color=DATA, alpha=0.13, linewidth=0, label=r"measured, $\pm 2\sigma$")
    axes.axvspan(-1, 1, color=DATA, alpha=0.25, linewidth=0, label=r"measured, $\pm 1\sigma$")
    axes.axvline(0, color=DATA, linewidth=1.2)
    for y, (_, pulls) in enumerate(rows):
        low95, low68, median, high68, high95 = pulls
        whole, central = ("posterior, 95 %", "posterior, 68 %") if y == 0 else ("", "")
        axes.hlines(y, low95, high95, color=POSTERIOR, linewidth=1.2, label=whole)
        axes.hlines(y, low68, high68, color=POSTERIOR, linewidth=5, alpha=0.75, label=central)
        axes.plot([median], [y], marker="o", color="white", markeredgecolor=POSTERIOR, markersize=5, linestyle="none")
        if abs(median) > half:
            axes.plot([np.sign(median) * 0.97 * half], [y], marker=">" if median > 0 else "<", color=ALARM, markersize=6)
    axes.set(xlim=(-half, half), ylim=(len(rows) - 0.4, -0.6))
    axes.set_yticks(range(len(rows)), [_label(measurement, run.posterior_target.model) for measurement, _ in rows])
    axes.tick_params(labelsize=9, left=False)
    axes.set_xlabel("pull of the draws: (predicted - measured) / error of the measurement", fontsize=9)
    sentence = state_sentence(run.convergence())
    figure.text(
        0.015, 1 - 0.12 / height, f"{run.name}: posterior against measurements", fontsize=12, color=INK, fontweight="bold", va="top"
    )
    colour = ALARM if sentence.startswith(NOT_CONVERGED) else INK
    figure.text(0.015, 1 - 0.38 / height, sentence, fontsize=8.5, color=colour, va="top")
    figure.legend(loc="upper right", bbox_to_anchor=(0.98, 1 - 0.58 / height), ncols=4, frameon=False, fontsize=8.5, borderaxespad=0)
    return figure


def _label(measurement: Measurement, model: Model) -> str:
    symbol = measurement_symbol(measurement, model)
    return f"{symbol} (distance)" if len(measurement.observables) > 1 else symbol
