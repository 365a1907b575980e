"""Sets of coordinates that a move changes together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.streams import Stream, choose, uniform


def pack_groups(groups: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Put groups of columns into one array for compiled code, each row the number of columns and then these."""
    packed = np.zeros((len(groups), 1 + max(map(len, groups), default=0)), dtype=np.int64)
    for row, group in zip(packed, groups, strict=True):
        row[: 1 + len(group)] = len(group), *group
    return packed


@compiled
def pick_group(stream: Stream, groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose one group, all with equal odds."""
    row = groups[choose(stream, len(groups))]
    return np.asarray(row[1 : 1 + row[0]])


@compiled
def pick_columns(stream: Stream, fraction: float, groups: NDArray[np.int64], room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose a group if there are any, else each column with a probability, at least one; `room` is as long as there are columns."""
    if len(groups) > 0:
        return pick_group(stream, groups)
    count = 0
    for k in range(len(room)):
        if fraction >= 1 or uniform(stream) < fraction:
            room[count] = k
            count += 1
    if count == 0:
        room[0] = choose(stream, len(room))
        count = 1
    return room[:count]
