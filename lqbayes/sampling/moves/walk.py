"""Gaussian steps of one, two or three coordinates, on all scales."""

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled, inlined
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import Chart, advance, difference
from lqbayes.sampling.moves.streams import Stream, choose, normal, restart, size_of_all_scales, start


class WalkMove(ArrayMove):
    """Gaussian random walk of at most `most` coordinates, the step's size log-uniform between 1/100 of and once the other half's spread.

    The normal steps of the coordinates are independent and even, so that the proposal is symmetric, also at walls that reflect.
    """

    def __init__(self, chart: Chart, most: int = 2) -> None:
        super().__init__()
        self.chart = chart
        self.most = most

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _propose(sample, spread(complement, self.chart), self.chart, self.most, seed), np.zeros(len(sample))


@compiled
def spread(walkers: Array, chart: Chart) -> Array:
    """Typical step between walkers in each coordinate."""
    total = np.zeros(walkers.shape[1])
    pairs = min(len(walkers) // 2, 256)
    for i in range(pairs):
        for k in range(len(total)):
            d = difference(walkers[2 * i, k], walkers[2 * i + 1, k], chart.kind[k])
            total[k] += d * d
    return np.maximum(np.sqrt(total / (2 * max(pairs, 1))), 1e-6)


@inlined
def walk(walkers: Array, i: int, columns: NDArray[np.int64], most: int, scale: Array, chart: Chart, stream: Stream) -> None:
    """Step a few of the columns of one walker."""
    size = size_of_all_scales(stream, 0.01)
    for _ in range(1 + choose(stream, most)):
        k = columns[choose(stream, len(columns))]
        walkers[i, k] = advance(walkers[i, k], size * scale[k] * normal(stream), chart.kind[k], chart.lower[k], chart.upper[k])


@compiled
def _propose(sample: Array, scale: Array, chart: Chart, most: int, seed: int) -> Array:
    proposal = sample.copy()
    columns = np.arange(sample.shape[1])
    stream = start(seed, 0)
    for i in range(len(sample)):
        restart(stream, seed, i)
        walk(proposal, i, columns, most, scale, chart, stream)
    return proposal
