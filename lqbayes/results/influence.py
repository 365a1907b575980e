"""What each term of the likelihood does to the posterior: leave one out, and scale one up.

Scaling is the sensitivity by power of Kallioinen et al. 2023 (arXiv:2107.14054), of medians and one term at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import CENTRAL_LEVELS, Quantity, group_quantities
from lqbayes.results.importance import FEWEST_DRAWS, Weights, importance_weights, smallest_ess, tail_shape, weighted_quantiles
from lqbayes.results.intervals import shift
from lqbayes.sampling.convergence import Convergence
from lqbayes.storage.run import Run

POWER = 0.25
"""A term is scaled by 2 to this power: upwards, since the weights are bounded then and the numbers exist whatever the tails."""


@dataclass(frozen=True, slots=True)
class Influence:
    """What one term does."""

    term: str  # Its name
    chi2: float  # Posterior median of -2 times its log-likelihood
    chi2_without: float  # The same without the term; NaN where that is unknown
    # Pareto k of leaving the term out: that of the weights and that of weight times chi^2, the largest that the draws allow, and the
    # effective sample size that remains
    k: float
    k_chi2: float
    k_limit: float
    ess: float
    log_predictive: float  # Logarithm of the evidence over that without the term: how well the other terms predict this one
    # Medians of the headline quantities without the term less those with it, over half the width of the 68 % interval; NaN where k is too
    # large or too few draws are left
    shifts: tuple[float, ...]
    power_scaling: tuple[float, ...]  # Shift of these medians, in the same unit, for each doubling of the term's log-likelihood
    ess_scaled: float  # Effective sample size after scaling

    @property
    def reliable(self) -> bool:
        """Whether evidence and medians without the term can be trusted; chi^2 without it takes `k_chi2` as well."""
        return self.k <= self.k_limit and self.ess >= FEWEST_DRAWS


def influences(run: Run, convergence: Convergence) -> tuple[tuple[Quantity, ...], tuple[Influence, ...]]:
    """Find what each term does to the headline quantities."""
    shown = headline_values(run)
    columns, terms, run_ess = [x.ravel() for x in shown.values()], run.terms(), smallest_ess(convergence)
    soft = [(t, m.name) for t, m in enumerate(run.configuration.likelihood.measurements) if not m.is_hard]
    return tuple(shown), tuple(_influence(name, terms[..., t], columns, run_ess) for t, name in soft)


def headline_values(run: Run) -> dict[Quantity, NDArray[np.float64]]:
    """Values of the headline quantities that vary, in every draw."""
    draws = run.draws()
    values = {quantity: draws.values(quantity) for quantity in group_quantities(run.posterior_target, "headline")}
    return {quantity: x for quantity, x in values.items() if np.ptp(x) > 0}


def _influence(name: str, term: NDArray[np.float64], columns: list[NDArray[np.float64]], run_ess: float) -> Influence:
    # What is excluded by another term has no finite log-likelihood of its own either, and is not drawn.
    usable = np.isfinite(term)
    term = np.where(usable, term, 0.0)
    log_ratios = np.where(usable, -term, -np.inf)
    out = importance_weights(log_ratios, run_ess=run_ess)
    # Weights with a tame tail may still meet a chi^2 that grows where they do.
    with np.errstate(divide="ignore"):
        k_chi2 = tail_shape(log_ratios + np.log(-2 * term), run_ess=run_ess) if np.any(term[usable]) else out.k
    # A log-likelihood is never above 0, so that its power above 1 only takes weight away.
    scaled = importance_weights(np.where(usable, (2.0**POWER - 1) * term, -np.inf), run_ess=run_ess, bounded=True)
    chi2 = float(np.median(-2 * term[usable]))
    without = float(weighted_quantiles(-2 * term.ravel(), out.values, [0.5])[0]) if out.usable and k_chi2 <= out.k_limit else math.nan
    shifts = [median_shift(x, out) for x in columns]
    power_scaling = [median_shift(x, scaled) / POWER for x in columns]
    measured = (out.k, k_chi2, out.k_limit, out.ess, -out.log_evidence_ratio)
    return Influence(name, chi2, without, *measured, tuple(shifts), tuple(power_scaling), scaled.ess)


def median_shift(x: NDArray[np.float64], weights: Weights) -> float:
    """Shift of a median by weighting, in half widths of the 68 % interval; NaN where the weights cannot be used."""
    if not weights.usable:
        return math.nan
    low, median, high = np.quantile(x, CENTRAL_LEVELS)
    return shift((low, median, high), float(weighted_quantiles(x, weights.values, [0.5])[0]))
