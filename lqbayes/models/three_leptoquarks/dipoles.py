"""Electromagnetic dipoles of the charged leptons: l_a -> l_b gamma and the muon's g - 2, (II.16) to (II.19)."""

from __future__ import annotations

import math

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks.constants import ALPHA_0, BRANCHING_L_NU_NU, G_F, LEPTON_MASS, LOOP, M_CHARM, M_MUON, M_TOP
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.layout import ALPHA_1, DELTA_M_B1, HT, M_LQ, Array, ComplexArray, H
from lqbayes.models.three_leptoquarks.loops import dipole_corrected, dipole_paper

_RATE = 48 * math.pi**3 * ALPHA_0 / G_F**2
_Loops = tuple[float, float, float]


@compiled
def dipole_loops(point: Array, formulas: int) -> _Loops:
    """What is the same for all leptons: M^2 J(m_q, M) of top and charm, and the triplet's factor in GeV^-2.

    The latter is -(s_1^2 / m_A1^2 + c_1^2 / m_B1^2 - 4 / m_delta4^2) / 8 of (II.17).
    """
    m_sq = point[M_LQ] ** 2
    m_b1 = point[M_LQ] + point[DELTA_M_B1]
    sin_1 = math.sin(point[ALPHA_1])
    s_sq = sin_1 * sin_1
    triplet = float(-(s_sq / m_sq + (1 - s_sq) / (m_b1 * m_b1) - 4 / m_sq) / 8)
    if formulas == FormulaSet.PAPER:
        return dipole_paper(M_TOP**2 / m_sq), dipole_paper(M_CHARM**2 / m_sq), triplet
    return dipole_corrected(M_TOP**2 / m_sq), dipole_corrected(M_CHARM**2 / m_sq), triplet


@compiled
def dipole_amplitudes(point: Array, g: ComplexArray, loops: _Loops, a: int, b: int) -> tuple[complex, complex]:
    """a_R[a, b] and a_L[a, b] of l_a -> l_b gamma in GeV^-1, (II.17).

    The flavour indices are those of the Lagrangian (II.5): the paper's h-tilde-dagger with indices b 3 stands for ht[b, top].
    """
    top, charm, triplet = loops
    m_sq = point[M_LQ] ** 2
    gg = complex(0.0, 0.0)
    hh = 0.0
    tt = 0.0
    for i in range(3):
        gg += g[i, a] * g[i, b].conjugate()
        hh += point[H + 3 * i + a] * point[H + 3 * i + b]
        tt += point[HT + 3 * a + i] * point[HT + 3 * b + i]
    m_a, m_b = LEPTON_MASS[a], LEPTON_MASS[b]
    real, imag = triplet * gg.real, triplet * gg.imag
    # Chirally enhanced terms: the quark's mass flips the chirality, through h on one side and h-tilde on the other.
    right = M_TOP * top * point[H + 6 + a] * point[HT + 3 * b + 2] + M_CHARM * charm * point[H + 3 + a] * point[HT + 3 * b + 1]
    left = M_TOP * top * point[HT + 3 * a + 2] * point[H + 6 + b] + M_CHARM * charm * point[HT + 3 * a + 1] * point[H + 3 + b]
    right = (right + 0.75 * (m_b * hh + m_a * tt)) / m_sq
    left = (left + 0.75 * (m_a * hh + m_b * tt)) / m_sq
    # Part by part: the division of a complex number by a real one would be made as one by a complex number.
    a_r = complex((right + m_a * real) / LOOP, m_a * imag / LOOP)
    a_l = complex((left + m_b * real) / LOOP, m_b * imag / LOOP)
    return a_r, a_l


@compiled
def branching_l_lgamma(point: Array, g: ComplexArray, loops: _Loops, a: int, b: int) -> float:
    """Branching ratio of l_a -> l_b gamma, (II.16)."""
    a_r, a_l = dipole_amplitudes(point, g, loops, a, b)
    square = a_r.real * a_r.real + a_r.imag * a_r.imag + a_l.real * a_l.real + a_l.imag * a_l.imag
    return float(_RATE * BRANCHING_L_NU_NU[a][b] * square / (LEPTON_MASS[a] * LEPTON_MASS[a]))


@compiled
def delta_a_mu(point: Array, g: ComplexArray, loops: _Loops) -> float:
    """Contribution to the muon's (g - 2)/2, (II.19): -m_mu Re(a_R + a_L) with the diagonal amplitudes."""
    a_r, a_l = dipole_amplitudes(point, g, loops, 1, 1)
    return -M_MUON * (a_r.real + a_l.real)
