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

    J = |det of the linear system for A|^2  prod |A|^2                                     (A alone)
    J = the same  times  |Im(u_2* u_3)| / |w_q|^2,  u_k = m_k e^{i alpha_k1} (w V_k)^2      (A and the phases)

The step itself is symmetric and what is solved for has a flat prior, so nothing else enters. The same q undoes the step. The step
``scale`` multiplies g_1 by a complex number lambda instead of keeping it, with |lambda|^4 or, with the phases, |lambda|^6 as a further
factor. ``rephase`` multiplies it by a phase, by which m_nu (but for m_1) and A turn before A is solved for.
"""

from __future__ import annotations

import cmath
import math

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks.layout import A_ABS, A_ARG, ALPHA_21, ALPHA_31, HT, F, H
from lqbayes.models.three_leptoquarks.moves import solve
from lqbayes.models.three_leptoquarks.moves.matrices import coupling_weights, mass_matrix, mixing_matrix
from lqbayes.models.three_leptoquarks.moves.turn import turn_rows
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.prior.coordinates import CIRCLE, FIXED, LOG_MAGNITUDE, CoordinateTable, coordinate_of, value_of
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.moves.chart import SIGNED, Chart
from lqbayes.sampling.moves.difference import add_difference, multiple
from lqbayes.sampling.moves.streams import Stream, choose, choose_two, normal, size_of_all_scales, start, uniform
from lqbayes.sampling.moves.walk import spread, walk

STEPS = ("difference", "walk", "flip", "swap", "scale", "rephase")
_DIFFERENCE, _WALK, _FLIP, _SWAP, _SCALE, _REPHASE = range(6)
_TURNED = (ALPHA_21, ALPHA_31, A_ARG, A_ARG + 1, A_ARG + 2)
_COUNT = len(PARAMETERS)
# The parameters on which g and X depend, in the order of the parameter table: all but h and h-tilde.
_USED = tuple(k for k in range(_COUNT) if not (H <= k < H + 9 or HT <= k < HT + 9))


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
        scale, solved = spread(complement, self.chart), (self.phases, self.overlap)
        return _propose(sample, complement, self.chart, self.table, self.columns, self.step, *solved, self.turn, scale, seed)


@compiled
def _swap(y: Array, table: CoordinateTable, stream: Stream) -> None:
    """Exchange two rows or two columns of f."""
    left_out = choose(stream, 3)
    first, second = (1 if left_out == 0 else 0), (1 if left_out == 2 else 2)
    by_row = uniform(stream) < 0.5
    for k in range(3):
        a, b = (3 * first + k, 3 * second + k) if by_row else (3 * k + first, 3 * k + second)
        one, other = table.column[F + a], table.column[F + b]
        y[one], y[other] = y[other], y[one]


@compiled
def _step(
    y: Array, complement: Array, chart: Chart, table: CoordinateTable, columns: NDArray[np.int64], kind: int, scale: Array, stream: Stream
) -> complex:
    """Take the step, but for what is solved for; return the number that is to multiply g_1."""
    if kind == _SCALE:
        size = size_of_all_scales(stream, 0.01)
        return cmath.exp(complex(size * normal(stream), size * normal(stream)))
    if kind == _REPHASE:
        angle = uniform(stream)
        for k in _TURNED:
            y[table.column[k]] = (y[table.column[k]] + angle) % 1.0
        return cmath.rect(1.0, 2 * math.pi * angle)
    if kind == _FLIP:
        y[columns[choose(stream, len(columns))]] *= -1
    elif kind == _SWAP:
        _swap(y, table, stream)
    elif kind == _WALK:
        walk(y, columns, 2, scale, chart, stream)
    else:
        first, second = choose_two(stream, len(complement))
        # From a few coordinates to all of them, the share log-uniform.
        share = size_of_all_scales(stream, 1.5 / len(columns))
        gamma = multiple(stream, max(share * len(columns), 1.0))
        for k in columns:
            if uniform(stream) < share:
                add_difference(y, k, gamma, complement[first], complement[second], chart)
    return complex(1.0, 0.0)


@compiled
def _points(y_old: Array, y_new: Array, table: CoordinateTable, old: Array, new: Array) -> bool:
    """Fill in what the couplings g depend on, before and after a step; False where the step leaves the prior."""
    for k in _USED:
        kind, offset, scale, upper = table.kind[k], table.offset[k], table.scale[k], table.upper[k]
        if kind == FIXED:
            old[k] = new[k] = offset
            continue
        y, changed = y_old[table.column[k]], y_new[table.column[k]]
        if not table.lower[k] <= changed <= upper:
            return False
        old[k] = value_of(y, kind, offset, scale, upper)
        new[k] = old[k] if y == changed else value_of(changed, kind, offset, scale, upper)
    return True


@compiled
def _propose(
    sample: Array,
    complement: Array,
    chart: Chart,
    table: CoordinateTable,
    columns: NDArray[np.int64],
    kind: int,
    phases: bool,
    keep_overlap: bool,
    turn: bool,
    scale: Array,
    seed: int,
) -> Proposal:
    proposal = sample.copy()
    factor = np.full(len(sample), -math.inf)
    old, new = np.empty(_COUNT), np.empty(_COUNT)
    v, masses, m = np.empty((3, 3, 3), dtype=np.complex128)
    weights = np.empty((3, 3))
    g1, t = np.empty((2, 3), dtype=np.complex128)
    for i in range(len(sample)):
        stream = start(seed, i)
        stretch = _step(proposal[i], complement, chart, table, columns, kind, scale, stream)
        q = choose(stream, 3)
        mirrored = uniform(stream) < 0.5
        known = -1 if keep_overlap else 2 - q  # the entry of A without q: 23, 13, 12 for q = 0, 1, 2
        if not _points(sample[i], proposal[i], table, old, new):
            continue
        log_jacobian = turn_rows(old, new) if turn else 0.0

        mixing_matrix(old, v)
        mass_matrix(old, v, masses)
        coupling_weights(old, weights)
        overlap = solve.read_couplings(old, weights, masses, g1)
        solve.fill_system(weights, masses, g1, overlap, q, m, t)
        log_jacobian += solve.log_jacobian_of_a(old, m, known)
        if phases:
            log_jacobian += solve.log_triangle_area(solve.triangle_sides(weights, v, old), weights[0, q])

        mixing_matrix(new, v)
        coupling_weights(new, weights)
        for a in range(3):
            g1[a] *= stretch
        log_jacobian += (6 if phases else 4) * math.log(abs(stretch))
        sides = solve.triangle_sides(weights, v, new)
        if phases:
            target = weights[0, 0] * g1[0] + weights[0, 1] * g1[1] + weights[0, 2] * g1[2]
            if not solve.close_triangle(new, sides, target, mirrored):
                continue
            log_jacobian -= solve.log_triangle_area(solve.triangle_sides(weights, v, new), weights[0, q])
        else:  # s is given, and with it the coupling that is not put back
            j, k = (q + 1) % 3, (q + 2) % 3
            g1[q] = (sides[0] + sides[1] + sides[2] - weights[0, j] * g1[j] - weights[0, k] * g1[k]) / weights[0, q]
        mass_matrix(new, v, masses)
        solve.fill_system(weights, masses, g1, overlap, q, m, t)
        solve.solve_for_a(m, t, known, new)
        log_jacobian -= solve.log_jacobian_of_a(new, m, known)
        if math.isnan(log_jacobian) or not _store_solved(new, proposal[i], table, phases):
            continue
        if not turn or _store_turned(new, proposal[i], table):
            factor[i] = log_jacobian
    return proposal, factor


@compiled
def _store_solved(point: Array, y: Array, table: CoordinateTable, phases: bool) -> bool:
    """Put what was solved for into the coordinates; False where the prior excludes it."""
    for pair in range(3):
        modulus = coordinate_of(point[A_ABS + pair], table, A_ABS + pair)
        if not 0 <= modulus <= 1:
            return False
        y[table.column[A_ABS + pair]] = modulus
        y[table.column[A_ARG + pair]] = coordinate_of(point[A_ARG + pair], table, A_ARG + pair)
    if phases:
        y[table.column[ALPHA_21]] = coordinate_of(point[ALPHA_21], table, ALPHA_21)
        y[table.column[ALPHA_31]] = coordinate_of(point[ALPHA_31], table, ALPHA_31)
    return True


@compiled
def _store_turned(point: Array, y: Array, table: CoordinateTable) -> bool:
    """Put the rows of f that were turned into the coordinates; False where the prior excludes them."""
    for k in range(F + 3, F + 9):
        y[table.column[k]] = coordinate_of(point[k], table, k)
        if not abs(y[table.column[k]]) <= 1:  # not a number below the range
            return False
    return True
