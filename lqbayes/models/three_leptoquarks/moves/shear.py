"""Add a multiple of one row of f to another: steps of f that leave the couplings of the down quark exactly as they are.

The first row of (f^T)^-1 is the cross product of the second and third row of f over the determinant. A multiple of the second row added to
the third, of the third to the second, or of either to the first changes neither, hence no g_1j of (II.7), however large the step is.
"""

from __future__ import annotations

import math

import numpy as np
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks import layout
from lqbayes.prior.coordinates import LOG_MAGNITUDE, CoordinateTable
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.streams import choose, new_stream, normal, start, uniform

_F = layout.F
_TARGET = (0, 0, 1, 2)  # the row that changes
_SOURCE = (1, 2, 2, 1)  # the row a multiple of which is added


class ShearMove(ArrayMove):
    """One entry of a row of f takes a new value; the rest of the row follows by adding a multiple of another row.

    With f_ik -> v and f_il -> f_il + f_jl (v - f_ik) / f_jk for the other columns l, the volume in f is kept. In the coordinates
    (log |f|, sign), and with v drawn symmetrically in log |f_ik|, the step has the factor prod_l |f_il / f'_il| over the columns l != k.
    """

    def __init__(self, table: CoordinateTable) -> None:
        super().__init__()
        self.table = table

    @staticmethod
    def applies(table: CoordinateTable) -> bool:
        """Whether every entry of f is log-uniform with a free sign, for which the factor was derived."""
        f = slice(_F, _F + 9)
        return bool(np.all((table.kind[f] == LOG_MAGNITUDE) & (table.lower[f] < 0) & (table.upper[f] > 0)))

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _propose(sample, self.table, seed)


@compiled
def _value(y: float, table: CoordinateTable, k: int) -> float:
    return math.copysign(math.exp(table.offset[k] + table.scale[k] * abs(y)), y)


@compiled
def _coordinate(x: float, table: CoordinateTable, k: int) -> float:
    return math.copysign((math.log(abs(x)) - table.offset[k]) / table.scale[k], x)


@compiled
def _propose(sample: Array, table: CoordinateTable, seed: int) -> Proposal:
    proposal = sample.copy()
    factor = np.zeros(len(sample))
    stream = new_stream()
    for i in range(len(sample)):
        start(stream, seed, i)
        pair = choose(stream, 4)
        row, other = _F + 3 * _TARGET[pair], _F + 3 * _SOURCE[pair]
        k = choose(stream, 3)
        column = table.column[row + k]
        old = proposal[i, column]
        if uniform(stream) < 0.5:
            new = 2 * uniform(stream) - 1
        else:
            new = old + math.exp(math.log(0.003) * uniform(stream)) * normal(stream)
            if not 0 < abs(new) <= 1 or new * old < 0:
                factor[i] = -math.inf
                continue
        ratio = (_value(new, table, row + k) - _value(old, table, row + k)) / _value(proposal[i, table.column[other + k]], table, other + k)
        proposal[i, column] = new
        for entry in range(3):
            if entry == k:
                continue
            target = table.column[row + entry]
            before = _value(proposal[i, target], table, row + entry)
            after = before + ratio * _value(proposal[i, table.column[other + entry]], table, other + entry)
            y = _coordinate(after, table, row + entry)
            proposal[i, target] = y
            # Below the range the logarithm has the other sign than the magnitude's position: |y| would come back inside.
            if not table.offset[row + entry] <= math.log(abs(after)) <= table.offset[row + entry] + table.scale[row + entry]:
                factor[i] = -math.inf
            else:
                factor[i] += math.log(abs(before / after))
    return proposal, factor
