"""Convergence across independent ensembles: nested R-hat and effective sample sizes.

Walkers of one ensemble influence each other and share a history, so that they are never counted as independent chains. Each ensemble,
annealed on its own, is one superchain (Margossian et al. 2024, arXiv:2110.13017): the spread of the ensembles' means shows how well each
of them knows the posterior.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from lqbayes.inference.quantities import Draws, Quantity, quantities

__all__ = ["Convergence", "QuantityConvergence", "Targets", "assess", "effective_sample_size", "nested_rhat", "rank_normalised"]


@dataclass(frozen=True, slots=True)
class Targets:
    """When sampling may end.

    Attributes
    ----------
    rhat
        Largest nested R-hat of any quantity.
    ess_observables
        Smallest effective sample size of an observable or of M_LQ.
    ess_parameters
        Smallest effective sample size of any other parameter.
    """

    rhat: float = 1.01
    ess_observables: float = 400.0
    ess_parameters: float = 200.0

    def ess(self, quantity: Quantity) -> float:
        """Smallest effective sample size that a quantity needs.

        Parameters
        ----------
        quantity
            The quantity.

        Returns
        -------
        float
            The target.
        """
        headline = quantity.origin == "observable" or quantity.name in {"log10_M_LQ", "M_LQ"}
        return self.ess_observables if headline else self.ess_parameters


@dataclass(frozen=True, slots=True)
class QuantityConvergence:
    """Convergence of one quantity.

    Attributes
    ----------
    name
        The quantity.
    rhat
        Nested R-hat, the larger one of sine and cosine for a phase; NaN for a constant.
    ess
        Effective sample size, the smaller one of sine and cosine for a phase; NaN for a constant.
    ess_target
        What it has to reach.
    met
        Whether both targets are met; True for a constant.
    """

    name: str
    rhat: float
    ess: float
    ess_target: float
    met: bool


@dataclass(frozen=True, slots=True)
class Convergence:
    """Convergence of a run.

    Attributes
    ----------
    quantities
        One entry per reported quantity.
    targets
        What was asked for.
    ensembles, steps, walkers
        How many draws were judged.
    """

    quantities: tuple[QuantityConvergence, ...]
    targets: Targets
    ensembles: int
    steps: int
    walkers: int

    @property
    def converged(self) -> bool:
        """Whether every quantity meets its targets; never with a single ensemble."""
        return self.ensembles > 1 and all(q.met for q in self.quantities)

    @property
    def worst(self) -> QuantityConvergence:
        """The quantity with the largest R-hat."""
        return max(self.quantities, key=lambda q: -math.inf if math.isnan(q.rhat) else q.rhat)

    @property
    def scarcest(self) -> QuantityConvergence:
        """The quantity whose effective sample size is the smallest share of its target."""
        return min(self.quantities, key=lambda q: q.ess / q.ess_target if q.ess_target > 0 and not math.isnan(q.ess) else math.inf)

    @property
    def missing(self) -> tuple[QuantityConvergence, ...]:
        """Quantities that miss a target."""
        return tuple(q for q in self.quantities if not q.met)

    def of(self, name: str) -> QuantityConvergence:
        """Find one quantity.

        Parameters
        ----------
        name
            Its name.

        Returns
        -------
        QuantityConvergence
            Its entry.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        for quantity in self.quantities:
            if quantity.name == name:
                return quantity
        raise KeyError(name)


def rank_normalised(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace values by normal scores of their ranks (Vehtari et al. 2021), so that heavy tails and units do not matter.

    Parameters
    ----------
    x : array
        Values; ties share their mean rank.

    Returns
    -------
    array
        Scores of the same shape.
    """
    ranks = rankdata(x, axis=None).reshape(x.shape)
    return np.asarray(ndtri((ranks - 0.375) / (x.size + 0.25)))


def nested_rhat(x: NDArray[np.float64]) -> float:
    """Nested R-hat, sqrt(1 + B / W).

    Parameters
    ----------
    x : (ensembles, steps, walkers) array
        Values of one quantity.

    Returns
    -------
    float
        B is the variance of the ensembles' means, W the mean variance within them. NaN for a constant and for a single ensemble.
    """
    if len(x) < 2:
        return math.nan
    within = float(np.mean(np.var(x, axis=(1, 2))))
    between = float(np.var(np.mean(x, axis=(1, 2)), ddof=1))
    if within == 0:
        return math.nan if between == 0 else math.inf
    return math.sqrt(1 + between / within)


def effective_sample_size(x: NDArray[np.float64]) -> float:
    """Effective sample size of all ensembles together, the smaller one of two estimates.

    Parameters
    ----------
    x : (ensembles, steps, walkers) array
        Values of one quantity.

    Returns
    -------
    float
        From the scatter between ensembles, K W / B: the mean of an ensemble with n effective draws scatters by W / n. From
        autocorrelation: the mean over an ensemble's walkers, as a series in time, has a variance and an integrated autocorrelation
        time; that counts whatever correlation the walkers have. At most the number of draws; NaN for a constant and for a single
        ensemble.
    """
    ensembles, steps, _ = x.shape
    if ensembles < 2:
        return math.nan
    within = float(np.mean(np.var(x, axis=(1, 2))))
    if within == 0:
        return math.nan
    means = np.mean(x, axis=2)
    between = float(np.var(np.mean(means, axis=1), ddof=1))
    from_scatter = min(ensembles * within / between, x.size) if between > 0 else float(x.size)
    if steps < 2:
        return from_scatter
    error = float(np.mean([_error_of_mean(series) for series in means]))
    from_time = ensembles * within / error if error > 0 else math.inf
    return min(from_scatter, from_time)


def _error_of_mean(series: NDArray[np.float64]) -> float:
    """Variance of the mean of a time series, with Geyer's initial positive sequence."""
    steps = len(series)
    centred = series - np.mean(series)
    spectrum = np.fft.rfft(centred, 2 * steps)
    covariance = np.fft.irfft(spectrum * np.conj(spectrum))[:steps] / steps
    if covariance[0] <= 0:
        return 0.0
    total = 0.0
    for lag in range(0, steps - 1, 2):
        pair = covariance[lag] + covariance[lag + 1]
        if pair <= 0:
            break
        total += pair
    # Sum over both signs of the lag; never less than for independent steps.
    return float(max(2 * total - covariance[0], covariance[0]) / steps)


def assess(draws: Draws, targets: Targets) -> Convergence:
    """Judge the convergence of every reported quantity.

    Parameters
    ----------
    draws
        Draws of all ensembles.
    targets
        When sampling may end.

    Returns
    -------
    Convergence
        One entry per quantity.
    """
    entries = []
    for quantity in quantities(draws.posterior):
        scores = [_scores(quantity, x) for x in draws.monitored(quantity)]
        rhat = max(nested_rhat(x) for x in scores)
        ess = min(effective_sample_size(x) for x in scores)
        needed = targets.ess(quantity)
        constant = math.isnan(rhat) and draws.shape[0] > 1
        met = constant or (rhat <= targets.rhat and ess >= needed)
        entries.append(QuantityConvergence(quantity.name, rhat, ess, needed, met))
    return Convergence(tuple(entries), targets, *draws.shape)


def _scores(quantity: Quantity, x: NDArray[np.float64]) -> NDArray[np.float64]:
    return x if quantity.kind == "sign" else rank_normalised(x)
