"""Walkers on a rung of the ladder from the prior to the posterior."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder: the weight lambda of the broken bounds, 0 for the prior and infinite once the bounds hold, and a power.

    That is the power of the limits, 1 for the posterior; those of the signals are roots of it. Terms of an old likelihood leave as the new
    ones come.
    """

    penalty: float
    beta: float

    def powers(self, signals: NDArray[np.int64]) -> NDArray[np.float64]:
        """Power of each term: `signals` says how many square roots of beta it is, `~` of that number how much of an old term has left."""
        left = (1 - self.beta**0.5) ** (2 * 0.5**~signals)
        return np.where(signals < 0, 1 - left, self.beta**0.5**signals)

    @property
    def stage(self) -> Literal["bounds", "likelihood"]:
        """``bounds`` while the hard bounds are approached, then ``likelihood``."""
        return "bounds" if self.penalty < math.inf else "likelihood"


PRIOR = Rung(0.0, 0.0)
POSTERIOR = Rung(math.inf, 1.0)

Ladder = tuple[tuple[Rung, float, float], ...]
"""Each rung after the prior, with the logarithm of its mean weight and its acceptance."""


@dataclass(frozen=True, slots=True)
class Population:
    """Walkers on one rung, and how they came there.

    (n, d) `positions` with the columns of an `Evaluation` of each, the logarithm of the product of the mean weights so far, all rungs, and
    how many walkers in front make the first half, from which the others take their differences; None for half of them.
    """

    positions: NDArray[np.float64]
    evaluated: NDArray[np.float64]
    rung: Rung
    log_evidence: float
    ladder: Ladder
    split: int | None = None
