"""The unit cube and the prior: what nested samplers want, and what draws are made of."""

from __future__ import annotations

import time

import numpy as np
import pytest
import toy_model
from scipy import stats

from lqbayes.prior.prior import Prior

PRIORS = ["paper", "paper-positive", "paper-inverted", "calibration"]


@pytest.mark.parametrize("name", PRIORS)
def test_draws_are_the_cube_transformed(name: str) -> None:
    prior = Prior.load(name)
    u = np.random.default_rng(7).random((500, prior.dimension))
    z = prior.transform(u)
    assert z.tobytes() == prior.sample(500, np.random.default_rng(7)).tobytes()
    assert prior.transform(u[3]).tobytes() == z[3].tobytes()


@pytest.mark.parametrize("name", PRIORS)
def test_the_corners_are_inside(name: str) -> None:
    prior = Prior.load(name)
    corners = prior.transform(np.array([np.zeros(prior.dimension), np.ones(prior.dimension)]))
    assert np.all(np.isfinite(prior.log_density(corners)))


def test_it_is_the_quantile_function_of_each_distribution() -> None:
    prior = toy_model.posterior().prior
    u = np.array([[0.1, 0.5, 0.25, 0.25, 0.3], [0.9, 0.975, 0.75, 0.75, 0.6]])
    slope, offset, scale, coupling, phase = prior.points(prior.transform(u)).T
    np.testing.assert_allclose(slope, stats.norm.ppf([0.1, 0.9]), rtol=1e-12)
    np.testing.assert_allclose(offset, stats.norm.ppf([0.5, 0.975], 1, 2), rtol=1e-12)
    np.testing.assert_allclose(scale, 10 ** np.array([-0.5, 0.5]), rtol=1e-12)
    np.testing.assert_allclose(coupling, [-1, 1], rtol=1e-12)  # half of the cube for either sign, the largest magnitudes at its ends
    np.testing.assert_allclose(phase, 2 * np.pi * np.array([0.3, 0.6]), rtol=1e-12)


def test_many_points_are_quick() -> None:
    """20 000 points take some 20 ms on an idle core; one by one they would take seconds."""
    prior = Prior.load("paper")
    points = prior.points(prior.sample(20_000, np.random.default_rng(1)))
    prior.coordinates(points[:1])
    start = time.process_time()
    prior.coordinates(points)
    assert time.process_time() - start < 0.5
