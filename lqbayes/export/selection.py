"""Which draws an export holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lqbayes.storage.run import Run

__all__ = ["DEFAULT_DRAWS", "Selection", "select"]

# Draws of an ensemble in an export: many times the effective sample size of a converged run, in files of some ten megabytes.
DEFAULT_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Evenly chosen walkers of every stored step.

    Attributes
    ----------
    every
        One walker in so many.
    ensembles, steps
        Number of ensembles and steps.
    walkers : (n,) array of int
        The chosen walkers.
    """

    every: int
    ensembles: int
    steps: int
    walkers: NDArray[np.int64]

    @property
    def draws(self) -> int:
        """Chosen draws of an ensemble."""
        return self.steps * len(self.walkers)

    def flat(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the chosen draws.

        Parameters
        ----------
        x : (ensembles, steps, walkers, ...) array
            Values of all draws.

        Returns
        -------
        (ensembles, draws, ...) array
            All chosen walkers of the first step, then those of the second, and so on.
        """
        chosen = x[:, :, self.walkers]
        return chosen.reshape(self.ensembles, self.draws, *x.shape[3:])


def select(run: Run, draws: int = DEFAULT_DRAWS) -> Selection:
    """Choose draws of a run.

    Parameters
    ----------
    run
        The run.
    draws
        How many of each ensemble at the most; 0 for all. Of every step at least one walker is taken.

    Returns
    -------
    Selection
        Which ones.
    """
    ensembles, steps, walkers = run.draws().shape
    every = 1 if draws == 0 else min(max(1, -(-steps * walkers // draws)), walkers)
    return Selection(every, ensembles, steps, np.arange(0, walkers, every))
