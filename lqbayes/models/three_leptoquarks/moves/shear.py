"""Add a multiple of one row of f to another: steps of f that leave the couplings of the down quark exactly as they are.

The first row of (f^T)^-1 is the cross product of the second and third row of f over the determinant. A multiple of the second row added to
the third, of the third to the second, or of either to the first changes neither, hence no g_1j of (II.7), however large the step is.
"""

import math

import numpy as np
from typing_extensions import override

from lqbayes.compilation import compiled, inlined
from lqbayes.models.three_leptoquarks.layout import F
from lqbayes.prior.coordinates import LOG_MAGNITUDE, CoordinateTable
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.streams import choose, normal, restart, size_of_all_scales, start, uniform

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
        f = slice(F, F + 9)
        return bool(np.all((table.kind[f] == LOG_MAGNITUDE) & (table.lower[f] < 0) & (table.upper[f] > 0)))

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _propose(sample, self.table, seed)


@inlined
def _log(y: float, table: CoordinateTable, k: int) -> float:
    """Logarithm of the modulus of an entry."""
    return float(table.offset[k] + table.scale[k] * abs(y))


@compiled
def _propose(sample: Array, table: CoordinateTable, seed: int) -> Proposal:
    proposal = sample.copy()
    factor = np.zeros(len(sample))
    stream = start(seed, 0)
    for i in range(len(sample)):
        restart(stream, seed, i)
        pair, k = choose(stream, 4), choose(stream, 3)
        row, other = F + 3 * _TARGET[pair], F + 3 * _SOURCE[pair]
        old, source = sample[i, table.column[row + k]], sample[i, table.column[other + k]]
        if uniform(stream) < 0.5:
            new = 2 * uniform(stream) - 1
        else:
            new = old + size_of_all_scales(stream, 0.003) * normal(stream)
            if not 0 < abs(new) <= 1 or new * old < 0:
                factor[i] = -math.inf
                continue
        proposal[i, table.column[row + k]] = new
        log_source = _log(source, table, other + k)
        after = math.copysign(math.exp(_log(new, table, row + k) - log_source), new * source)
        before = math.copysign(math.exp(_log(old, table, row + k) - log_source), old * source)
        for entry in range(3):
            if entry == k:
                continue
            column = table.column[row + entry]
            y, addend = sample[i, column], sample[i, table.column[other + entry]]
            ratio = math.exp(_log(addend, table, other + entry) - _log(y, table, row + entry))
            grown = 1 + (after - before) * math.copysign(ratio, addend * y)
            growth = math.log(abs(grown))
            magnitude = abs(y) + growth / table.scale[row + entry]
            proposal[i, column] = math.copysign(magnitude, y * grown)
            factor[i] = factor[i] - growth if 0 <= magnitude <= 1 else -math.inf
    return proposal, factor
