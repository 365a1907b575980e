"""How a run samples: numbers that a user may choose, with defaults that need no tuning."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lqbayes.input.errors import ArgumentError


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """Settings that decide every bit of a run's result, together with prior, likelihood and formulas.

    Attributes
    ----------
    seed
        Every random number of the run follows from it.
    ensembles
        Number of independent ensembles, the superchains of nested R-hat.
    walkers
        Walkers of each population of an ensemble.
    sweeps
        Steps that all walkers make on each rung of the annealing.
    thin
        Steps of all walkers from one stored step to the next, at the posterior.
    block
        Stored steps of a population, after which the next one begins.
    """

    seed: int = 1
    ensembles: int = 8
    walkers: int = 12000
    sweeps: int = 55
    thin: int = 50
    block: int = 5

    def check(self, dimension: int) -> None:
        """Refuse settings that cannot work.

        Parameters
        ----------
        dimension
            Number of sampling coordinates.

        Raises
        ------
        lqbayes.input.errors.ArgumentError
            With the first setting that is wrong.
        """
        if dimension == 0:
            raise ArgumentError("the prior leaves no parameter free: there is nothing to sample; give one of them a distribution")
        least = {"seed": 0, "ensembles": 1, "walkers": 4 * dimension, "sweeps": 1, "thin": 1, "block": 2}
        for name, minimum in least.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value < math.inf:
                raise ArgumentError(f"{name} = {value!r}: give a whole number, at least {minimum}")
