"""Sets of coordinates that a move changes together."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.streams import Stream, choose, gap


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
def pick_columns(stream: Stream, fraction: float, groups: NDArray[np.int64], chosen: NDArray[np.int64]) -> int:
    """Put one of the groups if there are any, else each column with a probability and at least one, into `chosen`; return how many."""
    if len(groups) > 0:
        row = choose(stream, len(groups))
        for entry in range(groups[row, 0]):
            chosen[entry] = groups[row, 1 + entry]
        return int(groups[row, 0])
    log_rest = math.log1p(-min(fraction, 1.0))
    count, k = 0, gap(stream, log_rest)
    while k < len(chosen):
        chosen[count] = k
        count += 1
        k += 1 + gap(stream, log_rest)
    if count == 0:
        chosen[0] = choose(stream, len(chosen))
    return max(count, 1)
