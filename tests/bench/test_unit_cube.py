from __future__ import annotations

import numpy as np
import pytest

from lqbayes import Prior


@pytest.mark.parametrize("name", ["paper", "paper-positive", "paper-inverted", "calibration"])
def test_cube_gives_the_draws_of_the_prior(name: str) -> None:
    from unit_cube import UnitCube

    prior = Prior.load(name)
    cube = UnitCube(prior)
    # Prior.sample maps the same uniform numbers.
    u = np.random.default_rng(7).random((5000, prior.dimension))
    expected = prior.sample(5000, np.random.default_rng(7))
    assert np.allclose(cube(u), expected, rtol=1e-12, atol=1e-14)
    assert np.array_equal(cube(u[3]), cube(u)[3])


def test_corners_are_inside() -> None:
    from unit_cube import UnitCube

    prior = Prior.load("paper")
    corners = UnitCube(prior)(np.array([np.zeros(prior.dimension), np.ones(prior.dimension)]))
    assert np.all(np.isfinite(prior.log_density(corners)))


def test_circles() -> None:
    from unit_cube import UnitCube

    prior = Prior.load("paper")
    names = [prior.coordinate_names[column] for column in UnitCube(prior).circles]
    assert names == ["A_12_arg", "A_13_arg", "A_23_arg", "alpha_21", "alpha_31"]
