"""Mixing of neutral mesons with its phases."""

import math

from lqbayes.compilation import inlined
from lqbayes.model import Observable
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.constants import LOOP
from lqbayes.models.three_leptoquarks.full import constants as const
from lqbayes.models.three_leptoquarks.full.constants import HBAR, PER_PS, SQRT_2, TAU_D0, XI_D, XI_S
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Down
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import rate
from lqbayes.models.three_leptoquarks.loops import box
from lqbayes.vector_math import atan2, sincos

OBSERVABLES = (
    Observable("Delta_s", "1", r"\mathrm{Re}\,\Delta_s", "M12 of the Bs over that of the standard model, real part"),
    Observable("im_Delta_s", "1", r"\mathrm{Im}\,\Delta_s", "M12 of the Bs over that of the standard model, imaginary part"),
    Observable("Delta_d", "1", r"\mathrm{Re}\,\Delta_d", "M12 of the B0 over that of the standard model, real part"),
    Observable("im_Delta_d", "1", r"\mathrm{Im}\,\Delta_d", "M12 of the B0 over that of the standard model, imaginary part"),
    Observable("dm_Bs_ps", "ps^-1", r"\Delta m_{B_s}", "mass difference of the Bs, with the standard model", support=(0.0, math.inf)),
    Observable("dm_Bd_ps", "ps^-1", r"\Delta m_{B_d}", "mass difference of the B0, with the standard model", support=(0.0, math.inf)),
    Observable("dm_Bs", "GeV", r"\Delta m_{B_s}^{\mathrm{LQ}}", "contribution to the mass difference of the Bs along the standard model's"),
    Observable("dm_Bd", "GeV", r"\Delta m_{B_d}^{\mathrm{LQ}}", "contribution to the mass difference of the B0 along the standard model's"),
    Observable("S_psiK", "1", r"S_{\psi K_S}", "CP asymmetry of B0 -> J/psi K_S, with the standard model", support=(-1.0, 1.0)),
    Observable("phi_s", "rad", r"\phi_s", "phase of Bs mixing and decay to J/psi phi, with the standard model"),
    Observable("eps_K_NP", "1", r"\epsilon_K^{\mathrm{LQ}}", "contribution to eps_K"),
    Observable("dm_K", "GeV", r"\Delta m_K^{\mathrm{LQ}}", "contribution to the mass difference of the K0"),
    rate("x12_D", "x_{12}^D", "contribution to x12 = 2 |M12| tau of the D0"),
    Observable("x12Im_D", "1", r"\mathrm{Im}\,x_{12}^D", "contribution to 2 Im M12 tau of the D0"),
    Observable("dm_D", "GeV", r"\Delta m_D^{\mathrm{LQ}}", "contribution to 2 Re M12 of the D0"),
)

# The standard model: mass differences in ps^-1 (arXiv:1909.11087), S(psi K_S) and phi_s with tree-level inputs.
_DM_BS_SM, _DM_BD_SM, _S_PSIK_SM, _PHI_S_SM = 18.4, 0.533, 0.6967, -0.0363
_TWO_BETA_SM = math.asin(_S_PSIK_SM)
_PHASE_S, _PHASE_D = ((xi.conjugate() / abs(xi)) ** 2 for xi in (XI_S, XI_D))  # exp(-2 i arg xi)
_DM_K = 3.484e-15  # GeV, measured


@inlined
def box_weight(x: Couplings) -> float:
    """w3 of the triplet's components of charge 1/3: s_1^4/M^2 + c_1^4/m_B1^2 + 4 s_1^2 c_1^2 F_M(M, m_B1), GeV^-2."""
    return x.s1 * x.s1 * x.w + x.c1 * x.c1 / (x.mass_b1 * x.mass_b1) + 4 * x.s1 * x.c1 * box(x.mass, x.mass_b1)


@inlined
def _sums(ei: Down, ej: Down, mi: Down, mj: Down, ti: Down, tj: Down) -> tuple[float, complex, float]:
    """X(f), X(g*) and X(h) of quarks j and i: X(y; j, i) = sum_a y_ja c(y_ia)."""
    g = ej.g.conjugate() * ei.g + mj.g.conjugate() * mi.g + tj.g.conjugate() * ti.g
    return ej.f * ei.f + mj.f * mi.f + tj.f * ti.f, g, ej.h * ei.h + mj.h * mi.h + tj.h * ti.h


@inlined
def down_boxes(x: Couplings, w3: float, sums: tuple[float, complex, float]) -> tuple[complex, float]:
    """C_L and C_R of the (V-A)^2 and (V+A)^2 operators of two down quarks at M, GeV^-2. [V].

    C_L = [X(h)^2 w1 + X(g*)^2 (w1 + w3/4)]/(128 pi^2), C_R = 2 X(f)^2 w1/(128 pi^2), w1 = 1/M^2
    """
    x_f, x_g, x_h = sums
    left = scaled((x.w + w3 / 4) / (8 * LOOP), x_g * x_g) + x_h * x_h * x.w / (8 * LOOP)
    return left, 2 * x_f * x_f * x.w / (8 * LOOP)


