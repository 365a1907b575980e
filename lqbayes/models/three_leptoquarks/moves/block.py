"""Walkers in blocks of lanes: each parameter a row of `LANES` numbers, which the processor works on several at a time."""

from __future__ import annotations

import math

from lqbayes.compilation import compiled, inlined
from lqbayes.model.point_loop import LANES
from lqbayes.models.three_leptoquarks.layout import A_ABS, A_ARG, DELTA_CP, HT, M_LIGHTEST, M_LQ, S12SQ, Array, F, H, Point, Vector
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.prior.coordinates import CIRCLE, FIXED, LINEAR_MAGNITUDE, LOG_MAGNITUDE, CoordinateTable
from lqbayes.vector_math import exp, log, select

COUNT = len(PARAMETERS)
# The parameters on which g depends, in the order of the parameter table: all but h and h-tilde.
_USED = tuple(k for k in range(COUNT) if not (H <= k < H + 9 or HT <= k < HT + 9))


@inlined
def _three(x: Array, row: int, j: int) -> Vector:
    return x[row * LANES + j], x[(row + 1) * LANES + j], x[(row + 2) * LANES + j]


@inlined
def point_in(x: Array, row: int, j: int) -> Point:
    """The point in one lane, from a row on; h and h-tilde are left out."""
    f, none = row + F, (0.0, 0.0, 0.0)
    m_lq, delta_m_b1, alpha_1 = _three(x, row + M_LQ, j)
    s12sq, s23sq, s13sq = _three(x, row + S12SQ, j)
    delta_cp, dm21, dm3l = _three(x, row + DELTA_CP, j)
    m_lightest, alpha_21, alpha_31 = _three(x, row + M_LIGHTEST, j)
    return Point(
        m_lq,
        delta_m_b1,
        alpha_1,
        0.0,
        _three(x, row + A_ABS, j),
        _three(x, row + A_ARG, j),
        (_three(x, f, j), _three(x, f + 3, j), _three(x, f + 6, j)),
        (none, none, none),
        (none, none, none),
        s12sq,
        s23sq,
        s13sq,
        delta_cp,
        dm21,
        dm3l,
        m_lightest,
        alpha_21,
        alpha_31,
    )


@compiled
def read(y: Array, first: int, count: int, table: CoordinateTable, x: Array) -> None:
    """Fill in what the couplings g depend on, of some walkers, where places are left that of the last one again; NaN outside the prior."""
    for j in range(LANES):
        walker = first + min(j, count - 1)
        for k in _USED:
            if table.kind[k] != FIXED:
                x[k * LANES + j] = y[walker, table.column[k]]
    for k in _USED:
        kind, offset, scale, lower, upper = table.kind[k], table.offset[k], table.scale[k], table.lower[k], table.upper[k]
        if kind == FIXED:
            for j in range(k * LANES, (k + 1) * LANES):
                x[j] = offset
        elif kind == LOG_MAGNITUDE or kind == LINEAR_MAGNITUDE:  # noqa: PLR1714 - a tuple takes long to compile
            for j in range(k * LANES, (k + 1) * LANES):
                magnitude = offset + scale * abs(x[j])
                if kind == LOG_MAGNITUDE:
                    magnitude = exp(magnitude)
                magnitude = select((x[j] < 0) | (upper == 0), -magnitude, magnitude)
                x[j] = select((lower <= x[j]) & (x[j] <= upper), magnitude, math.nan)
        else:
            start, unit = (0.0, 2 * math.pi) if kind == CIRCLE else (offset, scale)
            for j in range(k * LANES, (k + 1) * LANES):
                x[j] = select((lower <= x[j]) & (x[j] <= upper), start + unit * x[j], math.nan)


@compiled
def write(rows: Array, row: int, y: Array, first: int, count: int, column: int) -> None:
    """Put one coordinate of some walkers back."""
    for j in range(count):
        y[first + j, column] = rows[row * LANES + j]


@compiled
def to_coordinates(x: Array, k: int, table: CoordinateTable, factor: Array) -> None:
    """Turn a logarithmic magnitude with a sign into its coordinate; where that is outside the prior, the factor is -inf."""
    for j in range(LANES):
        value = x[k * LANES + j]
        magnitude = (log(abs(value)) - table.offset[k]) / table.scale[k]
        x[k * LANES + j] = math.copysign(magnitude, value)
        factor[j] = select((0 <= magnitude) & (magnitude <= 1), factor[j], -math.inf)
