"""Electromagnetic dipoles of the charged leptons: l_a -> l_b gamma, g - 2 and electric dipole moments."""

import math
from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.model import Observable
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.constants import LOOP
from lqbayes.models.three_leptoquarks.full import constants as const
from lqbayes.models.three_leptoquarks.full.constants import ALPHA_0, G_F, M_ELECTRON, M_MUON, M_TAU
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import branching
from lqbayes.models.three_leptoquarks.loops import dipole_corrected

OBSERVABLES = (
    branching("BR_mu_egamma", r"\mu\to e\gamma", "branching ratio of mu -> e gamma", headline=True),
    branching("BR_tau_mugamma", r"\tau\to\mu\gamma", "branching ratio of tau -> mu gamma"),
    branching("BR_tau_egamma", r"\tau\to e\gamma", "branching ratio of tau -> e gamma"),
    Observable("delta_a_mu", "1", r"\Delta a_\mu", "contribution to the muon's (g - 2)/2", headline=True, usual_power=-10),
    Observable("d_mu", "e cm", r"d_\mu", "electric dipole moment of the muon"),
    Observable("delta_a_e", "1", r"\Delta a_e", "contribution to the electron's (g - 2)/2"),
    Observable("d_e", "e cm", "d_e", "electric dipole moment of the electron"),
)

# Of the decaying lepton: QED evolution below m_t: to 1 GeV by wilson, the rest -(4 alpha/pi) ln.
ETA_E, ETA_MU, ETA_TAU = 0.880, 0.925, 0.950
_E_CM = 1.973269804e-14  # e cm GeV


class Loops(NamedTuple):
    """What all dipoles share: the quark's masses times M^2 J in GeV, and t of the triplet in GeV^-2."""

    top: float
    charm: float
    triplet: float


class Dipole(NamedTuple):
    """Amplitudes a_R and a_L of l_a -> l_b gamma in GeV^-1."""

    right: complex
    left: complex


@inlined
def loops(x: Couplings, r: Running) -> Loops:
    """m_te J(r_t), m_ce J(r_c) with r_t = (162.9 GeV/M)^2, r_c = (1.27 GeV/M)^2, and t = -(s_1^2/M^2 + c_1^2/m_B1^2 - 4/M^2)/8. [V].

    m_te = m_t(M)(1.040 + 0.017 L), m_ce = 0.651 - 0.029 L GeV: the running of mass and tensor, averaged over ln M.
    J is M^2 J of the corrected formulas; its constant 1/2 has no independent number. [D]
    """
    triplet = -(x.s1 * x.w + x.c1 / (x.mass_b1 * x.mass_b1) - 4 * x.w) / 8
    return Loops(r.top_dipole * dipole_corrected(const.M_TOP**2 * x.w), r.charm_dipole * dipole_corrected(const.M_CHARM**2 * x.w), triplet)


@inlined
def dipole(w: float, loop: Loops, eta: float, a: Lepton, b: Lepton) -> Dipole:
    """Amplitudes of l_a -> l_b gamma. [V].

    a_R = (eta_a/P) {[m_te J_t H_3a ht_b3 + m_ce J_c H_2a ht_b2 + (3/4)(m_b sum_i h_ia h_ib + m_a sum_i ht_ai ht_bi)]/M^2
                     + m_a t sum_i g_ia c(g_ib)},
    a_L = (eta_a/P) {[m_te J_t c(ht_a3 H_3b) + m_ce J_c c(ht_a2 H_2b) + (3/4)(m_a sum h_ia h_ib + m_b sum ht_ai ht_bi)]/M^2
                     + m_b t sum_i g_ia c(g_ib)}; m_a, m_b are masses of leptons
    """
    factor = eta / LOOP
    hh = a.d.h * b.d.h + a.s.h * b.s.h + a.b.h * b.b.h
    tt = a.u.ht * b.u.ht + a.c.ht * b.c.ht + a.t.ht * b.t.ht
    gg = scaled(loop.triplet, a.d.g * b.d.g.conjugate() + a.s.g * b.s.g.conjugate() + a.b.g * b.b.g.conjugate())
    right = scaled(loop.top * b.t.ht, a.t.h) + scaled(loop.charm * b.c.ht, a.c.h)
    left = scaled(loop.top * a.t.ht, b.t.h.conjugate()) + scaled(loop.charm * a.c.ht, b.c.h.conjugate())
    right = scaled(w, right + 0.75 * (b.mass * hh + a.mass * tt)) + scaled(a.mass, gg)
    left = scaled(w, left + 0.75 * (a.mass * hh + b.mass * tt)) + scaled(b.mass, gg)
    return Dipole(scaled(factor, right), scaled(factor, left))


@inlined
def radiative(d: Dipole, mass: float, standard: float) -> float:
    """BR(l_a -> l_b gamma) = 48 pi^3 C_ab alpha (|a_R|^2 + |a_L|^2)/(G_F^2 m_a^2), (II.16). [V]."""
    rate = 48 * math.pi**3 * ALPHA_0 / (G_F**2 * mass**2)
    return rate * standard * (square(d.right) + square(d.left))


@inlined
def anomaly(d: Dipole, mass: float) -> float:
    """Delta a = -m_a Re(a_R + a_L)[a,a], (II.19). [V]."""
    return -mass * (d.right.real + d.left.real)


@inlined
def observables(x: Couplings, loop: Loops, mu_e: Dipole, tau_mu: Dipole, tau_e: Dipole) -> tuple[float, ...]:
    """Values of `OBSERVABLES`; d = 1.97327e-14 Im a_R[a,a] e cm, its normalisation from Delta a. [D]."""
    e, mu = dipole(x.w, loop, ETA_E, x.e, x.e), dipole(x.w, loop, ETA_MU, x.mu, x.mu)
    return (
        radiative(mu_e, M_MUON, const.BRANCHING_MU_E_NU_NU),
        radiative(tau_mu, M_TAU, const.BRANCHING_TAU_MU_NU_NU),
        radiative(tau_e, M_TAU, const.BRANCHING_TAU_E_NU_NU),
        anomaly(mu, M_MUON),
        _E_CM * mu.right.imag,
        anomaly(e, M_ELECTRON),
        _E_CM * e.right.imag,
    )
