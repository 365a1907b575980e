"""Synthetic measurements are distributed as the likelihood says."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import cumulative_trapezoid

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.synthetic import check_can_be_drawn, synthetic_likelihood
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX, OBSERVABLES

DRAWS = 1000
ERROR_PROBABILITY = 1e-3


def likelihood_of(*names: str) -> Likelihood:
    settings = Likelihood.load("calibration").settings
    chosen = tuple(m for m in settings.measurements if not names or m.name in names)
    return Likelihood(replace(settings, measurements=chosen), PAPER)


@pytest.fixture
def observables() -> np.ndarray:
    values = np.random.default_rng(1).uniform(0.3, 1.0, len(OBSERVABLES))
    values[OBSERVABLE_INDEX["delta_a_mu"]] = 2.5e-9
    values[OBSERVABLE_INDEX["dm_Bs"]] = -1e-12
    return values


@pytest.mark.parametrize("name", ["delta_a_mu", "R_K"])
def test_density_of_a_value_is_the_likelihood_as_its_function(name: str, observables: np.ndarray) -> None:
    likelihood = likelihood_of(name)
    rng = np.random.default_rng(2)
    drawn = np.array([synthetic_likelihood(likelihood, observables, rng).settings.measurements[0].centre[0] for _ in range(DRAWS)])
    (measurement,) = likelihood.settings.measurements
    widest = 6 * max(measurement.sigma_plus[0], measurement.sigma_minus[0])
    grid = observables[OBSERVABLE_INDEX[name]] + np.linspace(-widest, widest, 801)

    def density(value: float) -> float:
        moved = Likelihood(replace(likelihood.settings, measurements=(measurement.with_values([value]),)), PAPER)
        return math.exp(moved.log_terms(observables)[0, 0])

    cumulative = cumulative_trapezoid([density(value) for value in grid], grid, initial=0)
    shares = np.interp(drawn, grid, cumulative / cumulative[-1])
    assert stats.kstest(shares, "uniform").pvalue > ERROR_PROBABILITY
    # The sides of a split normal the wrong way round would be noticed.
    if measurement.sigma_plus != measurement.sigma_minus:
        exchanged = np.interp(2 * observables[OBSERVABLE_INDEX[name]] - drawn, grid, cumulative / cumulative[-1])
        assert stats.kstest(exchanged, "uniform").pvalue < ERROR_PROBABILITY


def test_correlated_values(observables: np.ndarray) -> None:
    likelihood = likelihood_of("C9_C10_mu")
    rng = np.random.default_rng(3)
    drawn = [synthetic_likelihood(likelihood, observables, rng) for _ in range(DRAWS)]
    chi2 = np.array([-2 * d.log_terms(observables)[0, 0] for d in drawn])
    assert stats.kstest(chi2, stats.chi2(2).cdf).pvalue > ERROR_PROBABILITY
    predicted = observables[[OBSERVABLE_INDEX["C9_mu"], OBSERVABLE_INDEX["C10_mu"]]]
    difference = np.array([d.settings.measurements[0].centre for d in drawn]) - predicted
    for column, sigma in enumerate(likelihood.settings.measurements[0].sigma_plus):
        assert stats.kstest(difference[:, column] / sigma, "norm").pvalue > ERROR_PROBABILITY
    # Fisher's transformation: normal with the variance 1 / (n - 3).
    correlation = np.corrcoef(difference.T)[0, 1]
    assert abs(math.atanh(correlation) - math.atanh(0.3)) < 3.3 / math.sqrt(DRAWS - 3)


def test_terms_are_independent_and_else_unchanged(observables: np.ndarray) -> None:
    likelihood = likelihood_of()
    rng = np.random.default_rng(4)
    drawn = [synthetic_likelihood(likelihood, observables, rng) for _ in range(DRAWS)]
    terms = np.array([d.log_terms(observables)[0] for d in drawn])
    values = [k for k, m in enumerate(likelihood.settings.measurements) if m.form != "hard-bound"]
    correlations = np.corrcoef(terms[:, values].T)[np.triu_indices(len(values), 1)]
    assert np.max(np.abs(correlations)) < 4.5 / math.sqrt(DRAWS)
    assert np.all(terms[:, likelihood.term_names.index("perturbativity")] == 0)
    for before, after in zip(likelihood.settings.measurements, drawn[0].settings.measurements, strict=True):
        assert before.form == "hard-bound" or after.with_values(before.centre) == before
        assert (after.centre != before.centre) == (before.form != "hard-bound")


def test_same_seed_same_values(observables: np.ndarray) -> None:
    first, second, other = (synthetic_likelihood(likelihood_of(), observables, np.random.default_rng(seed)).settings for seed in (5, 5, 6))
    assert first == second != other


def test_limits_and_cuts_are_refused() -> None:
    with pytest.raises(ArgumentError, match="BR_mu_egamma, .*do not say how a measured value is distributed"):
        check_can_be_drawn(Likelihood.load("paper"))
    settings = likelihood_of("R_K").settings
    cut = Likelihood(replace(settings, measurements=(settings.measurements[0].model_copy(update={"cut": 2.0}),)), PAPER)
    with pytest.raises(ArgumentError, match="R_K"):
        check_can_be_drawn(cut)
    check_can_be_drawn(likelihood_of())


def test_infinite_prediction_is_refused(observables: np.ndarray) -> None:
    observables[OBSERVABLE_INDEX["R_K"]] = math.inf
    with pytest.raises(ArgumentError, match="'R_K': the true point has no finite prediction"):
        synthetic_likelihood(likelihood_of(), observables, np.random.default_rng(1))
