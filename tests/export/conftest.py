from __future__ import annotations

import pytest

import lqbayes
from lqbayes.storage.run import Run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A real run, much too short to converge."""
    posterior = lqbayes.Posterior(lqbayes.Prior.load("paper"), lqbayes.Likelihood.load("paper"))
    path = tmp_path_factory.mktemp("exports") / "tiny"
    return lqbayes.sample(posterior, path, seed=5, ensembles=2, walkers=200, sweeps_per_rung=1, max_steps=3, workers=1)
