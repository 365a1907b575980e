"""Shifts of several logarithmic magnitudes along fixed directions that leave products and quotients of couplings alone."""

import math
from collections.abc import Sequence

import numpy as np
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import SIGNED, Chart
from lqbayes.sampling.moves.streams import choose, normal, restart, size_of_all_scales, start


class ScaleMove(ArrayMove):
    """log x_k -> log x_k + c v_k for a direction v chosen at random and a normal c, a translation: symmetric. Outside the range: rejected.

    Each row of `directions`, (n, d), is in the unit of |y|: powers over the width of the coordinate's range in powers of ten.
    """

    def __init__(self, chart: Chart, directions: Sequence[Sequence[float]] | Array) -> None:
        super().__init__()
        self.chart = chart
        self.directions = np.ascontiguousarray(directions, dtype=float)

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _propose(sample, self.directions, self.chart, seed)


@compiled
def _propose(sample: Array, directions: Array, chart: Chart, seed: int) -> Proposal:
    proposal = sample.copy()
    factor = np.zeros(len(sample))
    stream = start(seed, 0)
    for i in range(len(sample)):
        restart(stream, seed, i)
        row = choose(stream, len(directions))
        size = size_of_all_scales(stream, 0.01) * normal(stream)
        for k in range(directions.shape[1]):
            shift = size * directions[row, k]
            if shift == 0:
                continue
            old = proposal[i, k]
            if chart.kind[k] == SIGNED:
                magnitude = abs(old) + shift
                if not 0 <= magnitude <= 1:
                    factor[i] = -math.inf
                proposal[i, k] = math.copysign(magnitude, old)
            else:
                proposal[i, k] = old + shift
    return proposal, factor
