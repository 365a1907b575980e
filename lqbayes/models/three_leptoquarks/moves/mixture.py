"""The mixture of moves that samples the leptoquark posterior, and the odds of each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.moves.cancellation import CancellationMove
from lqbayes.models.three_leptoquarks.moves.conjugation import ConjugationMove
from lqbayes.models.three_leptoquarks.moves.shear import ShearMove
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX
from lqbayes.prior.coordinates import LOG_MAGNITUDE, CoordinateTable
from lqbayes.prior.prior import Prior
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import SIGNED, chart_of
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.flips import FlipMove, SymmetryMove
from lqbayes.sampling.moves.refresh import RefreshMove
from lqbayes.sampling.moves.scale import ScaleMove
from lqbayes.sampling.moves.walk import WalkMove

_GENERATIONS = (1, 2, 3)


def _row(prefix: str, i: int) -> list[str]:
    return [f"{prefix}_{i}{j}" for j in _GENERATIONS]


def _column(prefix: str, j: int) -> list[str]:
    return [f"{prefix}_{i}{j}" for i in _GENERATIONS]


_F, _H, _HT = ([name for i in _GENERATIONS for name in _row(prefix, i)] for prefix in ("f", "h", "ht"))
_A_ABS, _A_ARG = ([f"A_{pair}_{part}" for pair in ("12", "13", "23")] for part in ("abs", "arg"))
_NEUTRINO = ["s12sq", "s23sq", "s13sq", "delta_CP", "dm21", "dm3l", "m_lightest", "alpha_21", "alpha_31"]
_LOOP = ["M_LQ", "alpha_1"]

# Coordinates that one term of the likelihood ties together.
_COUPLED = [
    ["h_32", "ht_23", "M_LQ"],  # g - 2
    ["h_22", "h_32"],  # H of (II.9)
    ["h_22", "h_32", "ht_23", "M_LQ"],
    *(_row("f", i) for i in _GENERATIONS),
    *(_column("f", j) for j in _GENERATIONS),
    [*_F, *_A_ABS, *_A_ARG],
    [*_A_ABS, *_A_ARG],
    [*_A_ARG, "delta_CP", "alpha_21", "alpha_31"],
    _NEUTRINO,
    [*_F, *_LOOP],
]

# Coordinates that alone decide whether a point has a signal: g - 2 goes like h_32 ht_23, the doublet's part of C9 and C10 like h_22 h_32.
# A walker without the signal must find it by a jump.
_SIGNALS = [["h_32"], ["ht_23"], ["h_22"], ["h_32", "ht_23"], ["h_22", "h_32"], ["h_22", "ht_23"], ["h_22", "h_32", "ht_23"]]

# Sets of couplings whose signs flip together.
_FLIPS = [
    *([name] for name in (*_F, *_H, *_HT)),
    *(_row(prefix, i) for prefix in ("f", "h", "ht") for i in _GENERATIONS),
    *(_column(prefix, j) for prefix in ("f", "h", "ht") for j in _GENERATIONS),
    *([*_column("h", a), *_row("ht", a)] for a in _GENERATIONS),  # one charged lepton
]

# Flips that change no observable; the left-right box of the corrected formulas ties h and h-tilde of the first generation.
_SYMMETRIES = {
    FormulaSet.PAPER: [_row("f", 1), [*_row("f", 2), *_row("f", 3)], _row("h", 1), _column("ht", 1)],
    FormulaSet.CORRECTED: [_row("f", 1), [*_row("f", 2), *_row("f", 3)], [*_row("h", 1), *_column("ht", 1)]],
}
_SYMMETRIC_REST = [*_row("h", 2), *_row("h", 3), *_column("ht", 2), *_column("ht", 3)]

# Powers of a common factor that leave most observables alone: g of (II.7) goes like M_LQ / (alpha_1 f), the Wilson
# coefficients like g g / M_LQ^2 and h h / M_LQ^2, g - 2 like h_32 ht_23 / M_LQ^2.
_SCALES: list[dict[str, float]] = [
    dict.fromkeys(_F, 1.0) | {"alpha_1": -1.0},
    {"M_LQ": 1.0, "h_22": 1.0, "h_32": 1.0, "ht_23": 1.0},
    {"M_LQ": 1.0, "alpha_1": 1.0},
    {"M_LQ": 1.0, "h_22": 1.0, "ht_23": 2.0},
    {"h_32": 1.0, "ht_23": -1.0},
    {"h_22": 1.0, "h_32": -1.0},
    {"h_22": 1.0, "h_32": -1.0, "ht_23": 1.0},
    {"h_22": 1.0, "ht_23": 1.0},
    *(dict.fromkeys(_row("f", i), 1.0) for i in _GENERATIONS),
    dict.fromkeys(_row("f", 2), 1.0) | dict.fromkeys(_row("f", 3), -1.0),
    dict.fromkeys(_row("f", 1), 1.0) | {"alpha_1": -1.0},
    dict.fromkeys(_F, 1.0),
    *(dict.fromkeys(_column("f", j), 1.0) for j in _GENERATIONS),
]

# Cancellation moves: whether the Majorana phases are solved for, whether the overlap is kept, the step, the odds.
_CANCELLATIONS = (
    (False, False, "difference", 0.03),
    (False, False, "walk", 0.02),
    (False, True, "difference", 0.06),
    (False, True, "walk", 0.05),
    (False, True, "flip", 0.02),
    (False, True, "scale", 0.02),
    (True, False, "difference", 0.02),
    (True, False, "walk", 0.03),
    (True, False, "flip", 0.01),
    (True, False, "scale", 0.01),
    (True, True, "swap", 0.005),
)


# Under `full` only these two are exact: the CKM matrix mixes the rows of h, and light quarks tie h to h-tilde.
FULL_SYMMETRIES = [_F, [*_H, *_HT]]


def default_moves(prior: Prior, formulas: FormulaSet) -> list[tuple[ArrayMove, float]]:
    """Choose moves with their odds; they adapt to which parameters are sampled and which have a free sign."""
    return moves_with(prior, [*_SYMMETRIES[formulas], _SYMMETRIC_REST])


def moves_with(prior: Prior, symmetric: Sequence[Sequence[str]]) -> list[tuple[ArrayMove, float]]:
    """Choose moves, with the sets of couplings whose common sign changes no observable."""
    table, names = prior.table, prior.coordinate_names
    chart = chart_of(table)
    free = [name for name, kind in zip(names, chart.kind, strict=True) if kind == SIGNED]
    moves: list[tuple[ArrayMove, float]] = [
        (DifferenceMove(chart), 0.01),
        (DifferenceMove(chart, 0.3), 0.02),
        (DifferenceMove(chart, 0.1), 0.10),
        (DifferenceMove(chart, 2 / len(names)), 0.12),
        (RefreshMove(chart), 0.16),
        (WalkMove(chart), 0.06),
    ]
    if signals := _sampled(_SIGNALS, names):
        moves.append((RefreshMove(chart, groups=signals), 0.15))
    if coupled := [group for group in _sampled(_COUPLED, names) if len(group) > 1]:
        moves.append((DifferenceMove(chart, groups=coupled), 0.10))
    if flips := _sampled(_all_in(_FLIPS, free), names):
        moves.append((FlipMove(flips), 0.10))
    if symmetries := _sampled(_all_in(symmetric, free), names):
        moves.append((SymmetryMove(symmetries), 0.015))
    if ConjugationMove.applies(table):
        moves.append((ConjugationMove(table), 0.02))
    if directions := _directions(table, names):
        moves.append((ScaleMove(chart, directions), 0.07))
    if ShearMove.applies(table):
        moves.append((ShearMove(table), 0.20))
    columns = np.array([k for k, name in enumerate(names) if name in {*_F, *_LOOP, *_A_ABS, *_A_ARG, *_NEUTRINO}])
    for phases, overlap, step, odds in _CANCELLATIONS:
        if CancellationMove.applies(table, phases=phases):
            move = CancellationMove(chart, table, columns, step, phases=phases, overlap=overlap)
            if len(move.columns):
                moves.append((move, odds))
    return moves


def _all_in(groups: Iterable[Sequence[str]], names: Sequence[str]) -> list[Sequence[str]]:
    return [group for group in groups if all(name in names for name in group)]


def _sampled(groups: Iterable[Sequence[str]], names: Sequence[str]) -> list[list[int]]:
    """Columns of the sampled members of each group that has any."""
    columns = ([names.index(name) for name in group if name in names] for group in groups)
    return [group for group in columns if group]


def _directions(table: CoordinateTable, names: Sequence[str]) -> list[list[float]]:
    """Rows of powers of ten over the width of each coordinate's range, towards larger magnitudes."""
    step = {}
    for name in names:
        k = PARAMETER_INDEX[name]
        if table.kind[k] == LOG_MAGNITUDE:
            step[name] = (-1.0 if table.upper[k] == 0 else 1.0, table.scale[k] / math.log(10))
    directions = [direction for direction in _SCALES if all(name in step for name in direction)]
    return [[step[name][0] * direction[name] / step[name][1] if name in direction else 0.0 for name in names] for direction in directions]
