"""Nested R-hat and effective sample sizes, on draws whose effective number is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.quantities import Draws, Quantity, quantities
from lqbayes.sampling.convergence import QuantityConvergence, assess, judge
from lqbayes.sampling.effective_size import effective_sample_size, nested_rhat, rank_normalised
from lqbayes.sampling.estimates import Ordered, error_share, share_in_units
from lqbayes.sampling.evidence_shift import SMALLEST_SHIFT
from lqbayes.sampling.settings import ConvergenceTargets

Array = NDArray[np.float64]


def _normal(shape: tuple[int, int, int], seed: int = 1) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def _ar1(shape: tuple[int, int, int], rho: float, seed: int = 2) -> Array:
    """Stationary AR(1) series with variance 1, walkers independent of each other."""
    rng = np.random.default_rng(seed)
    x = np.empty(shape)
    x[:, 0] = rng.normal(size=(shape[0], shape[2]))
    for step in range(1, shape[1]):
        x[:, step] = rho * x[:, step - 1] + math.sqrt(1 - rho**2) * rng.normal(size=(shape[0], shape[2]))
    return x


def _spread(ensembles: int) -> float:
    """Relative error of a variance from so many ensembles: that of the effective sample size from their scatter."""
    return math.sqrt(2 / (ensembles - 1))


def test_independent_draws() -> None:
    x = _normal((400, 20, 10))
    # R-hat^2 - 1 = B / W is 1 / (steps walkers) up to the error of B; W is known far better.
    assert nested_rhat(x) ** 2 - 1 == pytest.approx(1 / 200, rel=5 * _spread(400))
    # The smaller one of two estimates, hence rather below than above; five standard deviations.
    assert effective_sample_size(x) == pytest.approx(x.size, rel=5 * _spread(400))


def test_rhat_of_shifted_ensembles() -> None:
    x = _normal((4, 50, 100))
    good = nested_rhat(x)
    assert good < 1.001
    shift = np.array([0.3, -0.3, 0.1, -0.1])
    expected = math.sqrt(1 + np.var(shift, ddof=1))  # 1.035
    # Means of 5000 draws are known to 0.014, so B to about 0.014 * 2 * 0.26.
    assert nested_rhat(x + shift[:, None, None]) == pytest.approx(expected, abs=0.008)
    assert nested_rhat(x + np.array([0.5, 0, 0, 0])[:, None, None]) > 1.02
    assert effective_sample_size(x + shift[:, None, None]) < 4 / np.var(shift, ddof=1) * 1.5


def test_rhat_by_hand() -> None:
    x = np.array([[[1.0, 3.0]], [[2.0, 6.0]]])
    # Means 2 and 4: B = 2. Variances 1 and 4: W = 2.5.
    assert nested_rhat(x) == pytest.approx(math.sqrt(1 + 2 / 2.5))
    assert effective_sample_size(x) == pytest.approx(2 * 2.5 / 2)


@pytest.mark.parametrize("rho", [0.5, 0.9])
def test_autocorrelated_ensembles(rho: float) -> None:
    steps = 400
    x = _ar1((200, steps, 2), rho)
    lags = np.arange(1, steps)
    # The exact variance of the mean of a finite AR(1) series.
    independent = steps / (1 + 2 * np.sum((1 - lags / steps) * rho**lags))
    assert effective_sample_size(x) == pytest.approx(200 * 2 * independent, rel=5 * _spread(200))


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_autocorrelation_counts_where_ensembles_agree_by_chance(rho: float) -> None:
    """With equal means there is no scatter between ensembles; then time tells alone."""
    steps = 2000
    x = _ar1((30, steps, 1), rho)
    x -= np.mean(x, axis=(1, 2), keepdims=True)
    # Geyer's estimate from a series of n steps with autocorrelation time tau has a relative error of about sqrt(2 (2 M + 1) / n) with a
    # window M of a few tau; here at most 20 % a series, 4 % in the mean over 30, and a bias of the same size towards too little time.
    expected = 30 * steps * (1 - rho) / (1 + rho)
    assert effective_sample_size(x) == pytest.approx(expected, rel=0.2)


def _same_means(x: Array) -> Array:
    """Without any scatter between ensembles, so that time tells alone."""
    return x - np.mean(x, axis=(1, 2), keepdims=True)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("steps", [2, 5, 10])
def test_few_steps_of_many_walkers(steps: int, rho: float) -> None:
    """Default runs have five steps: the walkers' own autocorrelation counts, against the exact one of a finite AR(1) series."""
    x = _same_means(_ar1((8, steps, 4000), rho))
    lags = np.arange(1, steps)
    independent = steps / (1 + 2 * np.sum((1 - lags / steps) * rho**lags))
    # Each of rho_l has an error of about 1 / sqrt(8 x 4000) = 0.006, pairs of lags that are noise may add two of them.
    assert effective_sample_size(x) == pytest.approx(8 * 4000 * independent, rel=0.05)


