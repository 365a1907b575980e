"""The best-fit points (II.11)-(II.15) on a plot of C9 and C10."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from lqbayes.models.three_leptoquarks.paper.published import ALL_RARE_B, BEST_FIT, BSMUMU
from lqbayes.report.plots.palette import DATA, DATA_LIMIT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lqbayes.models.three_leptoquarks.paper.reconstruction import Scenario


_MARKERS: dict[tuple[float, float], str] = {(1, 0): "s", (0, 1): "D", (1, 1): "^", (1, -1): "v"}
_NAMES: dict[tuple[float, float], str] = {
    (1, 0): r"(II.11) $C_9$ alone",
    (0, 1): r"(II.12) $C_{10}$ alone",
    (1, 1): r"(II.13) $C_9 = C_{10}$",
    (1, -1): r"(II.14) $C_9 = -C_{10}$",
}
_COLUMNS = ((BSMUMU, DATA, r"$b \to s\mu\mu$ only"), (ALL_RARE_B, DATA_LIMIT, r"all rare $B$ decays"))


def error_bar(scenario: Scenario) -> tuple[tuple[float, float], tuple[float, float]]:
    """Find the ends of a scenario's interval of one standard deviation, along its direction.

    Parameters
    ----------
    scenario
        The scenario.

    Returns
    -------
    x, y : (float, float)
        C9 and C10 at the lower and the upper end.
    """
    ends = (scenario.value - scenario.minus, scenario.value + scenario.plus)
    x, y = scenario.direction
    return (ends[0] * x, ends[1] * x), (ends[0] * y, ends[1] * y)


def draw_published(axes: Axes) -> None:
    """Draw the best-fit points with their errors.

    Parameters
    ----------
    axes
        A panel with C9 across and C10 up.
    """
    for scenarios, colour, _ in _COLUMNS:
        for scenario in scenarios:
            axes.plot(*error_bar(scenario), color=colour, linewidth=1.8, zorder=4, solid_capstyle="butt")
            x, y = scenario.value * np.array(scenario.direction)
            axes.plot(
                [x], [y], _MARKERS[scenario.direction], color=colour, markersize=7, markeredgecolor=INK, markeredgewidth=0.7, zorder=5
            )
    axes.plot(*[[c] for c in BEST_FIT], "*", color=DATA_LIMIT, markersize=13, markeredgecolor=INK, markeredgewidth=0.7, zorder=6)


def published_handles() -> list[Line2D]:
    """Legend of the best-fit points.

    Returns
    -------
    list of Line2D
        A marker for each scenario, a line for each column, a star for the best fit with both free.
    """
    handles = [Line2D([], [], color=colour, linewidth=2.5, label=label) for _, colour, label in _COLUMNS]
    handles += [
        Line2D([], [], linestyle="", marker=marker, color="white", markeredgecolor=INK, markersize=6, label=_NAMES[direction])
        for direction, marker in _MARKERS.items()
    ]
    star = Line2D([], [], linestyle="", marker="*", color=DATA_LIMIT, markeredgecolor=INK, markersize=10, label=r"(II.15) both free")
    return [*handles, star]
