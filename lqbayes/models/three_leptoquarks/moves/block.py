"""Walkers in blocks of lanes: each parameter a row of `LANES` numbers, which the processor works on several at a time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks.layout import HT, H
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.prior.coordinates import CIRCLE, FIXED, LOG_MAGNITUDE, NORMAL, CoordinateTable
from lqbayes.sampling.moves.base import Array
from lqbayes.vector_math import exp

LANES = 32
_COUNT = len(PARAMETERS)
# The parameters on which g depends, in the order of the parameter table: all but h and h-tilde.
_USED = tuple(k for k in range(_COUNT) if not (H <= k < H + 9 or HT <= k < HT + 9))


@compiled
def rows(count: int) -> Array:
    """Room for so many rows."""
    return np.zeros(count * LANES)


@compiled
def fill_block(y: Array, table: CoordinateTable, x: Array, inside: NDArray[np.bool_]) -> None:
    """Fill in what the couplings g depend on, of at most `LANES` walkers, the first one again where they are fewer; and who is inside."""
    count = len(y)
    inside[:] = True
    for k in _USED:
        kind, offset, scale, place = table.kind[k], table.offset[k], table.scale[k], k * LANES
        if kind == FIXED:
            for j in range(LANES):
                x[place + j] = offset
            continue
        column, lower, upper = table.column[k], table.lower[k], table.upper[k]
        for j in range(count):
            x[place + j] = y[j, column]
        for j in range(count, LANES):
            x[place + j] = x[place]
        for j in range(LANES):
            inside[j] &= (lower <= x[place + j]) & (x[place + j] <= upper)
        if kind == CIRCLE:
            for j in range(LANES):
                x[place + j] *= 2 * math.pi
        elif kind == NORMAL:
            for j in range(LANES):
                x[place + j] = offset + scale * x[place + j]
        else:
            for j in range(LANES):
                magnitude = offset + scale * abs(x[place + j])
                if kind == LOG_MAGNITUDE:
                    magnitude = exp(magnitude)
                x[place + j] = -magnitude if (x[place + j] < 0) | (upper == 0) else magnitude