def test_few_steps_of_frozen_walkers() -> None:
    frozen = np.repeat(_same_means(_normal((8, 1, 500))), 5, axis=1)
    assert effective_sample_size(frozen) == pytest.approx(8 * 500)
    # Half of the walkers never move: their rho is 1, that of the others 0, so that the time is (5 + 1) / 2.
    half = _normal((8, 5, 4000))
    half[:, :, ::2] = half[:, :1, ::2]
    assert effective_sample_size(_same_means(half)) == pytest.approx(8 * 4000 * 5 / 3, rel=0.03)


def test_walkers_that_move_are_new_draws() -> None:
    x = _same_means(_normal((8, 5, 2000)))
    assert effective_sample_size(x) == pytest.approx(x.size, rel=0.03)
    assert effective_sample_size(x) <= x.size


def test_never_more_than_the_scatter_says() -> None:
    """Time only ever lowers the estimate: five steps in which nothing is seen to be slow do not outvote ensembles that disagree."""
    x = _same_means(_normal((8, 5, 2000))) + np.linspace(-0.1, 0.1, 8)[:, None, None]
    within, between = np.mean(np.var(x, axis=(1, 2))), np.var(np.linspace(-0.1, 0.1, 8), ddof=1)
    assert effective_sample_size(x) == pytest.approx(8 * within / between)


def test_negative_autocorrelation_is_not_trusted() -> None:
    x = _ar1((30, 500, 1), -0.5)
    x -= np.mean(x, axis=(1, 2), keepdims=True)
    assert effective_sample_size(x) <= x.size * (1 + 1e-9)


@pytest.mark.parametrize("copies", [2, 50])
def test_walkers_that_move_together_count_once(copies: int) -> None:
    one = _ar1((40, 100, 1), 0.5)
    many = np.repeat(one, copies, axis=2)
    assert effective_sample_size(many) == pytest.approx(effective_sample_size(one))
    assert nested_rhat(many) == pytest.approx(nested_rhat(one))


def test_walkers_that_never_move_are_no_new_draws() -> None:
    frozen = np.repeat(_normal((100, 1, 10)), 200, axis=1)
    # 1000 different numbers; each ensemble's mean scatters by 1/10.
    assert effective_sample_size(frozen) == pytest.approx(1000, rel=5 * _spread(100))


def test_rank_normalisation_knows_only_the_order() -> None:
    x = _ar1((4, 30, 5), 0.7)
    for mapped in (np.exp(3 * x), x**3, 1e6 + x, np.arctan(x)):
        np.testing.assert_array_equal(rank_normalised(x), rank_normalised(mapped))
    np.testing.assert_allclose(rank_normalised(-x), -rank_normalised(x), atol=1e-12)
    scores = rank_normalised(x)
    assert scores.shape == x.shape
    assert np.mean(scores) == pytest.approx(0, abs=1e-12)
    assert np.std(scores) == pytest.approx(1, abs=0.01)


def test_rank_normalisation_shares_ties() -> None:
    scores = rank_normalised(np.array([[1.0, 1.0, 5.0, 5.0]]))
    assert scores[0, 0] == scores[0, 1]
    assert scores[0, 2] == scores[0, 3] == pytest.approx(-scores[0, 0])


def test_heavy_tails_do_not_hide_a_shift() -> None:
    x = np.random.default_rng(3).standard_cauchy((4, 50, 100))
    x[0] += 2
    assert nested_rhat(rank_normalised(x)) > 1.05
    assert nested_rhat(x) < 1.02  # without ranks it would go unseen


