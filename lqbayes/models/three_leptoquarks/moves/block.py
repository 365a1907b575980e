"""Walkers in blocks of lanes: each parameter a row of `LANES` numbers, which the processor works on several at a time."""

from __future__ import annotations

import math

import numpy as np

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks.layout import HT, H
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.prior.coordinates import CIRCLE, FIXED, LOG_MAGNITUDE, NORMAL, CoordinateTable
from lqbayes.sampling.moves.base import Array
from lqbayes.vector_math import exp, select

LANES = 32
_COUNT = len(PARAMETERS)
# The parameters on which g depends, in the order of the parameter table: all but h and h-tilde.
_USED = tuple(k for k in range(_COUNT) if not (H <= k < H + 9 or HT <= k < HT + 9))


@compiled
def rows(count: int) -> Array:
    """Room for so many rows."""
    return np.zeros(count * LANES)


@compiled
def fill_block(y: Array, table: CoordinateTable, x: Array) -> None:
    """Fill in what the couplings g depend on, of at most `LANES` walkers, the first one again where they are fewer; NaN outside."""
    for j in range(LANES):
        walker = j if j < len(y) else 0
        for k in _USED:
            if table.kind[k] != FIXED:
                x[k * LANES + j] = y[walker, table.column[k]]
    for k in _USED:
        kind, offset, scale, lower, upper = table.kind[k], table.offset[k], table.scale[k], table.lower[k], table.upper[k]
        row = x[k * LANES : (k + 1) * LANES]
        if kind == FIXED:
            row[:] = offset
        elif kind == CIRCLE:
            for j in range(LANES):
                row[j] = select((lower <= row[j]) & (row[j] <= upper), 2 * math.pi * row[j], math.nan)
        elif kind == NORMAL:
            for j in range(LANES):
                row[j] = select((lower <= row[j]) & (row[j] <= upper), offset + scale * row[j], math.nan)
        elif kind == LOG_MAGNITUDE:
            for j in range(LANES):
                value = exp(offset + scale * abs(row[j]))
                value = select((row[j] < 0) | (upper == 0), -value, value)
                row[j] = select((lower <= row[j]) & (row[j] <= upper), value, math.nan)
        else:
            for j in range(LANES):
                value = offset + scale * abs(row[j])
                value = select((row[j] < 0) | (upper == 0), -value, value)
                row[j] = select((lower <= row[j]) & (row[j] <= upper), value, math.nan)
