"""Kaon decays with charged leptons: K_L -> e mu, the short-distance part of K_L -> mu mu, K+ -> pi+ mu e."""

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.full.coefficients import down_left, down_left_axial, down_lr, down_right
from lqbayes.models.three_leptoquarks.full.constants import BRANCHING_K_PI_MU_NU, G_F, SQRT_2, V_US
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.leptonic import K_LONG, two_leptons, two_muons
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import branching, rate

OBSERVABLES = (
    branching("BR_KL_emu", r"K_L\to e\mu", "branching ratio of K_L -> e mu, both charges", headline=True),
    rate("BR_KL_mumu_SD", r"\mathrm{BR}(K_L\to\mu\mu)_{\mathrm{SD}}", "short-distance part of the branching ratio of K_L -> mu mu"),
    branching("BR_Kp_pi_emmup", r"K^+\to\pi^+e^-\mu^+", "branching ratio of K+ -> pi+ e- mu+"),
    branching("BR_Kp_pi_mumep", r"K^+\to\pi^+\mu^-e^+", "branching ratio of K+ -> pi+ mu- e+"),
)


@inlined
def _kl_left(w: float, r: Running, a: Lepton, b: Lepton) -> complex:
    return scaled(1 / SQRT_2, down_left_axial(w, r, a.s, a.d, b.s, b.d) + down_left_axial(w, r, a.d, a.s, b.d, b.s))


@inlined
def _kl_right(w: float, r: Running, a: Lepton, b: Lepton) -> float:
    return -r.lr / SQRT_2 * (down_lr(w, a.d, b.s) + down_lr(w, a.s, b.d))


@inlined
def _kl(w: float, r: Running, a: Lepton, b: Lepton) -> float:
    return two_leptons(K_LONG, a.mass, b.mass, _kl_left(w, r, a, b), complex(_kl_right(w, r, a, b), 0.0), 0j, 0j)


@inlined
def kl_emu(x: Couplings, r: Running) -> float:
    """Branching ratio of K_L -> e mu, both charges. [V] for the amplitude, [D] for the combination that is the K_L.

    `two_leptons` with cL = {(rRL dRL - rLL dLL)[21;ab] + [12;ab]}/sqrt2, cR = -rLR (dLR[21;ab] + dLR[12;ab])/sqrt2,
    K_L = (K0 + K0bar)/sqrt2, CP|K0> = -|K0bar>, V_ud V_us* real, epsilon neglected.
    """
    return _kl(x.w, r, x.e, x.mu) + _kl(x.w, r, x.mu, x.e)


@inlined
def kl_mumu(w: float, r: Running, mu: Lepton) -> float:
    """BR_SD = tau f_K^2 m_K m_mu^2 beta/(32 pi) [Re(cR - cL) - 9.351e-11 GeV^-2]^2, cL and cR as in `kl_emu` at [22]. [V]."""
    amplitude = _kl_right(w, r, mu, mu) - _kl_left(w, r, mu, mu).real - 9.351e-11
    return two_muons(K_LONG) * amplitude * amplitude


@inlined
def kp_pi(w: float, r: Running, a: Lepton, b: Lepton) -> float:
    """Branching ratio of K+ -> pi+ l_a^- l_b^+, from K+ -> pi0 mu nu by isospin, 0.90 its breaking. [D].

    BR = 2 x 0.90 x 0.03352 (|rLL dLL + rRL dRL|^2 + |rLR dLR|^2)[21;ab]/(8 G_F^2 Vus^2)
    """
    left, right = down_left(w, r, a.s, a.d, b.s, b.d), down_right(w, r, a.d, b.s)
    standard = 2 * 0.90 * BRANCHING_K_PI_MU_NU / (8 * G_F**2 * V_US**2)
    return standard * (square(left) + right * right)


@inlined
def observables(x: Couplings, r: Running) -> tuple[float, ...]:
    """Values of `OBSERVABLES`."""
    return (kl_emu(x, r), kl_mumu(x.w, r, x.mu), kp_pi(x.w, r, x.e, x.mu), kp_pi(x.w, r, x.mu, x.e))
