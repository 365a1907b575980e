"""One panel of the paper's figures: draws as regions of highest density or as points, in a fixed window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lqbayes.report.plots.density import SMOOTHING, density_and_levels
from lqbayes.report.plots.palette import INK, POSTERIOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes


MASSES = (0.95, 0.68)
FILLS = ("#b9d7ea", "#6aaad4")
WINDOW = (-1.6, 1.6)
_G2_WINDOW = (-10.0, 60.0)  # units of 1e-10
_LABELS = {
    "C9_mu": r"$\mathrm{Re}\,C_9^{\mu}$",
    "C10_mu": r"$\mathrm{Re}\,C_{10}^{\mu}$",
    "delta_a_mu": r"$\Delta a_\mu$ $[10^{-10}]$",
}

_BEHIND: dict[str, Any] = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.5}

# Fig. 2 has no ridge to keep, and its regions are large: fewer draws in each bin.
WIDER = 3.0


@dataclass(frozen=True, slots=True)
class Shown:
    """Draws in the units of the axes."""

    c9: NDArray[np.float64]
    c10: NDArray[np.float64]
    g2: NDArray[np.float64]

    def of(self, name: str) -> NDArray[np.float64]:
        """Give the draws of one observable."""
        return {"C9_mu": self.c9, "C10_mu": self.c10, "delta_a_mu": self.g2}[name]


def draw_panel(axes: Axes, drawn: Shown, across: str, up: str, *, points: bool) -> list[float]:
    """Draw one panel.

    Parameters
    ----------
    axes
        The panel.
    drawn
        The draws.
    across, up
        Names of the observables of its axes.
    points
        Whether to draw points in place of regions of highest density.

    Returns
    -------
    list of float
        Masses of the regions that could not be drawn.
    """
    x, y = drawn.of(across), drawn.of(up)
    window = tuple(_G2_WINDOW if name == "delta_a_mu" else WINDOW for name in (across, up))
    missing: list[float] = []
    if points:
        axes.scatter(x, y, s=3, color=POSTERIOR, alpha=0.35, linewidths=0, rasterized=True, zorder=2)
    else:
        missing = _draw_regions(
            axes, *density_and_levels(x, y, (window[0], window[1]), MASSES, smoothing=WIDER if up == "delta_a_mu" else SMOOTHING)
        )
    axes.set(xlim=window[0], ylim=window[1])
    axes.set_xlabel(_LABELS[across], fontsize=12)
    axes.set_ylabel(_LABELS[up], fontsize=12)
    axes.tick_params(direction="in", top=True, right=True, labelsize=9.5)
    outside = np.mean((x < window[0][0]) | (x > window[0][1]) | (y < window[1][0]) | (y > window[1][1])) if len(x) else 0.0
    if outside > 5e-4:
        words = f"{100 * outside:.2g} % outside"
        axes.text(0.985, 0.015, words, transform=axes.transAxes, ha="right", va="bottom", fontsize=8, color=INK, bbox=_BEHIND)
    return missing


def _draw_regions(
    axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64], density: NDArray[np.float64], levels: Sequence[float]
) -> list[float]:
    top = float(density.max())
    kept = [(level, mass, fill) for level, mass, fill in zip(levels, MASSES, FILLS, strict=True) if 0 < level < top]
    # All draws in one bin give one level for both.
    kept = [entry for k, entry in enumerate(kept) if k == 0 or entry[0] > kept[k - 1][0]]
    if kept:
        heights = [level for level, _, _ in kept]
        axes.contourf(x, y, density.T, levels=[*heights, top * 1.001], colors=[fill for _, _, fill in kept], zorder=2)
        axes.contour(x, y, density.T, levels=heights, colors=POSTERIOR, linewidths=1, zorder=2)
    return [mass for mass in MASSES if mass not in [m for _, m, _ in kept]]
