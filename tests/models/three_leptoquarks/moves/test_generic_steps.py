"""What leaves all measurements of this model alone is known without it, from derivatives at some walkers."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.moves import recipes
from lqbayes.models.three_leptoquarks.moves.mixture import _directions
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.sampling.annealing import pulls
from lqbayes.sampling.moves.chart import chart_of
from lqbayes.sampling.moves.tangent import TangentMove


@cache
def derivatives() -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Names of the coordinates, derivatives of the measured terms at some draws of the prior, (n, d), and the directions by hand."""
    posterior = Posterior(Prior.load("paper", PAPER), Likelihood.load("paper", PAPER))
    walkers = posterior.prior.sample(400, np.random.default_rng(1))
    move = TangentMove(chart_of(posterior.prior.table), lambda z, rung: pulls(posterior.evaluate(z), rung, posterior.likelihood.signals))
    slopes = move.slopes(walkers, 64, seed=5)
    names = posterior.coordinate_names
    return (
        names,
        slopes.transpose(0, 2, 1).reshape(-1, len(names)),
        np.array(_directions(posterior.prior.table, names, recipes.PAPER.scales)),
    )


def test_the_product_of_f_and_the_mixing_angle() -> None:
    """Of the products that are written by hand it is the one that changes nothing; the others only change what is measured badly."""
    names, slopes, directions = derivatives()
    columns = [names.index(name) for name in (*recipes.F, *recipes.LOOP)]
    rows = slopes[:, columns]
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    _, values, vectors = np.linalg.svd(rows[size[:, 0] > 0] / size[size[:, 0] > 0])
    by_hand = directions[0, columns]
    assert values[-1] < 1e-2 * values[-2]
    assert abs(vectors[-1] @ by_hand) > 0.999 * np.linalg.norm(by_hand)


def test_the_other_products_change_what_is_measured() -> None:
    """Some term feels each of them; most are felt less than a random direction of the same parameters."""
    _, slopes, directions = derivatives()
    rng = np.random.default_rng(2)
    involved = slopes[:, np.any(directions != 0, axis=0)]
    rows = slopes / np.where((size := np.linalg.norm(involved, axis=1, keepdims=True)) > 0, size, np.inf)

    def felt(direction: NDArray[np.float64]) -> float:
        return float(np.sqrt(np.mean((rows @ direction) ** 2)) / np.linalg.norm(direction))

    by_hand = np.array([felt(direction) for direction in directions])
    at_random = np.array(
        [
            np.median([felt(np.where(direction != 0, rng.standard_normal(direction.size), 0.0)) for _ in range(100)])
            for direction in directions
        ]
    )
    assert len(directions) == 17
    assert by_hand[0] < 1e-2 * by_hand[1:].min()
    assert np.sum(by_hand[1:] < at_random[1:]) > 8
