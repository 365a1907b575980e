"""Steps along what the measurements leave alone, such as two couplings that grow and fall while their product stays."""

import math
from collections.abc import Callable

import numpy as np
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import CIRCLE, LINE, SIGNED, Chart, translate
from lqbayes.sampling.moves.streams import choose, normal, start
from lqbayes.sampling.population import Rung

_POINTS = 16
_SHARE = 0.05  # of the proposals' own evaluations that may go into derivatives
_STEP = 1e-6


class TangentMove(ArrayMove):
    """Step x' = x + c v along one of the directions in which the likelihood, linearised at a walker of the other half, is as wide as |v|.

    With J the derivative of the pulls there, P the inverse variance of the prior and J^T J + P = L L^T, they are the columns of L^-T: one
    coordinate moves, and those before it in a random order move with it so as to keep the pulls. Along the null space of J (for products of
    couplings, whose coordinates are logarithms, the same at every walker) they are as wide as the prior. The other half stands still, so
    that v is as likely wherever the step starts, and c is normal, as likely as -c: symmetric. Nothing has to be found beforehand,
    frozen or stored. Steps round the range are translations.

    `pulls` maps (n, d) positions on a rung to (n, t) numbers, minus half the sum of whose squares is the log-likelihood there.
    """

    def __init__(self, chart: Chart, pulls: Callable[[Array, Rung], Array]) -> None:
        super().__init__()
        self.chart = chart
        self.pulls = pulls
        bounded = np.where(np.isin(chart.kind, (SIGNED, CIRCLE)), 1.0, chart.upper - chart.lower)
        self.widths = np.where(chart.kind == LINE, 1.0, bounded / math.sqrt(12))

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        points = min(max(round(_SHARE * len(sample) / (2 * sample.shape[1])), 1), _POINTS)
        return _propose(sample, self.directions(complement, points, seed), self.chart, seed), np.zeros(len(sample))

    def directions(self, walkers: Array, points: int, seed: int) -> Array:
        """Return (points, d, d): the directions, in rows, at some of the walkers."""
        return _directions(self.slopes(walkers, points, seed), self.widths, seed)

    def slopes(self, walkers: Array, points: int, seed: int) -> Array:
        """Return (points, d, t): derivatives of the pulls at some of the walkers."""
        probes = _probes(walkers, points, _STEP * self.widths, self.chart, seed)
        pulls = self.pulls(probes.reshape(-1, walkers.shape[1]), self.rung).reshape(*probes.shape[:3], -1)
        with np.errstate(invalid="ignore"):
            slopes = (pulls[:, :, 0] - pulls[:, :, 1]) / (2 * _STEP * self.widths[:, np.newaxis])
        return np.where(np.isfinite(slopes), slopes, 0.0)  # beyond a wall there is none


@compiled
def _probes(walkers: Array, points: int, steps: Array, chart: Chart, seed: int) -> Array:
    """Some walkers with one coordinate after the other a little larger, and a little smaller."""
    dimension = walkers.shape[1]
    probes = np.empty((points, dimension, 2, dimension))
    stream = start(seed, -1)
    for i in range(points):
        probes[i] = walkers[choose(stream, len(walkers))]
        for k in range(dimension):
            for side in range(2):
                probes[i, k, side, k] = translate(
                    probes[i, k, side, k], (1 - 2 * side) * steps[k], chart.kind[k], chart.lower[k], chart.upper[k]
                )
    return probes


@compiled
def _directions(slopes: Array, widths: Array, seed: int) -> Array:
    points, dimension, terms = slopes.shape
    directions = np.zeros((points, dimension, dimension))
    factor = np.empty((dimension, dimension))
    order = np.arange(dimension)
    stream = start(seed, -2)
    for i in range(points):
        for j in range(dimension - 1, 0, -1):
            k = choose(stream, j + 1)
            order[j], order[k] = order[k], order[j]
        for j in range(dimension):
            for k in range(j + 1):
                total = 1 / widths[order[j]] ** 2 if j == k else 0.0
                for t in range(terms):
                    total += slopes[i, order[j], t] * slopes[i, order[k], t]
                for n in range(k):
                    total -= factor[j, n] * factor[k, n]
                # Rounding may leave nothing of what the prior alone holds: then the step is as wide as that allows.
                factor[j, k] = math.sqrt(max(total, 1 / (12 * widths[order[j]] ** 2))) if j == k else total / factor[k, k]
        for j in range(dimension):
            for k in range(j, -1, -1):
                total = 1.0 if j == k else 0.0
                for n in range(k + 1, j + 1):
                    total -= factor[n, k] * directions[i, j, order[n]]
                directions[i, j, order[k]] = total / factor[k, k]
    return directions


@compiled
def _propose(sample: Array, directions: Array, chart: Chart, seed: int) -> Array:
    proposal = sample.copy()
    for i in range(len(sample)):
        stream = start(seed, i)
        direction = directions[choose(stream, len(directions)), choose(stream, sample.shape[1])]
        size = 2.38 * math.exp(0.5 * normal(stream)) * normal(stream)
        for k in range(sample.shape[1]):
            proposal[i, k] = translate(proposal[i, k], size * direction[k], chart.kind[k], chart.lower[k], chart.upper[k])
    return proposal
