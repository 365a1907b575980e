"""What an annealing evaluates on its way to a posterior, from the prior or from the posterior of another likelihood.

A bridge is the product of where it begins and of growing powers of terms, within hard bounds. From the prior these are the terms of the
likelihood. From the posterior of an old likelihood they are its new terms and the inverse of the old ones that it lacks; what both share
stays as it is, and the mean weights estimate the ratio of the evidences. New terms have the power beta = t^2, old ones (1 - t)^2: halfway
the posterior is warmer than either end, which lets walkers change sides where the straight path L_old^(1 - t) L_new^t leaves them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.sampling.moves.base import Array


@dataclass(frozen=True, slots=True)
class Bridge:
    """How points are evaluated for `anneal`: (n, d) coordinates to the columns of an `Evaluation`, and the roots of each term's power."""

    evaluate: Callable[[Array], Array]
    signals: NDArray[np.int64]

    @classmethod
    def from_prior(cls, posterior: Posterior) -> Bridge:
        """Begin with the prior."""
        return cls(posterior.evaluate, posterior.likelihood.signals)

    @classmethod
    def from_posterior(cls, old: Likelihood, posterior: Posterior) -> Bridge:
        """Begin with the posterior of the same prior under another likelihood."""
        new, count = posterior.likelihood, len(posterior.likelihood.term_names)
        ours, theirs = new.settings.measurements, old.settings.measurements
        shared = np.array([m in theirs for m in ours] + [m in ours for m in theirs])
        # One call of the model for both; terms are found by their columns, so that names may come twice.
        together = replace(new.settings, measurements=(*ours, *theirs))
        both = Posterior(posterior.prior, Likelihood(together, posterior.model))

        def evaluate(z: Array) -> Array:
            columns = both.evaluate(z)
            _leave(columns, count, shared)
            return columns

        return cls(evaluate, np.concatenate([np.zeros_like(new.signals), ~np.zeros_like(old.signals)]))


@compiled
def _leave(columns: Array, count: int, shared: NDArray[np.bool_]) -> None:
    """From terms of the new and, after so many, of the old likelihood, make those of the way between them, in place."""
    for i in range(len(columns)):
        terms, before = columns[i, 2:], 0.0
        for t in range(count, len(terms)):
            before += terms[t]
            terms[t] = -terms[t]
        columns[i, 0] += before
        for t in range(len(terms)):
            if shared[t]:
                terms[t] = 0.0
        if before == -math.inf:  # as if outside the prior's range: the new likelihood allows nothing there
            columns[i, 1] = math.inf
            terms[:] = -math.inf
