"""Steps along what the measurements leave alone, such as two couplings that grow and fall while their product stays."""

from __future__ import annotations

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
    """Gaussian step with the covariance that the linearised likelihood has at a walker of the other half.

    x' = x + gamma v, where v ~ N(0, (J^T J + P)^-1), J is the derivative of the pulls and P the inverse variance of the prior: as wide as
    the prior along what leaves the pulls alone (the null space of J; for products of couplings, whose coordinates are logarithms, it is
    the same at every walker), and narrow across. The other half stands still, so that v and -v are as likely as each other from wherever
    the step starts, and nothing has to be found beforehand, frozen or stored. Steps round the range are translations.

    `pulls` maps (n, d) positions on a rung to (n, t) numbers, minus half the sum of whose squares is the log-likelihood there.
    """

    def __init__(self, chart: Chart, pulls: Callable[[Array, Rung], Array]) -> None:
        super().__init__()
        self.chart = chart
        self.pulls = pulls

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        points = min(max(round(_SHARE * len(sample) / (sample.shape[1] + 1)), 1), _POINTS)
        return _propose(sample, self.factors(complement, points, seed), self.chart, seed), np.zeros(len(sample))

    def factors(self, walkers: Array, points: int, seed: int) -> Array:
        """Lower triangular L at some of the walkers, with L L^T = J^T J + P."""
        probes = _probes(walkers, points, self.chart, seed)
        return _factors(self.pulls(probes, self.rung).reshape(points, 1 + walkers.shape[1], -1), self.chart)


@compiled
def _probes(walkers: Array, points: int, chart: Chart, seed: int) -> Array:
    """Some walkers, each followed by what it becomes when one coordinate after the other is a little larger."""
    dimension = walkers.shape[1]
    probes = np.empty((points * (dimension + 1), dimension))
    stream = start(seed, -1)
    for i in range(points):
        first = i * (dimension + 1)
        probes[first : first + dimension + 1] = walkers[choose(stream, len(walkers))]
        for k in range(dimension):
            step = _STEP * _width(k, chart)
            probes[first + 1 + k, k] = translate(probes[first, k], step, chart.kind[k], chart.lower[k], chart.upper[k])
    return probes


@compiled
def _width(k: int, chart: Chart) -> float:
    """Extent of the prior."""
    if chart.kind[k] == LINE:
        return math.sqrt(12.0)
    return 1.0 if chart.kind[k] in (SIGNED, CIRCLE) else chart.upper[k] - chart.lower[k]


@compiled
def _factors(pulls: Array, chart: Chart) -> Array:
    """Factorise at each point, from the pulls there and a step of each coordinate further."""
    points, terms = len(pulls), pulls.shape[2]
    dimension = pulls.shape[1] - 1
    factors = np.zeros((points, dimension, dimension))
    slopes = np.empty((terms, dimension))
    for i in range(points):
        for k in range(dimension):
            step = _STEP * _width(k, chart)
            for t in range(terms):
                slope = (pulls[i, 1 + k, t] - pulls[i, 0, t]) / step
                # Beyond a wall, or where a bound begins, there is none.
                slopes[t, k] = slope if math.isfinite(slope) else 0.0
        factor = factors[i]
        for j in range(dimension):
            for k in range(j + 1):
                total = 12.0 / _width(j, chart) ** 2 if j == k else 0.0
                for t in range(terms):
                    total += slopes[t, j] * slopes[t, k]
                for n in range(k):
                    total -= factor[j, n] * factor[k, n]
                if j == k:
                    # Rounding may leave nothing of what the prior alone holds: then the step is as wide as that allows.
                    factor[j, j] = math.sqrt(max(total, 1.0 / _width(j, chart) ** 2))
                else:
                    factor[j, k] = total / factor[k, k]
    return factors


@compiled
def _propose(sample: Array, factors: Array, chart: Chart, seed: int) -> Array:
    proposal = sample.copy()
    dimension = sample.shape[1]
    step = np.empty(dimension)
    for i in range(len(sample)):
        stream = start(seed, i)
        factor = factors[choose(stream, len(factors))]
        gamma = 2.38 / math.sqrt(dimension) * math.exp(0.5 * normal(stream))
        for k in range(dimension - 1, -1, -1):
            total = normal(stream)
            for j in range(k + 1, dimension):
                total -= factor[j, k] * step[j]
            step[k] = total / factor[k, k]
        for k in range(dimension):
            proposal[i, k] = translate(proposal[i, k], gamma * step[k], chart.kind[k], chart.lower[k], chart.upper[k])
    return proposal
