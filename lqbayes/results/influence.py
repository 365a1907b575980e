"""What each term of the likelihood does to the posterior: leave one out, and scale one up and down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import Quantity
from lqbayes.results.groups import group_quantities
from lqbayes.results.importance import FEWEST_DRAWS, K_LIMIT, Weights, importance_weights, smallest_ess, tail_shape, weighted_quantiles

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


POWER = 0.25
"""A term is scaled by 2 to this power: upwards, since the weights are bounded then and the numbers exist whatever the tails."""


@dataclass(frozen=True, slots=True)
class Influence:
    """What one term does.

    Attributes
    ----------
    term
        Its name.
    chi2
        Posterior median of -2 times its log-likelihood.
    chi2_without
        The same without the term; NaN where that cannot be told.
    k, k_chi2, ess
        Pareto k of leaving the term out: that of the weights and that of weight times chi^2, and the effective sample size that remains.
    log_predictive
        Logarithm of the evidence over that without the term: how well the other terms predict this one.
    shifts
        Medians of the headline quantities without the term less those with it, over half the width of the 68 % interval; NaN where k is too
        large or too few draws are left.
    sensitivities
        Shift of these medians, in the same unit, for each doubling of the term's log-likelihood.
    ess_scaled
        Effective sample size after scaling.
    """

    term: str
    chi2: float
    chi2_without: float
    k: float
    k_chi2: float
    ess: float
    log_predictive: float
    shifts: tuple[float, ...]
    sensitivities: tuple[float, ...]
    ess_scaled: float

    @property
    def reliable(self) -> bool:
        """Whether evidence and medians without the term can be trusted; chi^2 without it takes `k_chi2` as well."""
        return self.k <= K_LIMIT and self.ess >= FEWEST_DRAWS


def influences(run: Run) -> tuple[tuple[Quantity, ...], tuple[Influence, ...]]:
    """Find what each term does to the headline quantities."""
    draws = run.draws()
    shown = [(q, draws.values(q).ravel()) for q in group_quantities(run.posterior_target, "headline")]
    shown = [(q, x) for q, x in shown if np.ptp(x) > 0]
    columns = [x for _, x in shown]
    terms = run.terms()
    found = []
    run_ess = smallest_ess(run)
    for t, m in enumerate(run.configuration.likelihood.measurements):
        if not m.is_hard:
            found.append(_influence(m.name, terms[..., t], columns, run_ess))
    return tuple(q for q, _ in shown), tuple(found)


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
    without = float(weighted_quantiles(-2 * term.ravel(), out.values, [0.5])[0]) if out.usable and k_chi2 <= K_LIMIT else math.nan
    shifts = [_shift(x, out) for x in columns]
    sensitivities = [_shift(x, scaled) / POWER for x in columns]
    return Influence(name, chi2, without, out.k, k_chi2, out.ess, -out.log_evidence_ratio, tuple(shifts), tuple(sensitivities), scaled.ess)


def _shift(x: NDArray[np.float64], weights: Weights) -> float:
    if not weights.usable:
        return math.nan
    low, median, high = (float(end) for end in np.quantile(x, (0.16, 0.5, 0.84)))
    half = (high - low) / 2
    return (float(weighted_quantiles(x, weights.values, [0.5])[0]) - median) / half if half > 0 else math.nan
