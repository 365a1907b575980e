"""Couplings of the Z and the Higgs boson to leptons, from loops of the top."""

from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.model import Observable
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.constants import LOOP
from lqbayes.models.three_leptoquarks.full.constants import M_HIGGS, Z_LEFT, Z_RIGHT
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import ratio
from lqbayes.vector_math import log, select

Z_OBSERVABLES = (
    Observable("Z_mumu_ee", "1", r"\Gamma(Z\to\mu\mu)/\Gamma(Z\to ee)", "ratio of the widths of Z -> mu mu and Z -> e e, linear in dg"),
    Observable(
        "Z_tautau_ee", "1", r"\Gamma(Z\to\tau\tau)/\Gamma(Z\to ee)", "ratio of the widths of Z -> tau tau and Z -> e e, linear in dg"
    ),
    Observable("N_nu", "1", r"N_\nu", "number of light neutrinos from the invisible width of the Z"),
    Observable("A_tau", "1", r"A_\tau", "asymmetry of the Z's couplings to the tau; 0.14948 without leptoquarks", support=(-1.0, 1.0)),
)
HIGGS_OBSERVABLES = (
    ratio("kappa_mumu", r"\kappa^2_\mu", "branching ratio of h -> mu mu over that of the standard model"),
    ratio("kappa_tautau", r"\kappa^2_\tau", "branching ratio of h -> tau tau over that of the standard model"),
)


@inlined
def z_loop(ratio_sq: float) -> float:
    """F(x) = x/(x-1) - x ln x/(x-1)^2, by its series where both terms are large. [V] for the logarithm, [D] for the rest."""
    e = ratio_sq - 1
    near = 0.5 - e / 3 + e * e / 4 - e * e * e / 5
    return ratio_sq * select(abs(e) < 1e-3, near, (e - log(ratio_sq)) / (e * e))


@inlined
def z_strength(x: Couplings, r: Running) -> float:
    """The factor kappa = 3 F(x)/(2 (4 pi)^2), x = [m_t(M)(1.071 + 0.027 L)/M]^2; terms of order m_Z^2/M^2, 10 % of it, are dropped. [A]."""
    top = r.top * r.top_z
    return 1.5 / LOOP * z_loop(top * top * x.w)


@inlined
def z_right(kappa: float, b: Lepton, a: Lepton) -> complex:
    """dg_R[b,a] = -kappa c(H_3b) H_3a, of Z lbar_b gamma P_R l_a; L_Z = -(g/cos) Z (g_f + dg). [V]."""
    return scaled(-kappa, b.t.h.conjugate() * a.t.h)


@inlined
def z_left(kappa: float, b: Lepton, a: Lepton) -> complex:
    """dg_L[b,a] = kappa (ht_b3 ht_a3 + c(G_3b) G_3a/2). [V]."""
    return scaled(kappa, scaled(0.5, b.t.g.conjugate() * a.t.g) + b.t.ht * a.t.ht)


class ZShift(NamedTuple):
    """dg_L and dg_R of one charged lepton."""

    left: float
    right: float


@inlined
def _shift(kappa: float, a: Lepton) -> ZShift:
    return ZShift(z_left(kappa, a, a).real, z_right(kappa, a, a).real)


@inlined
def _rate(shift: ZShift) -> float:
    return 1 + 2 * (Z_LEFT * shift.left + Z_RIGHT * shift.right) / (Z_LEFT**2 + Z_RIGHT**2)


@inlined
def _neutrino(a: Lepton) -> float:
    return a.t.ht * a.t.ht + square(a.t.g)


@inlined
def z_observables(x: Couplings, kappa: float) -> tuple[float, ...]:
    """Values of `Z_OBSERVABLES`. [V].

    Gamma(ll)/Gamma(ee) = r_l/r_e, r = 1 + 2 (g_L dg_L + g_R dg_R)/(g_L^2 + g_R^2); N_nu = 3 + 4 sum dg_nu,
    sum dg_nu = kappa (sum_a ht_a3^2 + sum_a |G_3a|^2); A_tau = (g_L^2 - g_R^2)/(g_L^2 + g_R^2) of g + dg
    """
    e, mu, tau = _shift(kappa, x.e), _shift(kappa, x.mu), _shift(kappa, x.tau)
    neutrinos = kappa * (_neutrino(x.e) + _neutrino(x.mu) + _neutrino(x.tau))
    left, right = Z_LEFT + tau.left, Z_RIGHT + tau.right
    asymmetry = (left * left - right * right) / (left * left + right * right)
    return (_rate(mu) / _rate(e), _rate(tau) / _rate(e), 3 + 4 * neutrinos, asymmetry)


@inlined
def higgs_ratio(w: float, r: Running, a: Lepton) -> float:
    """BR(h -> l_a l_a) over that of the standard model; quartic couplings to the Higgs boson set to zero. [V], finite part [A] 20 %.

    kappa_l = (1 + k)^2, k = (3/P) Re(H_3l ht_l3) (m/m_l) 2 x (ln x + 1)(1 - m_h^2/(4 m^2)), m = 1.05 m_t(M), x = (m/M)^2
    """
    m = 1.05 * r.top
    y = m * m * w
    k = 3 / LOOP * a.t.h.real * a.t.ht * m / a.mass * 2 * y * (log(y) + 1) * (1 - M_HIGGS**2 / (4 * m * m))
    return (1 + k) * (1 + k)


@inlined
def higgs_observables(x: Couplings, r: Running) -> tuple[float, ...]:
    """Values of `HIGGS_OBSERVABLES`."""
    return (higgs_ratio(x.w, r, x.mu), higgs_ratio(x.w, r, x.tau))
