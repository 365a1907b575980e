"""Compile everything that a run needs, once, before processes start that would each compile it."""

from __future__ import annotations

from functools import partial

import numpy as np
from emcee.state import State

from lqbayes.inference.annealing import HOT, log_density
from lqbayes.inference.moves.defaults import default_moves
from lqbayes.inference.posterior import Posterior
from lqbayes.inference.sampler import ArraySampler

__all__ = ["warm_up"]

_WALKERS = 16


def warm_up(posterior: Posterior) -> None:
    """Call every compiled function of a run on a few prior draws; from the second run on, the machine code is read from the cache.

    Parameters
    ----------
    posterior
        What is going to be sampled.
    """
    positions = posterior.prior.sample(_WALKERS, np.random.default_rng(0))
    combine = partial(log_density, temperature=HOT, signals=posterior.likelihood.signals)
    for move, _ in default_moves(posterior):
        sampler = ArraySampler(_WALKERS, posterior.dimension, posterior.evaluate, combine, [(move, 1.0)], np.random.RandomState(0))
        for _state in sampler.sample(State(positions.copy()), iterations=1, store=False, skip_initial_state_check=True):
            pass
    posterior.observables(posterior.points(positions))
