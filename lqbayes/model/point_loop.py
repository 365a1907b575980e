"""The only loop over points: a function of one point, a tuple of numbers, is compiled for all lanes of the processor at once.

Points go through it in full blocks with the numbers of one parameter side by side, the last block filled up with copies of its last point:
what is made of a point does not depend on those that go with it. The arrays between the engine's parts are stored column by column.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.core.types import BaseTuple, UniTuple  # type: ignore[attr-defined]
from numpy.typing import NDArray

from lqbayes.compilation import inlined, machine_code, name_of
from lqbayes.vector_math import operation

Array = NDArray[np.float64]
LANES = 32
"""Points in a block: those of all parameters and observables stay in the processor's nearest cache."""


def columns(rows: int, count: int) -> Array:
    """Make room for an array that is stored column by column."""
    return np.empty((count, rows)).T


def _place(context: Any, builder: Any, block: Any, value: Any, row: int, lane: Any) -> Any:
    array = context.make_array(block)(context, builder, value)
    return builder.gep(array.data, [builder.add(ir.Constant(lane.type, row * LANES), lane)])


def _numbers_of(_: Any, block: Any, lane: Any, count: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        numbers = [builder.load(_place(context, builder, block, values[0], k, values[1])) for k in range(count.literal_value)]
        return context.make_tuple(builder, signature.return_type, numbers)

    return UniTuple(types.float64, count.literal_value)(block, types.int64, count), generate


def _storing(_: Any, numbers: Any, block: Any, lane: Any, first: Any, count: Any, undefined: Any) -> Any:
    # A second trial, after an error, is made without the literal value.
    if not isinstance(numbers, BaseTuple) or len(numbers) != getattr(count, "literal_value", None):
        raise TypingError(f"a point makes {numbers}: not as many numbers as there are observables")

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        for k, kind in enumerate(numbers):
            number = context.cast(builder, builder.extract_value(values[0], k), kind, types.float64)
            number = builder.select(builder.fcmp_ordered("ord", number, number), number, values[5])
            builder.store(number, _place(context, builder, block, values[1], first.literal_value + k, values[2]))
        return context.get_dummy_value()

    return types.void(numbers, block, types.int64, first, count, types.float64), generate


_load: Callable[[Array, int, int], tuple[float, ...]] = operation(_numbers_of)
"""So many numbers of one lane."""
_store: Callable[[tuple[float, ...], Array, int, int, int, float], None] = operation(_storing)
"""Write so many numbers of one lane from a row on, and what is undefined in place of NaN."""


# Loops whose length is known are compiled without a remainder: the last block has a loop of its own.


@inlined
def read_block(numbers: Array, first: int, block: Array) -> None:
    """Read a block of points from (p, n) numbers, the last of them as often as places are left."""
    count = numbers.shape[1] - first
    if count >= LANES:
        for k in range(len(numbers)):
            for lane in range(LANES):
                block[k, lane] = numbers[k, first + lane]
    else:
        for k in range(len(numbers)):
            for lane in range(LANES):
                block[k, lane] = numbers[k, first + min(lane, count - 1)]


@inlined
def write_block(block: Array, row: int, first: int, numbers: Array) -> None:
    """Write what was made of a block of points, from a row of the block on."""
    count = numbers.shape[1] - first
    if count >= LANES:
        for k in range(len(numbers)):
            for lane in range(LANES):
                numbers[k, first + lane] = block[row + k, lane]
    else:
        for k in range(len(numbers)):
            for lane in range(count):
                numbers[k, first + lane] = block[row + k, lane]


LOOP = (types.float64[:, ::1], types.float64[:, ::1], types.float64)
"""Types of the loop's arguments."""


def loop_over_points(
    function: Callable[[tuple[float, ...]], tuple[float, ...]], parameters: int, observables: int, name: str | None
) -> Any:
    """Compile the loop, from (p, n) numbers into (m, n), its third argument in place of NaN. Machine code is kept where it has a name."""

    def loop(points: Array, out: Array, undefined: float) -> None:
        # One room for both, in which it is plain that they do not overlap.
        block = np.empty((parameters + observables, LANES))
        for first in range(0, points.shape[1], LANES):
            read_block(points, first, block)
            for lane in range(LANES):
                _store(function(_load(block, lane, parameters)), block, lane, parameters, observables, undefined)
            write_block(block, parameters, first, out)

    return machine_code(loop, name)


def over_points(function: Callable[[tuple[float, ...]], tuple[float, ...]], parameters: int, observables: int) -> Callable[..., Array]:
    """Make a function of one point one of many.

    Parameters
    ----------
    function
        Makes a tuple of numbers of a tuple of numbers; `inlined`.
    parameters, observables
        How many.

    Returns
    -------
    callable
        From (n, parameters) to (n, observables) arrays, which are stored column by column, in a new one or the second argument; never NaN.
    """
    loop = loop_over_points(function, parameters, observables, name_of(function))

    def predict(points: Array, out: Array | None = None) -> Array:
        out = columns(len(points), observables) if out is None else out
        loop(np.ascontiguousarray(points.T), out.T, np.inf)
        return out

    return predict
