"""Changes of signs, alone and together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import Chart, mirror
from lqbayes.sampling.moves.groups import pack_groups, pick_group
from lqbayes.sampling.moves.streams import restart, start, uniform


class FlipMove(ArrayMove):
    """The mirror image, y -> -y, of one group of columns, chosen at random: its own inverse, so symmetric."""

    def __init__(self, chart: Chart, groups: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.chart = chart
        self.groups = pack_groups(groups)

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _flip_one(sample, self.chart, self.groups, seed), np.zeros(len(sample))


class SymmetryMove(FlipMove):
    """Each group of signs flipped with probability 1/2: for groups that leave every observable as it is.

    Such a step is accepted whenever the likelihood has the symmetry; where a user's likelihood breaks it, the step is an ordinary proposal.
    """

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _flip_many(sample, self.chart, self.groups, seed), np.zeros(len(sample))


@compiled
def _flip_one(sample: Array, chart: Chart, groups: NDArray[np.int64], seed: int) -> Array:
    proposal = sample.copy()
    stream = start(seed, 0)
    for i in range(len(sample)):
        restart(stream, seed, i)
        for k in pick_group(stream, groups):
            proposal[i, k] = mirror(proposal[i, k], chart.kind[k], chart.lower[k], chart.upper[k])
    return proposal


@compiled
def _flip_many(sample: Array, chart: Chart, groups: NDArray[np.int64], seed: int) -> Array:
    proposal = sample.copy()
    stream = start(seed, 0)
    for i in range(len(sample)):
        restart(stream, seed, i)
        for group in groups:
            if uniform(stream) < 0.5:
                for k in group[1 : 1 + group[0]]:
                    proposal[i, k] = mirror(proposal[i, k], chart.kind[k], chart.lower[k], chart.upper[k])
    return proposal
