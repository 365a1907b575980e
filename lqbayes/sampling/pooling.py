"""Which stored draws stand for an ensemble: its populations, each in proportion to its evidence.

An annealed population and its estimate of the evidence Z belong together: draws weighted by Z estimate the unnormalised posterior (without
bias on a fixed ladder, consistently on one that is chosen on the way), so that several populations of one ensemble are combined with
weights in proportion to Z (Del Moral, Doucet and Jasra 2006). Systematic resampling turns the weights into numbers of copies, and every
reader is given draws of equal weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import resampled


@dataclass(frozen=True, slots=True)
class Selection:
    """The draws of an ensemble that are read, of each population at the same steps."""

    slots: NDArray[np.int64]  # steps of each population, from 0
    population: NDArray[np.int64]  # where each draw of a slot comes from, in the order of the populations
    walker: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of slots, and of draws in each."""
        return len(self.slots), len(self.population)


def usable_populations(steps: int, steps_per_population: int) -> tuple[int, int]:
    """Count the populations that are read, and the steps of each."""
    return (steps // steps_per_population, steps_per_population) if steps >= steps_per_population else (1, steps)


def select(log_evidences: NDArray[np.float64], walkers: int, steps: int, draws: int) -> Selection:
    """Choose at most so many draws of an ensemble."""
    union = len(log_evidences) * walkers
    every = min(-(-union * steps // draws), steps)
    slots = np.arange((steps - 1) % every, steps, every)
    count = min(union, max(draws // len(slots), 1))
    chosen = resampled(log_evidences, walkers, count)
    return Selection(slots, chosen // walkers, chosen % walkers)


def gather(rows: Sequence[NDArray[np.float64]], selection: Selection) -> NDArray[np.float64]:
    """Put the chosen draws of one slot together."""
    return np.concatenate([row[selection.walker[selection.population == p]] for p, row in enumerate(rows)])
