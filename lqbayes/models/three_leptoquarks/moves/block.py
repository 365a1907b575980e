"""Walkers in blocks of lanes: each parameter a row of `LANES` numbers, which the processor works on several at a time."""

import math

from lqbayes.compilation import compiled, inlined
from lqbayes.model.point_loop import LANES
from lqbayes.models.three_leptoquarks.layout import A_ABS, A_ARG, DELTA_CP, HT, M_LIGHTEST, M_LQ, S12SQ, Array, F, H, Point, Vector
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.prior.coordinates import CIRCLE, FIXED, LINEAR_MAGNITUDE, LOG_MAGNITUDE, NORMAL, CoordinateTable, value_of
from lqbayes.vector_math import log, select

COUNT = len(PARAMETERS)
# The parameters on which g depends, in the order of the parameter table: all but h and h-tilde.
_USED = tuple(k for k in range(COUNT) if not (H <= k < H + 9 or HT <= k < HT + 9))


@inlined
def _three(x: Array, row: int, j: int) -> Vector:
    return x[row * LANES + j], x[(row + 1) * LANES + j], x[(row + 2) * LANES + j]


@inlined
def point_in(x: Array, row: int, j: int) -> Point:
    """The point in one lane, from a row on; h and h-tilde are left out."""
    m_lq, delta_m_b1, alpha_1 = _three(x, row + M_LQ, j)
    f = (_three(x, row + F, j), _three(x, row + F + 3, j), _three(x, row + F + 6, j))
    none = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    neutrinos = _three(x, row + S12SQ, j) + _three(x, row + DELTA_CP, j) + _three(x, row + M_LIGHTEST, j)
    return Point(m_lq, delta_m_b1, alpha_1, 0.0, _three(x, row + A_ABS, j), _three(x, row + A_ARG, j), f, none, none, *neutrinos)


@inlined
def _fill(x: Array, k: int, kind: int, table: CoordinateTable) -> None:
    """Turn coordinates of one parameter into its values."""
    offset, scale, lower, upper = table.offset[k], table.scale[k], table.lower[k], table.upper[k]
    for j in range(k * LANES, (k + 1) * LANES):
        x[j] = select((lower <= x[j]) & (x[j] <= upper), value_of(x[j], kind, offset, scale, upper), math.nan)


@compiled
def read(y: Array, first: int, count: int, table: CoordinateTable, x: Array) -> None:
    """Fill in what the couplings g depend on, of some walkers, where places are left that of the last one again; NaN outside the prior."""
    for j in range(LANES):
        walker = first + min(j, count - 1)
        for k in _USED:
            x[k * LANES + j] = table.offset[k] if table.kind[k] == FIXED else y[walker, table.column[k]]
    for k in _USED:
        kind = table.kind[k]
        # A loop for each kind, which is known where it is compiled.
        if kind == CIRCLE:
            _fill(x, k, CIRCLE, table)
        elif kind == NORMAL:
            _fill(x, k, NORMAL, table)
        elif kind == LOG_MAGNITUDE:
            _fill(x, k, LOG_MAGNITUDE, table)
        elif kind == LINEAR_MAGNITUDE:
            _fill(x, k, LINEAR_MAGNITUDE, table)


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
