"""Electromagnetic dipoles of the charged leptons: l_a -> l_b gamma and the muon's g - 2, (II.16) to (II.19)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks import layout
from lqbayes.models.three_leptoquarks.constants import ALPHA_0, G_F, LOOP, M_CHARM, M_ELECTRON, M_MUON, M_TAU, M_TOP

_H, _HT = layout.H, layout.HT
_M_LQ, _DELTA_M_B1, _ALPHA_1 = layout.M_LQ, layout.DELTA_M_B1, layout.ALPHA_1
_LEPTON_MASS = (M_ELECTRON, M_MUON, M_TAU)
_RATE = 48 * math.pi**3 * ALPHA_0 / G_F**2


@compiled
def triplet_factor(point: NDArray[np.float64]) -> float:
    """-(s_1^2 / m_A1^2 + c_1^2 / m_B1^2 - 4 / m_delta4^2) / 8 of (II.17) in GeV^-2, the same for all leptons."""
    m_sq = point[_M_LQ] ** 2
    m_b1 = point[_M_LQ] + point[_DELTA_M_B1]
    sin_1 = math.sin(point[_ALPHA_1])
    s_sq = sin_1 * sin_1
    return float(-(s_sq / m_sq + (1 - s_sq) / (m_b1 * m_b1) - 4 / m_sq) / 8)


@compiled
def dipole_amplitudes(
    point: NDArray[np.float64], g: NDArray[np.complex128], top: float, charm: float, triplet: float, a: int, b: int
) -> tuple[complex, complex]:
    """a_R[a, b] and a_L[a, b] of l_a -> l_b gamma in GeV^-1, (II.17); `top` and `charm` are M^2 J(m_q, M), `triplet` is `triplet_factor`.

    The flavour indices are those of the Lagrangian (II.5): the paper's h-tilde-dagger with indices b 3 stands for ht[b, top].
    """
    m_sq = point[_M_LQ] ** 2
    gg = complex(0.0, 0.0)
    hh = 0.0
    tt = 0.0
    for i in range(3):
        gg += g[i, a] * g[i, b].conjugate()
        hh += point[_H + 3 * i + a] * point[_H + 3 * i + b]
        tt += point[_HT + 3 * a + i] * point[_HT + 3 * b + i]
    m_a, m_b = _LEPTON_MASS[a], _LEPTON_MASS[b]
    real, imag = triplet * gg.real, triplet * gg.imag
    # Chirally enhanced terms: the quark's mass flips the chirality, through h on one side and h-tilde on the other.
    right = M_TOP * top * point[_H + 6 + a] * point[_HT + 3 * b + 2] + M_CHARM * charm * point[_H + 3 + a] * point[_HT + 3 * b + 1]
    left = M_TOP * top * point[_HT + 3 * a + 2] * point[_H + 6 + b] + M_CHARM * charm * point[_HT + 3 * a + 1] * point[_H + 3 + b]
    right = (right + 0.75 * (m_b * hh + m_a * tt)) / m_sq
    left = (left + 0.75 * (m_a * hh + m_b * tt)) / m_sq
    # Part by part: the division of a complex number by a real one would be made as one by a complex number.
    a_r = complex((right + m_a * real) / LOOP, m_a * imag / LOOP)
    a_l = complex((left + m_b * real) / LOOP, m_b * imag / LOOP)
    return a_r, a_l


@compiled
def branching_l_lgamma(a_r: complex, a_l: complex, mass: float, standard: float) -> float:
    """Branching ratio of l_a -> l_b gamma, (II.16), from the mass of l_a in GeV and C_ab, the branching ratio of l_a -> l_b nu nu."""
    square = a_r.real * a_r.real + a_r.imag * a_r.imag + a_l.real * a_l.real + a_l.imag * a_l.imag
    return _RATE * standard * square / (mass * mass)


@compiled
def delta_a_mu(a_r: complex, a_l: complex) -> float:
    """Contribution to the muon's (g - 2)/2, (II.19): -m_mu Re(a_R + a_L) with the diagonal amplitudes in GeV^-1."""
    return -M_MUON * (a_r.real + a_l.real)
