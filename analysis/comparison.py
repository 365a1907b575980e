"""Numbers of runs that no table of the package has: probabilities, shares of the prior, the standard model."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

import lqbayes
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.report.rounding import number_texts
from lqbayes.results.best_fit import Prediction, reference_prediction
from lqbayes.sampling.estimates import Estimate, Ordered, jackknife_error, sign_estimates
from lqbayes.sampling.evidence import log_mean


def estimates_of(run: lqbayes.Run, x: NDArray[np.float64]) -> Mapping[str, Estimate]:
    """Median and interval ends of (ensembles, steps, walkers) values of the draws of a run."""
    draws = run.draws()
    counts = None if draws.pooled_rows is None else np.bincount(draws.pooled_rows, minlength=x.size)
    return Ordered(x).ends(draws.weights, counts)


def mean_of(run: lqbayes.Run, x: NDArray[np.float64]) -> tuple[float, float]:
    """Posterior mean of (ensembles, steps, walkers) values, and its error from the scatter between ensembles."""
    found = sign_estimates(x, run.draws().weights)["median"]
    return found.value, found.error


def interval_texts(run: lqbayes.Run, x: NDArray[np.float64]) -> tuple[str, str]:
    """Median and 68 % interval of (ensembles, steps, walkers) values, for readers."""
    found = estimates_of(run, x)
    median, low, high = number_texts([found[name].value for name in ("median", "low68", "high68")])
    return median, f"{low} .. {high}"


def probability(run: lqbayes.Run, hits: NDArray[np.bool_]) -> tuple[float, float]:
    """Posterior probability that (ensembles, steps, walkers) draws meet a condition, and its error from the scatter between ensembles."""
    return mean_of(run, hits.astype(float))


def percent(share: float, error: float) -> str:
    """Write both with two digits of the error, at least two and at most five decimals."""
    if share in {0, 1}:
        return "every draw" if share else "no draw"
    decimals = min(max(1 - math.floor(math.log10(100 * error)), 2), 5) if error > 0 else 2
    return f"{100 * share:.{decimals}f} % ± {100 * error:.{decimals}f} %"


def ln_prior_mass(run: lqbayes.Run) -> float:
    """Logarithm of the share of the prior that is inside the hard bounds: from the annealing that leads into them, mean over ensembles."""
    return float(log_mean(_bound_logs(run)))


def evidence_within_bounds(run: lqbayes.Run) -> tuple[float, float]:
    """Logarithm of the evidence of the prior within the hard bounds, and its error: what both have of the ensembles' scatter drops out."""
    bounds, evidences = _bound_logs(run), run.log_evidences
    without = [log_mean(evidences[kept]) - log_mean(bounds[kept]) for kept in ~np.eye(len(bounds), dtype=bool)] if len(bounds) > 1 else []
    return float(log_mean(evidences) - log_mean(bounds)), float(jackknife_error(np.array(without)))


def _bound_logs(run: lqbayes.Run) -> NDArray[np.float64]:
    """Of each ensemble the logarithm of the share of the prior within the hard bounds."""
    shares = [[sum(weight for rung, weight, _ in ladder if rung.beta == 0) for ladder in ladders] for ladders in run.population_ladders]
    return log_mean(np.array(shares))


def standard_model(likelihood: Likelihood) -> Prediction:
    """What the model predicts without new physics, and what the measurements say of it."""
    found = reference_prediction(likelihood)
    if found is None:
        raise SystemExit(f"the model {likelihood.model.name} has no point without new physics")
    return found
