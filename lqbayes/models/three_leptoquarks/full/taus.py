"""tau -> l + hadron: phi, rho0, pi0, K_S, K*0 and K*bar0."""

import math

from lqbayes.compilation import inlined
from lqbayes.model import Observable
from lqbayes.models.complex_numbers import real_product, scaled, square
from lqbayes.models.three_leptoquarks.full import constants as const
from lqbayes.models.three_leptoquarks.full.coefficients import down_left, down_left_axial, down_right, up_left, up_left_axial, up_right
from lqbayes.models.three_leptoquarks.full.constants import HBAR, M_TAU, SQRT_2, TAU_TAU, Z_DOWN, Z_EXCHANGE, Z_UP
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import LEPTONS, branching
from lqbayes.models.three_leptoquarks.full.z_higgs import z_left, z_right

_HADRONS = (
    ("phi", r"\phi", "phi"),
    ("rho", r"\rho^0", "rho0"),
    ("pi0", r"\pi^0", "pi0"),
    ("KS", "K_S", "K_S"),
    ("Kst", "K^{*0}", "K*0"),
    ("Kstbar", r"\bar K^{*0}", "K*bar0"),
)
OBSERVABLES: tuple[Observable, ...] = tuple(
    branching(f"BR_tau_{lepton}{name}", rf"\tau\to {symbol}\,{hadron}", f"branching ratio of tau -> {lepton} {words}")
    for lepton, symbol in (LEPTONS[1], LEPTONS[0])
    for name, hadron, words in _HADRONS
)


@inlined
def _phase_space(m_l: float, m: float) -> float:
    """p8 = sqrt[(m_tau^2 - (m + m_l)^2)(m_tau^2 - (m - m_l)^2)]/(16 pi m_tau^3), times the tau's lifetime."""
    root = math.sqrt((M_TAU**2 - (m + m_l) ** 2) * (M_TAU**2 - (m - m_l) ** 2))
    return TAU_TAU / HBAR * root / (16 * math.pi * M_TAU**3)


@inlined
def vector_meson(m_l: float, m: float, left: complex, right: complex) -> float:
    """Branching ratio of tau -> l V. [V].

    Gamma = p8 [(|gL|^2 + |gR|^2)((m_l^2 - m_tau^2)^2/m_V^2 + m_l^2 + m_tau^2 - 2 m_V^2) - 12 m_l m_tau Re(gR c(gL))]/2
    """
    masses = (m_l**2 - M_TAU**2) ** 2 / m**2 + m_l**2 + M_TAU**2 - 2 * m**2
    square_sum = (square(left) + square(right)) * masses
    return _phase_space(m_l, m) / 2 * (square_sum - 12 * m_l * M_TAU * real_product(right, left))


@inlined
def pseudoscalar(m_l: float, m: float, v_left: complex, v_right: complex) -> float:
    """Branching ratio of tau -> l P, with gL = -m_l v_L + m_tau v_R, gR = -m_l v_R + m_tau v_L. [V].

    Gamma = p8 [(|gL|^2 + |gR|^2)(m_tau^2 + m_l^2 - m_P^2) + 4 m_tau m_l Re(gL c(gR))]/2
    """
    left = scaled(M_TAU, v_right) - scaled(m_l, v_left)
    right = scaled(M_TAU, v_left) - scaled(m_l, v_right)
    square_sum = (square(left) + square(right)) * (M_TAU**2 + m_l**2 - m**2)
    return _phase_space(m_l, m) / 2 * (square_sum + 4 * M_TAU * m_l * real_product(left, right))


@inlined
def tau_modes(w: float, r: Running, kappa: float, a: Lepton, tau: Lepton) -> tuple[float, ...]:
    """Branching ratios of tau -> l + hadron, in the order of the table. [V].

    With D_L(i,k) = rLL dLL + rRL dRL, D_R = rLR dLR, U_L, U_R likewise, at [ik; l tau], l being lepton a,
    and Z_X = -(8 G_F/sqrt2) dg_X[l,tau]:
    phi: gX = (m f/2)(D_X(2,2) + Z_X vd); rho0: gX = (m f/2)(U_X(1,1) - D_X(1,1) + Z_X (vu - vd))/sqrt2;
    K*0: gX = (m f/2) D_X(1,2), K*bar0: D_X(2,1);
    pi0: v_L = (f_pi/(2 sqrt2)) [(rRL uRL - rLL uLL)(1,1) - (rRL dRL - rLL dLL)(1,1) - Z_L], v_R = (f_pi/(2 sqrt2)) [-U_R + D_R - Z_R](1,1);
    K_S: v_L = (f_K/(2 sqrt2)) [(rRL dRL - rLL dLL)(2,1) - (1,2)], v_R = (f_K/(2 sqrt2)) [-D_R(2,1) + D_R(1,2)].
    The dipole's part is below 1e-10 for every tau -> l gamma that is allowed, and dropped. [A]
    """
    z_l, z_r = scaled(Z_EXCHANGE, z_left(kappa, a, tau)), scaled(Z_EXCHANGE, z_right(kappa, a, tau))

    half = const.M_PHI * const.F_PHI / 2
    phi_left = scaled(half, down_left(w, r, a.s, a.s, tau.s, tau.s) + scaled(Z_DOWN, z_l))
    phi = vector_meson(a.mass, const.M_PHI, phi_left, scaled(half, down_right(w, r, a.s, tau.s) + scaled(Z_DOWN, z_r)))

    up, down = up_left(w, r, a.u, a.u, tau.u, tau.u), down_left(w, r, a.d, a.d, tau.d, tau.d)
    up_r, down_r = up_right(w, r, a.u, tau.u), down_right(w, r, a.d, tau.d)
    half, weak = const.M_RHO * const.F_RHO / 2 / SQRT_2, Z_UP - Z_DOWN
    rho = vector_meson(a.mass, const.M_RHO, scaled(half, up - down + scaled(weak, z_l)), scaled(half, up_r - down_r + scaled(weak, z_r)))

    half = const.F_PI / (2 * SQRT_2)
    axial = up_left_axial(w, r, a.u, a.u, tau.u, tau.u) - down_left_axial(w, r, a.d, a.d, tau.d, tau.d)
    pion = pseudoscalar(a.mass, const.M_PI0, scaled(half, axial - z_l), scaled(half, down_r - up_r - z_r))

    half = const.F_K / (2 * SQRT_2)
    axial = down_left_axial(w, r, a.s, a.d, tau.s, tau.d) - down_left_axial(w, r, a.d, a.s, tau.d, tau.s)
    right_12, right_21 = down_right(w, r, a.s, tau.d), down_right(w, r, a.d, tau.s)
    kaon = pseudoscalar(a.mass, const.M_K0, scaled(half, axial), complex(half * (right_12 - right_21), 0.0))

    half = const.M_KSTAR * const.F_KSTAR / 2
    left_12, left_21 = down_left(w, r, a.d, a.s, tau.d, tau.s), down_left(w, r, a.s, a.d, tau.s, tau.d)
    kst = vector_meson(a.mass, const.M_KSTAR, scaled(half, left_12), complex(half * right_12, 0.0))
    kstbar = vector_meson(a.mass, const.M_KSTAR, scaled(half, left_21), complex(half * right_21, 0.0))
    return (phi, rho, pion, kaon, kst, kstbar)


@inlined
def observables(x: Couplings, r: Running, kappa: float) -> tuple[float, ...]:
    """Values of `OBSERVABLES`."""
    return tau_modes(x.w, r, kappa, x.mu, x.tau) + tau_modes(x.w, r, kappa, x.e, x.tau)
