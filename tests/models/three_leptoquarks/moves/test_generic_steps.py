"""What leaves all measurements of this model alone is known without it, from derivatives at some walkers."""

from __future__ import annotations

import numpy as np

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.moves import recipes
from lqbayes.models.three_leptoquarks.moves.mixture import _directions
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.sampling.annealing import pulls
from lqbayes.sampling.moves.chart import chart_of
from lqbayes.sampling.moves.tangent import TangentMove


def test_the_product_of_f_and_the_mixing_angle() -> None:
    """Of the products that are written by hand it is the one that changes nothing; the others only change what is measured badly."""
    posterior = Posterior(Prior.load("paper", PAPER), Likelihood.load("paper", PAPER))
    names = posterior.coordinate_names
    walkers = posterior.prior.sample(400, np.random.default_rng(1))
    move = TangentMove(chart_of(posterior.prior.table), lambda z, rung: pulls(posterior.evaluate(z), rung, posterior.likelihood.signals))
    slopes = move.slopes(walkers, 64, seed=5)
    columns = [names.index(name) for name in (*recipes.F, *recipes.LOOP)]
    rows = slopes[:, columns].transpose(0, 2, 1).reshape(-1, len(columns))
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    _, values, vectors = np.linalg.svd(rows[size[:, 0] > 0] / size[size[:, 0] > 0])
    by_hand = np.array(_directions(posterior.prior.table, names, recipes.PAPER.scales[:1]))[0, columns]
    assert values[-1] < 1e-2 * values[-2]
    assert abs(vectors[-1] @ by_hand) > 0.999 * np.linalg.norm(by_hand)
