"""Wilson coefficients of b -> s l l, R_K and Bs -> mu mu: (II.9), (II.10)."""

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import square
from lqbayes.models.three_leptoquarks.constants import C_SM
from lqbayes.models.three_leptoquarks.layout import ComplexMatrix, Point

R_K_SM = 1.0004163
BS_MUMU_SM = 3.62893e-9
"""In the standard model: those of flavio 2.7.1."""


@inlined
def wilson_coefficients(p: Point, g: ComplexMatrix, lepton: int) -> tuple[complex, complex, float, float]:
    """C9, C10 (complex: g is), C9', C10' (real: f is) of lepton 0, 1, 2 at tree level, (II.9) and (II.10).

    The triplet gives C9 = -C10, the doublet with hypercharge 7/6 C9 = C10.
    """
    # m_A2 = m_B2 = m_delta4 = m_eta' = M_LQ, so that c_2^2 / m_A2^2 + s_2^2 / m_B2^2 = 1 / M_LQ^2.
    per_mass = 1 / (4 * C_SM * (p.m_lq * p.m_lq))
    triplet = g[1][lepton] * g[2][lepton].conjugate()
    real, imag = triplet.real * per_mass, triplet.imag * per_mass
    doublet = p.h[1][lepton] * p.h[2][lepton] * per_mass
    right_handed = p.f[1][lepton] * p.f[2][lepton] * per_mass
    return complex(doublet - real, -imag), complex(doublet + real, imag), right_handed, -right_handed


@inlined
def r_k(s_mu: complex, t_mu: complex, s_e: complex, t_e: complex) -> float:
    """R_K for 1.1 GeV^2 < q^2 < 6 GeV^2, from S = C9 + C9' and T = C10 + C10' of the muon and the electron.

    Ratio of the two rates, each exactly quadratic in the coefficients. The numbers are those of flavio 2.7.1, residual below 2e-6.
    """
    muon = R_K_SM + 0.239170 * s_mu.real - 0.259494 * t_mu.real + 0.031110 * square(s_mu) + 0.031140 * square(t_mu)
    electron = 1 + 0.239197 * s_e.real - 0.259269 * t_e.real + 0.031114 * (square(s_e) + square(t_e))
    return muon / electron


@inlined
def branching_bs_mumu(x: complex) -> float:
    """Time-integrated branching ratio of Bs -> mu mu, from x = C10 - C10' of the muon; the numbers are those of flavio 2.7.1."""
    interference = 1 - 0.24001 * x.real
    return BS_MUMU_SM * interference * interference + 1.8371e-10 * x.imag * x.imag
