"""The generic step along what the measurements leave alone knows the directions that are written by hand for this model."""

from __future__ import annotations

import numpy as np

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.moves import recipes
from lqbayes.models.three_leptoquarks.moves.mixture import _directions
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.sampling.annealing import anneal, pulls
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.moves.chart import chart_of
from lqbayes.sampling.moves.tangent import TangentMove
from lqbayes.sampling.population import PRIOR, Population

# Products with g and with g - 2: the others of the recipe are compromises, which some measurement feels.
SOFT = [0, 1, 2, 9, 10, 11, 12, 13]


def test_it_is_wide_along_the_products_of_the_recipe() -> None:
    posterior = Posterior(Prior.load("paper", PAPER), Likelihood.load("paper", PAPER))
    start = posterior.prior.sample(200, np.random.default_rng(1))
    population, signals = Population(start, posterior.evaluate(start), PRIOR, 0.0, ()), posterior.likelihood.signals
    *_, last = anneal(population, posterior.evaluate, moves_of(posterior), signals, lambda _: 1, np.random.RandomState(1))
    move = TangentMove(chart_of(posterior.prior.table), lambda z, rung: pulls(posterior.evaluate(z), rung, signals))
    factors = move.factors(last.positions, 32, seed=5)
    rng = np.random.default_rng(2)

    def stiffness(direction: np.ndarray) -> float:
        unit = direction / np.linalg.norm(direction)
        return float(np.median(np.sum((unit @ factors) ** 2, axis=1)))

    for number in SOFT:
        direction = np.array(_directions(posterior.prior.table, posterior.coordinate_names, [recipes.PAPER.scales[number]])[0])
        mixed = np.median([stiffness(direction * rng.normal(size=len(direction))) for _ in range(50)])
        assert stiffness(direction) < mixed / 9, recipes.PAPER.scales[number]