@inlined
def m12_bs(x: Couplings, r: Running, w3: float) -> complex:
    """M12 = f_Bs^2 m_Bs (0.826/3) vB (C_L + C_R), GeV; vB for C_R too, which makes that 3 % low. [V], C_R [A]."""
    left, right = down_boxes(x, w3, _sums(x.e.b, x.e.s, x.mu.b, x.mu.s, x.tau.b, x.tau.s))
    return scaled(const.F_BS**2 * const.M_BS * const.BAG_BS / 3 * r.vb, left + right)


@inlined
def m12_bd(x: Couplings, r: Running, w3: float) -> complex:
    """M12 = f_B^2 m_B0 (0.837/3) vB (C_L + C_R), GeV. [V], C_R [A] as for the Bs."""
    left, right = down_boxes(x, w3, _sums(x.e.b, x.e.d, x.mu.b, x.mu.d, x.tau.b, x.tau.d))
    return scaled(const.F_B**2 * const.M_B0 * const.BAG_BD / 3 * r.vb, left + right)


@inlined
def m12_k(x: Couplings, r: Running, w3: float) -> complex:
    """M12 = f_K^2 m_K (0.5237/3)(vKL C_L + vKR C_R), GeV. [V]."""
    left, right = down_boxes(x, w3, _sums(x.e.s, x.e.d, x.mu.s, x.mu.d, x.tau.s, x.tau.d))
    return scaled(const.F_K**2 * const.M_K0 * const.BAG_K / 3, scaled(r.vkl, left) + r.vkr * right)


@inlined
def m12_d(x: Couplings, r: Running, w3: float) -> complex:
    """M12 of the D0 in GeV, with X_t = sum_a ht_a1 ht_a2; w1 = 1/M^2. [V], left-right coefficient [D].

    M12 = f_D^2 m_D {(0.727/3) vD [X(H;1,2)^2 w1 + X(G*;1,2)^2 (w1 + w3/4) + 2 X_t^2 w1]/(128 pi^2)
                     - (0.87/4)(m_D/1.0971)^2 sD X(H;1,2) X_t w1/(64 pi^2)}
    """
    e, mu, tau = x.e, x.mu, x.tau
    x_h = e.u.h * e.c.h.conjugate() + mu.u.h * mu.c.h.conjugate() + tau.u.h * tau.c.h.conjugate()
    x_g = e.u.g.conjugate() * e.c.g + mu.u.g.conjugate() * mu.c.g + tau.u.g.conjugate() * tau.c.g
    x_t = e.u.ht * e.c.ht + mu.u.ht * mu.c.ht + tau.u.ht * tau.c.ht
    same = scaled(x.w, x_h * x_h) + scaled(x.w + w3 / 4, x_g * x_g) + 2 * x_t * x_t * x.w
    chiral = const.BAG_D_4 / 4 * (const.M_D0 / const.M_CHARM_PLUS_UP) ** 2
    return scaled(const.F_D**2 * const.M_D0 / (4 * LOOP), scaled(const.BAG_D / 6 * r.vd, same) - scaled(chiral * r.sd * x_t * x.w, x_h))


@inlined
def over_standard(m12: complex, phase: complex, standard: float) -> complex:
    """M12/M12_SM, M12_SM = (dm_SM/2) exp(2 i arg xi) with phase = exp(-2 i arg xi) and dm_SM in GeV."""
    return scaled(2 / standard, m12 * phase)


@inlined
def observables(x: Couplings, r: Running) -> tuple[float, ...]:
    """Values of `OBSERVABLES`. [V].

    Delta_q = 1 + M12/M12_SM; dm_q = dm_SM |Delta_q|; dm_q of the leptoquarks = 2 Re[M12 exp(-2 i arg xi)];
    S(psi K_S) = sin(arcsin 0.6967 + arg Delta_d); phi_s = -0.0363 + arg Delta_s;
    eps_K = 0.923 Im M12/(sqrt2 x 3.484e-15 GeV); dm_K, dm_D = 2 Re M12; x12 = 2 |M12| tau_D, x12Im = 2 Im M12 tau_D
    """
    w3 = box_weight(x)
    bs = over_standard(m12_bs(x, r, w3), _PHASE_S, _DM_BS_SM * PER_PS)
    bd = over_standard(m12_bd(x, r, w3), _PHASE_D, _DM_BD_SM * PER_PS)
    kaon, charm = m12_k(x, r, w3), m12_d(x, r, w3)
    delta_s, delta_d = 1 + bs, 1 + bd
    lifetime = 2 * TAU_D0 / HBAR
    return (
        delta_s.real,
        delta_s.imag,
        delta_d.real,
        delta_d.imag,
        _DM_BS_SM * math.sqrt(square(delta_s)),
        _DM_BD_SM * math.sqrt(square(delta_d)),
        _DM_BS_SM * PER_PS * bs.real,
        _DM_BD_SM * PER_PS * bd.real,
        sincos(_TWO_BETA_SM + atan2(delta_d.imag, delta_d.real))[0],
        _PHI_S_SM + atan2(delta_s.imag, delta_s.real),
        0.923 / (SQRT_2 * _DM_K) * kaon.imag,
        2 * kaon.real,
        lifetime * math.sqrt(square(charm)),
        lifetime * charm.imag,
        2 * charm.real,
    )
