"""Mass differences of the neutral mesons from box diagrams: (II.20) to (II.26)."""

import math
from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.models.three_leptoquarks.algebra import column, dot, overlap
from lqbayes.models.three_leptoquarks.constants import F_D, LOOP, M_CHARM, M_D
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.layout import ComplexMatrix, Point
from lqbayes.models.three_leptoquarks.loops import box
from lqbayes.vector_math import sincos


class QuarkSums(NamedTuple):
    """X_f, Re(X_g^2), X_h, X_ht: sums over leptons a of f_ja f_ia, g*_ja g_ia, h_ja h_ia and ht_aj ht_ai for two quark generations."""

    f: float
    g_sq: float
    h: float
    ht: float


class BoxFactors(NamedTuple):
    """Square brackets of (II.20) and (II.21) in GeV^-2: factors of X_f^2, of Re(X_g^2) for down mesons and for the D meson; 1/M^2."""

    f: float
    g_down: float
    g_up: float
    w: float


@inlined
def quark_sums(p: Point, g: ComplexMatrix, j: int, i: int) -> QuarkSums:
    """Sums for the quark generations j and i."""
    x_g = overlap(g[j], g[i])
    g_sq = x_g.real * x_g.real - x_g.imag * x_g.imag
    return QuarkSums(dot(p.f[j], p.f[i]), g_sq, dot(p.h[j], p.h[i]), dot(column(p.ht, j), column(p.ht, i)))


@inlined
def box_factors(p: Point, formulas: int) -> BoxFactors:
    """Box diagrams of one point."""
    m = p.m_lq
    m_b1 = m + p.delta_m_b1
    sin_1, cos_1 = sincos(p.alpha_1)
    sin_2, cos_2 = sincos(p.alpha_2)
    over_a1, over_b1, mixed_1 = 1 / (m * m), 1 / (m_b1 * m_b1), box(m, m_b1)
    over_2, mixed_2 = over_a1, over_a1 / 2  # m_A2 = m_B2 = M_LQ
    s1, c1, s2, c2 = sin_1 * sin_1, cos_1 * cos_1, sin_2 * sin_2, cos_2 * cos_2
    if formulas == FormulaSet.PAPER:
        cross_1, cross_2 = 4 * sin_1 * cos_1 * mixed_1, 4 * sin_2 * cos_2 * mixed_2
        doublet = c1 * over_a1 + s1 * over_b1 + cross_1 + over_2 + cross_2
        triplet_1 = s1 * over_a1 + c1 * over_b1 - cross_1
        triplet_2 = over_2 - cross_2
    else:
        cross_1, cross_2 = 4 * s1 * c1 * mixed_1, 4 * s2 * c2 * mixed_2
        doublet = c1 * c1 * over_a1 + s1 * s1 * over_b1 + cross_1 + (c2 * c2 + s2 * s2) * over_2 + cross_2
        triplet_1 = s1 * s1 * over_a1 + c1 * c1 * over_b1 + cross_1
        triplet_2 = (s2 * s2 + c2 * c2) * over_2 + cross_2
    return BoxFactors(doublet, (triplet_1 + 4 * over_a1) / 4, (triplet_1 + 4 * triplet_2) / 4, over_a1)


@inlined
def mixing_down(x: QuarkSums, factors: BoxFactors, scale: float, formulas: int) -> float:
    """Mass difference in GeV, with its sign, of a down-type neutral meson, (II.20); `scale` is its m f^2 in GeV^3."""
    couplings = x.f * x.f * factors.f + x.g_sq * factors.g_down
    if formulas == FormulaSet.PAPER:
        return -scale / (6 * LOOP) * (couplings + (x.h * x.h + x.ht * x.ht) * factors.w)
    return scale / (12 * LOOP) * (couplings + x.h * x.h * factors.w)  # h-tilde couples up quarks only


@inlined
def mixing_up(x: QuarkSums, factors: BoxFactors, formulas: int) -> float:
    """Mass difference of the D meson in GeV, with its sign, (II.21)."""
    scale = M_D * F_D * F_D
    if formulas == FormulaSet.PAPER:
        return -scale / (6 * LOOP) * (x.g_sq * factors.g_up + (x.h * x.h + x.ht * x.ht) * factors.w)
    # Both components of the doublet couple h-tilde, and the left-right box has its own matrix element.
    same = scale / (12 * LOOP) * (x.g_sq * factors.g_up + (x.h * x.h + 2 * x.ht * x.ht) * factors.w)
    left_right = -scale * 4 / (64 * math.pi**2) * (1 / 24 + (M_D / M_CHARM) ** 2 / 4) * factors.w * x.h * x.ht
    return same + left_right
