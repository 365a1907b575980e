"""The four images of every posterior of S1 weigh 1/4 each in the draws of a run."""

import math
from pathlib import Path

import numpy as np
import pytest

import lqbayes
from lqbayes.models.singlet.model import SINGLET

ENSEMBLES, WALKERS = 8, 500


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> lqbayes.Run:
    """Annealed in a hurry, which decides how well each image is known, not what they weigh; then steps enough for images to mix."""
    folder: Path = tmp_path_factory.mktemp("images")
    posterior = lqbayes.Posterior(lqbayes.Prior.load("s1-uniform", SINGLET), lqbayes.Likelihood.load("s1", SINGLET))
    sizes = {"ensembles": ENSEMBLES, "walkers": WALKERS, "sweeps_per_rung": 3, "thin": 100, "steps_per_population": 2}
    return lqbayes.sample(posterior, folder / "run", max_steps=2, workers=1, audit=0, **sizes)


@pytest.mark.parametrize(("muon", "tau"), [("yL_32", "yL_33"), ("yL_22", "yL_23"), ("yR_32", "yR_23"), ("yR_32", "yR_33")])
def test_each_weighs_a_quarter(run: lqbayes.Run, muon: str, tau: str) -> None:
    """Within 4 jackknife errors over ensembles, which are no larger than those of walkers that do not know of each other."""
    image = (2 * (run[muon] > 0) + (run[tau] > 0)).reshape(ENSEMBLES, -1)
    shares = np.stack([(image == k).mean(axis=1) for k in range(4)], axis=1)
    # Of a mean over ensembles, the jackknife's error is that of their scatter.
    errors = shares.std(axis=0, ddof=1) / math.sqrt(ENSEMBLES)
    assert np.all(np.abs(shares.mean(axis=0) - 1 / 4) < 4 * errors), (shares.mean(axis=0), errors)
    assert np.all(errors < 2 * math.sqrt(3 / 16 / (ENSEMBLES * WALKERS))), errors
