"""What an annealing evaluates on its way to a posterior, from the prior or from the posterior of another likelihood.

A bridge is the product of where it begins and of growing powers of terms, within hard bounds. From the prior these are the terms of the
likelihood. From the posterior of an old likelihood they are the new terms and the old likelihood's inverse, so that at the power beta the
density is prior L_old^(1 - beta) L_new^beta: what both share stays as it is, and the mean weights estimate the ratio of the evidences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Evaluation, Posterior
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
        new = posterior.likelihood
        count = len(new.term_names)
        # One call of the model for both; terms are found by their columns, so that names may come twice.
        together = replace(new.settings, measurements=(*new.settings.measurements, *old.settings.measurements))
        both = Posterior(posterior.prior, Likelihood(together, posterior.model))

        def evaluate(z: Array) -> Array:
            found = Evaluation.of(both.evaluate(z))
            before = found.terms[:, count:].sum(axis=1)
            excluded = before == -np.inf  # as if outside the prior's range: the new likelihood allows nothing there
            columns = np.empty((len(found.terms), Evaluation.width(count + 1)))
            bridge = Evaluation.of(columns)
            bridge.log_prior[:] = found.log_prior + before
            bridge.violation[:] = np.where(excluded, np.inf, found.violation)
            bridge.terms[:, :-1] = np.where(excluded[:, np.newaxis], -np.inf, found.terms[:, :count])
            bridge.terms[:, -1] = np.where(excluded, -np.inf, -before)
            return columns

        return cls(evaluate, np.zeros(count + 1, dtype=np.int64))
