"""What a run says under another likelihood or prior, by importance sampling, and the shift of a quantity from one posterior to another."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.support import refuse_lost_bounds
from lqbayes.prior.prior import Prior
from lqbayes.prior.support import lost_ranges
from lqbayes.quantities import CENTRAL_LEVELS, Quantity
from lqbayes.results.importance import FEWEST_DRAWS, Weights, importance_weights, smallest_ess, weighted_quantiles
from lqbayes.results.intervals import Central, shift
from lqbayes.results.summary import Summary
from lqbayes.storage.run import Run

_Changed = Literal["likelihood", "prior"]


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A quantity in two posteriors."""

    quantity: Quantity
    before: Central
    after: Central

    @property
    def shift(self) -> float:
        """Difference of medians over half the width of the first 68 % interval; of the probabilities for a sign; NaN for a constant."""
        return self.after[1] - self.before[1] if self.quantity.kind == "sign" else shift(self.before, self.after[1])


def compared_rows(first: Summary, second: Summary) -> tuple[ShiftRow, ...]:
    """Intervals of the quantities that two runs share."""
    others = {row.quantity.name: row for row in second.intervals if not row.fixed}
    shared = (row for row in first.intervals if not row.fixed and row.quantity.name in others)
    return tuple(ShiftRow(row.quantity, row.central, others[row.quantity.name].central) for row in shared)


def reweight(run: Run, likelihood: Likelihood) -> Weights:
    """Weight the draws of a run for another likelihood."""
    refuse_lost_bounds(run.configuration.likelihood, likelihood.settings)
    draws, old = run.draws(), run.terms().sum(axis=-1)
    observables = draws.observables
    new = likelihood.log_terms(observables.reshape(-1, observables.shape[-1])).sum(axis=1).reshape(old.shape)
    # What the old likelihood excludes was never drawn.
    drawn = np.isfinite(old)
    ratios: NDArray[np.float64] = np.where(drawn, new - np.where(drawn, old, 0.0), -np.inf)
    return importance_weights(ratios, run_ess=smallest_ess(run.convergence()), ensembles=draws.weights)


def reweight_prior(run: Run, prior: Prior) -> Weights:
    """Weight the draws of a run for another prior: a narrower range cuts them, another density tilts them."""
    old = run.posterior_target.prior
    lost = lost_ranges(old.settings, prior.settings, old.model)
    if lost:
        raise ArgumentError(
            f"the prior {prior.settings.name} allows or fixes values of {', '.join(lost)} where {old.settings.name} has no draws that "
            f"could be weighted: {_afresh('prior')} (explain --prior shows how much of the posterior lies at the ends of the ranges)"
        )
    ratios = np.stack([_log_ratio(points, old, prior) for points in run.draws().points])
    return importance_weights(ratios, run_ess=smallest_ess(run.convergence()), ensembles=run.draws().weights)


def _log_ratio(points: NDArray[np.float64], old: Prior, new: Prior) -> NDArray[np.float64]:
    rows = points.reshape(-1, points.shape[-1])
    # Densities of the parameters themselves, since coordinates of two priors differ.
    before, after = old.log_densities(rows), new.log_densities(rows)
    drawn = np.isfinite(before)  # but for rounding at the end of a range
    ratio: NDArray[np.float64] = np.where(drawn, after - np.where(drawn, before, 0.0), -np.inf).sum(axis=1)
    return ratio.reshape(points.shape[:-1])


def reweighted_rows(run: Run, summary: Summary, weights: Weights, changed: _Changed = "likelihood") -> tuple[ShiftRow, ...]:
    """Intervals before and after reweighting."""
    if not weights.usable:
        raise ArgumentError(verdict(weights, changed))
    draws, rows = run.draws(), []
    for row in (row for row in summary.intervals if not row.fixed):
        x = draws.values(row.quantity).ravel()
        sign = row.quantity.kind == "sign"
        low, median, high = [float(x @ weights.values)] * 3 if sign else weighted_quantiles(x, weights.values, CENTRAL_LEVELS)
        rows.append(ShiftRow(row.quantity, row.central, (float(low), float(median), float(high))))
    return tuple(rows)


def verdict(weights: Weights, changed: _Changed = "likelihood") -> str:
    """Say whether the weights can be used, and what to do if not."""
    measured = f"Pareto k = {weights.k:.2f}, effective sample size {weights.ess:.0f}"
    if not weights.reliable and math.isfinite(weights.k):
        why = f"k is above {weights.k_limit:.2f}, the bound for {weights.draws:.0f} effective draws, so that a few draws decide"
        return f"{measured}: {why} and no weighted number can be trusted; {_afresh(changed)}"
    return measured if weights.usable else f"{measured}: fewer than {FEWEST_DRAWS} effective draws are left; {_afresh(changed)}"


def _afresh(changed: _Changed) -> str:
    anneal = "anneal the draws to the new one with --anneal, or " if changed == "likelihood" else ""
    return f"{anneal}sample the new {changed} afresh with lqbayes sample --{changed}"
