"""Smoothed density of draws in two dimensions, and the levels that bound its highest-density regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

__all__ = ["highest_density_levels", "smooth_density"]

_BINS = 120
_SMOOTHING = 1.3  # bins


def smooth_density(
    x: NDArray[np.float64], y: NDArray[np.float64], window: tuple[tuple[float, float], tuple[float, float]], bins: int = _BINS
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Histogram of draws, smoothed by a Gaussian of about a bin.

    Parameters
    ----------
    x, y : (n,) arrays
        Draws.
    window
        Range of x and of y.
    bins
        Number of bins along each.

    Returns
    -------
    x, y : (bins,) arrays
        Centres of the bins.
    density : (bins, bins) array
        Share of all draws, those outside of the window among them, in each bin; the first index is that of x.
    """
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=bins, range=window)
    smoothed = gaussian_filter(counts / len(x), _SMOOTHING, mode="constant")
    return (x_edges[1:] + x_edges[:-1]) / 2, (y_edges[1:] + y_edges[:-1]) / 2, np.asarray(smoothed)


def highest_density_levels(density: NDArray[np.float64], masses: Sequence[float]) -> list[float]:
    """Levels above which a density holds given probabilities.

    Parameters
    ----------
    density : array
        Probability in each bin.
    masses
        Probabilities.

    Returns
    -------
    list of float
        One level each; 0 where all bins together hold less.
    """
    ordered = np.sort(density, axis=None)[::-1]
    held = np.cumsum(ordered)
    return [float(ordered[np.searchsorted(held, mass)]) if held[-1] > mass else 0.0 for mass in masses]
