"""Targets that no walker can reach: the ladder towards them would have no end.

What walkers can come near to, they come nearer to from rung to rung, by amounts of the order of their distance. Where all of them have
piled up at one distance that is many times what the rung's weight lets them scatter by, nothing is left to gain.
"""

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import LqbayesError
from lqbayes.posterior import Evaluation
from lqbayes.sampling.population import Population

# Walkers have piled up if half of them are within a hundredth of the best one's distance, and the rung's weight makes it so dear.
_PILED_UP, _DEAR = 0.01, 300.0
# A fit that is poorer than this may be meant to be one.
_HOPELESS = -1e8


class ImpossibleTargetError(LqbayesError):
    """No walker meets some terms of the likelihood, whose columns these are."""

    def __init__(self, columns: tuple[int, ...], rungs: int) -> None:
        super().__init__(columns, rungs)  # the arguments that unpickling passes again
        self.columns, self.rungs = columns, rungs

    @property
    def when(self) -> str:
        """How far the ladder has come, in words."""
        return f"after {self.rungs} rungs" if self.rungs > 1 else "from the beginning"

    def __str__(self) -> str:
        return f"no walker meets the terms {', '.join(map(str, self.columns))} of the likelihood, {self.when}"


def refuse_impossible(population: Population, exponent: NDArray[np.float64]) -> None:
    """Raise an error where going on would be in vain; the exponent is the logarithm of the rung's density over the prior."""
    _, violation, terms = Evaluation.of(population.evaluated)
    if population.rung.stage == "bounds":
        nearest = int(np.argmin(violation))
        hopeless = _piled_up(violation, population.rung.penalty)
    else:
        total = np.where(violation == 0, terms.sum(axis=1), -np.inf)
        nearest = int(np.argmax(total))
        none = total[nearest] == -np.inf
        hopeless = none or (total[nearest] < _HOPELESS and population.rung.beta > 0 and _piled_up(-exponent, 1.0))
    if hopeless:
        unmet = np.all(terms == -np.inf, axis=0)
        if not unmet.any():
            unmet = terms[nearest] == terms[nearest].min()
        raise ImpossibleTargetError(tuple(np.flatnonzero(unmet).tolist()), len(population.ladder))


def _piled_up(distance: NDArray[np.float64], weight: float) -> bool:
    least = float(np.min(distance))
    return least == np.inf or (weight * least > _DEAR and float(np.median(distance)) - least < _PILED_UP * least)
