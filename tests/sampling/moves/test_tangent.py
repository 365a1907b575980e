"""Directions of the tangent step: as long as the linearised likelihood is wide, and found where a product is all that was measured."""

from __future__ import annotations

import numpy as np
from invariance import MIXED_CHART, bent_pulls
from numpy.typing import NDArray

from lqbayes.sampling.moves.chart import SIGNED, Chart, line_chart
from lqbayes.sampling.moves.tangent import TangentMove
from lqbayes.sampling.population import Rung

Array = NDArray[np.float64]


def _orthonormal(directions: Array, precision: Array) -> None:
    np.testing.assert_allclose(directions @ precision @ directions.transpose(0, 2, 1), np.eye(len(precision)) + 0 * directions, atol=1e-6)


def test_conjugate_directions_of_linear_pulls() -> None:
    rng = np.random.default_rng(1)
    slopes = 10 * rng.normal(size=(4, 7))
    move = TangentMove(line_chart(7), lambda z, _: z @ slopes.T)
    directions = move.directions(rng.normal(size=(50, 7)), 3, seed=5)
    _orthonormal(directions, slopes.T @ slopes + np.eye(7))
    # One has one coordinate, the next that and another, in an order that differs.
    assert np.all(np.count_nonzero(directions, axis=2) == np.arange(1, 8))
    assert len(np.unique(directions[:, 0] != 0, axis=0)) > 1


def test_a_product_leaves_the_ratio_as_wide_as_the_prior() -> None:
    """Logarithms u, v of two couplings of which u + v is measured to a thousandth: one of the directions is (1, -1)."""
    chart = Chart(np.full(2, SIGNED), np.full(2, -1.0), np.full(2, 1.0))

    def pulls(z: Array, _: Rung) -> Array:
        return (np.abs(z).sum(axis=1, keepdims=True) - 1) / 1e-3

    walkers = np.array([[0.3, 0.7], [-0.2, 0.8], [0.4, -0.6]])
    directions = TangentMove(chart, pulls).directions(walkers, 8, seed=5)
    np.testing.assert_allclose(directions[:, 1, 0], -directions[:, 1, 1], rtol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(directions[:, 1], axis=1), np.sqrt(1 / 12), rtol=1e-4)


def test_the_prior_alone_where_nothing_is_measured() -> None:
    move = TangentMove(MIXED_CHART, lambda z, _: np.zeros((len(z), 1)))
    directions = move.directions(np.tile((MIXED_CHART.lower + 0.5).clip(-1, 3), (2, 1)), 4, seed=5)
    deviations = np.array([1, 1, 1, 1, 3, 0.5, np.sqrt(12), np.sqrt(12)]) / np.sqrt(12)
    _orthonormal(directions, np.diag(deviations**-2))


def test_what_has_no_derivative_counts_as_free() -> None:
    def pulls(z: Array, rung: Rung) -> Array:
        return np.where(z[:, :1] > 0, np.inf, bent_pulls(z, rung))

    assert np.all(np.isfinite(TangentMove(line_chart(3), pulls).directions(np.zeros((4, 3)), 4, seed=5)))
