"""Walkers on a rung of the ladder from the prior to the posterior."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder.

    Attributes
    ----------
    penalty
        lambda, the weight of the broken bounds: 0 for the prior, infinite once the bounds hold.
    beta
        The power of the limits; that of the signals is its square root. 1 for the posterior.
    """

    penalty: float
    beta: float

    @property
    def stage(self) -> str:
        """``bounds`` while the hard bounds are approached, then ``likelihood``."""
        return "bounds" if self.penalty < math.inf else "likelihood"


PRIOR = Rung(0.0, 0.0)
POSTERIOR = Rung(math.inf, 1.0)

Ladder = tuple[tuple[Rung, float, float], ...]
"""Each rung after the prior, with the logarithm of its mean weight and its acceptance."""


@dataclass(frozen=True, slots=True)
class Population:
    """Walkers on one rung, and how they came there.

    Attributes
    ----------
    positions : (n, d) array
        Sampling coordinates.
    evaluated : (n, 2 + t) array
        The columns of a `lqbayes.posterior.Evaluation` at each walker.
    rung
        The rung on which the walkers are distributed.
    log_evidence
        Logarithm of the product of the mean weights so far.
    ladder
        The rungs so far.
    """

    positions: NDArray[np.float64]
    evaluated: NDArray[np.float64]
    rung: Rung
    log_evidence: float
    ladder: Ladder
