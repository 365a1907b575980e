"""Negate all phases at once: the CP-conjugate point has the same masses, the same real parts and moduli, and the conjugate couplings g.

f, h and h-tilde are real, so that delta_CP, the Majorana phases and those of A are all that changes sign. Nothing that is measured tells
the two points apart, but the prior of delta_CP does where it is not symmetric. No sequence of small steps leads from one to the other
once the couplings are pinned down: Im C9 would have to pass through 0.
"""

import math

import numpy as np
from typing_extensions import override

from lqbayes.models.three_leptoquarks.layout import A_ARG, ALPHA_21, ALPHA_31, DELTA_CP
from lqbayes.prior.coordinates import CIRCLE, FIXED, NORMAL, CoordinateTable
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal

_LEAST_DENSITY = 1e-3  # over that at the mode
_PHASES = (*range(A_ARG, A_ARG + 3), DELTA_CP, ALPHA_21, ALPHA_31)


class ConjugationMove(ArrayMove):
    """phi -> -phi for every phase: its own inverse and without change of volume, so the factor is 1.

    A phase with a normal prior has one turn of a line for its range: it is reflected about the multiple of pi next to the prior's mode,
    which keeps it near the mode.
    """

    def __init__(self, table: CoordinateTable) -> None:
        super().__init__()
        self.circles = np.array([table.column[k] for k in _PHASES if table.kind[k] == CIRCLE], dtype=np.int64)
        lines = [k for k in _PHASES if table.kind[k] == NORMAL]
        self.lines = np.array([table.column[k] for k in lines], dtype=np.int64)
        self.mirrors = np.array([_mirror(table, k) for k in lines])

    @staticmethod
    def applies(table: CoordinateTable) -> bool:
        """Whether every phase can be negated."""
        free = [k for k in _PHASES if table.kind[k] == CIRCLE or (table.kind[k] == NORMAL and _allowed(table, k))]
        fixed = [k for k in _PHASES if table.kind[k] == FIXED and table.offset[k] == 0]
        return len(free) > 0 and len(free) + len(fixed) == len(_PHASES)

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        proposal = sample.copy()
        proposal[:, self.circles] = (1 - sample[:, self.circles]) % 1.0
        proposal[:, self.lines] = self.mirrors - sample[:, self.lines]
        return proposal, np.zeros(len(sample))


def _mirror(table: CoordinateTable, k: int) -> float:
    """Twice the place of the mirror in y = (phi - offset) / scale."""
    mode, scale = float(table.offset[k]), float(table.scale[k])
    return 2 * (math.pi * round(mode / math.pi) - mode) / scale


def _allowed(table: CoordinateTable, k: int) -> bool:
    """Whether the prior's density at the conjugate of its mode is worth a proposal."""
    y = _mirror(table, k)  # the mode is at 0
    pull = y * float(table.plus[k] if y > 0 else table.minus[k])
    return bool(table.lower[k] <= y <= table.upper[k] and -0.5 * pull * pull > math.log(_LEAST_DENSITY))
