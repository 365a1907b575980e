"""Compile everything that a run needs, once, before processes start that would each compile it."""

from __future__ import annotations

from functools import partial

import numpy as np
from emcee.state import State

from lqbayes.posterior import Posterior
from lqbayes.running.signals import task
from lqbayes.sampling.annealing import log_density
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.population import PRIOR
from lqbayes.sampling.sampler import ArraySampler

_WALKERS = 16


def warm_up(posterior: Posterior) -> None:
    """Call every compiled function of a run on a few prior draws; from the second run on, the machine code is read from the cache."""
    # A compiler loses Ctrl-C in its callbacks, or breaks on it: between its functions it is heard.
    with task():
        positions = posterior.prior.sample(_WALKERS, np.random.default_rng(0))
    with task():
        posterior.evaluate(positions)
    combine = partial(log_density, rung=PRIOR, signals=posterior.likelihood.signals)
    for move, _ in moves_of(posterior):
        sampler = ArraySampler(_WALKERS, posterior.dimension, posterior.evaluate, combine, [(move, 1.0)], np.random.RandomState(0))
        with task():
            for _state in sampler.sample(State(positions.copy()), iterations=1, store=False, skip_initial_state_check=True):
                pass
    with task():
        posterior.observables(posterior.points(positions))
