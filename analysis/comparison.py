"""Numbers of runs that no table of the package has: probabilities, shares of the prior, the standard model."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

import lqbayes
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.quantities import estimates_of
from lqbayes.report.rounding import number_texts
from lqbayes.results.best_fit import Prediction, reference_prediction


def interval_texts(x: NDArray[np.float64]) -> tuple[str, str]:
    """Median and 68 % interval of (ensembles, steps, walkers) values, for readers."""
    found = estimates_of(x)
    median, low, high = number_texts([found[name].value for name in ("median", "low68", "high68")])
    return median, f"{low} .. {high}"


def probability(hits: NDArray[np.bool_]) -> tuple[float, float]:
    """Posterior probability that (ensembles, steps, walkers) draws meet a condition, and its error from the scatter between ensembles."""
    found = estimates_of(hits.astype(float), "sign")["median"]
    return found.value, found.error


def ln_prior_mass(run: lqbayes.Run) -> float:
    """Logarithm of the share of the prior that is inside the hard bounds: from the annealing that leads into them, mean over ensembles."""
    shares = [sum(weight for rung, weight, _ in ladder if rung.beta == 0) for ladder in run.ladders]
    return float(np.logaddexp.reduce(shares) - math.log(len(shares)))


def standard_model(likelihood: Likelihood) -> Prediction:
    """What the model predicts without new physics, and what the measurements say of it."""
    found = reference_prediction(likelihood)
    if found is None:
        raise SystemExit(f"the model {likelihood.model.name} has no point without new physics")
    return found
