"""Sampling coordinates: one number per sampled parameter, and the compiled way from them to a parameter point.

A log-uniform magnitude with free sign has the coordinate y in [-1, 1]: the sign of y is the sign of the parameter and |y| its position
between the ends of the range in the logarithm. The prior is flat in y, products of couplings are straight lines in |y|, and a flip of
the sign is y -> -y. A uniform magnitude is treated alike, without the logarithm. A phase has y in [0, 1), one turn; a normal or split
normal parameter has y = (x - mode) / (mean of its two errors).
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled, inlined
from lqbayes.model.point_loop import LANES, write_block
from lqbayes.vector_math import exp, select

FIXED, LOG_MAGNITUDE, LINEAR_MAGNITUDE, CIRCLE, NORMAL = range(5)
Array = NDArray[np.float64]
_TURN = 2 * math.pi


class CoordinateTable(NamedTuple):
    """How each parameter follows from its coordinate, one entry per parameter in the order of the parameter table.

    `kind` is one of the constants above, `column` that of the coordinate vector or -1. x = offset + scale |y| for magnitudes (before the
    exponential for `LOG_MAGNITUDE`), offset + scale y for `NORMAL`, offset for `FIXED`. `lower` and `upper` are the range of y; `minus` and
    `plus` inverse widths in y below and above the mode of a `NORMAL` parameter; `log_norm` the log density in y at its maximum.
    """

    kind: NDArray[np.int64]
    column: NDArray[np.int64]
    offset: Array
    scale: Array
    lower: Array
    upper: Array
    minus: Array
    plus: Array
    log_norm: Array


@inlined
def value_of(y: float, kind: int, offset: float, scale: float, upper: float) -> float:
    """Physical value of one sampled parameter."""
    if kind == CIRCLE:
        return _TURN * y
    if kind == NORMAL:
        return offset + scale * y
    magnitude = offset + scale * abs(y)
    if kind == LOG_MAGNITUDE:
        magnitude = exp(magnitude)
    return select(y < select(upper == 0, math.inf, 0.0), -magnitude, magnitude)


@inlined
def _fill(y: Array, kind: int, table: CoordinateTable, k: int, x: Array, first: Any, log_prior: Array) -> None:
    """Values of one parameter in a block of points; its log density is added. Rows are not cut out: each cut would be counted."""
    offset, scale, lower, upper, norm = table.offset[k], table.scale[k], table.lower[k], table.upper[k], table.log_norm[k]
    column, minus, plus = table.column[k], table.minus[k], table.plus[k]
    for lane in range(LANES):
        value = y[column, lane]
        x[k, first + np.uintp(lane)] = value_of(value, kind, offset, scale, upper)
        density = norm
        if kind == NORMAL:
            pull = value * select(value > 0, plus, minus)
            density -= 0.5 * pull * pull
        log_prior[lane] += select((lower <= value) & (value <= upper), density, -math.inf)


@compiled
def fill_points(y: Array, table: CoordinateTable, points: Array) -> Array:  # noqa: PLR0912 - a call more and it is not for all lanes
    """Fill in the parameter points (p, n) of many coordinate vectors (n, d); return their prior densities."""
    n, dimension = y.shape
    log_prior, density = np.empty(n), np.empty(LANES)
    own, last = np.empty((dimension, LANES)), np.empty((len(points), LANES))
    for first in range(0, n, LANES):
        whole = first + LANES <= n
        x, place = (points, np.uintp(first)) if whole else (last, np.uintp(0))  # unsigned: known not to count from the end
        for lane in range(LANES):
            i = min(first + lane, n - 1)
            for k in range(dimension):
                own[k, lane] = y[i, k]
            density[lane] = 0.0
        for k in range(len(points)):
            kind = table.kind[k]
            # A loop for each kind, which is known where it is compiled.
            if kind == FIXED:
                for lane in range(LANES):
                    x[k, place + np.uintp(lane)] = table.offset[k]
            elif kind == CIRCLE:
                _fill(own, CIRCLE, table, k, x, place, density)
            elif kind == NORMAL:
                _fill(own, NORMAL, table, k, x, place, density)
            elif kind == LOG_MAGNITUDE:
                _fill(own, LOG_MAGNITUDE, table, k, x, place, density)
            else:
                _fill(own, LINEAR_MAGNITUDE, table, k, x, place, density)
        if not whole:
            write_block(last, 0, first, points)
        for i in range(first, min(first + LANES, n)):
            log_prior[i] = density[i - first]
            if log_prior[i] == -math.inf:
                points[:, i] = math.nan
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
def coordinates_of(points: Array, table: CoordinateTable, periodic: NDArray[np.bool_], dimension: int) -> Array:
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
