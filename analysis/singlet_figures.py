"""Figures of the page on S1: planes of observables with the data, and the couplings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from explained import ellipse, measured
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from runs import Options, summary_of
from scipy.stats import chi2
from side_by_side import fit_of

import lqbayes
from lqbayes.report.plots.density import MASSES, draw_regions, estimate_density
from lqbayes.report.plots.style import ALARM, DATA, DATA_LIMIT, INK, POSTERIOR, REGIONS, draw_caption, new_figure, styled

_SECOND = "#CC79A7"
_WINDOWS = {"R_D": (0.26, 0.44), "R_Dst": (0.23, 0.325), "BR_BK_nunu": (0.0, 4.0), "delta_a_mu": (-15.0, 45.0)}
_UNITS = {"BR_BK_nunu": -5, "delta_a_mu": -10}
_COUPLINGS = (("yL_33", "yR_23"), ("yL_33", "yL_23"), ("yL_32", "yR_32"))


@styled()
def plane_figure(given: Options, runs: Sequence[lqbayes.Run], then: lqbayes.Run) -> Figure:
    """Draw R_D* against R_D, B -> K nu nu and g - 2: two runs with the g - 2 of today, and in the last plane one with that of 2021."""
    figure = new_figure(12.6, 5.0, 130)
    likelihood = runs[0].posterior_target.likelihood
    index, standard = likelihood.model.observable_index, likelihood.model.reference
    charged = measured(likelihood, "R_D_R_Dst")
    for axes, across in zip(figure.subplots(1, 3), ("R_D", "BR_BK_nunu", "delta_a_mu"), strict=True):
        window = (_WINDOWS[across], _WINDOWS["R_Dst"])
        unit = 10.0 ** _UNITS.get(across, 0)
        shown = [(runs[0], POSTERIOR, REGIONS), (then, DATA_LIMIT, ()) if across == "delta_a_mu" else (runs[1], _SECOND, ())]
        for run, colour, fills in shown:
            _regions(axes, run, (run[across] / unit, run["R_Dst"]), window, (across, "R_Dst"), colour, fills)
        if across == "R_D":
            for sigmas in np.sqrt(chi2.ppf(MASSES, 2)):
                axes.plot(*ellipse(charged, sigmas), color=DATA, linewidth=1.4, zorder=3)
        else:
            _band(axes, "h", charged.sides[1], DATA)
            _band(axes, "v", tuple(x / unit for x in measured(likelihood, across).sides[0]), DATA)
            if across == "delta_a_mu":
                _band(axes, "v", tuple(x / unit for x in measured(then.posterior_target.likelihood, across).sides[0]), DATA_LIMIT)
        for point, marker in ((standard() if standard else None, "+"), (fit_of(given, runs[0]).likelihood_maximum.observables, "*")):
            if point is not None:
                axes.plot([point[index[across]] / unit], [point[index["R_Dst"]]], marker=marker, color=INK, markersize=10, zorder=5)
        power = f" $[10^{{{_UNITS[across]}}}]$" if across in _UNITS else ""
        symbols = [likelihood.model.observables[index[name]].latex for name in (across, "R_Dst")]
        axes.set(xlim=window[0], ylim=window[1], xlabel=f"${symbols[0]}${power}", ylabel=f"${symbols[1]}$")
    handles = [
        *(
            _handle(run, colour, fills)
            for run, colour, fills in ((runs[0], POSTERIOR, REGIONS), (runs[1], _SECOND, ()), (then, DATA_LIMIT, ()))
        ),
        Patch(facecolor=DATA, alpha=0.4, label="measured, today"),
        Patch(facecolor=DATA_LIMIT, alpha=0.4, label="g-2 of 2021"),
        Line2D([], [], marker="+", linestyle="", color=INK, label="standard model"),
        Line2D([], [], marker="*", linestyle="", color=INK, label=f"best fit of {runs[0].name}"),
    ]
    _finish(figure, handles, [*runs, then])
    return figure


@styled()
def coupling_figure(runs: Sequence[lqbayes.Run]) -> Figure:
    """Draw the sizes of couplings that explain R_D and R_D*, B -> K nu nu and g - 2, on logarithmic axes for every prior."""
    figure = new_figure(12.6, 5.0, 130)
    model = runs[0].posterior_target.model
    ends = (-3.0, math.log10(math.sqrt(4 * math.pi)))
    for axes, names in zip(figure.subplots(1, 3), _COUPLINGS, strict=True):
        for run, colour, fills in zip(runs, (POSTERIOR, _SECOND), (REGIONS, ()), strict=True):
            x, y = (np.log10(np.abs(run[name])) for name in names)
            _regions(axes, run, (x, y), (ends, ends), names, colour, fills)
        labels = [rf"$\log_{{10}}|{model.parameters[model.parameter_index[name]].latex}|$" for name in names]
        axes.set(xlim=ends, ylim=ends, xlabel=labels[0], ylabel=labels[1])
    _finish(figure, [_handle(run, *style) for run, style in zip(runs, ((POSTERIOR, REGIONS), (_SECOND, ())), strict=True)], runs)
    return figure


def _regions(
    axes: Axes,
    run: lqbayes.Run,
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
    window: tuple[tuple[float, float], tuple[float, float]],
    sources: tuple[str, str],
    colour: str,
    fills: Sequence[str],
) -> None:
    draws = run.draws()
    x, y = (draws.pooled(value) for value in values)
    independent = min(row.ess for row in summary_of(run).intervals if row.quantity.source in sources and row.quantity.kind == "real")
    draw_regions(axes, estimate_density(x, y, window, independent=independent), colour, fills, 1.4)


def _band(axes: Axes, way: str, side: Sequence[float], colour: str) -> None:
    """Shade one standard deviation about a measured value."""
    centre, minus, plus = side
    span, line = (axes.axhspan, axes.axhline) if way == "h" else (axes.axvspan, axes.axvline)
    span(centre - minus, centre + plus, color=colour, alpha=0.18, linewidth=0, zorder=0)
    line(centre, color=colour, linewidth=1, zorder=1)


def _handle(run: lqbayes.Run, colour: str, fills: Sequence[str]) -> Patch:
    return Patch(facecolor=fills[1] if fills else "none", edgecolor=colour, label=f"{run.name}: 68 %, 95 %")


def _finish(figure: Figure, handles: Sequence[Patch | Line2D], runs: Sequence[lqbayes.Run]) -> None:
    """Legend below, the state of every run above."""
    figure.legend(handles=handles, loc="lower center", ncols=7, fontsize=8, frameon=False, columnspacing=1.2)
    width, height = figure.get_size_inches()
    for k, run in enumerate(runs):
        summary = summary_of(run)
        words = f"{run.name}: {'; '.join(summary.state.split('; ')[:2])}"
        colour = INK if summary.converged else ALARM
        draw_caption(figure, 0.12 / width, 1 - (0.1 + 0.2 * k) / height, words, va="top", fontsize=9, color=colour)
    figure.subplots_adjust(left=0.06, right=0.99, bottom=0.19, top=1 - (0.3 + 0.2 * len(runs)) / height, wspace=0.26)
