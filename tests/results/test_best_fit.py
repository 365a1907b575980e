from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.posterior import Posterior
from lqbayes.prior.coordinates import FIXED
from lqbayes.prior.prior import Prior
from lqbayes.results import best_fit as module
from lqbayes.results.best_fit import BestFit, best_fit, reference_prediction

# Two results for g - 2 meet half-way, 1 sigma from each; a branching ratio cannot follow its measurement below 0: chi2 = 1 + 1 + 1.
KNOWN = """
title = "A likelihood whose maximum is known"
[data]
a = "one"
b = "another"
c = "a third"
[[measurement]]
name = "first"
observable = "delta_a_mu"
form = "gaussian"
value = 20e-10
error = 5e-10
unit = "1"
source = "none"
data = ["a"]
[[measurement]]
name = "second"
observable = "delta_a_mu"
form = "gaussian"
value = 30e-10
error = 5e-10
unit = "1"
source = "none"
data = ["b"]
[[measurement]]
name = "below_zero"
observable = "BR_tau_egamma"
form = "gaussian"
value = -1e-8
error = 1e-8
unit = "1"
source = "none"
data = ["c"]
"""


class StoredDraws:
    """What the search reads of a run: two ensembles of prior draws, each of one population."""

    path = Path("chains/draws")
    configuration = SimpleNamespace(ensembles=2, sampling=SimpleNamespace(steps_per_population=5))

    def __init__(self, likelihood: Likelihood) -> None:
        self.posterior_target = Posterior(Prior.load("paper"), likelihood)
        self.z = self.posterior_target.prior.sample(2 * 5 * 300, np.random.default_rng(8)).reshape(2, 5, 300, -1)

    def stored_heights(self, index: int) -> Iterator[np.ndarray]:
        yield from np.stack([self.log_density()[index], self.terms()[index].sum(axis=-1)], axis=1)

    def stored_coordinates(self, index: int, steps: Sequence[int]) -> Iterator[np.ndarray]:
        yield from (self.z[index, step] for step in steps)

    def terms(self) -> np.ndarray:
        return self.posterior_target.terms(self.z.reshape(3000, -1)).reshape(2, 5, 300, -1)

    def log_density(self) -> np.ndarray:
        return self.posterior_target.log_prob(self.z.reshape(3000, -1)).reshape(2, 5, 300)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("files") / "known.toml"
    path.write_text(KNOWN, encoding="utf-8")
    return StoredDraws(Likelihood.load(path))


@pytest.fixture(scope="module")
def fit(run: Any) -> BestFit:
    return best_fit(run, starts=64)


def test_reaches_the_known_maxima(run: Any, fit: BestFit) -> None:
    table = run.posterior_target.prior.table
    highest_prior = table.log_norm[table.kind != FIXED].sum()
    assert fit.likelihood_maximum.chi2 == pytest.approx(3, abs=1e-4)
    assert fit.likelihood_maximum.observables[OBSERVABLE_INDEX["delta_a_mu"]] == pytest.approx(25e-10, rel=1e-2)
    assert fit.posterior_maximum.log_posterior == pytest.approx(highest_prior - 1.5, abs=1e-3)
    assert fit.posterior_maximum.log_posterior <= highest_prior - 1.5 + 1e-12


def test_never_below_the_draws(run: Any, fit: BestFit) -> None:
    assert fit.likelihood_maximum.best_sampled == pytest.approx(run.terms().sum(axis=-1).max(), rel=1e-12)
    assert fit.posterior_maximum.best_sampled == pytest.approx(run.log_density().max(), rel=1e-12)
    assert fit.likelihood_maximum.log_likelihood >= fit.likelihood_maximum.best_sampled
    assert fit.posterior_maximum.log_posterior >= fit.posterior_maximum.best_sampled


def test_each_maximum_is_the_higher_one_of_its_own_function(fit: BestFit) -> None:
    assert fit.likelihood_maximum.log_likelihood >= fit.posterior_maximum.log_likelihood
    assert fit.posterior_maximum.log_posterior >= fit.likelihood_maximum.log_posterior


def test_a_search_that_finds_nothing_gives_the_best_draw(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "maximise", lambda objective, chart, moves, starts, random: starts[objective(starts).argmax()])
    lazy = best_fit(run, starts=8)
    heights = run.terms().sum(axis=-1)
    assert lazy.likelihood_maximum.log_likelihood == pytest.approx(heights.max(), rel=1e-12)
    np.testing.assert_array_equal(lazy.likelihood_maximum.coordinates, run.z[np.unravel_index(heights.argmax(), heights.shape)])


def test_starts_come_from_every_ensemble(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def record(objective: Any, chart: Any, moves: Any, starts: Any, random: Any) -> Any:
        seen.append(starts)
        return starts[0]

    monkeypatch.setattr(module, "maximise", record)
    best_fit(run, starts=10)
    for ensemble in run.z:
        draws = {tuple(z) for z in ensemble.reshape(-1, ensemble.shape[-1])}
        assert [sum(tuple(z) in draws for z in starts[:10]) for starts in seen] == [5, 5]


def test_one_seed_one_result(run: Any, fit: BestFit) -> None:
    again = best_fit(run, starts=64)
    np.testing.assert_array_equal(again.likelihood_maximum.coordinates, fit.likelihood_maximum.coordinates)
    np.testing.assert_array_equal(again.posterior_maximum.coordinates, fit.posterior_maximum.coordinates)


def test_the_parts_of_a_maximum_belong_together(run: Any, fit: BestFit) -> None:
    for maximum in (fit.likelihood_maximum, fit.posterior_maximum):
        z = maximum.coordinates
        np.testing.assert_array_equal(maximum.point, run.posterior_target.points(z)[0])
        np.testing.assert_array_equal(maximum.observables, run.posterior_target.observables(maximum.point)[0])
        assert maximum.log_posterior == pytest.approx(run.posterior_target.log_prob(z)[0], rel=1e-14)
        assert maximum.chi2 == pytest.approx(-2 * run.posterior_target.log_likelihood(z)[0], rel=1e-14)


def test_standard_model() -> None:
    prediction = reference_prediction(Likelihood.load("paper"))
    assert prediction is not None
    nonzero = {name: prediction.observables[k] for name, k in OBSERVABLE_INDEX.items() if prediction.observables[k] != 0}
    assert nonzero == {"R_K": pytest.approx(1.0004163), "BR_Bs_mumu": pytest.approx(3.62893e-9)}
    x, y, rho = 0.864 / 0.182, -0.342 / 0.226, 0.157
    bsmumu = (x * x - 2 * rho * x * y + y * y) / (1 - rho * rho)
    r_k = (1.0004163 - 0.846) ** 2 / (0.042**2 + 0.013**2)
    assert prediction.chi2 == pytest.approx((25.1 / 5.9) ** 2 + bsmumu + r_k)


def test_delta_chi2_of_the_standard_model(fit: BestFit) -> None:
    # 4 and 6 sigma from the two results for g - 2, 1 sigma from the branching ratio, as the fit is.
    assert fit.reference.chi2 == pytest.approx(16 + 36 + 1)
    assert fit.delta_chi2 == pytest.approx(50, abs=1e-4)


@pytest.mark.parametrize("options", [{"starts": 7}, {"seed": -1}])
def test_wrong_arguments(run: Any, options: dict[str, int]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        best_fit(run, **options)


def test_draws_without_a_finite_likelihood(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "stored_heights", lambda index: iter(np.full((5, 2, 300), -math.inf)))
    with pytest.raises(RunError, match="chains/draws: no draw has a finite likelihood"):
        best_fit(run)
