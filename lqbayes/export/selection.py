"""Which draws an export holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.storage.run import Run


@dataclass(frozen=True, slots=True)
class Selection:
    """Evenly chosen walkers of every stored step."""

    every: int  # One walker in so many
    ensembles: int  # Number of ensembles and steps
    steps: int
    walkers: NDArray[np.int64]  # (n,) array of int: the chosen walkers

    @property
    def draws(self) -> int:
        """Chosen draws of an ensemble."""
        return self.steps * len(self.walkers)

    def flat(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the chosen draws."""
        return x[:, :, self.walkers].reshape(self.ensembles, self.draws, *x.shape[3:])


def select(run: Run, draws: int) -> Selection:
    """Choose so many draws of each ensemble at the most; all of them for 0."""
    ensembles, steps, walkers = run.draws().shape
    every = 1 if draws == 0 else min(max(1, -(-steps * walkers // draws)), walkers)
    return Selection(every, ensembles, steps, np.arange(0, walkers, every))
