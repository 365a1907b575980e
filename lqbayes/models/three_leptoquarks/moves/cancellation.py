"""Change f or the neutrino parameters and keep the fine cancellation of m_nu against A in the couplings of the down quark.

The couplings g_1j = sum_k w_k (m_nu + A)_kj, w the first row of 1/2 R^-1 (f^T)^-1, carry the factor 1 / m_d: they are large unless the
sum cancels. And the mixing of K and D mesons wants them orthogonal to those of the strange quark: X = sum_a g*_2a g_1a is small. Almost any
step of f, of the phases or of A alone leads out of the posterior. Here such a step x -> x' is followed by a new choice of other parameters
that puts back what was:

- two entries of A put back g_1j for the two j != q, with q chosen at random: A_qj multiplies w_q there;
- the Majorana phases put back s = sum_j w_j g_1j = w m_nu w, from which A drops out, and with it the last of the g_1j: a triangle whose
  sides are |m_k (w V_k)^2| is closed, in one of two ways, chosen at random;
- the third entry of A puts back the overlap X, in which g_2 is linear in A once g_1 is known.

For the parameters y that are solved for and the quantities c(y, x) that are kept, (x, y) -> (x', y') with c(y', x') = c(y, x) has the
Jacobian J(x, y) / J(x', y'), J = |dc/dy|: the factor of the step. In the coordinates (log |A|, arg A), complex dimensions counting twice,

    J = |det|^2  prod |A|^2,  det = w_q^2, with the overlap w_q w . (w_2 x g_1*)            (A alone)
    J = the same  times  |Im(u_2* u_3)| / |w_q|^2,  u_k = m_k e^{i alpha_k1} (w V_k)^2      (A and the phases)

The step itself is symmetric and what is solved for has a flat prior, so nothing else enters. The same q undoes the step. The step
``scale`` multiplies g_1 by a complex number lambda instead of keeping it, with |lambda|^4 or, with the phases, |lambda|^6 as a further
factor. ``rephase`` multiplies it by a phase, by which m_nu (but for m_1) and A turn before A is solved for.
"""

import math

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled, inlined
from lqbayes.model.point_loop import LANES
from lqbayes.models.three_leptoquarks.layout import A_ABS, A_ARG, ALPHA_21, ALPHA_31, F
from lqbayes.models.three_leptoquarks.moves import block, solve
from lqbayes.models.three_leptoquarks.moves.turn import turn_rows
from lqbayes.prior.coordinates import CIRCLE, LOG_MAGNITUDE, CoordinateTable
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import SIGNED, Chart
from lqbayes.sampling.moves.difference import displaced, multiple
from lqbayes.sampling.moves.streams import Stream, choose, choose_two, gap, normal, restart, size_of_all_scales, start, uniform
from lqbayes.sampling.moves.walk import spread, walk

STEPS = ("difference", "walk", "flip", "swap", "scale", "rephase")
_DIFFERENCE, _WALK, _FLIP, _SWAP, _SCALE, _REPHASE = range(6)
_TURNED = (ALPHA_21, ALPHA_31, A_ARG, A_ARG + 1, A_ARG + 2)


class CancellationMove(ArrayMove):
    """Step of f, alpha_1, M_LQ, the neutrino parameters or A, with entries of A and the Majorana phases solved for.

    `columns` may be stepped; those that are solved for may be among them. The `step` is one of `STEPS`: along the difference of two
    walkers; a Gaussian one of one or two coordinates; one sign; two rows or two columns of f exchanged (all of f must be sampled), which
    leads from one hierarchy of f to another; g_1 by a complex factor; the phases of m_nu, A and g_1 by one angle. With `phases` the
    Majorana phases put back the last of the g_1j, with `overlap` the third entry of A puts back the overlap X. With `turn` the second and
    third row of f follow a step of the mixing angles, see `turn_rows`.
    """

    def __init__(
        self,
        chart: Chart,
        table: CoordinateTable,
        columns: NDArray[np.int64],
        step: str,
        *,
        phases: bool = False,
        overlap: bool = False,
        turn: bool = False,
    ) -> None:
        super().__init__()
        self.chart = chart
        self.table = table
        self.step = STEPS.index(step)
        self.columns = columns[chart.kind[columns] == SIGNED] if self.step == _FLIP else columns
        self.phases = phases
        self.overlap = overlap
        self.turn = turn

    @staticmethod
    def applies(table: CoordinateTable, *, phases: bool = False) -> bool:
        """Whether a prior leaves free what is solved for, in the coordinates for which the Jacobian was derived."""
        moduli, arguments = slice(A_ABS, A_ABS + 3), slice(A_ARG, A_ARG + 3)
        free = np.all((table.kind[moduli] == LOG_MAGNITUDE) & (table.lower[moduli] == 0)) and np.all(table.kind[arguments] == CIRCLE)
        majorana = table.kind[ALPHA_21] == CIRCLE and table.kind[ALPHA_31] == CIRCLE
        return bool(free and (majorana or not phases))

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        scale = spread(complement, self.chart) if self.step == _WALK else np.empty(0)
        options = (self.phases, self.overlap, self.turn)
        return _propose(sample, complement, self.chart, self.table, self.columns, self.step, *options, scale, seed)


