"""Symmetries under changes of signs are found, all of them and no others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model, Observable, Parameter
from lqbayes.models.singlet.model import SINGLET
from lqbayes.models.three_leptoquarks.model import FULL, PAPER
from lqbayes.models.three_leptoquarks.moves import recipes
from lqbayes.posterior import Posterior
from lqbayes.prior.file import parse_prior_set
from lqbayes.prior.prior import Prior
from lqbayes.sampling.mixture import generic_moves
from lqbayes.sampling.moves.flips import SymmetryMove
from lqbayes.sampling.symmetries import sign_symmetries

Array = NDArray[np.float64]
OWN_MODELS = Path(__file__).parents[1] / "cli" / "own_models"
EITHER = {"distribution": "log-uniform", "range": [0.01, 10.0], "sign": "either", "unit": "1", "source": "test"}
POSITIVE = {key: value for key, value in EITHER.items() if key != "sign"} | {"sign": "positive"}
UNIFORM = {"distribution": "uniform", "range": [-3.0, 3.0], "unit": "1", "source": "test"}
NORMAL = {"distribution": "normal", "value": 0.0, "error": 2.0, "unit": "1", "source": "test"}
CIRCLE = {"distribution": "circle", "source": "test"}


def _posterior(predict: Callable[[Array], Array], priors: Sequence[dict[str, object]], observables: int, **more: object) -> Posterior:
    names = [f"x{k}" for k in range(len(priors))]
    parameters = tuple(Parameter(name, "rad" if p is CIRCLE else "1", periodic=p is CIRCLE) for name, p in zip(names, priors, strict=True))
    model = Model("small", "", parameters, tuple(Observable(f"o{k}") for k in range(observables)), predict)
    prior = {"title": "t", "parameters": dict(zip(names, priors, strict=True))}
    form = {"form": "gaussian", "value": 1.0, "error": 0.1, "unit": "1", "source": "test"} | more
    common = {key: value for key, value in form.items() if value is not None}
    measured = [{"name": f"m{k}", "observable": f"o{k}", "data": [f"d{k}"], **common} for k in range(observables)]
    likelihood = {"title": "t", "data": {f"d{k}": "test" for k in range(observables)}, "measurement": measured}
    return Posterior(
        Prior(parse_prior_set(prior, "test.toml", model), model), Likelihood(parse_likelihood_set(likelihood, "test.toml", model), model)
    )


def _found(posterior: Posterior) -> list[set[str]]:
    return [{posterior.coordinate_names[k] for k in group} for group in sign_symmetries(posterior)]


def _rank(groups: Sequence[set[str]]) -> int:
    """Number of sets that no others imply."""
    names = sorted(set().union(*groups))
    left = [sum(1 << names.index(name) for name in group) for group in groups]
    rank = 0
    while left:
        pivot = left.pop()
        if pivot:
            rank += 1
            low = pivot & -pivot
            left = [row ^ pivot if row & low else row for row in left]
    return rank


def test_those_of_the_three_leptoquarks_that_were_found_by_hand() -> None:
    found = _found(Posterior(Prior.load("paper", PAPER), Likelihood.load("paper", PAPER)))
    by_hand = [set(group) for group in recipes.PAPER.symmetries]
    assert len(by_hand) == 5
    assert _rank(found) == len(found)
    assert _rank([*found, *by_hand]) == len(found)  # combinations of what was found


def test_with_everything_that_is_measured_only_two_are_left() -> None:
    found = _found(Posterior(Prior.load("full", FULL), Likelihood.load("full-2026", FULL)))
    assert sorted(found, key=len) == [set(recipes.F), {*recipes.H, *recipes.HT}]


@pytest.mark.parametrize("prior", ["s1", "s1-uniform"])
def test_the_four_images_of_the_singlet(prior: str) -> None:
    posterior = Posterior(Prior.load(prior, SINGLET), Likelihood.load("s1", SINGLET))
    assert _found(posterior) == [{"yL_22", "yL_32", "yR_32"}, {"yL_23", "yL_33", "yR_23", "yR_33"}]
    move = next(move for move, _ in generic_moves(posterior) if isinstance(move, SymmetryMove))
    start = np.repeat(posterior.prior.sample(1, np.random.default_rng(1)), 4000, axis=0)
    images, counts = np.unique(move.get_proposal(start, start, 7)[0], axis=0, return_counts=True)
    assert len(images) == 4
    assert np.all(np.abs(counts - 1000) < 4.5 * np.sqrt(750))
    np.testing.assert_allclose(posterior.log_prob(images), posterior.log_prob(start[:1]).repeat(4), rtol=1e-9)


def test_the_pair_of_a_product() -> None:
    model = Model.load(OWN_MODELS / "ridge.py")
    assert _found(Posterior(Prior.load(OWN_MODELS / "ridge-prior.toml", model), Likelihood.load(OWN_MODELS / "ridge.toml", model))) == [
        {"g", "h"}
    ]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dimension", [6, 20, 60])
def test_any_sums_of_products(seed: int, dimension: int) -> None:
    """Each observable is a sum of products whose sets of odd factors are known: what is even in all of them is the answer."""
    rng = np.random.default_rng([seed, dimension])
    odd = rng.random((8, 3, dimension)) < 3 / dimension

    def predict(points: Array) -> Array:
        products = np.prod(np.where(odd, points[:, None, None, :], 1 + points[:, None, None, :] ** 2 / 100), axis=-1)
        return products @ np.array([1.0, 0.7, 0.4])

    posterior = _posterior(predict, [EITHER] * dimension, 8)
    found = np.zeros((len(groups := sign_symmetries(posterior)), dimension), dtype=int)
    for row, group in zip(found, groups, strict=True):
        row[group] = 1
    rows = odd.reshape(-1, dimension)
    assert not np.any(rows @ found.T % 2)
    names = [{f"{k}" for k in np.flatnonzero(row)} for row in rows]
    assert _rank([group for group in names if group]) + len(groups) == dimension


def test_mirror_images_of_intervals_lines_and_circles() -> None:
    def predict(points: Array) -> Array:
        a, b, c, d = points.T
        return np.column_stack([a * b, b**2, np.sin(c) * a, np.cos(c), d**2])

    posterior = _posterior(predict, [UNIFORM, NORMAL, CIRCLE, POSITIVE], 5)
    assert _found(posterior) == [{"x0", "x1", "x2"}]


@pytest.mark.parametrize("change", [{"range": [-3.0, 3.1]}, {"range": [0.0, 3.0]}])
def test_not_where_the_prior_has_none(change: dict[str, object]) -> None:
    assert _found(_posterior(lambda points: points**2, [UNIFORM], 1)) == [{"x0"}]
    assert _found(_posterior(lambda points: points**2, [UNIFORM | change], 1)) == []
    assert _found(_posterior(lambda points: points**2, [NORMAL | {"value": 0.1}], 1)) == []
    assert _found(_posterior(lambda points: points**2, [POSITIVE], 1)) == []


def test_what_a_small_part_breaks_is_broken() -> None:
    """The other sign changes the observable by a millionth."""
    assert _found(_posterior(lambda points: points**2 + 1e-6 * points, [EITHER], 1)) == []


def test_where_only_the_modulus_was_measured() -> None:
    limit = {"form": "upper-limit", "limit": 1.0, "cl": 0.9, "value": None, "error": None}
    assert _found(_posterior(lambda points: points, [EITHER], 1, **limit)) == []
    assert _found(_posterior(lambda points: points, [EITHER], 1, modulus=True, **limit)) == [{"x0"}]
