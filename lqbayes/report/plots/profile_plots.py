"""Figures of a profile likelihood and the posterior: curves of one quantity, regions of two."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lqbayes.report.plots.axes import Scale, scale_of
from lqbayes.report.plots.density import draw_regions, estimate_density
from lqbayes.report.plots.style import ENSEMBLES, INK, POSTERIOR, REGIONS, frame, new_figure, styled
from lqbayes.results.profile import Profile
from lqbayes.results.summary import Summary
from lqbayes.storage.run import Run

_PROFILE, _VOLUME = ENSEMBLES[2], "#888888"
_FAR = 100.0  # Delta chi^2 where no point was found
_CELLS = 160
_NOTE = "Profile: the best point that a search found in each bin; its 68 % and 95 % are {}. Grey: prior volume decides."


@styled()
def profile_figure(run: Run, summary: Summary, profile: Profile) -> Figure:
    """Draw profile likelihood and posterior in one figure, and where the prior's volume decides."""
    figure = new_figure(7.2, 5.6, 130)
    axes = figure.subplots()
    names = " and ".join(axis.quantity.name for axis in profile.axes)
    scales = [scale_of(axis.quantity, axis.edges) for axis in profile.axes]
    levels = " and ".join(f"{level:.2f}" for level in profile.levels)
    note = _NOTE.format(f"at a difference of -2\xa0ln\xa0L of {levels}")  # not to be broken
    frame(figure, summary, f"profile likelihood and posterior of {names}", [note], left=0.9, right=0.2, below=0.55, above=0.25)
    axes.set_xlabel(scales[0].label, fontsize=11)
    if len(scales) == 1:
        _draw_curves(axes, profile, scales[0])
    else:
        _draw_regions(axes, run, summary, profile, scales)
    axes.tick_params(direction="in", labelsize=9, top=True, right=True)
    return figure


def _draw_curves(axes: Axes, profile: Profile, scale: Scale) -> None:
    edges, found = scale.of(profile.axes[0].edges), np.isfinite(profile.chi2)
    for number in np.flatnonzero(profile.likely_for_volume | profile.unlikely_for_volume):
        axes.axvspan(edges[number], edges[number + 1], color=_VOLUME, alpha=0.25, linewidth=0)
    axes.stairs(profile.density / profile.density.max(), edges, fill=True, color=POSTERIOR, alpha=0.35, label="posterior")
    order = np.argsort(profile.values[0][found])
    x, height = scale.of(profile.values[0][found][order]), np.exp(-0.5 * profile.delta[found][order])
    axes.plot(x, height, color=_PROFILE, linewidth=1.8, label="profile likelihood")
    for level in profile.levels:
        axes.axhline(math.exp(-0.5 * level), color=INK, linestyle=":", linewidth=0.9)
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.18))
    axes.set_ylabel("over its highest value", fontsize=11)
    axes.legend(loc="upper center", ncols=2, frameon=False, fontsize=9.5)


def _draw_regions(axes: Axes, run: Run, summary: Summary, profile: Profile, scales: list[Scale]) -> None:
    draws, quantities = run.draws(), [axis.quantity for axis in profile.axes]
    x, y = (scale.of(draws.pooled(draws.values(quantity))) for scale, quantity in zip(scales, quantities, strict=True))
    edges = [scale.of(axis.edges) for scale, axis in zip(scales, profile.axes, strict=True)]
    across, up = ((float(each[0]), float(each[-1])) for each in edges)
    independent = min(summary.judged(quantity).ess for quantity in quantities)
    draw_regions(axes, estimate_density(x, y, (across, up), cells=_CELLS, independent=independent), POSTERIOR, REGIONS)
    centres = [(each[1:] + each[:-1]) / 2 for each in edges]
    delta = np.minimum(np.where(np.isfinite(profile.chi2), profile.delta, _FAR), _FAR)
    axes.contour(*centres, delta.T, levels=profile.levels, colors=_PROFILE, linewidths=(2.0, 1.2), zorder=3)
    places = np.nonzero(profile.likely_for_volume | profile.unlikely_for_volume)
    axes.plot(*(each[cells] for each, cells in zip(centres, places, strict=True)), "x", color=_VOLUME, markersize=4, zorder=4)
    axes.plot(*(scale.of(value) for scale, value in zip(scales, profile.best, strict=True)), "*", color=_PROFILE, markersize=11, zorder=5)
    axes.set(xlim=across, ylim=up)
    axes.set_ylabel(scales[1].label, fontsize=11)
    handles = [
        Patch(facecolor=REGIONS[1], edgecolor=POSTERIOR, label="posterior, 68 % and 95 %"),
        Line2D([], [], color=_PROFILE, marker="*", label="profile, 68 % and 95 %, and best point"),
    ]
    # Above the panel: "best" does not see contours.
    axes.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1.01), ncols=2, frameon=False, fontsize=9)
