"""Simulation-based calibration: passes for the package's sampler, fails for broken ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import toy_model as toy

from lqbayes.calibration import calibration as module
from lqbayes.calibration.calibration import LOG_LIKELIHOOD, calibrate, posterior_draws, ranked_quantities
from lqbayes.calibration.result import Calibration
from lqbayes.calibration.settings import CalibrationSettings
from lqbayes.input.errors import ArgumentError
from lqbayes.input.units import times
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior

QUICK = CalibrationSettings(seed=11, repetitions=60, walkers=150, sweeps=12, steps=30)
SAMPLED = ("M_LQ", "h_22", "h_32", "ht_23", "h_33", "s12sq", "delta_CP", "alpha_21")


@pytest.fixture(scope="module")
def full() -> Posterior:
    return Posterior(Prior.load("calibration"), Likelihood.load("calibration"))


@pytest.fixture(scope="module")
def reduced(full: Posterior) -> Posterior:
    """The doublet's couplings, the mass and three parameters of other kinds; everything else is fixed at a prior draw."""
    z = full.prior.sample(200, np.random.default_rng(3))
    points = full.points(z)
    g_max = full.observables(points)[:, full.observable_names.index("g_max")]
    point = dict(zip(full.parameter_names, points[np.argmin(np.abs(g_max - 0.5))], strict=True))
    none = {"lower": None, "upper": None, "sign": None, "plus": None, "minus": None}
    parameters = tuple(
        p if p.name in SAMPLED else replace(p, distribution="fixed", value=float(point[p.name]), **none)
        for p in full.prior.settings.parameters
    )
    return Posterior(Prior(replace(full.prior.settings, parameters=parameters), full.model), full.likelihood)


def narrow_draws(posterior: Posterior, settings: CalibrationSettings, seed: np.random.SeedSequence) -> np.ndarray:
    """Sample a posterior whose likelihood has half the errors."""
    measurements = tuple(
        m.model_copy(update={key: times(getattr(m, key), 0.5) for key in ("error", "plus", "minus", "errors") if key in m.scaled})
        for m in posterior.likelihood.settings.measurements
    )
    likelihood = Likelihood(replace(posterior.likelihood.settings, measurements=measurements), posterior.model)
    return posterior_draws(Posterior(posterior.prior, likelihood), settings, seed)


def prior_draws(posterior: Posterior, settings: CalibrationSettings, seed: np.random.SeedSequence) -> np.ndarray:
    """Ignore the data."""
    candidates = posterior.prior.sample(8 * settings.walkers, np.random.default_rng(seed))
    return candidates[posterior.evaluate(candidates)[:, 1] == 0][: settings.walkers]


def test_the_sampler_is_calibrated(reduced: Posterior) -> None:
    calibration = calibrate(reduced, QUICK)
    assert calibration.ranks.shape == (QUICK.repetitions, len(calibration.names))
    assert calibration.names == tuple(ranked_quantities(reduced))
    assert {"log10_M_LQ", "positive_h_32", "sin_alpha_21", "cos_alpha_21", "delta_a_mu", LOG_LIKELIHOOD} <= set(calibration.names)
    assert calibration.calibrated(), calibration.sentence()
    assert calibration.sentence().startswith("calibrated: all")


def test_a_posterior_that_is_too_narrow_is_caught(reduced: Posterior) -> None:
    calibration = calibrate(reduced, QUICK, sampler=narrow_draws)
    assert not calibration.calibrated()
    assert calibration.sentence().startswith("NOT CALIBRATED")
    # Too narrow: true values lie at the ends of the draws.
    ranks = calibration.ranks[:, calibration.names.index("C10_mu")]
    assert np.mean((ranks < 10) | (ranks >= 90)) > 0.3


def test_a_sampler_that_ignores_the_data_is_caught(reduced: Posterior) -> None:
    """Its ranks of parameters and observables are uniform: the log-likelihood alone tells."""
    calibration = calibrate(reduced, replace(QUICK, repetitions=100), sampler=prior_draws)
    p_values = dict(zip(calibration.names, calibration.p_values(), strict=True))
    assert p_values.pop(LOG_LIKELIHOOD) < 1e-6
    assert min(p_values.values()) > 1e-4
    assert not calibration.calibrated()


