"""Sets of coordinates that a move changes together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.streams import choose, uniform


def pack_groups(groups: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Put groups of columns into one array for compiled code."""
    largest = max((len(group) for group in groups), default=0)
    packed = np.zeros((len(groups), 1 + largest), dtype=np.int64)
    for row, group in zip(packed, groups, strict=True):
        row[0] = len(group)
        row[1 : 1 + len(group)] = group
    return packed


@compiled
def pick_group(stream: NDArray[np.uint64], groups: NDArray[np.int64], columns: NDArray[np.int64]) -> int:
    """Choose one group, all with equal odds."""
    row = groups[choose(stream, len(groups))]
    for entry in range(row[0]):
        columns[entry] = row[1 + entry]
    return int(row[0])


@compiled
def pick_columns(stream: NDArray[np.uint64], fraction: float, groups: NDArray[np.int64], columns: NDArray[np.int64], dimension: int) -> int:
    """Choose a group if there are any, else each column with a probability, at least one."""
    if len(groups) > 0:
        return pick_group(stream, groups, columns)
    count = 0
    for k in range(dimension):
        if fraction >= 1 or uniform(stream) < fraction:
            columns[count] = k
            count += 1
    if count == 0:
        columns[0] = choose(stream, dimension)
        count = 1
    return count
