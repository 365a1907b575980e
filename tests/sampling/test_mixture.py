"""The mixture of moves for models that bring none of their own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import toy_model
from invariance import Target, _features, check
from numpy.typing import NDArray
from scipy import integrate, stats

from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model, Observable, Parameter
from lqbayes.posterior import Posterior
from lqbayes.prior.file import parse_prior_set
from lqbayes.prior.prior import Prior
from lqbayes.sampling.annealing import anneal
from lqbayes.sampling.evidence import combined
from lqbayes.sampling.mixture import generic_moves, moves_of
from lqbayes.sampling.moves.chart import chart_of
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.flips import FlipMove
from lqbayes.sampling.moves.refresh import RefreshMove
from lqbayes.sampling.moves.tangent import TangentMove
from lqbayes.sampling.moves.walk import WalkMove
from lqbayes.sampling.population import PRIOR, Population

Array = NDArray[np.float64]
REPETITIONS = 16
MEASURED = {
    "name": "x",
    "observable": "x",
    "form": "gaussian",
    "value": 1.0,
    "error": 0.1,
    "unit": "1",
    "source": "test",
    "data": ["x"],
}


def _posterior(parameters: int) -> Posterior:
    """A magnitude with a sign, and perhaps an angle: what is measured is g, or g cos(phi)."""

    def predict(points: Array) -> Array:
        return points.prod(axis=1, keepdims=True) if parameters == 1 else (points[:, 0] * np.cos(points[:, 1]))[:, np.newaxis]

    model = Model(
        "small",
        str(parameters),
        (Parameter("g"), Parameter("phi", "rad", periodic=True))[:parameters],
        (Observable("x"),),
        predict,
    )
    prior = {
        "g": {"distribution": "log-uniform", "range": [0.1, 10.0], "sign": "either", "unit": "1", "source": "test"},
        "phi": {"distribution": "circle", "source": "test"},
    }
    return Posterior(
        Prior(parse_prior_set({"title": "t", "parameters": dict(list(prior.items())[:parameters])}, "test.toml", model), model),
        Likelihood(parse_likelihood_set({"title": "t", "data": {"x": "test"}, "measurement": [MEASURED]}, "test.toml", model), model),
    )


def _evidence(parameters: int) -> float:
    def over_g(factor: float) -> float:
        def density(log_g: float) -> float:
            both = [math.exp(-0.5 * ((sign * math.exp(log_g) * factor - 1) / 0.1) ** 2) for sign in (-1, 1)]
            return 0.5 * sum(both) / math.log(100)

        best = [-math.log(abs(factor))] if 0.1 < abs(factor) else None
        return float(integrate.quad(density, math.log(0.1), math.log(10), points=best, limit=200)[0])

    if parameters == 1:
        return over_g(1.0)
    return float(integrate.quad(lambda phi: over_g(math.cos(phi)), 0, math.pi / 2, limit=200)[0]) * 2 / math.pi


@pytest.mark.parametrize("parameters", [1, 2])
def test_few_parameters_anneal_to_the_evidence(parameters: int) -> None:
    posterior = _posterior(parameters)
    errors = []
    for seed in range(REPETITIONS):
        random = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
        start = posterior.prior.sample(400, np.random.default_rng(100 + seed))
        population = Population(start, posterior.evaluate(start), PRIOR, 0.0, ())
        moves, signals = moves_of(posterior), posterior.likelihood.signals
        *_, last = anneal(population, posterior.evaluate, moves, signals, lambda _: 15, random)
        errors.append(last.log_evidence - math.log(_evidence(parameters)))
    low, high = combined(np.array(errors)).interval(1 - 1e-4)
    assert high - low < 0.6
    assert low < 0 < high


def _weighted() -> Target:
    """The prior of the toy model times a function of all its coordinates, at most 1; exact draws by rejection."""
    prior = toy_model.posterior().prior
    chart = chart_of(prior.table)

    def weight(z: Array) -> Array:
        slope, offset, scale, coupling, phase = z.T
        total = (1 + 0.9 * np.cos(2 * math.pi * phase + slope)) / 1.9 * np.exp(-np.abs(coupling - scale))
        return np.asarray(total * (0.6 - 0.4 * np.tanh(offset * slope) * np.sign(coupling)))

    def draw(n: int, rng: np.random.Generator) -> Array:
        z = prior.sample(12 * n, rng)
        return z[rng.random(len(z)) < weight(z)][:n]

    def log_prob(z: Array) -> Array:
        result = prior.log_density(z)
        inside = np.isfinite(result)
        result[inside] += np.log(weight(z[inside]))
        return result

    def statistics(z: Array) -> Array:
        features = _features(z, chart)
        rows, columns = np.triu_indices(features.shape[1])
        return np.hstack([features, features[:, rows] * features[:, columns]])

    return Target(chart, draw, log_prob, statistics)


def test_the_whole_mixture_is_invariant() -> None:
    moves = generic_moves(toy_model.posterior())
    assert {DifferenceMove, RefreshMove, WalkMove, TangentMove, FlipMove} <= {type(move) for move, _ in moves}
    outcome = check(moves, _weighted(), seed=3, steps=20)
    assert outcome.moved > 0.9
    assert outcome.displacement > 0.3
    assert outcome.invariant, outcome


def test_a_single_normal_parameter() -> None:
    model = Model("line", "", (Parameter("a"),), (Observable("x"),), lambda points: points)
    table = {"a": {"distribution": "normal", "value": 2.0, "error": 3.0, "unit": "1", "source": "test"}}
    prior = Prior(parse_prior_set({"title": "t", "parameters": table}, "test.toml", model), model)
    likelihood = Likelihood(
        parse_likelihood_set({"title": "t", "data": {"x": "test"}, "measurement": [MEASURED]}, "test.toml", model), model
    )
    chart = chart_of(prior.table)
    target = Target(chart, prior.sample, prior.log_density, lambda z: np.hstack([z, z**2, z**3]), stats.norm.cdf)
    outcome = check(generic_moves(Posterior(prior, likelihood)), target, seed=4, steps=12)
    assert outcome.invariant, outcome
    assert outcome.displacement > 0.5
