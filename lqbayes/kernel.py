"""The hot path: from sampling coordinates to log prior, violation of the hard bounds and one log-likelihood per term."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.likelihood.terms import TermTable, log_terms
from lqbayes.models.three_leptoquarks.observables import OBSERVABLES, new_workspace, observables_of_point
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.prior.coordinates import CoordinateTable, log_prior_and_point

# Columns of what `evaluate` returns.
LOG_PRIOR, VIOLATION, FIRST_TERM = range(3)
_PARAMETERS, _OBSERVABLES = len(PARAMETERS), len(OBSERVABLES)


@compiled
def evaluate(y: NDArray[np.float64], coordinates: CoordinateTable, terms: TermTable, formulas: int) -> NDArray[np.float64]:
    """Evaluate the posterior's parts at many coordinate vectors."""
    n = len(y)
    out = np.empty((n, FIRST_TERM + len(terms.terms)))
    point = np.empty(_PARAMETERS)
    observables = np.empty(_OBSERVABLES)
    workspace = new_workspace()
    for i in range(n):
        log_prior = log_prior_and_point(y[i], coordinates, point)
        out[i, LOG_PRIOR] = log_prior
        if log_prior == -math.inf:
            out[i, VIOLATION] = math.inf
            out[i, FIRST_TERM:] = -math.inf
            continue
        observables_of_point(point, formulas, workspace, observables)
        out[i, VIOLATION] = log_terms(terms, observables, out[i, FIRST_TERM:])
    return out
