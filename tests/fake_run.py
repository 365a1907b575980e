"""A run without sampling: prior draws that keep to the hard bound, or anything else that a test puts in."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.quantities import Draws
from lqbayes.sampling.annealing import Rung
from lqbayes.sampling.convergence import Convergence, ConvergenceTargets, assess


class FakeRun:
    def __init__(
        self,
        path: Path,
        *,
        ensembles: int = 3,
        steps: int = 6,
        walkers: int = 50,
        targets: ConvergenceTargets | None = None,
        prior: str = "paper",
    ) -> None:
        self.path, self.name = path, path.name
        loaded_prior, likelihood = Prior.load(prior), Likelihood.load("paper")
        self.posterior_target = Posterior(loaded_prior, likelihood)
        self.configuration = SimpleNamespace(
            seed=3,
            ensembles=ensembles,
            walkers=walkers,
            formulas="paper",
            targets=targets or ConvergenceTargets(),
            versions={},
            created="2021-04-07T12:00:00+00:00",
            likelihood=likelihood.settings,
            prior=loaded_prior.settings,
        )
        rng = np.random.default_rng(11)
        self.positions = [self._ensemble(rng, steps, walkers) for _ in range(ensembles)]
        rungs = [(Rung(10.0**k, 0.0), -1.0, 0.4) for k in range(-2, 3)]
        rungs += [(Rung(math.inf, 10.0**k), -3.0, 0.2) for k in range(-4, 1)]
        self.population_ladders = [[tuple(rungs)] for _ in range(ensembles)]
        self.ladders = [ladders[0] for ladders in self.population_ladders]
        self.log_evidences = np.full(ensembles, -20.0)
        self.log_evidence, self.log_evidence_error = -20.0, 0.1

    @property
    def results(self) -> Path:
        folder = self.path / "results"
        folder.mkdir(exist_ok=True)
        return folder

    def _ensemble(self, rng: np.random.Generator, steps: int, walkers: int) -> NDArray[np.float64]:
        # Not the posterior, but like it finite everywhere.
        z = self.posterior_target.prior.sample(steps * walkers, rng)
        return z.reshape(steps, walkers, -1)

    @cached_property
    def _draws(self) -> Draws:
        return Draws(self.posterior_target, self.positions)

    def draws(self) -> Draws:
        return self._draws

    @cached_property
    def _convergence(self) -> Convergence:
        return assess(self._draws, self.configuration.targets)

    def convergence(self, targets: ConvergenceTargets | None = None) -> Convergence:
        return self._convergence if targets is None else assess(self._draws, targets)

    @property
    def converged(self) -> bool:
        return self._convergence.converged

    def terms(self) -> NDArray[np.float64]:
        return np.stack([self.posterior_target.terms(z.reshape(-1, z.shape[-1])).reshape(*z.shape[:2], -1) for z in self.positions])

    def log_density(self) -> NDArray[np.float64]:
        return np.stack([self.posterior_target.log_prob(z.reshape(-1, z.shape[-1])).reshape(z.shape[:2]) for z in self.positions])
