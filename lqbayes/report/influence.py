"""What each term of the likelihood does to the posterior: leave one out, and scale one up and down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lqbayes.inference.quantities import Quantity
from lqbayes.report.groups import group_quantities
from lqbayes.report.importance import Weights, importance_weights, weighted_quantiles

if TYPE_CHECKING:
    from lqbayes.storage.run import Run

__all__ = ["POWER", "Influence", "influences"]

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
        Posterior mean of -2 times its log-likelihood.
    chi2_without
        The same without the term; NaN where that cannot be told.
    k, ess
        Pareto k of leaving the term out, and the effective sample size that remains.
    log_predictive
        Logarithm of the evidence over that without the term: how well the other terms predict this one.
    shifts
        Medians of the headline quantities without the term less those with it, over half the width of the 68 % interval; NaN where k is too
        large.
    sensitivities
        Shift of these medians, in the same unit, for each doubling of the term's log-likelihood.
    ess_scaled
        Effective sample size after scaling.
    """

    term: str
    chi2: float
    chi2_without: float
    k: float
    ess: float
    log_predictive: float
    shifts: tuple[float, ...]
    sensitivities: tuple[float, ...]
    ess_scaled: float

    @property
    def reliable(self) -> bool:
        """Whether the numbers without the term can be trusted."""
        return not math.isnan(self.chi2_without)


def influences(run: Run) -> tuple[tuple[Quantity, ...], tuple[Influence, ...]]:
    """Find what each term does to the headline quantities.

    Parameters
    ----------
    run
        The run.

    Returns
    -------
    quantities : tuple of Quantity
        The headline quantities that vary.
    influences : tuple of Influence
        One for each term but hard bounds and cuts, beyond which there are no draws to weight.
    """
    draws = run.draws()
    shown = [(q, draws.values(q).ravel()) for q in group_quantities(run.target, "headline")]
    shown = [(q, x) for q, x in shown if np.ptp(x) > 0]
    columns = [x for _, x in shown]
    terms = run.terms()
    found = []
    for t, m in enumerate(run.configuration.likelihood.measurements):
        if m.form != "hard-bound" and m.cut is None:
            found.append(_influence(m.name, terms[..., t], columns))
    return tuple(q for q, _ in shown), tuple(found)


def _influence(name: str, term: NDArray[np.float64], columns: list[NDArray[np.float64]]) -> Influence:
    # What is excluded by another term has no finite log-likelihood of its own either, and is not drawn.
    usable = np.isfinite(term)
    term = np.where(usable, term, 0.0)
    out = importance_weights(np.where(usable, -term, -np.inf))
    # A log-likelihood is never above 0, so that its power above 1 only takes weight away.
    scaled = importance_weights(np.where(usable, (2.0**POWER - 1) * term, -np.inf), bounded=True)
    chi2 = float(-2 * term[usable].mean())
    without = float(-2 * (out.values @ term.ravel())) if out.reliable else math.nan
    shifts = [_shift(x, out) for x in columns]
    sensitivities = [_shift(x, scaled) / POWER for x in columns]
    return Influence(name, chi2, without, out.k, out.ess, -out.log_evidence_ratio, tuple(shifts), tuple(sensitivities), scaled.ess)


def _shift(x: NDArray[np.float64], weights: Weights) -> float:
    if not weights.reliable:
        return math.nan
    low, median, high = (float(end) for end in np.quantile(x, (0.16, 0.5, 0.84)))
    half = (high - low) / 2
    return (float(weighted_quantiles(x, weights.values, [0.5])[0]) - median) / half if half > 0 else math.nan
