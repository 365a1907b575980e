"""The only loop over points: a function of one point, a tuple of numbers, is compiled for all lanes of the processor at once.

Points go through it in full blocks with the numbers of one parameter side by side, the last block filled up with copies of its last point:
what is made of a point does not depend on those that go with it. The arrays between the engine's parts are stored column by column.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from lqbayes.compilation import inlined, machine_code, name_of
from lqbayes.vector_math import select

Array = NDArray[np.float64]
LANES = 32
"""Points in a block: those of all parameters and observables stay in the processor's nearest cache."""


def columns(rows: int, count: int) -> Array:
    """Make room for an array that is stored column by column."""
    return np.empty((count, rows)).T


def _place(context: Any, builder: Any, block: Any, value: Any, row: int, lane: Any) -> Any:
    array = context.make_array(block)(context, builder, value)
    return builder.gep(array.data, [builder.add(ir.Constant(lane.type, row * LANES), lane)])


@intrinsic(prefer_literal=True)  # type: ignore[misc]
def _load(_: Any, block: Any, lane: Any, count: Any) -> Any:
    """Read the numbers of one lane."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        numbers = [builder.load(_place(context, builder, block, values[0], k, values[1])) for k in range(count.literal_value)]
        return context.make_tuple(builder, signature.return_type, numbers)

    return types.UniTuple(types.float64, count.literal_value)(block, types.int64, count), generate


@intrinsic  # type: ignore[misc]
def _store(_: Any, numbers: Any, block: Any, lane: Any) -> Any:
    """Write the numbers of one lane."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        for k, kind in enumerate(numbers):
            number = context.cast(builder, builder.extract_value(values[0], k), kind, types.float64)
            builder.store(number, _place(context, builder, block, values[1], k, values[2]))
        return context.get_dummy_value()

    return types.void(numbers, block, types.int64), generate


@inlined
def _read(numbers: Array, first: int, block: Array) -> None:
    """Read a block of points, the last of them as often as places are left."""
    count = min(LANES, numbers.shape[1] - first)
    for k in range(len(numbers)):
        for lane in range(count):
            block[k, lane] = numbers[k, first + lane]
        for lane in range(count, LANES):
            block[k, lane] = numbers[k, first + count - 1]


@inlined
def _write(block: Array, first: int, numbers: Array) -> None:
    """Write what was made of a block of points; what has no value is infinite."""
    count = min(LANES, numbers.shape[1] - first)
    for k in range(len(numbers)):
        for lane in range(count):
            numbers[k, first + lane] = select(block[k, lane] == block[k, lane], block[k, lane], math.inf)


def over_points(
    function: Callable[[tuple[float, ...]], tuple[float, ...]], parameters: int, observables: int, name: str | None = None
) -> Callable[..., Array]:
    """Make a function of one point one of many.

    Parameters
    ----------
    function
        Makes a tuple of numbers of a tuple of numbers; `inlined`.
    parameters, observables
        How many.
    name
        Under which the machine code is kept, unless it is that of the function.

    Returns
    -------
    callable
        From (n, parameters) to (n, observables) arrays, which are stored column by column, in a new one or the second argument; never NaN.
    """

    def loop(points: Array, out: Array) -> None:
        x, y = np.empty((parameters, LANES)), np.empty((observables, LANES))
        for first in range(0, points.shape[1], LANES):
            _read(points, first, x)
            for lane in range(LANES):
                _store(function(_load(x, lane, parameters)), y, lane)
            _write(y, first, out)

    compiled_loop = machine_code(loop, name or name_of(function))

    def predict(points: Array, out: Array | None = None) -> Array:
        out = columns(len(points), observables) if out is None else out
        compiled_loop(np.ascontiguousarray(points.T), out.T)
        return out

    return predict
