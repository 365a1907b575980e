"""Wilson coefficients of b -> s l l, R_K and Bs -> mu mu: (II.9), (II.10)."""

from __future__ import annotations

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks.constants import C_SM
from lqbayes.models.three_leptoquarks.layout import M_LQ, Array, ComplexArray, F, H


@compiled
def wilson_coefficients(point: Array, g: ComplexArray, lepton: int) -> tuple[complex, complex, float, float]:
    """C9, C10 (complex: g is), C9', C10' (real: f is) of lepton 0, 1, 2 at tree level, (II.9) and (II.10).

    The triplet gives C9 = -C10, the doublet with hypercharge 7/6 C9 = C10.
    """
    m_sq = point[M_LQ] ** 2
    # m_A2 = m_B2 = m_delta4 = m_eta' = M_LQ, so that c_2^2 / m_A2^2 + s_2^2 / m_B2^2 = 1 / M_LQ^2.
    per_mass = 1 / (4 * C_SM * m_sq)
    triplet = g[1, lepton] * g[2, lepton].conjugate() * per_mass
    doublet = point[H + 3 + lepton] * point[H + 6 + lepton] * per_mass
    right_handed = point[F + 3 + lepton] * point[F + 6 + lepton] * per_mass
    return doublet - triplet, doublet + triplet, right_handed, -right_handed


@compiled
def r_k(s_mu: complex, t_mu: complex, s_e: complex, t_e: complex) -> float:
    """R_K for 1.1 GeV^2 < q^2 < 6 GeV^2, from S = C9 + C9' and T = C10 + C10' of the muon and the electron.

    Ratio of the two rates, each exactly quadratic in the coefficients. The numbers are those of flavio 2.7.1, residual below 2e-6.
    """
    s_mu_sq = s_mu.real * s_mu.real + s_mu.imag * s_mu.imag
    t_mu_sq = t_mu.real * t_mu.real + t_mu.imag * t_mu.imag
    s_e_sq = s_e.real * s_e.real + s_e.imag * s_e.imag
    t_e_sq = t_e.real * t_e.real + t_e.imag * t_e.imag
    muon = 1.0004163 + 0.239170 * s_mu.real - 0.259494 * t_mu.real + 0.031110 * s_mu_sq + 0.031140 * t_mu_sq
    electron = 1 + 0.239197 * s_e.real - 0.259269 * t_e.real + 0.031114 * (s_e_sq + t_e_sq)
    return muon / electron


@compiled
def branching_bs_mumu(x: complex) -> float:
    """Time-integrated branching ratio of Bs -> mu mu, from x = C10 - C10' of the muon; the numbers are those of flavio 2.7.1."""
    return 3.62893e-9 * (1 - 0.24001 * x.real) ** 2 + 1.8371e-10 * x.imag**2
