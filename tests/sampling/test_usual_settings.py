"""Walkers, sweeps and steps that follow from the number of free parameters."""

from __future__ import annotations

from pathlib import Path

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.running.ensembles import sample
from lqbayes.sampling.settings import SamplingSettings


def test_those_of_45_parameters() -> None:
    settings = SamplingSettings.chosen(Prior.load("paper").dimension)
    assert settings == SamplingSettings()
    assert (settings.walkers, settings.sweeps_per_rung, settings.thin, settings.steps_per_population) == (12000, 55, 50, 5)


def test_fewer_parameters_need_less() -> None:
    costs = [s.walkers * s.sweeps_per_rung for s in map(SamplingSettings.chosen, (1, 2, 4, 8, 45, 100))]
    assert costs == sorted(costs) and costs[1] < costs[4] / 10
    assert all(not SamplingSettings.chosen(d).problems(d) for d in (1, 2, 1000))


def test_what_is_given_counts(tmp_path: Path) -> None:
    assert SamplingSettings.chosen(2, seed=4, walkers=77, thin=None) == SamplingSettings(4, 8, 77, 12, 7, 5)
    posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    run = sample(posterior, tmp_path / "run", ensembles=2, walkers=200, sweeps_per_rung=1, steps_per_population=2, max_steps=2, workers=1)
    assert run.configuration.sampling == SamplingSettings(1, 2, 200, 1, 50, 2)