def test_constants_and_single_ensembles() -> None:
    constant = np.full((4, 10, 5), 3.0)
    assert math.isnan(nested_rhat(constant))
    assert math.isnan(effective_sample_size(constant))
    assert math.isnan(nested_rhat(_normal((1, 10, 5))))
    assert math.isnan(effective_sample_size(_normal((1, 10, 5))))
    # Ensembles that are constant, each at another value: as bad as can be.
    apart = constant + np.arange(4)[:, None, None]
    assert nested_rhat(apart) == math.inf
    assert effective_sample_size(apart) == 0


def test_rounding_is_no_variance() -> None:
    """0.1 is no binary number: the variance of many copies of it is not exactly zero."""
    value = np.full((4, 5, 8000), 0.1)
    assert float(np.var(value[0])) > 0
    assert math.isnan(nested_rhat(value)) and math.isnan(effective_sample_size(value))
    apart = value + np.array([0.1, 0.2, 0.3, 0.7])[:, None, None]
    assert nested_rhat(apart) == math.inf
    assert effective_sample_size(apart) == 0
    # A small variance that is there counts: within ensembles 1e-8 of what lies between them.
    assert nested_rhat(_normal((4, 5, 8000)) + 1e8 * apart) == pytest.approx(1e8 * np.std([0.1, 0.2, 0.3, 0.7], ddof=1), rel=0.1)


def test_a_single_step() -> None:
    x = _normal((300, 1, 10))
    assert effective_sample_size(x) == pytest.approx(3000, rel=5 * _spread(300))


# All quantities of a posterior.

POSTERIOR = Posterior(Prior.load("paper"), Likelihood.load("paper"))
EASY = ConvergenceTargets(1.01, 400, 200)


def _positions(ensembles: int, steps: int = 4, walkers: int = 500) -> list[Array]:
    rng = np.random.default_rng(5)
    return [POSTERIOR.prior.sample(steps * walkers, rng).reshape(steps, walkers, -1) for _ in range(ensembles)]


def test_draws_of_the_prior_have_converged() -> None:
    # Observables of prior draws have such tails that ends of their intervals are known to no more than a part of their width.
    result = assess(Draws(POSTERIOR, _positions(8)), replace(EASY, interval_error=1.0))
    assert result.converged
    assert not result.missing
    parameters = [q for q in result.quantities if q.name not in POSTERIOR.observable_names]
    assert max(q.interval_error for q in parameters) < 0.05
    assert [q.name for q in result.quantities] == [q.name for q in quantities(POSTERIOR)]
    assert (result.ensembles, result.steps, result.walkers) == (8, 4, 500)
    assert 1 < result.worst.rhat < 1.01
    assert result.lowest_ess.ess / result.lowest_ess.ess_target == min(q.ess / q.ess_target for q in result.quantities)
    assert result.of("log10_M_LQ").ess_target == 400
    assert result.of("alpha_21").ess_target == 200
    assert result.of("R_K").ess_target == 400
    with pytest.raises(KeyError):
        result.of("nothing")


def test_one_bad_quantity_is_enough() -> None:
    positions = _positions(4)
    column = POSTERIOR.coordinate_names.index("h_11")
    positions[2][..., column] = np.abs(positions[2][..., column])  # one ensemble knows only one sign
    result = assess(Draws(POSTERIOR, positions), replace(EASY, interval_error=10.0))
    assert not result.converged
    assert [q.name for q in result.missing] == ["positive_h_11"]
    assert result.worst.name == result.lowest_ess.name == "positive_h_11"


def test_a_phase_is_judged_on_the_circle() -> None:
    positions = _positions(4)
    column = POSTERIOR.coordinate_names.index("A_12_arg")
    # About zero, where the number jumps from 2 pi to 0 but the angle does not.
    for x in positions:
        x[..., column] = (0.05 * np.random.default_rng(1).normal(size=x.shape[:2])) % 1
    assert assess(Draws(POSTERIOR, positions), EASY).of("A_12_arg").passed
    # Half of the circle against the other half: the sine is the same, the cosine is not.
    positions[0][..., column] = 0.5 - positions[0][..., column] % 1
    positions[0][..., column] %= 1
    assert not assess(Draws(POSTERIOR, positions), EASY).of("A_12_arg").passed


