"""Steps along the difference of two walkers, on all or some of the coordinates."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled, inlined
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import Chart, difference, translate
from lqbayes.sampling.moves.groups import pack_groups, pick_columns
from lqbayes.sampling.moves.streams import Stream, choose_two, normal, restart, start, uniform


class DifferenceMove(ArrayMove):
    """Differential evolution (ter Braak 2006) on a random subset of the coordinates.

    x' = x + gamma (a - b) on the chosen coordinates, with two walkers a, b of the other half and gamma = 2.38 / sqrt(2 d') times a
    log-normal jitter; every tenth step has gamma = 1, which leads from mode to mode. a - b is as likely as b - a, so that the
    proposal is symmetric: steps round the range are translations. Differences are those of the chart: between magnitudes, and the short
    way round on circles.

    Each coordinate is chosen with the probability `fraction`, at least one is; or one of the `groups` of columns is.
    """

    def __init__(self, chart: Chart, fraction: float = 1.0, groups: Sequence[Sequence[int]] = ()) -> None:
        super().__init__()
        self.chart = chart
        self.fraction = fraction
        self.groups = pack_groups(groups)

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _propose(sample, complement, self.chart, self.fraction, self.groups, seed), np.zeros(len(sample))


@inlined
def multiple(stream: Stream, count: float) -> float:
    """Draw gamma for a step of so many coordinates."""
    return 1.0 if uniform(stream) < 0.1 else 2.38 / math.sqrt(2.0 * count) * math.exp(0.5 * normal(stream))


@inlined
def displaced(value: float, gamma: float, a: float, b: float, chart: Chart, k: int) -> float:
    """Add gamma (a - b) to one coordinate."""
    kind = chart.kind[k]
    return translate(value, gamma * difference(a, b, kind), kind, chart.lower[k], chart.upper[k])


@compiled
def _propose(sample: Array, complement: Array, chart: Chart, fraction: float, groups: NDArray[np.int64], seed: int) -> Array:
    proposal = sample.copy()
    chosen = np.empty(sample.shape[1], dtype=np.int64)
    stream = start(seed, 0)
    for i in range(len(sample)):
        restart(stream, seed, i)
        a, b = choose_two(stream, len(complement))
        count = pick_columns(stream, fraction, groups, chosen)
        gamma = multiple(stream, count)
        for entry in range(count):
            k = chosen[entry]
            proposal[i, k] = displaced(proposal[i, k], gamma, complement[a, k], complement[b, k], chart, k)
    return proposal
