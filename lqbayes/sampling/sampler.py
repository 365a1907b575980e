"""emcee's ensemble sampler, given whole arrays at once."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lqbayes.sampling.emcee_parts import Backend, EnsembleSampler, State
from lqbayes.sampling.moves.base import Array, ArrayMove
from lqbayes.sampling.population import POSTERIOR, Rung

Moves = Sequence[tuple[ArrayMove, float]]
"""Moves with their odds."""


class ArraySampler(EnsembleSampler):  # type: ignore[misc]
    """`emcee.EnsembleSampler` for a log-probability that takes all walkers in one call.

    emcee's own treatment of vectorized functions unpacks each walker's result in Python, which costs more than the posterior.
    `evaluate` maps (n, d) positions to (n, b) columns, which are emcee's blobs, and `combine` these to (n,) log-probabilities. The sampler
    goes on with the state of `random`, which is the caller's to store. `split` walkers in front make the first half, None for half of them;
    `rung` is theirs.
    """

    def __init__(
        self,
        walkers: int,
        dimension: int,
        evaluate: Callable[[Array], Array],
        combine: Callable[[Array], Array],
        moves: Moves,
        random: np.random.RandomState,
        backend: Backend | None = None,
        split: int | None = None,
        rung: Rung = POSTERIOR,
    ) -> None:
        self.evaluate = evaluate
        self.combine = combine
        for move, _ in moves:
            move.split, move.rung = split, rung
        super().__init__(walkers, dimension, evaluate, moves=list(moves), vectorize=True, backend=backend)
        # emcee seeds itself from NumPy's global state; here every number comes from the run's own seed.
        self._random = random

    # emcee copies it after every step, which takes longer than some models. Who stores or sets it has the generator itself.
    random_state = property(lambda _: None, lambda _, __: None)

    def steps(self, positions: Array, columns: Array, count: int) -> Iterator[State]:
        """Move walkers that have these columns so many times; no step is stored."""
        state = State(positions, log_prob=self.combine(columns), blobs=columns)
        yield from self.sample(state, iterations=count, store=False, skip_initial_state_check=True)

    def compute_log_prob(self, coords: Array) -> tuple[Array, Array]:
        """Evaluate the log-probability; emcee's moves call this."""
        parts = self.evaluate(coords)
        log_prob = self.combine(parts)
        if np.isnan(log_prob).any():
            raise ValueError("the log-probability of a walker is not a number")
        return log_prob, parts