def test_a_constant_is_met() -> None:
    positions = _positions(4)
    for x in positions:
        x[..., POSTERIOR.coordinate_names.index("M_LQ")] = 0.5
    entry = assess(Draws(POSTERIOR, positions), EASY).of("log10_M_LQ")
    assert entry.passed
    assert math.isnan(entry.rhat) and math.isnan(entry.ess)


def test_a_single_ensemble_has_never_converged() -> None:
    result = assess(Draws(POSTERIOR, _positions(1)), ConvergenceTargets(100.0, 0, 0))
    assert not result.converged


def test_too_few_effective_draws() -> None:
    draws = Draws(POSTERIOR, _positions(8))
    result = assess(draws, replace(EASY, ess_observables=1e9))
    assert not result.converged
    constant = {f"im_{name}_{lepton}" for name in ("C9p", "C10p") for lepton in ("mu", "e")}  # F of (II.10) is real
    assert {q.name for q in result.missing} == {"log10_M_LQ", *POSTERIOR.observable_names} - constant


# Widths, interval ends and evidences.


def judged(x: Array, log_evidences: Array | None = None) -> QuantityConvergence:
    quantity = Quantity("x", "x", "1", "observable", "real", 0, needs_more_draws=True)
    return judge(quantity, x, np.zeros(len(x)) if log_evidences is None else log_evidences, ConvergenceTargets())


def test_ensembles_of_unequal_widths_have_not_converged() -> None:
    x = _same_means(_normal((8, 5, 2500))) * np.linspace(0.7, 1.3, 8)[:, None, None]
    assert nested_rhat(rank_normalised(x)) < 1.0005 and effective_sample_size(rank_normalised(x)) > 10_000  # which ranks alone do not see
    entry = judged(x)
    assert not entry.passed
    assert entry.rhat > 1.02 and entry.ess < 200
    assert entry.interval_error > 0.05 and entry.interval_end in {"low95", "high95", "low68", "high68"}


def test_independent_draws_have_converged() -> None:
    entry = judged(_normal((8, 5, 500)))
    assert entry.passed
    assert entry.interval_error < 0.05


def test_errors_of_interval_ends_do_not_depend_on_the_scale() -> None:
    """The logarithm, powers over many decades and a heavy tail leave them alone; for a normal quantity they are the plain shares."""
    x = _normal((8, 5, 300)) + 0.05 * _normal((8, 1, 1))
    entry = judged(x)
    for other in (np.exp(x), np.exp(20 * x), np.sinh(5 * x)):
        assert judged(other).interval_error == pytest.approx(entry.interval_error, rel=1e-6)
    estimates = judged(x).estimates
    for name, mass in (("low68", "68"), ("median", "68"), ("high95", "95")):
        plain = estimates[name].error / ((estimates[f"high{mass}"].value - estimates[f"low{mass}"].value) / 2)
        assert error_share(name, estimates[name]) == pytest.approx(plain, rel=0.1)


def test_the_plain_share_of_an_interval_end_is_stated_beside_the_judged_one() -> None:
    """In the unit of the quantity, where a heavy tail is known to far less than a tenth by draws that know the probability below it."""
    x = _normal((8, 5, 300)) + 0.05 * _normal((8, 1, 1))
    entry, stretched = judged(x), judged(np.exp(20 * x))
    for found in (entry, stretched):
        shares = {
            name: estimate.error / ((found.estimates[f"high{mass}"].value - found.estimates[f"low{mass}"].value) / 2)
            for name, estimate in found.estimates.items()
            for mass in ("95" if name.endswith("95") else "68",)
        }
        assert {name: share_in_units(name, found.estimates) for name in shares} == pytest.approx(shares)
        assert found.interval_error_in_units == max(shares.values())
    assert entry.interval_error_in_units == pytest.approx(entry.interval_error, rel=0.15)
    assert stretched.interval_error < 0.1
    assert stretched.interval_error_in_units > 0.5
    alone, constant = judged(x[:1]), judged(np.ones((8, 5, 10)))
    assert math.isnan(alone.interval_error_in_units)
    assert constant.interval_error_in_units == 0


