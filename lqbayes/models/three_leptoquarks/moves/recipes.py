"""What decides a mixture of moves: names of parameters that belong together, powers of scales, and odds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Powers = Mapping[str, float]
"""Powers of a common factor by which parameters are multiplied."""
Cancellation = tuple[bool, bool, str, float]
"""A cancellation move: whether the Majorana phases are solved for, whether the overlap is kept, the step, the odds."""

_GENERATIONS = (1, 2, 3)


def _row(prefix: str, i: int) -> list[str]:
    return [f"{prefix}_{i}{j}" for j in _GENERATIONS]


def _column(prefix: str, j: int) -> list[str]:
    return [f"{prefix}_{i}{j}" for i in _GENERATIONS]


F, H, HT = ([name for i in _GENERATIONS for name in _row(prefix, i)] for prefix in ("f", "h", "ht"))
A_ABS, A_ARG = ([f"A_{pair}_{part}" for pair in ("12", "13", "23")] for part in ("abs", "arg"))
NEUTRINO = ["s12sq", "s23sq", "s13sq", "delta_CP", "dm21", "dm3l", "m_lightest", "alpha_21", "alpha_31"]
LOOP = ["M_LQ", "alpha_1"]
ANGLES = ["s12sq", "s23sq", "s13sq"]

# Coordinates that one term of the likelihood ties together.
COUPLED = [
    ["h_32", "ht_23", "M_LQ"],  # g - 2
    ["h_22", "h_32"],  # H of (II.9)
    ["h_22", "h_32", "ht_23", "M_LQ"],
    *(_row("f", i) for i in _GENERATIONS),
    *(_column("f", j) for j in _GENERATIONS),
    [*F, *A_ABS, *A_ARG],
    [*A_ABS, *A_ARG],
    [*A_ARG, "delta_CP", "alpha_21", "alpha_31"],
    NEUTRINO,
    [*F, *LOOP],
]

# Coordinates that alone decide whether a point has a signal: g - 2 goes like h_32 ht_23, the doublet's part of C9 and C10 like h_22 h_32.
# A walker without the signal must find it by a jump.
SIGNALS = [["h_32"], ["ht_23"], ["h_22"], ["h_32", "ht_23"], ["h_22", "h_32"], ["h_22", "ht_23"], ["h_22", "h_32", "ht_23"]]

# Sets of couplings whose signs flip together.
FLIPS = [
    *([name] for name in (*F, *H, *HT)),
    *(_row(prefix, i) for prefix in ("f", "h", "ht") for i in _GENERATIONS),
    *(_column(prefix, j) for prefix in ("f", "h", "ht") for j in _GENERATIONS),
    *([*_column("h", a), *_row("ht", a)] for a in _GENERATIONS),  # one charged lepton
]

_ROWS_OF_F = [_row("f", 1), [*_row("f", 2), *_row("f", 3)]]
_SYMMETRIC_REST = [*_row("h", 2), *_row("h", 3), *_column("ht", 2), *_column("ht", 3)]

# Powers of a common factor that leave most observables alone: g of (II.7) goes like M_LQ / (alpha_1 f), the Wilson
# coefficients like g g / M_LQ^2 and h h / M_LQ^2, g - 2 like h_32 ht_23 / M_LQ^2.
_SCALES: list[Powers] = [
    dict.fromkeys(F, 1.0) | {"alpha_1": -1.0},
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
    dict.fromkeys(F, 1.0),
    *(dict.fromkeys(_column("f", j), 1.0) for j in _GENERATIONS),
]

_CANCELLATIONS: tuple[Cancellation, ...] = (
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


@dataclass(frozen=True, slots=True)
class Recipe:
    """What formula sets have different in their mixtures.

    Sets of couplings whose common sign changes nothing or little, with odds; powers of scales, with odds; odds of differences over all
    and over three tenths of the coordinates, of few coordinates and of signals drawn anew; cancellations; odds of a walk of the mixing
    angles and of a difference of all neutrino parameters with which f turns; odds of exchanging two leptons.
    """

    symmetries: Sequence[Sequence[str]]
    symmetry_odds: float = 0.015
    scales: Sequence[Powers] = tuple(_SCALES)
    scale_odds: float = 0.07
    difference_odds: tuple[float, float] = (0.01, 0.02)
    refresh_odds: tuple[float, float] = (0.16, 0.15)
    cancellations: tuple[Cancellation, ...] = _CANCELLATIONS
    turn_odds: tuple[float, float] = (0.0, 0.0)
    permutation_odds: float = 0.0


# Flips that change no observable; the left-right box of the corrected formulas ties h and h-tilde of the first generation.
PAPER = Recipe([*_ROWS_OF_F, _row("h", 1), _column("ht", 1), _SYMMETRIC_REST])
CORRECTED = Recipe([*_ROWS_OF_F, [*_row("h", 1), *_column("ht", 1)], _SYMMETRIC_REST])

# Under `full` what is pinned down is g_1 and g_2, hence f against alpha_1 and M_LQ.
_FULL_SCALES: list[Powers] = [
    dict.fromkeys(F, 1.0) | {"alpha_1": -1.0},
    *(dict.fromkeys(_row("f", i), 1.0) for i in _GENERATIONS),
    dict.fromkeys(_row("f", 2), 1.0) | dict.fromkeys(_row("f", 3), -1.0),
    dict.fromkeys(_ROWS_OF_F[1], 1.0),
    dict.fromkeys(_ROWS_OF_F[1], 1.0) | {"alpha_1": -1.0},
    {"M_LQ": 1.0, "alpha_1": 1.0},
    dict.fromkeys(_ROWS_OF_F[1], 1.0) | {"M_LQ": 1.0},
    {"alpha_1": 1.0},
]

# Only the signs of all of f, and of all of h and h-tilde, are exact: the CKM matrix mixes rows of h, and light quarks tie h to h-tilde.
# Those of parts of f change interferences that are mostly small.
FULL = Recipe(
    [*_ROWS_OF_F, [*H, *HT]],
    symmetry_odds=0.03,
    scales=_FULL_SCALES,
    scale_odds=0.25,
    difference_odds=(0.0, 0.02),
    refresh_odds=(0.096, 0.09),
    cancellations=(
        (False, False, "difference", 0.03),
        (False, False, "walk", 0.02),
        (False, False, "rephase", 0.03),
        (False, True, "difference", 0.06),
        (False, True, "walk", 0.05),
        (False, True, "flip", 0.02),
        (True, False, "difference", 0.02),
        (True, False, "walk", 0.03),
        (True, False, "flip", 0.01),
        (True, False, "scale", 0.01),
    ),
    turn_odds=(0.04, 0.02),
    permutation_odds=0.03,
)
