"""Exchange two charged leptons in f and A: from one hierarchy of f to another, whose couplings g are of the same size."""

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks.layout import A_ABS, A_ARG, F
from lqbayes.prior.coordinates import CIRCLE, LOG_MAGNITUDE, CoordinateTable
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.streams import choose, start


class PermutationMove(ArrayMove):
    """f -> f P and A -> P A P^T with P the exchange of two leptons chosen at random: its own inverse, without change of volume; factor 1.

    A is antisymmetric: two of its entries change places, up to their sign, and the third one changes its sign.
    """

    def __init__(self, table: CoordinateTable) -> None:
        super().__init__()
        self.column = table.column

    @staticmethod
    def applies(table: CoordinateTable) -> bool:
        """Whether the prior has the same range for all entries of f, and for all of A with free phases."""
        groups = (range(F, F + 9), range(A_ABS, A_ABS + 3))
        same = all(len({(table.lower[k], table.upper[k], table.offset[k], table.scale[k]) for k in group}) == 1 for group in groups)
        magnitudes = all(table.kind[k] == LOG_MAGNITUDE for group in groups for k in group)
        return same and magnitudes and all(table.kind[k] == CIRCLE for k in range(A_ARG, A_ARG + 3))

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _propose(sample, self.column, seed), np.zeros(len(sample))


@compiled
def _exchange(y: Array, a: int, b: int) -> None:
    y[a], y[b] = y[b], y[a]


@compiled
def _negate(y: Array, a: int) -> None:
    """Half a turn; what is added is subtracted again."""
    y[a] += 0.5 if y[a] < 0.5 else -0.5


@compiled
def _propose(sample: Array, column: NDArray[np.int64], seed: int) -> Array:
    proposal = sample.copy()
    for i in range(len(sample)):
        y = proposal[i]
        third = choose(start(seed, i), 3)  # the lepton that stays
        first, second = (1 if third == 0 else 0), (1 if third == 2 else 2)
        for row in range(F, F + 9, 3):
            _exchange(y, column[row + first], column[row + second])
        # A_12, A_13, A_23 are 0, 1, 2: the entry without a lepton l is 2 - l, that of the two leptons changes its sign.
        here, there = 2 - first, 2 - second
        _exchange(y, column[A_ABS + here], column[A_ABS + there])
        _exchange(y, column[A_ARG + here], column[A_ARG + there])
        _negate(y, column[A_ARG + 2 - third])
        if third == 1:  # A_12 and A_23 become -A_32 and -A_21
            _negate(y, column[A_ARG + here])
            _negate(y, column[A_ARG + there])
    return proposal
