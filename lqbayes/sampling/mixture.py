"""Which moves sample a posterior: those of its model, else a mixture that knows nothing of it."""

from __future__ import annotations

from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.sampling.moves.chart import SIGNED, chart_of
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.flips import FlipMove
from lqbayes.sampling.moves.refresh import RefreshMove
from lqbayes.sampling.moves.walk import WalkMove
from lqbayes.sampling.sampler import Moves

_FEW = 4  # coordinates up to which a difference of all of them is as good as one of some


def moves_of(posterior: Posterior) -> Moves:
    """The model's moves, or the generic ones."""
    model = posterior.model
    return generic_moves(posterior.prior) if model.moves is None else model.moves(posterior.prior)


def generic_moves(prior: Prior) -> Moves:
    """Differences of walkers over all coordinates, some and two; new draws of the prior; steps of one or two; flips of signs."""
    chart = chart_of(prior.table)
    dimension = prior.dimension
    moves = [
        (DifferenceMove(chart), 0.40 if dimension <= _FEW else 0.20),
        (RefreshMove(chart), 0.15),
        (WalkMove(chart), 0.15),
    ]
    if dimension > _FEW:
        moves += [(DifferenceMove(chart, 0.3), 0.15), (DifferenceMove(chart, 2 / dimension), 0.15)]
    signed = [[column] for column in range(dimension) if chart.kind[column] == SIGNED]
    if signed:
        moves.append((FlipMove(signed), 0.15))
    return moves
