"""A run without sampling: prior draws that keep to the hard bound, or anything else that a test puts in."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.quantities import Draws
from lqbayes.sampling.evidence import Evidence
from lqbayes.sampling.population import Rung
from lqbayes.sampling.settings import ConvergenceTargets, SamplingSettings
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.run import Run


class FakeRun(Run):
    """Everything but the reading of files is that of a real run."""

    evidence = Evidence(-20.0, 0.1, 2)
    steps = 0

    def __init__(
        self,
        path: Path,
        *,
        ensembles: int = 3,
        steps: int = 6,
        walkers: int = 50,
        targets: ConvergenceTargets | None = None,
        prior: str = "paper",
        likelihood: str = "paper",
        formulas: str = "paper",
        posterior: Posterior | None = None,  # of any model, in place of the three before
        seed: int = 3,
    ) -> None:
        if posterior is None:
            model = Model.load(variant=formulas)
            posterior = Posterior(Prior.load(prior, model), Likelihood.load(likelihood, model))
        configuration = RunConfiguration(
            prior=posterior.prior.settings,
            likelihood=posterior.likelihood.settings,
            model=posterior.model,
            sampling=SamplingSettings(seed=seed, ensembles=ensembles, walkers=walkers),
            targets=targets or ConvergenceTargets(),
            created="2021-04-07T12:00:00+00:00",
            versions={"python": "3.11.7", "numpy": "2.4.0"},
        )
        super().__init__(path, configuration)
        self.steps = steps
        rng = np.random.default_rng(11)
        # Not the posterior, but like it finite everywhere.
        self.positions = [self.posterior_target.prior.sample(steps * walkers, rng).reshape(steps, walkers, -1) for _ in range(ensembles)]
        rungs = [(Rung(10.0**k, 0.0), -1.0, 0.4) for k in range(-2, 3)]
        rungs += [(Rung(math.inf, 10.0**k), -3.0, 0.2) for k in range(-4, 1)]
        self.population_ladders = [[tuple(rungs)] for _ in range(ensembles)]
        self.population_log_evidences = np.full((ensembles, 1), -20.0)
        self.evidence = Evidence(-20.0, 0.1, ensembles - 1)

    def replace_draws(self, positions: list[NDArray[np.float64]]) -> None:
        self.positions = positions
        self._draws = Draws(self.posterior_target, positions)

    @property
    def results(self) -> Path:
        folder = self.path / "results"
        folder.mkdir(exist_ok=True)
        return folder

    def ensemble_coordinates(self, index: int) -> NDArray[np.float64]:
        return self.positions[index]

    def terms(self) -> NDArray[np.float64]:
        return np.stack([self.posterior_target.terms(z.reshape(-1, z.shape[-1])).reshape(*z.shape[:2], -1) for z in self.positions])

    def log_density(self) -> NDArray[np.float64]:
        return np.stack([self.posterior_target.log_prob(z.reshape(-1, z.shape[-1])).reshape(z.shape[:2]) for z in self.positions])
