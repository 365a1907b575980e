"""A move of emcee that proposes, and accepts, for half of the walkers at once."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from emcee.model import Model
from emcee.moves import Move
from emcee.state import State
from numpy.typing import NDArray

__all__ = ["ArrayMove"]

_SEEDS = 2**63 - 1


class ArrayMove(Move):  # type: ignore[misc]
    """Metropolis-Hastings step of every walker, one half of the ensemble after the other.

    A walker x moves to x' with probability min(1, exp(factor) p(x') / p(x)). The proposal may look at the walkers of the other half,
    which stand still meanwhile; that keeps the product of all walkers' densities invariant (Goodman and Weare 2010).

    Attributes
    ----------
    proposed, accepted : int
        How many walker-steps the move has proposed, and how many of them were accepted.
    """

    def __init__(self) -> None:
        self.proposed = 0
        self.accepted = 0

    @abstractmethod
    def get_proposal(
        self, sample: NDArray[np.float64], complement: NDArray[np.float64], seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Propose new positions.

        Parameters
        ----------
        sample : (n, d) array
            The walkers to be moved.
        complement : (m, d) array
            The walkers of the other half.
        seed
            Seed of the step's random streams.

        Returns
        -------
        (n, d) array, (n,) array
            The proposed positions, and log q(x | x') - log q(x' | x) for each: 0 for a symmetric proposal, -inf to reject.
        """

    def propose(self, model: Model, state: State) -> tuple[State, NDArray[np.bool_]]:
        """Make one step of the whole ensemble, the interface that emcee calls.

        Parameters
        ----------
        model
            emcee's log-probability function and random generator.
        state
            Positions, log-probabilities and blobs; changed in place.

        Returns
        -------
        state, (n,) array
            The new state, and which walkers have moved.
        """
        walkers = len(state.coords)
        order = model.random.permutation(walkers)
        moved = np.zeros(walkers, dtype=bool)
        halves = (order[: walkers // 2], order[walkers // 2 :])
        for half, other in (halves, halves[::-1]):
            sample = state.coords[half]
            seed = int(model.random.randint(_SEEDS))
            proposal, factor = self.get_proposal(sample, state.coords[other], seed)
            log_prob, blobs = model.compute_log_prob_fn(proposal)
            threshold = np.log(1 - model.random.random_sample(len(half)))
            # A walker at -inf accepts whatever is better; -inf - -inf is NaN, which compares as False.
            with np.errstate(invalid="ignore"):
                accept = factor + log_prob - state.log_prob[half] > threshold
            chosen = half[accept]
            state.coords[chosen] = proposal[accept]
            state.log_prob[chosen] = log_prob[accept]
            if blobs is not None:
                state.blobs[chosen] = blobs[accept]
            moved[chosen] = True
            self.proposed += len(half)
            self.accepted += len(chosen)
        return state, moved
