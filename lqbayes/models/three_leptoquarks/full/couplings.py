"""What every formula starts from: masses, mixing angles and couplings of one point, sorted by lepton and quark.

Names in place of numbers for quarks and leptons keep every choice of a coupling at compile time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import inlined
from lqbayes.models.three_leptoquarks import layout
from lqbayes.models.three_leptoquarks.full.ckm import rotated, rotated_conjugate
from lqbayes.models.three_leptoquarks.full.constants import CKM, M_ELECTRON, M_MUON, M_TAU

_M_LQ, _DELTA_M_B1, _ALPHA_1, _ALPHA_2 = layout.M_LQ, layout.DELTA_M_B1, layout.ALPHA_1, layout.ALPHA_2
_F, _H, _HT = layout.F, layout.H, layout.HT


class Down(NamedTuple):
    """Couplings f, g and h of one lepton to one down quark; g is complex."""

    f: float
    g: complex
    h: float


class Up(NamedTuple):
    """Couplings G = V* g, H = V h and h-tilde of one lepton to one up quark; G and H are complex."""

    g: complex
    h: complex
    ht: float


class Lepton(NamedTuple):
    """Mass in GeV and couplings of one lepton."""

    mass: float
    d: Down
    s: Down
    b: Down
    u: Up
    c: Up
    t: Up


class Couplings(NamedTuple):
    """One point.

    Attributes
    ----------
    mass, mass_b1
        M and m_B1 in GeV.
    w
        1/M^2 in GeV^-2.
    s1, c1, s2, c2
        Squared sines and cosines of alpha_1 and alpha_2.
    e, mu, tau
        Couplings of the leptons.
    """

    mass: float
    mass_b1: float
    w: float
    s1: float
    c1: float
    s2: float
    c2: float
    e: Lepton
    mu: Lepton
    tau: Lepton


@inlined
def _lepton(mass: float, point: NDArray[np.float64], g: NDArray[np.complex128], a: int) -> Lepton:
    d = Down(point[_F + a], g[0, a], point[_H + a])
    s = Down(point[_F + 3 + a], g[1, a], point[_H + 3 + a])
    b = Down(point[_F + 6 + a], g[2, a], point[_H + 6 + a])
    ht = _HT + 3 * a
    return Lepton(
        mass,
        d,
        s,
        b,
        Up(rotated_conjugate(CKM[0], d.g, s.g, b.g), rotated(CKM[0], d.h, s.h, b.h), point[ht]),
        Up(rotated_conjugate(CKM[1], d.g, s.g, b.g), rotated(CKM[1], d.h, s.h, b.h), point[ht + 1]),
        Up(rotated_conjugate(CKM[2], d.g, s.g, b.g), rotated(CKM[2], d.h, s.h, b.h), point[ht + 2]),
    )


@inlined
def couplings_of(point: NDArray[np.float64], g: NDArray[np.complex128]) -> Couplings:
    """Read a point's row of the parameter table and its g[quark, lepton]."""
    mass = point[_M_LQ]
    sin_1, cos_1 = math.sin(point[_ALPHA_1]), math.cos(point[_ALPHA_1])
    sin_2, cos_2 = math.sin(point[_ALPHA_2]), math.cos(point[_ALPHA_2])
    return Couplings(
        mass,
        mass + point[_DELTA_M_B1],
        1 / (mass * mass),
        sin_1 * sin_1,
        cos_1 * cos_1,
        sin_2 * sin_2,
        cos_2 * cos_2,
        _lepton(M_ELECTRON, point, g, 0),
        _lepton(M_MUON, point, g, 1),
        _lepton(M_TAU, point, g, 2),
    )
