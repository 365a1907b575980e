"""Regions of highest density of draws in two dimensions.

The density is a sum of Gaussian kernels, one a draw, each at least as wide as it must be to hold a fixed share of the draws (Abramson
1982; Terrell and Scott 1992), and wider as long as the densities that all these widths make of its place agree within their errors
(Lepski 1991; intersecting confidence intervals, Goldenshluger and Nemirovski 1997): narrow across a ridge and at an edge, wide in the
tails and where the density is level. Draws are counted on a fine grid, and the grid is smoothed by a few widths: first to find the width
that each cell needs, then to add up the kernels of the cells of each width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, idctn, next_fast_len

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MASSES = (0.95, 0.68)
"""Probabilities of the regions that plots show."""

Window = tuple[tuple[float, float], tuple[float, float]]

# The least share of the draws in a kernel is this number times N^(-1/3), N being the number of independent draws. A Gaussian's best fixed
# width has 2 at its top; ridges need less. More smoothing than so few draws need would leave nothing to see, and no run has more
# independent draws than the last number.
_SHARE, _FEWEST, _MOST = 0.2, 1e3, 1e5
# Errors within which the densities of several widths are to agree, and over how many cells widths are averaged.
_AGREEMENT, _NEAR = 0.8, 2.0
# Widths of kernels in cells. Below the first, the grid decides; the last is a share of the grid.
_NARROWEST, _RATIO, _WIDEST = 0.6, math.sqrt(2), 0.12
# A few draws may be very far away; beyond one more window on either side they count as the least dense of all.
_MOST_WINDOWS = 1


@dataclass(frozen=True, slots=True)
class Density:
    """Density of draws in a window, and the level of each region of highest density in the whole plane.

    Attributes
    ----------
    x, y : (n,) arrays
        Centres of the cells, with one cell more than the window on either side.
    values : (n, n) array
        Share of the draws a cell.
    levels
        One a mass; 0 where draws beyond the grid belong to the region.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    values: NDArray[np.float64]
    levels: tuple[float, ...]


def estimate_density(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    window: Window,
    masses: Sequence[float] = MASSES,
    *,
    cells: int = 240,
    independent: float = math.inf,
) -> Density:
    """Estimate the density of draws, of which so many are independent of each other, on a grid of cells in a window."""
    count = min(max(independent, _FEWEST), _MOST, len(x))
    grids = [_extended(values, ends, cells) for values, ends in zip((x, y), window, strict=True)]
    counts = _counted((x, y), [edges for edges, _ in grids]) / len(x)
    whole = _adaptive(counts, count)
    # One cell more, so that the regions reach the edges of the panel.
    centres = [np.pad((edges[1:] + edges[:-1]) / 2, 1, mode="reflect", reflect_type="odd") for edges, _ in grids]
    shown = [slice(first, first + cells + 2) for _, first in grids]
    values = np.pad(whole, 1, mode="edge")[shown[0], shown[1]]
    return Density(centres[0][shown[0]], centres[1][shown[1]], values, _levels(whole, counts, masses))


def draw_regions(axes: Axes, density: Density, colour: str, fills: Sequence[str] = (), linewidth: float = 1.0) -> list[int]:
    """Draw the regions, the largest first; return the numbers of those that reach out of the grid or do not touch the window."""
    top = float(density.values.max())
    drawn = {level: number for number, level in enumerate(density.levels) if 0 < level < top}  # two regions of one level are one
    if drawn:
        levels, grid = list(drawn), (density.x, density.y, density.values.T)
        if fills:
            chosen = [fills[number] for number in drawn.values()]
            regions = axes.contourf(*grid, levels=[*levels, top * 1.001], colors=chosen, zorder=2, antialiased=True)
            regions.set(edgecolor=colour, linewidth=linewidth)
        else:
            axes.contour(*grid, levels=levels, colors=colour, linewidths=linewidth, zorder=2)
    return [number for number, level in enumerate(density.levels) if not 0 < level < top]


