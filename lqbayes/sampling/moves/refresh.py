"""A few coordinates drawn anew, wherever they were."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import LINE, Chart
from lqbayes.sampling.moves.groups import pack_groups, pick_group
from lqbayes.sampling.moves.streams import choose, normal, restart, start, uniform


class RefreshMove(ArrayMove):
    """At most `most` coordinates, or one of the `groups` of columns, drawn anew: uniformly on ranges and circles, from N(0, 1) on lines.

    That is the prior up to the asymmetry of split normals; the factor corrects for the difference of the two normal densities.
    """

    def __init__(self, chart: Chart, most: int = 3, groups: Sequence[Sequence[int]] = ()) -> None:
        super().__init__()
        self.chart = chart
        self.most = min(most, len(chart.kind))
        self.groups = pack_groups(groups)

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return _propose(sample, self.chart, self.most, self.groups, seed)


@compiled
def _propose(sample: Array, chart: Chart, most: int, groups: NDArray[np.int64], seed: int) -> Proposal:
    proposal = sample.copy()
    factor = np.zeros(len(sample))
    grouped, nothing = len(groups) > 0, np.empty(0, dtype=np.int64)
    stream = start(seed, 0)
    for i in range(len(sample)):
        restart(stream, seed, i)
        group = pick_group(stream, groups) if grouped else nothing
        for entry in range(len(group) if grouped else 1 + choose(stream, most)):
            # A column drawn twice is just drawn anew: the factor telescopes.
            k = group[entry] if grouped else choose(stream, sample.shape[1])
            old = proposal[i, k]
            if chart.kind[k] == LINE:
                new = normal(stream)
                factor[i] += 0.5 * (new * new - old * old)
            else:
                new = chart.lower[k] + (chart.upper[k] - chart.lower[k]) * uniform(stream)
            proposal[i, k] = new
    return proposal, factor
