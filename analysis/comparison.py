"""Numbers of runs, and of two runs side by side: intervals, shifts, evidences, chi2."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import lqbayes
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.report.rounding import number_texts
from lqbayes.results.best_fit import Prediction, reference_prediction
from lqbayes.results.intervals import estimates_of

# What the scripts compare: the name in tables of each quantity.
HEADLINE = (
    "log10_M_LQ",
    "C9_mu",
    "C10_mu",
    "R_K",
    "BR_Bs_mumu",
    "delta_a_mu",
    "log10_BR_mu_egamma",
    "log10_BR_tau_mugamma",
    "log10_BR_tau_egamma",
    "dm_Bs",
    "log10_abs_h_22",
    "log10_abs_h_32",
    "log10_abs_ht_23",
    "log10_g_max",
)


@dataclass(frozen=True, slots=True)
class Interval:
    """Median, equal-tailed 68 % and 95 % interval, and the standard error of the median from the scatter between ensembles."""

    median: float
    low68: float
    high68: float
    low95: float
    high95: float
    error: float

    @property
    def half_width(self) -> float:
        """Half the width of the 68 % interval."""
        return (self.high68 - self.low68) / 2

    @property
    def texts(self) -> tuple[str, str, str]:
        """Median, 68 % and 95 % interval for a table."""
        m, a, b, c, d = number_texts((self.median, self.low68, self.high68, self.low95, self.high95))
        return m, f"{a} .. {b}", f"{c} .. {d}"


def interval(x: NDArray[np.float64]) -> Interval:
    """Summarise draws.

    Parameters
    ----------
    x : (ensembles, steps, walkers) array
        Draws of one quantity.

    Returns
    -------
    Interval
        Its interval; the error is NaN with a single ensemble.
    """
    found = estimates_of(x)
    ends = {name: estimate.value for name, estimate in found.items()}
    return Interval(**ends, error=found["median"].error)


def shift(first: Interval, second: Interval) -> float:
    """Difference of two medians in units of their half widths, added in quadrature.

    Parameters
    ----------
    first, second
        The intervals.

    Returns
    -------
    float
        Positive where the second median is higher. The two posteriors share data and prior, so this is a size and not a significance.
    """
    return (second.median - first.median) / math.hypot(first.half_width, second.half_width)


def probability(hits: NDArray[np.bool_]) -> tuple[float, float]:
    """Posterior probability of a condition.

    Parameters
    ----------
    hits : (ensembles, ...) array
        Whether each draw meets it.

    Returns
    -------
    (float, float)
        The probability and its standard error, from the scatter between ensembles.
    """
    each = hits.reshape(len(hits), -1).mean(axis=1)
    return float(each.mean()), float(each.std(ddof=1) / math.sqrt(len(each))) if len(each) > 1 else math.nan


def ln_prior_mass(run: lqbayes.Run) -> float:
    """Logarithm of the share of the prior that is inside the hard bounds.

    Parameters
    ----------
    run
        The run.

    Returns
    -------
    float
        From the part of the annealing that leads into the bounds; mean over ensembles.
    """
    shares = [sum(weight for rung, weight, _ in ladder if rung.beta == 0) for ladder in run.ladders]
    return float(np.logaddexp.reduce(shares) - math.log(len(shares)))


def standard_model(likelihood: Likelihood) -> Prediction:
    """What the model predicts without new physics, and what the measurements say of it."""
    found = reference_prediction(likelihood)
    if found is None:
        raise SystemExit(f"the model {likelihood.model.name} has no point without new physics")
    return found


def against_standard_model(runs: Sequence[lqbayes.Run]) -> list[tuple[str, ...]]:
    """Rows of a table: evidence of each run beside the likelihood of the standard model, which has no parameter to integrate over.

    Parameters
    ----------
    runs
        The runs.

    Returns
    -------
    list of tuple of str
        Name, chi2 of the standard model, ln L of it, ln Z, ln Z - ln L, the same given the hard bounds.
    """
    rows: list[tuple[str, ...]] = []
    for run in runs:
        standard = standard_model(run.posterior_target.likelihood)
        ratio = run.log_evidence - standard.log_likelihood
        rows.append(
            (
                run.name,
                f"{standard.chi2:.1f}",
                f"{standard.log_likelihood:.2f}",
                f"{run.log_evidence:.2f} ± {run.log_evidence_error:.2f}",
                f"{ratio:+.2f}",
                f"{ratio - ln_prior_mass(run):+.2f}",
            )
        )
    return rows