@inlined
def _swap(y: Array, i: int, table: CoordinateTable, stream: Stream) -> None:
    """Exchange two rows or two columns of f."""
    left_out = choose(stream, 3)
    first, second = (1 if left_out == 0 else 0), (1 if left_out == 2 else 2)
    by_row = uniform(stream) < 0.5
    for k in range(3):
        a, b = (3 * first + k, 3 * second + k) if by_row else (3 * k + first, 3 * k + second)
        one, other = table.column[F + a], table.column[F + b]
        y[i, one], y[i, other] = y[i, other], y[i, one]


@inlined
def _step(
    y: Array,
    i: int,
    complement: Array,
    chart: Chart,
    table: CoordinateTable,
    columns: NDArray[np.int64],
    kind: int,
    scale: Array,
    stream: Stream,
) -> tuple[float, float]:
    """Take the step, but for what is solved for; return the logarithm and the angle of the number that is to multiply g_1."""
    if kind == _SCALE:
        size = size_of_all_scales(stream, 0.01)
        return size * normal(stream), size * normal(stream)
    if kind == _REPHASE:
        angle = uniform(stream)
        for k in _TURNED:
            y[i, table.column[k]] = (y[i, table.column[k]] + angle) % 1.0
        return 0.0, 2 * math.pi * angle
    if kind == _FLIP:
        y[i, columns[choose(stream, len(columns))]] *= -1
    elif kind == _SWAP:
        _swap(y, i, table, stream)
    elif kind == _WALK:
        walk(y, i, columns, 2, scale, chart, stream)
    else:
        a, b = choose_two(stream, len(complement))
        # From a few coordinates to all of them, the share log-uniform.
        share = min(size_of_all_scales(stream, 1.5 / len(columns)), 1.0)
        gamma = multiple(stream, max(share * len(columns), 1.0))
        log_rest = math.log1p(-share)
        place = gap(stream, log_rest)
        while place < len(columns):
            k = columns[place]
            y[i, k] = displaced(y[i, k], gamma, complement[a, k], complement[b, k], chart, k)
            place += 1 + gap(stream, log_rest)
    return 0.0, 0.0


@compiled
def _propose(
    sample: Array,
    complement: Array,
    chart: Chart,
    table: CoordinateTable,
    columns: NDArray[np.int64],
    kind: int,
    phases: bool,
    overlap: bool,
    turn: bool,
    scale: Array,
    seed: int,
) -> Proposal:
    proposal = sample.copy()
    factor = np.empty(len(sample))
    x = np.zeros(solve.ROWS * LANES)
    new, volume, found = x[solve.NEW * LANES :], x[solve.VOLUME * LANES :], x[solve.FACTOR * LANES :]
    stream = start(seed, 0)
    for first in range(0, len(sample), LANES):
        count = min(LANES, len(sample) - first)
        for j in range(count):
            restart(stream, seed, first + j)
            growth, angle = _step(proposal, first + j, complement, chart, table, columns, kind, scale, stream)
            x[solve.GROWTH * LANES + j], x[solve.ANGLE * LANES + j] = growth, angle
            x[solve.Q * LANES + j], volume[j] = choose(stream, 3), 1.0
            x[solve.MIRROR * LANES + j] = -1.0 if uniform(stream) < 0.5 else 1.0
        block.read(sample, first, count, table, x)
        block.read(proposal, first, count, table, new)
        if turn:
            turn_rows(x, new, volume)
        solve.solve(x, table, phases, overlap)
        for k in range(A_ABS, A_ABS + 6):
            block.write(x, solve.A + k - A_ABS, proposal, first, count, table.column[k])
        if phases:
            block.write(x, solve.MAJORANA, proposal, first, count, table.column[ALPHA_21])
            block.write(x, solve.MAJORANA + 1, proposal, first, count, table.column[ALPHA_31])
        if turn:
            for k in range(F + 3, F + 9):
                block.to_coordinates(new, k, table, found)
                block.write(new, k, proposal, first, count, table.column[k])
        for j in range(count):
            factor[first + j] = found[j]
    return proposal, factor
