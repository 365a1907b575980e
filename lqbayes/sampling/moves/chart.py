"""How far apart two values of a coordinate are, and where a step leads: lines, circles and magnitudes with a sign."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.prior import coordinates

LINE, CIRCLE, SIGNED, INTERVAL = range(4)


class Chart(NamedTuple):
    """The geometry of the coordinates, one entry per coordinate: kind, and the ends of the range.

    `LINE`: the real axis; `CIRCLE`: [0, 1) closed to a circle; `SIGNED`: [-1, 1], a magnitude |y| in [0, 1] with a sign; `INTERVAL`:
    between `lower` and `upper`.
    """

    kind: NDArray[np.int64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


def line_chart(dimension: int) -> Chart:
    """Chart of a plain vector space, for targets without walls, circles and signs."""
    return Chart(np.full(dimension, LINE), np.full(dimension, -math.inf), np.full(dimension, math.inf))


def chart_of(table: coordinates.CoordinateTable) -> Chart:
    """Chart of a prior's sampling coordinates."""
    sampled = table.kind != coordinates.FIXED
    kind, lower, upper = table.kind[sampled], table.lower[sampled], table.upper[sampled]
    magnitude = np.where((lower < 0) & (upper > 0), SIGNED, INTERVAL)
    return Chart(np.select([kind == coordinates.NORMAL, kind == coordinates.CIRCLE], [LINE, CIRCLE], magnitude), lower, upper)


@compiled
def difference(a: float, b: float, kind: int) -> float:
    """Step from b to a: the short way round on a circle, between magnitudes where there is a sign; antisymmetric."""
    if kind == CIRCLE:
        d = a - b
        return d - math.floor(d + 0.5)
    if kind == SIGNED:
        return abs(a) - abs(b)
    return a - b


@compiled
def translate(value: float, step: float, kind: int, lower: float, upper: float) -> float:
    """Take a step round the range as on a circle, without a change of sign: a translation, which the opposite step undoes.

    That of several coordinates together as well, which steps off the walls are not: where one of them is reflected, the way back has its
    step as it was and the opposite one of all others.
    """
    if kind == LINE:
        return value + step
    if kind == CIRCLE:
        return _wrap(value + step)
    if kind == SIGNED:
        return math.copysign(_wrap(abs(value) + step), value)
    width = upper - lower
    return lower + width * _wrap((value - lower + step) / width)


@compiled
def advance(value: float, step: float, kind: int, lower: float, upper: float) -> float:
    """Take a step off the walls, symmetric where the steps of each coordinate are so, independently of the others; else as `translate`."""
    if kind == SIGNED:
        return math.copysign(_reflect(abs(value) + step), value)
    if kind == INTERVAL:
        width = upper - lower
        return lower + width * _reflect((value - lower + step) / width)
    return translate(value, step, kind, lower, upper)


@compiled
def mirror(value: float, kind: int, lower: float, upper: float) -> float:
    """Change the sign: of what has one, on lines, on circles; the middle of an interval counts as its 0."""
    if kind == CIRCLE:
        return _wrap(-value)
    if kind == INTERVAL:
        return lower + upper - value
    return -value


@compiled
def _wrap(t: float) -> float:
    t -= math.floor(t)
    return t if t < 1 else 0.0  # what is just below 0 is rounded to 1


@compiled
def _reflect(t: float) -> float:
    t = abs(t)
    if t > 1:
        t -= 2 * math.floor(t / 2)
        if t > 1:
            t = 2 - t
    return t
