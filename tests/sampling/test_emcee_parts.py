"""emcee comes without scipy.stats, and its move that needs it still works."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from lqbayes.running import population_task
assert "scipy.stats" not in sys.modules

import emcee
import numpy as np
walkers = np.random.default_rng(1).normal(size=(32, 1))
sampler = emcee.EnsembleSampler(32, 1, lambda x: -0.5 * x[0] ** 2, moves=emcee.moves.KDEMove())
sampler.run_mcmc(walkers, 20)
assert np.mean(sampler.acceptance_fraction) > 0.5
assert sys.modules["scipy.stats"].norm.cdf(0) == 0.5
"""


def test_the_move_of_density_estimates_works() -> None:
    subprocess.run([sys.executable, "-W", "error::RuntimeWarning", "-c", CODE], check=True, timeout=120)
