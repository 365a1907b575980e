"""Electromagnetic dipoles of the charged leptons: the muon's g - 2 and tau -> mu gamma.

From the loop with a quark of charge -2/3 and a scalar of charge -1/3, three colours. A positive product yL_32 yR_32 raises the muon's
g - 2; papers with another convention of charge conjugation or couplings print the opposite sign. flavio and wilson agree within 7 %.
"""

import math

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.singlet.constants import ALPHA_0, M_CHARM, M_MUON, M_TAU, M_TOP, TAU_LIFETIME
from lqbayes.vector_math import log

_LOOP = 3 / (8 * math.pi**2)


@inlined
def loop_functions(r: float) -> tuple[float, float]:
    """Phi_1 (without a flip of the quark's chirality) and Phi_2 (with it) of r = m_q^2/M^2.

    I_0 = -ln(r)/c and I_n = (I_(n-1) - 1/n)/c with c = 1 - r; Phi_1 = (2/3)(I_2 - I_3) - (1/3)(I_1 - 2 I_2 + I_3) and
    Phi_2 = (2/3) I_2 - (1/3)(I_1 - I_2). For r -> 0: 1/6 and (2/3)(ln(1/r) - 7/4).
    """
    over_c = 1 / (1 - r)
    i_0 = -log(r) * over_c
    i_1 = (i_0 - 1) * over_c
    i_2 = (i_1 - 1 / 2) * over_c
    i_3 = (i_2 - 1 / 3) * over_c
    return 2 / 3 * (i_2 - i_3) - 1 / 3 * (i_1 - 2 * i_2 + i_3), 2 / 3 * i_2 - 1 / 3 * (i_1 - i_2)


@inlined
def dipole_loops(w: float, run: float) -> tuple[float, float, float, float]:
    """Phi_1/2 (pure number) and m_q k^(4/7) Phi_2 in GeV of the charm and of the top.

    With w = 1/M^2 in GeV^-2 and run = k^(4/7), k of `strong_coupling_ratio`.
    """
    charm_1, charm_2 = loop_functions(M_CHARM * M_CHARM * w)
    top_1, top_2 = loop_functions(M_TOP * M_TOP * w)
    return charm_1 / 2, M_CHARM * run * charm_2, top_1 / 2, M_TOP * run * top_2


@inlined
def dipole(
    w: float,
    loops: tuple[float, float, float, float],
    m_a: float,
    left_a: tuple[complex, complex, complex],
    right_a: tuple[float, float],
    m_b: float,
    left_b: tuple[complex, complex, complex],
    right_b: tuple[float, float],
) -> complex:
    """Amplitude T[b, a] of l_a -> l_b gamma in GeV^-1.

    T = 3/(8 pi^2 M^2) {sum_q [(1/2) Phi_1 (m_a z*_qb z_qa + m_b yR_qb yR_qa) + m_q(M) Phi_2 z*_qb yR_qa] + (1/12) m_a z*_ub z_ua}
    with q = c, t. `left` holds z of u, c and t, `right` holds yR of c and t; masses in GeV, w = 1/M^2, `loops` of
    `dipole_loops`.
    """
    u, c, t = left_b[0].conjugate(), left_b[1].conjugate(), left_b[2].conjugate()
    left = scaled(m_a * loops[0], c * left_a[1]) + scaled(m_a * loops[2], t * left_a[2]) + scaled(m_a / 12, u * left_a[0])
    right = m_b * (loops[0] * right_b[0] * right_a[0] + loops[2] * right_b[1] * right_a[1])
    flipped = scaled(loops[1] * right_a[0], c) + scaled(loops[3] * right_a[1], t)
    return scaled(_LOOP * w, left + right + flipped)


@inlined
def delta_a_mu(amplitude: complex) -> float:
    """Contribution to the muon's (g - 2)/2: m_mu Re T[mu, mu]."""
    return M_MUON * amplitude.real


@inlined
def branching_tau_mugamma(one: complex, other: complex) -> float:
    """BR(tau -> mu gamma) = tau_tau alpha(0) m_tau^3 (|T[mu, tau]|^2 + |T[tau, mu]|^2)/16."""
    return TAU_LIFETIME * ALPHA_0 * M_TAU * M_TAU * M_TAU * (square(one) + square(other)) / 16
