"""Electromagnetic dipoles of the charged leptons: l_a -> l_b gamma and the muon's g - 2, (II.16) to (II.19)."""

import math
from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.algebra import column, dot, overlap
from lqbayes.models.three_leptoquarks.constants import ALPHA_0, BRANCHING_L_NU_NU, G_F, LEPTON_MASS, LOOP, M_CHARM, M_MUON, M_TOP
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.layout import ComplexMatrix, Point
from lqbayes.models.three_leptoquarks.loops import dipole_corrected, dipole_paper
from lqbayes.vector_math import sincos

_RATE = 48 * math.pi**3 * ALPHA_0 / G_F**2


class DipoleLoops(NamedTuple):
    """What is the same for all leptons, (II.17)."""

    top: float  # m_q J(m_q, M) / (4 pi)^2 in GeV^-1
    charm: float
    doublet: float  # 3 / (4 M^2 (4 pi)^2) in GeV^-2
    triplet: float  # -(s_1^2 / m_A1^2 + c_1^2 / m_B1^2 - 4 / m_delta4^2) / (8 (4 pi)^2) in GeV^-2


@inlined
def dipole_loops(p: Point, formulas: int) -> DipoleLoops:
    """Loop functions of one point."""
    w = 1 / (p.m_lq * p.m_lq)
    m_b1 = p.m_lq + p.delta_m_b1
    sine, cosine = sincos(p.alpha_1)
    triplet = (4 * w - (sine * sine * w + cosine * cosine / (m_b1 * m_b1))) / (8 * LOOP)
    top, charm = M_TOP**2 * w, M_CHARM**2 * w
    if formulas == FormulaSet.PAPER:
        top, charm = dipole_paper(top), dipole_paper(charm)
    else:
        top, charm = dipole_corrected(top), dipole_corrected(charm)
    return DipoleLoops(M_TOP / LOOP * w * top, M_CHARM / LOOP * w * charm, 0.75 / LOOP * w, triplet)


@inlined
def dipole_amplitudes(p: Point, g: ComplexMatrix, loops: DipoleLoops, a: int, b: int) -> tuple[complex, complex]:
    """a_R[a, b] and a_L[a, b] of l_a -> l_b gamma in GeV^-1, (II.17).

    The flavour indices are those of the Lagrangian (II.5): the paper's h-tilde-dagger with indices b 3 stands for ht[b, top].
    """
    m_a, m_b = LEPTON_MASS[a], LEPTON_MASS[b]
    gg = scaled(loops.triplet, overlap(column(g, b), column(g, a)))
    hh, tt = loops.doublet * dot(column(p.h, a), column(p.h, b)), loops.doublet * dot(p.ht[a], p.ht[b])
    # Chirally enhanced terms: the quark's mass flips the chirality, through h on one side and h-tilde on the other.
    right = loops.top * p.h[2][a] * p.ht[b][2] + loops.charm * p.h[1][a] * p.ht[b][1] + (m_b * hh + m_a * tt)
    left = loops.top * p.ht[a][2] * p.h[2][b] + loops.charm * p.ht[a][1] * p.h[1][b] + (m_a * hh + m_b * tt)
    return right + scaled(m_a, gg), left + scaled(m_b, gg)


@inlined
def branching_l_lgamma(p: Point, g: ComplexMatrix, loops: DipoleLoops, a: int, b: int) -> float:
    """Branching ratio of l_a -> l_b gamma, (II.16)."""
    a_r, a_l = dipole_amplitudes(p, g, loops, a, b)
    return _RATE * BRANCHING_L_NU_NU[a][b] / (LEPTON_MASS[a] * LEPTON_MASS[a]) * (square(a_r) + square(a_l))


@inlined
def delta_a_mu(p: Point, g: ComplexMatrix, loops: DipoleLoops) -> float:
    """Contribution to the muon's (g - 2)/2, (II.19): -m_mu Re(a_R + a_L) with the diagonal amplitudes."""
    a_r, a_l = dipole_amplitudes(p, g, loops, 1, 1)
    return -M_MUON * (a_r.real + a_l.real)
