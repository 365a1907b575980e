"""Mass differences of the neutral mesons from box diagrams: (II.20) to (II.26)."""

from __future__ import annotations

import math

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks.constants import F_D, LOOP, M_CHARM, M_D
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.layout import ALPHA_1, ALPHA_2, DELTA_M_B1, HT, M_LQ, Array, ComplexArray, F, H
from lqbayes.models.three_leptoquarks.loops import box

_Sums = tuple[float, float, float, float]
_Factors = tuple[float, float, float]


@compiled
def quark_sums(point: Array, g: ComplexArray, j: int, i: int) -> _Sums:
    """X_f, Re(X_g^2), X_h, X_ht: sums over leptons a of f_ja f_ia, g*_ja g_ia, h_ja h_ia and ht_aj ht_ai for two quark generations."""
    x_f = 0.0
    x_h = 0.0
    x_ht = 0.0
    x_g = complex(0.0, 0.0)
    for a in range(3):
        x_f += point[F + 3 * j + a] * point[F + 3 * i + a]
        x_h += point[H + 3 * j + a] * point[H + 3 * i + a]
        x_ht += point[HT + 3 * a + j] * point[HT + 3 * a + i]
        x_g += g[j, a].conjugate() * g[i, a]
    return x_f, x_g.real * x_g.real - x_g.imag * x_g.imag, x_h, x_ht


@compiled
def box_factors(point: Array, formulas: int) -> _Factors:
    """Square brackets of (II.20) and (II.21) in GeV^-2: the factors of X_f^2, of Re(X_g^2) for down mesons, and of that for the D meson."""
    m = point[M_LQ]
    m_b1 = m + point[DELTA_M_B1]
    sin_1, cos_1 = math.sin(point[ALPHA_1]), math.cos(point[ALPHA_1])
    sin_2, cos_2 = math.sin(point[ALPHA_2]), math.cos(point[ALPHA_2])
    over_a1, over_b1, mixed_1 = 1 / (m * m), 1 / (m_b1 * m_b1), box(m, m_b1)
    over_2, mixed_2 = over_a1, box(m, m)  # m_A2 = m_B2 = M_LQ
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
    return doublet, (triplet_1 + 4 * over_a1) / 4, (triplet_1 + 4 * triplet_2) / 4


@compiled
def mixing_down(point: Array, sums: _Sums, factors: _Factors, scale: float, formulas: int) -> float:
    """Mass difference in GeV, with its sign, of a down-type neutral meson, (II.20); `scale` is its m f^2 in GeV^3."""
    x_f, x_g_sq, x_h, x_ht = sums
    couplings = x_f * x_f * factors[0] + x_g_sq * factors[1]
    m_sq = point[M_LQ] ** 2
    if formulas == FormulaSet.PAPER:
        return float(-scale / (6 * LOOP) * (couplings + (x_h * x_h + x_ht * x_ht) / m_sq))
    return float(scale / (12 * LOOP) * (couplings + x_h * x_h / m_sq))  # h-tilde couples up quarks only


@compiled
def mixing_up(point: Array, sums: _Sums, factors: _Factors, formulas: int) -> float:
    """Mass difference of the D meson in GeV, with its sign, (II.21)."""
    _, x_g_sq, x_h, x_ht = sums
    m_sq = point[M_LQ] ** 2
    scale = M_D * F_D * F_D
    if formulas == FormulaSet.PAPER:
        return float(-scale / (6 * LOOP) * (x_g_sq * factors[2] + (x_h * x_h + x_ht * x_ht) / m_sq))
    # Both components of the doublet couple h-tilde, and the left-right box has its own matrix element.
    same = scale / (12 * LOOP) * (x_g_sq * factors[2] + (x_h * x_h + 2 * x_ht * x_ht) / m_sq)
    left_right = -scale * 4 / (64 * math.pi**2 * m_sq) * x_h * x_ht * (1 / 24 + (M_D / M_CHARM) ** 2 / 4)
    return float(same + left_right)
