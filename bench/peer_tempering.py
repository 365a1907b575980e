"""Parallel tempering on the posterior: reddemcee's adaptive ladder over emcee's stretch moves, in several independent ensembles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peer_chains import ENSEMBLES, chains_of
from peer_target import Target, Watch

TEMPERATURES = 16
_WALKERS_OVER_DIMENSION = 4


class _Cold:
    """State of a ladder, of which the chain at beta = 1 is looked at."""

    def __init__(self, ladder: Any) -> None:
        self.ladder = ladder

    @property
    def coords(self) -> NDArray[np.float64]:
        """(walkers, d) array at beta = 1."""
        first: Any = self.ladder[0]
        return np.asarray(getattr(first, "coords", first))


class _AtOnce:
    """A pool that evaluates all walkers of a temperature in one batch, since reddemcee itself asks point by point."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def map(self, _: Callable[..., object], pairs: Iterable[tuple[NDArray[np.float64], float]]) -> list[tuple[float, float]]:
        """Log posterior at a temperature, and log-likelihood."""
        points, betas = zip(*pairs, strict=True)
        prior, likelihood = self.target.log_prior_and_likelihood(np.array(points))
        return list(zip((prior + np.array(betas) * likelihood).tolist(), likelihood.tolist(), strict=True))


class _Ladder:
    """reddemcee's sampler with the generator of emcee's, and no history in memory."""

    def __init__(self, target: Target, walkers: int) -> None:
        from reddemcee import PTSampler

        nothing = {"log_like": None, "log_prior": None}  # the pool evaluates
        self.sampler = PTSampler(walkers, target.posterior.dimension, **nothing, ntemps=TEMPERATURES, pool=_AtOnce(target))
        self.sampler.backend.tsw_history = np.empty((1, TEMPERATURES - 1))
        for backend in self.sampler.backend:
            backend.chain = np.empty((1, walkers, target.posterior.dimension))
            backend.log_like, backend.log_prob = np.empty((1, walkers)), np.empty((1, walkers))

    def sample(self, state: _Cold, iterations: int, **_: object) -> Iterator[_Cold]:
        """Make steps; the state of the cold chain after each of them."""
        for ladder in self.sampler.sample(state.ladder, nsweeps=iterations, store=False):
            self.sampler.backend.iteration = 0
            self.sampler.backend[0].iteration += 1  # by which the adaptation of the ladder fades
            yield _Cold(ladder)


def reddemcee(watch: Watch) -> dict[str, Any]:
    """Run ladders from the prior until the time is over, with a geometric ladder that adapts as its documentation proposes."""
    target = watch.target
    rng = np.random.default_rng(1)
    walkers = _WALKERS_OVER_DIMENSION * target.posterior.dimension
    np.random.seed(1)  # whose state the ladders take
    samplers, states = [], []
    for _ in range(ENSEMBLES):
        samplers.append(_Ladder(target, walkers))
        states.append(_Cold(np.stack([target.posterior.prior.sample(walkers, rng) for _ in range(TEMPERATURES)])))
        np.random.random(1000)
    return chains_of(watch, samplers, states)
