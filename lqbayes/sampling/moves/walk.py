"""Gaussian steps of one, two or three coordinates, on all scales."""

from __future__ import annotations

import math

import numpy as np
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import Chart, advance, difference
from lqbayes.sampling.moves.streams import choose, new_stream, normal, start, uniform


class WalkMove(ArrayMove):
    """Gaussian random walk of a few coordinates, the step's size log-uniform between 1/100 of and once the other half's spread.

    Parameters
    ----------
    chart
        Geometry of the coordinates.
    most
        The largest number of coordinates that change.
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
    dimension = walkers.shape[1]
    total = np.zeros(dimension)
    pairs = min(len(walkers) // 2, 256)
    for i in range(pairs):
        for k in range(dimension):
            d = difference(walkers[2 * i, k], walkers[2 * i + 1, k], chart.kind[k])
            total[k] += d * d
    return np.maximum(np.sqrt(total / (2 * max(pairs, 1))), 1e-6)


@compiled
def _propose(sample: Array, scale: Array, chart: Chart, most: int, seed: int) -> Array:
    proposal = sample.copy()
    dimension = sample.shape[1]
    stream = new_stream()
    for i in range(len(sample)):
        start(stream, seed, i)
        size = math.exp(math.log(0.01) * uniform(stream))
        for _ in range(1 + choose(stream, most)):
            k = choose(stream, dimension)
            step = size * scale[k] * normal(stream)
            proposal[i, k] = advance(proposal[i, k], step, chart.kind[k], chart.lower[k], chart.upper[k])
    return proposal
