"""Results that arXiv:2104.03248 quotes from the fit arXiv:2103.13370 v1: the muon's C9 and C10, (II.11)-(II.15), also on a plot."""

from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lqbayes.models.three_leptoquarks.paper.reconstruction import Scenario
from lqbayes.report.plots.style import DATA, DATA_LIMIT, INK

BSMUMU: Final = (
    Scenario((1, 0), -0.91, 0.18, 0.17),
    Scenario((0, 1), 0.51, 0.23, 0.24),
    Scenario((1, 1), -0.41, 0.15, 0.15),
    Scenario((1, -1), -0.65, 0.12, 0.12),
)
"""(II.11)-(II.14) outside the brackets, b -> s mu mu observables only: C9 alone, C10 alone, C9 = C10, C9 = -C10."""

ALL_RARE_B: Final = (
    Scenario((1, 0), -0.82, 0.14, 0.14),
    Scenario((0, 1), 0.56, 0.12, 0.12),
    Scenario((1, 1), -0.06, 0.11, 0.11),
    Scenario((1, -1), -0.43, 0.07, 0.07),
)
"""The same inside the brackets, all rare B decays."""

BEST_FIT: Final = (-0.67, 0.24)
"""(II.15), best fit with both free, all rare B decays; printed without errors."""

_MARKS = (
    ("s", r"(II.11) $C_9$ alone"),
    ("D", r"(II.12) $C_{10}$ alone"),
    ("^", r"(II.13) $C_9 = C_{10}$"),
    ("v", r"(II.14) $C_9 = -C_{10}$"),
)
_COLUMNS = ((BSMUMU, DATA, r"$b \to s\mu\mu$ only"), (ALL_RARE_B, DATA_LIMIT, r"all rare $B$ decays"))
_STAR: dict[str, Any] = {"marker": "*", "color": DATA_LIMIT, "markeredgecolor": INK}


def error_bar(scenario: Scenario) -> tuple[tuple[float, float], tuple[float, float]]:
    """C9 and C10 at the lower and the upper end of a scenario's interval of one standard deviation, along its direction."""
    ends = (scenario.value - scenario.minus, scenario.value + scenario.plus)
    x, y = scenario.direction
    return (ends[0] * x, ends[1] * x), (ends[0] * y, ends[1] * y)


def draw_published(axes: Axes) -> list[Line2D]:
    """Draw the best fits with their errors on a panel with C9 across and C10 up; return the handles of their legend."""
    for scenarios, colour, _ in _COLUMNS:
        for scenario, (marker, _) in zip(scenarios, _MARKS, strict=True):
            axes.plot(*error_bar(scenario), color=colour, linewidth=1.8, zorder=4, solid_capstyle="butt")
            x, y = ([scenario.value * part] for part in scenario.direction)
            axes.plot(x, y, marker, color=colour, markersize=7, markeredgecolor=INK, markeredgewidth=0.7, zorder=5)
    axes.plot(*[[c] for c in BEST_FIT], markersize=13, markeredgewidth=0.7, zorder=6, **_STAR)
    handles = [Line2D([], [], color=colour, linewidth=2.5, label=label) for _, colour, label in _COLUMNS]
    shape: dict[str, Any] = {"linestyle": "", "color": "white", "markeredgecolor": INK, "markersize": 6}
    handles += [Line2D([], [], marker=marker, label=label, **shape) for marker, label in _MARKS]
    return [*handles, Line2D([], [], linestyle="", markersize=10, label="(II.15) both free", **_STAR)]