def _extended(x: NDArray[np.float64], ends: tuple[float, float], cells: int) -> tuple[NDArray[np.float64], int]:
    """Edges of the cells of a window and of as many more as cover all draws, and the number of those below the window."""
    low, high = ends
    width = (high - low) / cells
    most = _MOST_WINDOWS * cells
    needed = ((low - float(np.min(x))) / width, (float(np.max(x)) - high) / width)
    below, above = (math.ceil(min(max(n, 0.0), most)) for n in needed)
    above = next_fast_len(below + cells + above, real=True) - below - cells
    return np.asarray(low + width * np.arange(-below, cells + above + 1), dtype=float), below


def _counted(draws: Sequence[NDArray[np.float64]], edges: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Count draws in evenly spaced cells."""
    shape = [len(ends) - 1 for ends in edges]
    places = [(x - ends[0]) * (count / (ends[-1] - ends[0])) for x, ends, count in zip(draws, edges, shape, strict=True)]
    inside = np.logical_and.reduce([(place >= 0) & (place < count) for place, count in zip(places, shape, strict=True)])
    across, up = (place[inside].astype(np.int64) for place in places)
    return np.bincount(across * shape[1] + up, minlength=shape[0] * shape[1]).reshape(shape).astype(float)


def _adaptive(counts: NDArray[np.float64], independent: float) -> NDArray[np.float64]:
    """Sum of kernels, each as wide as the draws around it allow."""
    count = 1 + max(math.ceil(math.log(_WIDEST * max(counts.shape) / _NARROWEST, _RATIO)), 0)
    widths = _NARROWEST * _RATIO ** np.arange(count)
    spectrum, share = dctn(counts), _SHARE * independent ** (-1 / 3)
    held = np.flatnonzero(counts)  # cells with kernels
    chosen, agree = np.zeros(len(held)), np.full(len(held), True)
    low, high = np.full_like(chosen, -math.inf), np.full_like(chosen, math.inf)
    for k, width in enumerate(widths):
        smooth, area = _smoothed(spectrum, width, held), 4 * math.pi * width**2  # of a kernel: area times density is what it holds
        error = _AGREEMENT * np.sqrt(smooth / (independent * area))
        enough = area * smooth >= share
        low, high = np.where(enough, np.maximum(low, smooth - error), low), np.where(enough, np.minimum(high, smooth + error), high)
        agree &= ~enough | (low <= high)
        if not agree.any():
            break
        chosen[agree] = k
    # A cell is smoothed no less than its neighbours, and between two widths has some of its draws in either.
    shares, part = counts.ravel()[held], np.zeros_like(counts)
    part.ravel()[held] = chosen * shares
    near = _smoothed(dctn(part), _NEAR, held) / np.maximum(_smoothed(spectrum, _NEAR, held), 1e-300)
    chosen = np.maximum(chosen, near)
    total = np.zeros_like(spectrum)
    for k, width in enumerate(widths):
        parts = shares * np.clip(1 - np.abs(chosen - k), 0.0, 1.0)
        if parts.any():
            part.ravel()[held] = parts
            total += dctn(part) * _decay(part.shape, width)
    return np.maximum(idctn(total, overwrite_x=True), 0.0)


def _smoothed(spectrum: NDArray[np.float64], width: float, cells: NDArray[np.intp]) -> NDArray[np.float64]:
    """Convolve with a Gaussian (the discrete one, positive at any width), reflected at the edges of the grid: nothing lies beyond them."""
    return np.maximum(idctn(spectrum * _decay(spectrum.shape, width), overwrite_x=True).ravel()[cells], 0.0)


def _decay(shape: tuple[int, ...], width: float) -> NDArray[np.float64]:
    """Spectrum of the Gaussian."""
    across, up = (np.exp(width**2 * (np.cos(math.pi / n * np.arange(n)) - 1)) for n in shape)
    return np.asarray(np.multiply.outer(across, up))


def _levels(density: NDArray[np.float64], counts: NDArray[np.float64], masses: Sequence[float]) -> tuple[float, ...]:
    """Levels above which given shares of all draws lie: counted, so that smoothing does not widen a region."""
    heights, shares = density[counts > 0], counts[counts > 0]
    order = np.argsort(heights)[::-1]
    held = np.cumsum(shares[order])
    return tuple(float(heights[order[np.searchsorted(held, mass)]]) if held.size and held[-1] > mass else 0.0 for mass in masses)
