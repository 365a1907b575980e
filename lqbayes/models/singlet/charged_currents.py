"""b -> c tau nu and the other charged currents.

H = (4 G_F/sqrt 2) V_kj [(eta_EW + C_V) (ubar_k gamma^mu P_L d_j)(lbar gamma_mu P_L nu) + C_S (ubar_k P_L d_j)(lbar P_L nu)
    + C_T (ubar_k sigma P_L d_j)(lbar sigma P_L nu)]

for up quark k, down quark j, charged lepton a and neutrino b. Everything is divided by eta_EW, so that the SM's amplitude is 1.
Neutrinos of all flavours are summed; only b = a interferes with the SM. The coefficients of the rates follow from flavio 2.7.1 at 4.8 GeV
with CLN form factors; its rate of Ds -> tau nu divides the scalar by m_b + m_c instead of m_c + m_s, which is not followed here.
"""

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import real_product, scaled, square
from lqbayes.models.singlet.constants import BR_B_TAUNU_SM, BR_BC_TAUNU_SM, BR_DS_TAUNU_SM, ETA_EW, R_D_SM, R_DST_SM, V_SQUARED


@inlined
def matching(w: float) -> float:
    """N/eta_EW with N = v^2/(4 M^2), exchange of S1 relative to the SM at tree level; w = 1/M^2 in GeV^-2."""
    return V_SQUARED / (4 * ETA_EW) * w


@inlined
def vector(strength: float, y: float, z: complex, over_ckm: complex) -> complex:
    """V_ab = N rho_V yL_jb z*_ka/(V_kj eta_EW) with strength = N rho_V/eta_EW, y = yL_jb, z = z_ka."""
    return scaled(strength * y, z.conjugate() * over_ckm)


@inlined
def scalar(strength: float, y: float, y_right: float, over_ckm: complex) -> complex:
    """S0_ab = -N yL_jb yR_ka/(V_kj eta_EW) at the scale M, with strength = N/eta_EW."""
    return scaled(-strength * y * y_right, over_ckm)


@inlined
def rate_d(v: complex, s: complex, t: complex) -> float:
    """B -> D tau nu over the SM, one neutrino: |v|^2 + 1.1142 |S|^2 + 0.6577 |T|^2 + Re(v (1.5592 S + 0.9560 T)*)."""
    return square(v) + 1.1142 * square(s) + 0.6577 * square(t) + 1.5592 * real_product(v, s) + 0.9560 * real_product(v, t)


@inlined
def rate_dst(v: complex, s: complex, t: complex) -> float:
    """B -> D* tau nu over the SM, one neutrino: |v|^2 + 0.0531 |S|^2 + 17.156 |T|^2 + Re(v (-0.1390 S - 5.3446 T)*)."""
    return square(v) + 0.0531 * square(s) + 17.156 * square(t) - 0.1390 * real_product(v, s) - 5.3446 * real_product(v, t)


@inlined
def r_d_and_r_dst(
    tau: tuple[complex, complex, complex], wrong: tuple[complex, complex, complex], muon: tuple[complex, complex]
) -> tuple[float, float]:
    """R_D = 0.296 D/L and R_D* = 0.254 D*/L; the denominator is the mean of electrons and muons, L = (1 + sum_b |v_b|^2)/2.

    `tau` has (V, S, T) of the tau and its neutrino, `wrong` those of the tau and the muon's neutrino, `muon` has V of the muon with its own
    neutrino and with the tau's.
    """
    over_light = 2 / (1 + square(1 + muon[0]) + square(muon[1]))
    d = rate_d(1 + tau[0], tau[1], tau[2]) + rate_d(wrong[0], wrong[1], wrong[2])
    dst = rate_dst(1 + tau[0], tau[1], tau[2]) + rate_dst(wrong[0], wrong[1], wrong[2])
    return R_D_SM * d * over_light, R_DST_SM * dst * over_light


@inlined
def branching_bc_taunu(tau: tuple[complex, complex, complex], wrong: tuple[complex, complex, complex]) -> float:
    """BR(Bc -> tau nu) = 0.0236 sum_b |v_b - 4.436 S_b|^2; 4.436 = eta_EW m_Bc^2/(m_tau (m_b + m_c)) at 4.8 GeV."""
    return BR_BC_TAUNU_SM * (square(1 + tau[0] - scaled(4.436, tau[1])) + square(wrong[0] - scaled(4.436, wrong[1])))


@inlined
def branching_b_taunu(tau: complex, wrong: complex) -> float:
    """BR(B -> tau nu) = 8.39e-5 sum_b |delta_b,tau + V_tau,b|^2 with V of b -> u."""
    return BR_B_TAUNU_SM * (square(1 + tau) + square(wrong))


@inlined
def branching_ds_taunu(tau: complex, tau_scalar: complex, wrong: complex, wrong_scalar: complex) -> float:
    """BR(Ds -> tau nu) = 0.0532 sum_b |delta_b,tau + V_tau,b - 1.836 S_tau,b|^2, S at 2 GeV; 1.836 = m_Ds^2/(m_tau (m_c + m_s))."""
    return BR_DS_TAUNU_SM * (square(1 + tau - scaled(1.836, tau_scalar)) + square(wrong - scaled(1.836, wrong_scalar)))
