"""A move of emcee that proposes, and accepts, for half of the walkers at once."""

import math
from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.sampling.emcee_parts import Model, Move, State
from lqbayes.sampling.moves.streams import restart, start, uniform
from lqbayes.sampling.population import POSTERIOR, Rung

Array = NDArray[np.float64]
Proposal = tuple[Array, Array]
_SEEDS = 2**63 - 1
_ROWS = 2048  # walkers that are proposed for, evaluated and accepted together: what is between stays in the processor's cache


class ArrayMove(Move):  # type: ignore[misc]
    """Metropolis-Hastings step of every walker, one half of the ensemble after the other.

    A walker x moves to x' with probability min(1, exp(factor) p(x') / p(x)). The proposal may look at the walkers of the other half,
    which stand still meanwhile; that keeps the product of all walkers' densities invariant (Goodman and Weare 2010).
    The halves are slices, which cost no copies: the first `split` walkers, half of them where that is None, and the others. Any division
    that the walkers' positions have no part in is as good. A half goes block by block, each with a seed of its own.
    `rung` is where on the ladder the walkers are. `proposed` and `accepted` count the steps of single walkers.
    """

    split: int | None = None
    rung: Rung = POSTERIOR

    def __init__(self) -> None:
        self.proposed = 0
        self.accepted = 0

    @abstractmethod
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        """Propose new positions of the walkers `sample`, (n, d); `complement` is the other half, `seed` that of the random streams.

        Returned with log q(x | x') - log q(x' | x) of each: 0 for a symmetric proposal, -inf to reject.
        """

    @override
    def propose(self, model: Model, state: State) -> tuple[State, NDArray[np.bool_]]:
        # In place, as emcee allows; it wants the state and which walkers have moved.
        walkers = len(state.coords)
        moved = np.zeros(walkers, dtype=bool)
        blobs = np.empty((walkers, 0)) if state.blobs is None else state.blobs
        split = walkers // 2 if self.split is None else self.split
        for begin, end, other in ((0, split, slice(split, walkers)), (split, walkers, slice(0, split))):
            size, blocks = end - begin, -(-(end - begin) // _ROWS)
            for block in range(blocks):
                some = slice(begin + size * block // blocks, begin + size * (block + 1) // blocks)
                proposal, factor = self.get_proposal(state.coords[some], state.coords[other], int(model.random.randint(_SEEDS)))
                # What the move itself rejects need not be evaluated.
                possible = (factor > -np.inf).nonzero()[0]
                if len(possible) < len(proposal):
                    proposal, factor = proposal.take(possible, axis=0), factor[possible]
                log_prob, new_blobs = model.compute_log_prob_fn(proposal)
                if new_blobs is None:
                    new_blobs = np.empty((len(proposal), 0))
                current = (state.coords[some], state.log_prob[some], blobs[some], moved[some])
                _accept(*current, possible, proposal, log_prob, new_blobs, factor, int(model.random.randint(_SEEDS)))
        self.proposed += walkers
        self.accepted += int(np.count_nonzero(moved))
        return state, moved


@compiled
def _accept(
    positions: Array,
    log_prob: Array,
    blobs: Array,
    moved: NDArray[np.bool_],
    possible: NDArray[np.int64],
    new_positions: Array,
    new_log_prob: Array,
    new_blobs: Array,
    factor: Array,
    seed: int,
) -> None:
    """Accept or reject the proposals of the walkers `possible`, in place."""
    stream = start(seed, 0)
    for k in range(len(possible)):
        i = possible[k]
        restart(stream, seed, i)
        # A walker at -inf accepts whatever is better; -inf - -inf is NaN, which compares as False.
        if factor[k] + new_log_prob[k] - log_prob[i] > math.log(uniform(stream)):
            for column in range(positions.shape[1]):
                positions[i, column] = new_positions[k, column]
            for column in range(blobs.shape[1]):
                blobs[i, column] = new_blobs[k, column]
            log_prob[i] = new_log_prob[k]
            moved[i] = True
