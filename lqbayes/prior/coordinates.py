"""Sampling coordinates: one number per sampled parameter, and the compiled way from them to a parameter point.

A log-uniform magnitude with free sign has the coordinate y in [-1, 1]: the sign of y is the sign of the parameter and |y| its position
between the ends of the range in the logarithm. The prior is flat in y, products of couplings are straight lines in |y|, and a flip of
the sign is y -> -y. A uniform magnitude is treated alike, without the logarithm. A phase has y in [0, 1), one turn; a normal or split
normal parameter has y = (x - mode) / (mean of its two errors).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled

FIXED, LOG_MAGNITUDE, LINEAR_MAGNITUDE, CIRCLE, NORMAL = range(5)
_TURN = 2 * math.pi


class CoordinateTable(NamedTuple):
    """How each parameter follows from its coordinate, one entry per parameter in the order of the parameter table.

    `kind` is one of the constants above, `column` that of the coordinate vector or -1. x = offset + scale |y| for magnitudes (before the
    exponential for `LOG_MAGNITUDE`), offset + scale y for `NORMAL`, offset for `FIXED`. `lower` and `upper` are the range of y; `minus` and
    `plus` inverse widths in y below and above the mode of a `NORMAL` parameter; `log_norm` the log density in y at its maximum.
    """

    kind: NDArray[np.int64]
    column: NDArray[np.int64]
    offset: NDArray[np.float64]
    scale: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    minus: NDArray[np.float64]
    plus: NDArray[np.float64]
    log_norm: NDArray[np.float64]


@compiled
def value_of(y: float, kind: int, offset: float, scale: float, upper: float) -> float:
    """Physical value of one sampled parameter."""
    if kind == CIRCLE:
        return _TURN * y
    if kind == NORMAL:
        return offset + scale * y
    magnitude = offset + scale * abs(y)
    if kind == LOG_MAGNITUDE:
        magnitude = math.exp(magnitude)
    return -magnitude if y < 0 or upper == 0 else magnitude


@compiled
def log_prior_and_point(y: NDArray[np.float64], table: CoordinateTable, point: NDArray[np.float64]) -> float:
    """Prior density of a coordinate vector, and its parameter point."""
    total = 0.0
    for k in range(len(table.kind)):
        kind = table.kind[k]
        if kind == FIXED:
            point[k] = table.offset[k]
            continue
        value = y[table.column[k]]
        if not table.lower[k] <= value <= table.upper[k]:
            return -math.inf
        total += table.log_norm[k]
        point[k] = value_of(value, kind, table.offset[k], table.scale[k], table.upper[k])
        if kind == NORMAL:
            pull = value * (table.plus[k] if value > 0 else table.minus[k])
            total -= 0.5 * pull * pull
    return total


@compiled
def fill_points(y: NDArray[np.float64], table: CoordinateTable, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill in the parameter points of many coordinate vectors; return their prior densities."""
    log_prior = np.empty(len(y))
    for i in range(len(y)):
        log_prior[i] = log_prior_and_point(y[i], table, points[i])
        if log_prior[i] == -math.inf:
            points[i, :] = math.nan
    return log_prior


@compiled
def coordinate_of(x: float, table: CoordinateTable, k: int) -> float:
    """Coordinate of one physical value, the inverse of the map above."""
    kind = table.kind[k]
    if kind == CIRCLE:
        return (x / _TURN) % 1.0
    if kind == NORMAL:
        return float((x - table.offset[k]) / table.scale[k])
    negative_only = table.upper[k] == 0
    both_signs = table.lower[k] < 0 and not negative_only
    negative = negative_only or (both_signs and x < 0)
    magnitude = -x if negative else x
    position = ((math.log(magnitude) if kind == LOG_MAGNITUDE else magnitude) - table.offset[k]) / table.scale[k]
    if position < 0:  # below the range: no coordinate, and not one of the other sign
        return math.nan
    return float(-position if negative else position)


@compiled
def coordinates_of(points: NDArray[np.float64], table: CoordinateTable, periodic: NDArray[np.bool_], dimension: int) -> NDArray[np.float64]:
    """Coordinates of many parameter points; angles may be given in any turn."""
    y = np.empty((len(points), dimension))
    for k in range(len(table.kind)):
        kind = table.kind[k]
        if kind == FIXED:
            continue
        # The turn that the range begins; a full circle takes care of itself, a magnitude with a sign has no turn.
        turned = periodic[k] and (kind == NORMAL or (kind == LINEAR_MAGNITUDE and table.lower[k] == 0))
        start = table.offset[k] + table.scale[k] * table.lower[k]
        for i in range(len(points)):
            x = points[i, k]
            if turned and (x < start or x > start + _TURN):
                x = start + (x - start) % _TURN
            y[i, table.column[k]] = coordinate_of(x, table, k)
    return y
