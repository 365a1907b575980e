"""Decays of a neutral pseudoscalar meson into two charged leptons."""

import math
from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import real_product, scaled, square
from lqbayes.models.three_leptoquarks.full import constants as const


class Meson(NamedTuple):
    """Mass, decay constant and sum of the quark masses in GeV (1 where no scalar operator is), lifetime in GeV^-1."""

    mass: float
    decay_constant: float
    quark_masses: float
    lifetime: float


K_LONG = Meson(const.M_K0, const.F_K, 1.0, const.TAU_KL / const.HBAR)
B_0 = Meson(const.M_B0, const.F_B, 1.0, const.TAU_B0 / const.HBAR)
B_S = Meson(const.M_BS, const.F_BS, 1.0, const.TAU_BS / const.HBAR)
D_0 = Meson(const.M_D0, const.F_D, const.M_CHARM_PLUS_UP, const.TAU_D0 / const.HBAR)


@inlined
def two_leptons(meson: Meson, m_a: float, m_b: float, left: complex, right: complex, s_left: complex, s_right: complex) -> float:
    """Branching ratio of P -> l_a^- l_b^+ from cL, cR of lbar_a gamma P_L,R l_b, right-handed minus left-handed quarks, and SL, SR. [V].

    A_R = -m_b cL + m_a cR - (m_P^2/msum) SR,  A_L = m_a cL - m_b cR + (m_P^2/msum) SL,
    BR = tau p f^2/(32 pi m_P^2) [(|A_R|^2 + |A_L|^2)(m_P^2 - m_a^2 - m_b^2) - 4 m_a m_b Re(A_R c(A_L))],
    p = sqrt[(m_P^2 - (m_a + m_b)^2)(m_P^2 - (m_a - m_b)^2)]/(2 m_P)
    """
    m_sq = meson.mass * meson.mass
    scalar = m_sq / meson.quark_masses
    a_right = scaled(-m_b, left) + scaled(m_a, right) - scaled(scalar, s_right)
    a_left = scaled(m_a, left) - scaled(m_b, right) + scaled(scalar, s_left)
    momentum = math.sqrt((m_sq - (m_a + m_b) ** 2) * (m_sq - (m_a - m_b) ** 2)) / (2 * meson.mass)
    rate = meson.lifetime * momentum * meson.decay_constant**2 / (32 * math.pi * m_sq)
    return rate * ((square(a_right) + square(a_left)) * (m_sq - m_a * m_a - m_b * m_b) - 4 * m_a * m_b * real_product(a_right, a_left))


@inlined
def two_muons(meson: Meson) -> float:
    """Branching ratio of P -> mu mu per squared modulus of the axial coefficient: tau f^2 m_P m_mu^2 beta/(32 pi), in GeV^4. [V].

    beta = sqrt(1 - 4 m_mu^2/m_P^2)
    """
    beta = math.sqrt(1 - 4 * const.M_MUON**2 / meson.mass**2)
    return meson.lifetime * meson.decay_constant**2 * meson.mass * const.M_MUON**2 * beta / (32 * math.pi)
