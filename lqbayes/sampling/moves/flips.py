"""Flips of signs of couplings, alone and together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.groups import pack_groups, pick_group
from lqbayes.sampling.moves.streams import new_stream, start, uniform


class FlipMove(ArrayMove):
    """y -> -y for one group of coordinates, chosen at random: its own inverse, so symmetric.

    Parameters
    ----------
    groups
        Sets of columns whose signs change together.
    """

    def __init__(self, groups: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.groups = pack_groups(groups)

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _flip_one(sample, self.groups, seed), np.zeros(len(sample))


class SymmetryMove(FlipMove):
    """Each group of signs flipped with probability 1/2: for groups that leave every observable as it is.

    Such a step is accepted whenever the likelihood has the symmetry; where a user's likelihood breaks it, the step is an ordinary proposal.
    """

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _flip_many(sample, self.groups, seed), np.zeros(len(sample))


@compiled
def _flip_one(sample: Array, groups: NDArray[np.int64], seed: int) -> Array:
    proposal = sample.copy()
    columns = np.empty(sample.shape[1], dtype=np.int64)
    stream = new_stream()
    for i in range(len(sample)):
        start(stream, seed, i)
        for entry in range(pick_group(stream, groups, columns)):
            proposal[i, columns[entry]] *= -1
    return proposal


@compiled
def _flip_many(sample: Array, groups: NDArray[np.int64], seed: int) -> Array:
    proposal = sample.copy()
    stream = new_stream()
    for i in range(len(sample)):
        start(stream, seed, i)
        for row in range(len(groups)):
            if uniform(stream) < 0.5:
                for entry in range(groups[row, 0]):
                    proposal[i, groups[row, 1 + entry]] *= -1
    return proposal