@pytest.mark.parametrize("method", ["normal", "widths", "shifted"])
def test_rhat_is_that_of_arviz(method: str) -> None:
    """ArviZ has walkers as chains and halves each; with n steps a half its variance within an ensemble is larger by one part in n."""
    from arviz_stats.base import array_stats

    steps, walkers = 1000, 20
    x = _normal((4, steps, walkers), seed=9)
    if method == "widths":
        x *= np.linspace(0.7, 1.3, 4)[:, None, None]
    if method == "shifted":
        x += np.linspace(-0.2, 0.2, 4)[:, None, None]
    chains = x.transpose(0, 2, 1).reshape(4 * walkers, steps)
    expected = float(array_stats.rhat_nested(chains, superchain_ids=np.repeat(np.arange(4), walkers), method="rank"))
    assert judged(x).rhat ** 2 - 1 == pytest.approx(expected**2 - 1, rel=4 / steps)


def test_ends_at_walls_and_of_lumps_are_sensible() -> None:
    rng = np.random.default_rng(12)
    # A tenth of the draws at a wall: the lower end is the wall in every ensemble, and has no error.
    x = np.maximum(rng.normal(size=(8, 5, 500)), -1.28)
    estimates = Ordered(x).ends(np.full(8, 1 / 8))
    assert (estimates["low95"].value, estimates["low95"].error) == (-1.28, 0.0)
    assert estimates["high95"].error > 0
    assert judged(x).passed
    # Whole numbers: a quantile moves by whole steps, or not at all where probability is far from the level.
    lumps = rng.binomial(2, 0.5, size=(8, 5, 500)).astype(float)
    assert {entry.error for entry in Ordered(lumps).ends(np.full(8, 1 / 8)).values()} == {0.0}
    assert judged(lumps).passed


def test_errors_of_ends_have_the_noise_of_their_ensembles() -> None:
    """A stop rule needs an error that is right on average and known to about 27 % with 8 ensembles."""
    rng = np.random.default_rng(13)
    x = 0.05 * rng.normal(size=(400, 8, 1, 1)) + rng.normal(size=(400, 8, 1, 2000))
    found = [Ordered(repetition).ends(np.full(8, 1 / 8)) for repetition in x]
    for name in ("median", "high95"):
        true = np.std([entry[name].value for entry in found])
        errors = np.array([entry[name].error for entry in found])
        assert math.sqrt(np.mean(errors**2)) == pytest.approx(true, rel=0.12)  # 3 errors of a standard deviation from 400
        assert np.std(errors) / np.mean(errors) == pytest.approx(math.sqrt(1 / 14), rel=0.2)


def test_evidences_give_the_weights() -> None:
    x = np.concatenate([_normal((6, 5, 2000)), _normal((2, 5, 2000), seed=4) + 3])
    logs = np.log([1.0] * 6 + [9.0] * 2)
    entry = judged(x, logs)
    # Three quarters of the weight are about 3.
    expected = np.quantile(np.concatenate([x[:6].ravel(), np.repeat(x[6:].ravel(), 9)]), 0.5)
    assert entry.estimates["median"].value == pytest.approx(expected, abs=0.02)
    assert entry.evidence.correlation == pytest.approx(1, abs=1e-3)
    assert entry.evidence.shift > 0.5


def test_two_ensembles_say_nothing_of_evidences() -> None:
    """Their means and evidences are always in line, and the jackknife error of the shift is 0."""
    x = _normal((2, 5, 2000)) + np.array([0.0, 0.5])[:, None, None]
    assert not judged(x, np.array([0.0, 2.0])).evidence.alarming


def test_a_badly_populated_phase_is_no_convergence() -> None:
    """Ensembles agree well enough for every other target, but all that know the phase have larger evidences."""
    shares = np.linspace(0, 0.26, 8)
    x = _normal((8, 5, 2000), seed=6)
    x[np.arange(10_000).reshape(5, 2000)[None] < (10_000 * shares)[:, None, None]] += 1.5
    logs = 14 * (shares - shares.mean())
    entry = judged(x, logs)
    assert entry.rhat < 1.01
    assert entry.evidence.alarming and entry.evidence.shift > SMALLEST_SHIFT
    assert not entry.passed
    assert judged(x).passed
    # The same evidences, in no order: nothing is said.
    assert not judged(x, np.random.default_rng(3).permutation(logs)).evidence.alarming
