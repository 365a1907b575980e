"""Plot of a simulation-based calibration: histograms of ranks and the excess of their distribution functions, each with its 95 % band."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import binom

from lqbayes.calibration.calibration import LOG_LIKELIHOOD
from lqbayes.calibration.result import Calibration
from lqbayes.calibration.uniformity import ecdf_band, histogram_bins
from lqbayes.posterior import Posterior
from lqbayes.quantities import quantities
from lqbayes.report.plots.style import ALARM, DATA, INK, POSTERIOR, new_figure, styled

_MOST = 15
_COLUMNS = 5
_PROBABILITY = 0.95


def rank_labels(posterior: Posterior) -> dict[str, str]:
    """Find how the ranked quantities of a posterior are written in physics."""
    labels = {LOG_LIKELIHOOD: r"$\ln\,\mathcal{L}$"}
    for quantity in quantities(posterior):
        if quantity.kind == "phase":
            labels |= {f"{function}_{quantity.name}": rf"$\{function}\,{quantity.symbol}$" for function in ("sin", "cos")}
        else:
            labels[quantity.name] = quantity.label
    return labels


@styled()
def rank_figure(calibration: Calibration, labels: Mapping[str, str] | None = None) -> Figure:
    """Draw histograms of ranks and, below each, the distribution function less that of uniform ranks, of what is least uniform."""
    p_values = dict(zip(calibration.names, calibration.p_values(), strict=True))
    shown = sorted(calibration.names, key=lambda name: float(p_values[name]))[:_MOST]
    rows = -(-len(shown) // _COLUMNS)
    height = 2.6 * rows + 1.3
    figure = new_figure(13, height)
    ratios = [ratio for _ in range(rows) for ratio in (1.3, 1.0, 0.45)]
    grid = figure.add_gridspec(
        3 * rows, _COLUMNS, height_ratios=ratios, left=0.06, right=0.99, top=1 - 1.0 / height, bottom=0.05 / height, hspace=0.08
    )
    threshold = calibration.threshold()
    labels = labels or {}
    for number, name in enumerate(shown):
        row, column = divmod(number, _COLUMNS)
        upper, lower = figure.add_subplot(grid[3 * row, column]), figure.add_subplot(grid[3 * row + 1, column])
        ranks = calibration.ranks[:, calibration.names.index(name)]
        _draw_histogram(upper, ranks, calibration.draws + 1)
        _draw_excess(lower, ranks, calibration.draws + 1)
        colour = INK if p_values[name] >= threshold else ALARM
        upper.set_title(f"{labels.get(name, name)}   p = {p_values[name]:.2g}", fontsize=8.5, pad=3, color=colour)
        if column == 0:
            upper.set_ylabel("repetitions", fontsize=8.5)
            lower.set_ylabel("ECDF excess", fontsize=8.5)
        if row == rows - 1:
            lower.set_xlabel("rank (share)", fontsize=8.5)
    figure.text(0.01, 1 - 0.12 / height, "Simulation-based calibration", fontsize=12, fontweight="bold", va="top")
    figure.text(0.01, 1 - 0.38 / height, calibration.sentence(), fontsize=9.5, color=INK if calibration.calibrated() else ALARM, va="top")
    return figure


def _draw_histogram(axes: Axes, values: NDArray[np.int64], ranks: int) -> None:
    bins = histogram_bins(len(values), ranks)
    edges = np.linspace(0, 1, bins + 1)
    low, high = binom.interval(_PROBABILITY, len(values), 1 / bins)
    axes.axhspan(low, high, color=DATA, alpha=0.25, linewidth=0)
    axes.axhline(len(values) / bins, color=INK, linewidth=0.7, linestyle=":")
    counts = np.bincount(values * bins // ranks, minlength=bins)
    axes.stairs(counts, edges, color=POSTERIOR, fill=True, alpha=0.75)
    axes.set(xlim=(0, 1), ylim=(0, 1.08 * max(high, counts.max())))
    axes.tick_params(labelsize=7.5, labelbottom=False)


def _draw_excess(axes: Axes, values: NDArray[np.int64], ranks: int) -> None:
    share, low, high = ecdf_band(len(values), ranks, _PROBABILITY)
    below = np.cumsum(np.bincount(values, minlength=ranks))[:-1] / len(values)
    axes.fill_between(share, low - share, high - share, color=DATA, alpha=0.25, linewidth=0)
    axes.axhline(0, color=INK, linewidth=0.7, linestyle=":")
    axes.plot(share, below - share, color=POSTERIOR, linewidth=1.1)
    axes.set_xlim(0, 1)
    axes.tick_params(labelsize=7.5)
