"""The best fit: where the likelihood is highest, where the posterior density is highest, and how the model's reference compares."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Evaluation, Posterior
from lqbayes.results import DEFAULT_STARTS
from lqbayes.results.best_draws import best_points
from lqbayes.sampling.maximise import LEAST_STARTS, Objective, maximise
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.moves.chart import chart_of
from lqbayes.storage.run import Run


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction, and what the measurements say of it."""

    observables: NDArray[np.float64]  # (m,) array: in the order of ``model.observables``
    terms: NDArray[np.float64]  # (t,) array: one log-likelihood per measurement, each 0 at its maximum

    @property
    def log_likelihood(self) -> float:
        """Sum of the terms."""
        return float(self.terms.sum())

    @property
    def chi2(self) -> float:
        """-2 log L; 0 where every measurement is met exactly."""
        return 0.0 - 2 * self.log_likelihood


@dataclass(frozen=True, slots=True)
class Maximum(Prediction):
    """The highest point found of one function, with its prediction."""

    coordinates: NDArray[np.float64]  # (d,) array: sampling coordinates
    point: NDArray[np.float64]  # (p,) array: physical values in the order of ``model.parameters``
    log_prior: float  # Logarithm of the prior density in the sampling coordinates
    best_sampled: float  # What the function was at the best of the run's stored points: no more than it is here

    @property
    def log_posterior(self) -> float:
        """Logarithm of the unnormalised posterior density in the sampling coordinates."""
        return self.log_prior + self.log_likelihood


@dataclass(frozen=True, slots=True)
class BestFit:
    """Best fit of a run."""

    likelihood_maximum: Maximum  # Where the likelihood is highest within the prior's range. What the prior knows does not count here.
    # Where the posterior density is highest. A density depends on the coordinates: this is that in the sampling coordinates, in which equal
    # steps of a log-uniform or uniform parameter have equal prior mass.
    posterior_maximum: Maximum
    reference: Prediction | None  # The model's point without new physics; None where it has none
    likelihood: Likelihood  # The measurements

    @property
    def delta_chi2(self) -> float | None:
        """By how much chi^2 of the reference is above that of the likelihood's maximum."""
        return None if self.reference is None else self.reference.chi2 - self.likelihood_maximum.chi2


def best_fit(run: Run, *, seed: int = 1, starts: int = DEFAULT_STARTS) -> BestFit:
    """Find the maxima of the likelihood and of the posterior density of a run.

    A search from the best stored points of all ensembles, which can miss a higher mode that no ensemble has seen.
    """
    if starts < LEAST_STARTS:
        raise ArgumentError(f"starts = {starts}: the search needs at least {LEAST_STARTS}")
    if seed < 0:
        raise ArgumentError(f"seed = {seed}: give a whole number, at least 0")
    posterior = run.posterior_target

    def search(objective: Objective, starts: NDArray[np.float64], stream: np.random.SeedSequence) -> NDArray[np.float64]:
        random = np.random.RandomState(np.random.MT19937(stream))
        return maximise(objective, chart_of(posterior.prior.table), moves_of(posterior), starts, random)

    by_density, by_likelihood = best_points(run, starts)
    first, second = np.random.SeedSequence(seed).spawn(2)
    densest = search(posterior.log_prob, by_density, first)
    # The likelihood at the posterior's maximum is a lower bound of its own maximum, and the other way round.
    likeliest = search(posterior.log_likelihood, np.concatenate([by_likelihood, densest[np.newaxis]]), second)
    densest = max(densest, likeliest, key=lambda z: float(posterior.log_prob(z)[0]))
    return BestFit(
        _maximum(posterior, likeliest, float(posterior.log_likelihood(by_likelihood).max())),
        _maximum(posterior, densest, float(posterior.log_prob(by_density).max())),
        reference_prediction(posterior.likelihood),
        posterior.likelihood,
    )


def reference_prediction(likelihood: Likelihood) -> Prediction | None:
    """Prediction of the point without new physics."""
    if likelihood.model.reference is None:
        return None
    observables = likelihood.model.reference()
    return Prediction(observables, likelihood.log_terms(observables)[0])


def _maximum(posterior: Posterior, z: NDArray[np.float64], best_sampled: float) -> Maximum:
    found, point = Evaluation.of(posterior.evaluate(z)[0]), posterior.points(z)[0]
    return Maximum(posterior.observables(point)[0], found.terms, z, point, float(found.log_prior), best_sampled)