def test_populations_are_pooled_by_their_evidences(full: Posterior, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a run: three walkers in four come from the population with three times the evidence."""
    made = iter([(np.zeros((200, 2)), 0.0), (np.ones((200, 2)), np.log(3.0))])
    monkeypatch.setattr(module, "_population", lambda *_: next(made))
    draws = posterior_draws(full, replace(QUICK, walkers=200), np.random.SeedSequence(1))
    assert draws.shape == (200, 2)
    assert draws.mean() == 0.75


# What has little to do, of a model of five parameters.
SHORT = CalibrationSettings(seed=3, repetitions=20, walkers=40, sweeps=1, steps=1, draws=19)


def test_same_ranks_with_any_number_of_processes() -> None:
    reports: list[int] = []
    alone = calibrate(toy.posterior(), SHORT, report=reports.append)
    assert reports == [5, 10, 15, 20]
    np.testing.assert_array_equal(calibrate(toy.posterior(), SHORT, workers=2).ranks, alone.ranks)
    assert np.any(calibrate(toy.posterior(), replace(SHORT, seed=4)).ranks != alone.ranks)
    assert np.min(alone.ranks) >= 0
    assert np.max(alone.ranks) <= 19
    # A repetition depends on its number, not on how many there are.
    np.testing.assert_array_equal(calibrate(toy.posterior(), replace(SHORT, repetitions=23)).ranks[:20], alone.ranks)


def test_an_error_in_another_process_arrives() -> None:
    bound = {"name": "wall", "observable": "wave", "form": "hard-bound", "lower": 2.0, "unit": "1", "source": "choice", "data": ["wall"]}
    more = {"measurement": [*toy.LIKELIHOOD["measurement"], bound], "data": toy.LIKELIHOOD["data"] | {"wall": "made up"}}
    impossible = toy.LIKELIHOOD | more
    with pytest.raises(ArgumentError, match="none of .* draws meets the hard bounds"):
        calibrate(toy.posterior(contents=impossible), SHORT, workers=2)


def test_points_respect_the_hard_bounds_and_ties_are_random(full: Posterior) -> None:
    """A sampler that returns one point many times: its rank is 0 or everything, and random where the truth ties with it."""

    def seen(posterior: Posterior, settings: CalibrationSettings, seed: np.random.SeedSequence) -> np.ndarray:
        return np.repeat(prior_draws(posterior, settings, seed)[:1], settings.walkers, axis=0)

    calibration = calibrate(full, CalibrationSettings(repetitions=100, walkers=180, draws=19), sampler=seen)
    real = calibration.ranks[:, calibration.names.index("delta_a_mu")]
    assert set(real) == {0, 19}
    signs = calibration.ranks[:, calibration.names.index("positive_h_32")]
    assert np.mean((signs > 0) & (signs < 19)) == pytest.approx(0.5 * 18 / 20, abs=0.18)


def test_constants_are_not_ranked(full: Posterior, reduced: Posterior) -> None:
    assert "im_C9p_mu" not in ranked_quantities(full)
    assert "im_C9_mu" in ranked_quantities(full)
    assert "g_max" in ranked_quantities(full)
    assert "log10_m_lightest" not in ranked_quantities(reduced)


@pytest.mark.parametrize(
    "wrong",
    [{"seed": -1}, {"repetitions": 19}, {"walkers": 100}, {"draws": 301}, {"sweeps": 0}, {"steps": 0}, {"draws": 0}],
)
def test_settings_that_cannot_work_are_refused(full: Posterior, wrong: dict[str, int]) -> None:
    with pytest.raises(ArgumentError, match=rf"{next(iter(wrong))}: must be at least|walkers: must be at least 301"):
        calibrate(full, CalibrationSettings(**wrong))


def test_limits_are_refused_before_any_work(full: Posterior) -> None:
    with pytest.raises(ArgumentError, match="no synthetic measurement can be drawn"):
        calibrate(Posterior(full.prior, Likelihood.load("paper")))
    with pytest.raises(ArgumentError, match="workers: must be at least 1"):
        calibrate(full, workers=0)


def test_judgement_allows_for_many_quantities() -> None:
    """One p-value in a hundred below 0.01 is no reason to worry; one far below is."""
    rng = np.random.default_rng(8)
    names = tuple(f"q{k}" for k in range(100))
    uniform = Calibration(names, rng.integers(0, 100, (200, 100)), 99)
    assert np.min(uniform.p_values()) < 0.05
    assert uniform.calibrated()
    ranks = uniform.ranks.copy()
    ranks[:, 17] = (rng.beta(0.6, 0.6, 200) * 100).astype(int)
    broken = Calibration(names, ranks, 99)
    assert not broken.calibrated()
    assert "NOT CALIBRATED: 1 of 100" in broken.sentence()
    assert "(q17)" in broken.sentence()
