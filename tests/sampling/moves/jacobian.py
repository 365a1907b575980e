"""Numerical determinant of a proposal as a map from coordinates to coordinates, all random numbers held fixed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def log_determinant(propose: Callable[[Array], Array], z: Array, columns: list[int], circles: list[int]) -> float | None:
    """log |det dz'/dz| by central differences, with Richardson's extrapolation; None where two steps disagree and nothing can be said.

    Columns that never depend on where the walker is (drawn anew) are left out, with their row.
    """
    center = propose(z)

    def derivative(k: int, h: float) -> Array:
        up, down = z.copy(), z.copy()
        up[k] += h
        down[k] -= h
        step = propose(up) - propose(down)
        step[circles] -= np.round(step[circles])
        return np.asarray(step[columns] / (up[k] - down[k]))

    def determinant(h: float) -> float:
        matrix = np.stack([(4 * derivative(k, h / 2) - derivative(k, h)) / 3 for k in columns], axis=1)
        kept = np.flatnonzero(np.any(matrix != 0, axis=1))
        sign, value = np.linalg.slogdet(matrix[np.ix_(kept, kept)])
        return float(value) if sign else -math.inf

    if not np.all(np.isfinite(center)):
        return None
    first, second = determinant(2e-5), determinant(5e-6)
    return second if abs(first - second) < 1e-4 else None
