"""Which moves sample a posterior: those of its model, else a mixture that knows nothing of it."""

from lqbayes.posterior import Posterior
from lqbayes.sampling.annealing import pulls
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import SIGNED, chart_of
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.flips import FlipMove, SymmetryMove
from lqbayes.sampling.moves.refresh import RefreshMove
from lqbayes.sampling.moves.tangent import TangentMove
from lqbayes.sampling.moves.walk import WalkMove
from lqbayes.sampling.sampler import Moves
from lqbayes.sampling.symmetries import mirrored_columns, sign_symmetries

_FEW = 4  # coordinates up to which a difference of all of them is as good as one of some


def moves_of(posterior: Posterior) -> Moves:
    """The model's moves, or the generic ones."""
    model = posterior.model
    return generic_moves(posterior) if model.moves is None else model.moves(posterior.prior)


def generic_moves(posterior: Posterior) -> Moves:
    """Differences of walkers over all coordinates, some and two; draws of the prior; small steps; tangents; signs alone and together."""
    chart, dimension = chart_of(posterior.prior.table), posterior.dimension
    moves: list[tuple[ArrayMove, float]] = [
        (DifferenceMove(chart), 0.40 if dimension <= _FEW else 0.20),
        (RefreshMove(chart), 0.15),
        (WalkMove(chart), 0.15),
    ]
    if dimension > 1:
        moves.append((TangentMove(chart, lambda z, rung: pulls(posterior.evaluate(z), rung, posterior.likelihood.signals)), 0.15))
    if dimension > _FEW:
        moves += [(DifferenceMove(chart, 0.3), 0.15), (DifferenceMove(chart, 2 / dimension), 0.15)]
    if mirrored := mirrored_columns(posterior.prior):
        moves.append((FlipMove(chart, [[column] for column in mirrored]), 0.15 if SIGNED in chart.kind else 0.05))
    if symmetries := sign_symmetries(posterior):
        moves.append((SymmetryMove(chart, symmetries), 0.03))
    return moves
