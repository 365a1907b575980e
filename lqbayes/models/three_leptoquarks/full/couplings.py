"""What every formula starts from: masses, mixing angles and couplings of one point, sorted by lepton and quark.

Names in place of numbers for quarks and leptons keep every choice of a coupling at compile time.
"""

from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.models.three_leptoquarks.full.ckm import rotated, rotated_conjugate
from lqbayes.models.three_leptoquarks.full.constants import CKM, M_ELECTRON, M_MUON, M_TAU
from lqbayes.models.three_leptoquarks.layout import ComplexMatrix, Point
from lqbayes.vector_math import sincos


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
    """One point."""

    mass: float  # M in GeV
    mass_b1: float  # m_B1 in GeV
    w: float  # 1/M^2 in GeV^-2
    s1: float  # squared sines and cosines of alpha_1 and alpha_2
    c1: float
    s2: float
    c2: float
    e: Lepton
    mu: Lepton
    tau: Lepton


@inlined
def _lepton(mass: float, p: Point, g: ComplexMatrix, a: int) -> Lepton:
    d = Down(p.f[0][a], g[0][a], p.h[0][a])
    s = Down(p.f[1][a], g[1][a], p.h[1][a])
    b = Down(p.f[2][a], g[2][a], p.h[2][a])
    return Lepton(
        mass,
        d,
        s,
        b,
        Up(rotated_conjugate(CKM[0], d.g, s.g, b.g), rotated(CKM[0], d.h, s.h, b.h), p.ht[a][0]),
        Up(rotated_conjugate(CKM[1], d.g, s.g, b.g), rotated(CKM[1], d.h, s.h, b.h), p.ht[a][1]),
        Up(rotated_conjugate(CKM[2], d.g, s.g, b.g), rotated(CKM[2], d.h, s.h, b.h), p.ht[a][2]),
    )


@inlined
def couplings_of(p: Point, g: ComplexMatrix) -> Couplings:
    """Sort the couplings of a point, and its g[quark, lepton]."""
    sin_1, cos_1 = sincos(p.alpha_1)
    sin_2, cos_2 = sincos(p.alpha_2)
    s1, c1, s2, c2 = sin_1 * sin_1, cos_1 * cos_1, sin_2 * sin_2, cos_2 * cos_2
    e, mu, tau = _lepton(M_ELECTRON, p, g, 0), _lepton(M_MUON, p, g, 1), _lepton(M_TAU, p, g, 2)
    return Couplings(p.m_lq, p.m_lq + p.delta_m_b1, 1 / (p.m_lq * p.m_lq), s1, c1, s2, c2, e, mu, tau)
