"""mu -> 3 e and tau -> 3 leptons by dipole and Z penguin."""

import math

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import real_product, scaled, square
from lqbayes.models.three_leptoquarks.full import constants as const
from lqbayes.models.three_leptoquarks.full.constants import ALPHA_0, G_F, M_ELECTRON, M_MUON, Z_EXCHANGE, Z_LEFT, Z_RIGHT
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.dipoles import Dipole
from lqbayes.models.three_leptoquarks.full.table import branching
from lqbayes.models.three_leptoquarks.full.z_higgs import z_left, z_right
from lqbayes.vector_math import log

OBSERVABLES = (
    branching("BR_mu_3e", r"\mu\to 3e", "branching ratio of mu -> 3 e"),
    branching("BR_tau_3mu", r"\tau\to 3\mu", "branching ratio of tau -> 3 mu"),
    branching("BR_tau_3e", r"\tau\to 3e", "branching ratio of tau -> 3 e"),
    branching("BR_tau_muee", r"\tau\to\mu ee", "branching ratio of tau- -> mu- e+ e-"),
    branching("BR_tau_emumu", r"\tau\to e\mu\mu", "branching ratio of tau- -> e- mu+ mu-"),
)

_E_SQ = 4 * math.pi * ALPHA_0


@inlined
def three_leptons(kappa: float, d: Dipole, a: Lepton, b: Lepton, pair: float, same: float, constant: float, standard: float) -> float:
    """BR(l_a -> l_b l l), l having the mass `pair`; same = 2, constant = 11/4 for l = b, else 1, 3. [V] at leading logarithm.

    BR = C_ab {2|V_LL|^2 + |V_LR|^2 + |V_RL|^2 + 2|V_RR|^2 + 8 Re[c7 c(2 V_RR + V_RL) + c7' c(2 V_LL + V_LR)]
               + 32 (|c7|^2 + |c7'|^2)(ln(m_a^2/m_b^2) - 11/4)}/(8 G_F^2), the factors 2 only for l = b;
    V_XY = -(8 G_F/sqrt2) dg_X[b,a] g_Y, c7 = (e/m_a) q_L, c7' = (e/m_a) q_R, q_X = -(e/2) a_X[a,b].
    Photon penguins of light quarks are dropped; tau -> l phi and mu-e conversion bound the same couplings better. [A]
    """
    left, right = scaled(Z_EXCHANGE, z_left(kappa, b, a)), scaled(Z_EXCHANGE, z_right(kappa, b, a))
    charge = -_E_SQ / (2 * a.mass)
    c7, c7p = scaled(charge, d.left), scaled(charge, d.right)
    penguin = square(left) * (same * Z_LEFT**2 + Z_RIGHT**2) + square(right) * (Z_LEFT**2 + same * Z_RIGHT**2)
    mixed = (same * Z_RIGHT + Z_LEFT) * real_product(c7, right) + (same * Z_LEFT + Z_RIGHT) * real_product(c7p, left)
    logarithm = 2 * log(a.mass / pair) - constant
    return standard / (8 * G_F**2) * (penguin + 8 * mixed + 32 * (square(c7) + square(c7p)) * logarithm)


@inlined
def observables(x: Couplings, kappa: float, mu_e: Dipole, tau_mu: Dipole, tau_e: Dipole) -> tuple[float, ...]:
    """Values of `OBSERVABLES`."""
    return (
        three_leptons(kappa, mu_e, x.mu, x.e, M_ELECTRON, 2.0, 11 / 4, const.BRANCHING_MU_E_NU_NU),
        three_leptons(kappa, tau_mu, x.tau, x.mu, M_MUON, 2.0, 11 / 4, const.BRANCHING_TAU_MU_NU_NU),
        three_leptons(kappa, tau_e, x.tau, x.e, M_ELECTRON, 2.0, 11 / 4, const.BRANCHING_TAU_E_NU_NU),
        three_leptons(kappa, tau_mu, x.tau, x.mu, M_ELECTRON, 1.0, 3.0, const.BRANCHING_TAU_MU_NU_NU),
        three_leptons(kappa, tau_e, x.tau, x.e, M_MUON, 1.0, 3.0, const.BRANCHING_TAU_E_NU_NU),
    )
