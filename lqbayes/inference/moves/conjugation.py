"""Negate all phases at once: the CP-conjugate point has the same masses, the same real parts and moduli, and the conjugate couplings g.

f, h and h-tilde are real, so that delta_CP, the Majorana phases and those of A are all that changes sign. Nothing that is measured tells
the two points apart, but the prior of delta_CP does where it is not symmetric. No sequence of small steps leads from one to the other
once the couplings are pinned down: Im C9 would have to pass through 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lqbayes.inference.coordinates import CIRCLE, FIXED, NORMAL, CoordinateTable
from lqbayes.inference.moves.base import ArrayMove
from lqbayes.model import layout

__all__ = ["ConjugationMove"]

_PHASES = (*range(layout.A_ARG, layout.A_ARG + 3), layout.DELTA_CP, layout.ALPHA_21, layout.ALPHA_31)


class ConjugationMove(ArrayMove):
    """phi -> -phi for every phase: its own inverse and without change of volume, so the factor is 1.

    A phase with a normal prior lives on a line, where phi and phi + 2 pi are different points: it is reflected about the multiple of pi
    next to the prior's mode.

    Parameters
    ----------
    table
        The prior as arrays.
    """

    def __init__(self, table: CoordinateTable) -> None:
        super().__init__()
        self.circles = np.array([table.column[k] for k in _PHASES if table.kind[k] == CIRCLE], dtype=np.int64)
        lines = [k for k in _PHASES if table.kind[k] == NORMAL]
        self.lines = np.array([table.column[k] for k in lines], dtype=np.int64)
        # Twice the place of the mirror in y = (phi - offset) / scale.
        self.mirrors = np.array([2 * (math.pi * round(table.offset[k] / math.pi) - table.offset[k]) / table.scale[k] for k in lines])

    @staticmethod
    def applies(table: CoordinateTable) -> bool:
        """Tell whether every phase can be negated.

        Parameters
        ----------
        table
            The prior as arrays.

        Returns
        -------
        bool
            True where each is uniform on the circle, normal or fixed at 0, and one at least is not fixed.
        """
        free = [k for k in _PHASES if table.kind[k] in {CIRCLE, NORMAL}]
        fixed = [k for k in _PHASES if table.kind[k] == FIXED and table.offset[k] == 0]
        return len(free) > 0 and len(free) + len(fixed) == len(_PHASES)

    def get_proposal(
        self, sample: NDArray[np.float64], complement: NDArray[np.float64], seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Propose new positions; see `ArrayMove.get_proposal`.

        Parameters
        ----------
        sample, complement : arrays
            The walkers to be moved and the others, which do not matter here.
        seed
            Not needed: nothing is random.

        Returns
        -------
        (n, d) array, (n,) array
            Positions and zeros.
        """
        proposal = sample.copy()
        turned = sample[:, self.circles]
        proposal[:, self.circles] = np.where(turned > 0, 1 - turned, 0.0)
        proposal[:, self.lines] = self.mirrors - sample[:, self.lines]
        return proposal, np.zeros(len(sample))
