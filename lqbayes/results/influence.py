"""What each term of the likelihood does to the posterior: leave one out, and scale one up.

Scaling is the sensitivity by power of Kallioinen et al. 2023 (arXiv:2107.14054), of medians and one term at a time.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import CENTRAL_LEVELS, Quantity, group_quantities
from lqbayes.results.importance import FEWEST_DRAWS, SortedValues, Weights, importance_weights, smallest_ess, tail_shape
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


class MedianShift:
    """Shift of a quantity's median by weighting, in half widths of its 68 % interval."""

    def __init__(self, x: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        self._values = SortedValues(x.ravel())
        self._central = self._values.quantiles(weights, CENTRAL_LEVELS)

    def under(self, weights: Weights) -> float:
        """The shift; NaN where the weights cannot be used."""
        low, median, high = self._central
        return shift((low, median, high), float(self._values.quantiles(weights.values, [0.5])[0])) if weights.usable else math.nan


def influences(run: Run, convergence: Convergence) -> tuple[tuple[Quantity, ...], tuple[Influence, ...]]:
    """Find what each term does to the headline quantities."""
    terms, ensembles, run_ess = run.terms(), run.draws().weights, smallest_ess(convergence)
    shown = headline_values(run)
    medians = [MedianShift(x, weights_of_draws(ensembles, x.size)) for x in shown.values()]
    soft = [(t, m.name) for t, m in enumerate(run.configuration.likelihood.measurements) if not m.is_hard]
    return tuple(shown), tuple(_influence(name, terms[..., t], ensembles, medians, run_ess) for t, name in soft)


def weights_of_draws(ensembles: NDArray[np.float64], draws: int) -> NDArray[np.float64]:
    """Weights of so many draws that follow from those of their ensembles."""
    return np.repeat(ensembles * len(ensembles) / draws, draws // len(ensembles))


def headline_values(run: Run) -> dict[Quantity, NDArray[np.float64]]:
    """Values of the headline quantities that vary, in every draw."""
    draws = run.draws()
    values = {quantity: draws.values(quantity) for quantity in group_quantities(run.posterior_target, "headline")}
    return {quantity: x for quantity, x in values.items() if np.ptp(x) > 0}


def _influence(
    name: str, term: NDArray[np.float64], ensembles: NDArray[np.float64], medians: list[MedianShift], run_ess: float
) -> Influence:
    # What is excluded by another term has no finite log-likelihood of its own either, and is not drawn.
    usable = np.isfinite(term)
    term = np.where(usable, term, 0.0)
    log_ratios = np.where(usable, -term, -np.inf)
    out = importance_weights(log_ratios, run_ess=run_ess, ensembles=ensembles)
    # Weights with a tame tail may still meet a chi^2 that grows where they do.
    with np.errstate(divide="ignore"):
        k_chi2 = tail_shape(log_ratios + np.log(-2 * term), run_ess=run_ess) if np.any(term[usable]) else out.k
    # A log-likelihood is never above 0, so that its power above 1 only takes weight away.
    log_scaled = np.where(usable, (2.0**POWER - 1) * term, -np.inf)
    scaled = importance_weights(log_scaled, run_ess=run_ess, bounded=True, ensembles=ensembles)
    chi2, drawn = SortedValues(-2 * term.ravel()), weights_of_draws(ensembles, term.size) * usable.ravel()
    with_term = float(chi2.quantiles(drawn / drawn.sum(), [0.5])[0])
    without = float(chi2.quantiles(out.values, [0.5])[0]) if out.usable and k_chi2 <= out.k_limit else math.nan
    shifts, power_scaling = ([x.under(weights) / unit for x in medians] for weights, unit in ((out, 1.0), (scaled, POWER)))
    measured = (out.k, k_chi2, out.k_limit, out.ess, -out.log_evidence_ratio)
    return Influence(name, with_term, without, *measured, tuple(shifts), tuple(power_scaling), scaled.ess)
