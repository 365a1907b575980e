"""Smoothed density of draws in two dimensions, and the levels that bound its highest-density regions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

BINS = 240
"""Bins along each side of a window."""

SMOOTHING = 1.2
"""Width of the smoothing, in bins: narrow, so that a ridge of a few hundredths in C9 stays one."""

# A few draws may be very far away; beyond so many windows on either side they count as the least dense of all.
_MOST_WINDOWS = 4


def smooth_density(
    x: NDArray[np.float64], y: NDArray[np.float64], window: tuple[tuple[float, float], tuple[float, float]], bins: int = BINS
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Histogram of draws, smoothed by a Gaussian of about a bin."""
    return _smoothed(x, y, window, (bins, bins))


def _smoothed(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    window: tuple[tuple[float, float], tuple[float, float]],
    bins: tuple[int, int],
    smoothing: float = SMOOTHING,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=bins, range=window)
    smoothed = gaussian_filter(counts / len(x), smoothing, mode="constant")
    return (x_edges[1:] + x_edges[:-1]) / 2, (y_edges[1:] + y_edges[:-1]) / 2, np.asarray(smoothed)


def density_and_levels(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    window: tuple[tuple[float, float], tuple[float, float]],
    masses: Sequence[float],
    *,
    smoothing: float = SMOOTHING,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], list[float]]:
    """Density in a window, with the levels of its highest-density regions in the whole plane."""
    grids = [_extended(values, ends) for values, ends in zip((x, y), window, strict=True)]
    before = [grid[0] for grid in grids]
    ranges = [(low - a * (high - low) / BINS, high + b * (high - low) / BINS) for (low, high), (a, b) in zip(window, grids, strict=True)]
    x_bins, y_bins, whole = _smoothed(x, y, (ranges[0], ranges[1]), (BINS + sum(grids[0]), BINS + sum(grids[1])), smoothing)
    shown = tuple(slice(first, first + BINS) for first in before)
    return x_bins[shown[0]], y_bins[shown[1]], whole[shown], highest_density_levels(whole, masses)


def _extended(x: NDArray[np.float64], ends: tuple[float, float]) -> tuple[int, int]:
    """Count the bins that a window needs below and above it to cover all draws."""
    width = (ends[1] - ends[0]) / BINS
    needed = (max(ends[0] - float(x.min()), 0.0) / width, max(float(x.max()) - ends[1], 0.0) / width)
    below, above = (min(math.ceil(n), _MOST_WINDOWS * BINS) if n < math.inf else _MOST_WINDOWS * BINS for n in needed)
    return below, above


def highest_density_levels(density: NDArray[np.float64], masses: Sequence[float]) -> list[float]:
    """Levels above which a density holds given probabilities."""
    ordered = np.sort(density, axis=None)[::-1]
    held = np.cumsum(ordered)
    return [float(ordered[np.searchsorted(held, mass)]) if held[-1] > mass else 0.0 for mass in masses]
