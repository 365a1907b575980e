"""Steps along the difference of two walkers, on all or some of the coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import Chart, advance, difference
from lqbayes.sampling.moves.groups import pack_groups, pick_columns
from lqbayes.sampling.moves.streams import choose, new_stream, normal, start, uniform


class DifferenceMove(ArrayMove):
    """Differential evolution (ter Braak 2006) on a random subset of the coordinates.

    x' = x + gamma (a - b) on the chosen coordinates, with two walkers a, b of the other half and gamma = 2.38 / sqrt(2 d') times a
    log-normal jitter; every tenth step has gamma = 1, which leads from mode to mode. a - b is as likely as b - a, so that the
    proposal is symmetric. Differences are those of the chart: between magnitudes, and the short way round on circles.

    Parameters
    ----------
    chart
        Geometry of the coordinates.
    fraction
        Each coordinate is chosen with this probability, at least one is.
    groups
        Instead of `fraction`: sets of columns, one of which is chosen.
    """

    def __init__(self, chart: Chart, fraction: float = 1.0, groups: Sequence[Sequence[int]] = ()) -> None:
        super().__init__()
        self.chart = chart
        self.fraction = fraction
        self.groups = pack_groups(groups)

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _propose(sample, complement, self.chart, self.fraction, self.groups, seed), np.zeros(len(sample))


@compiled
def _propose(sample: Array, complement: Array, chart: Chart, fraction: float, groups: NDArray[np.int64], seed: int) -> Array:
    proposal = sample.copy()
    dimension = sample.shape[1]
    others = len(complement)
    columns = np.empty(dimension, dtype=np.int64)
    stream = new_stream()
    for i in range(len(sample)):
        start(stream, seed, i)
        first = choose(stream, others)
        second = choose(stream, others - 1)
        if second >= first:
            second += 1
        count = pick_columns(stream, fraction, groups, columns, dimension)
        if uniform(stream) < 0.1:
            gamma = 1.0
        else:
            gamma = 2.38 / math.sqrt(2.0 * count) * math.exp(0.5 * normal(stream))
        for entry in range(count):
            k = columns[entry]
            step = gamma * difference(complement[first, k], complement[second, k], chart.kind[k])
            proposal[i, k] = advance(proposal[i, k], step, chart.kind[k], chart.lower[k], chart.upper[k])
    return proposal
