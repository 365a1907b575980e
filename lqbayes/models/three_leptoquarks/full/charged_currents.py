"""Leptonic decays of charged mesons, R_D, R_D* and B_c -> tau nu, summed over the flavours of the neutrino."""

from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.full import constants as const
from lqbayes.models.three_leptoquarks.full.coefficients import charged_scalar, charged_vector
from lqbayes.models.three_leptoquarks.full.constants import CKM, G_F, M_ELECTRON, M_MUON, M_TAU, SQRT_2
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Down, Up
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import branching, ratio


def _leptonic(name: str, symbol: str, words: str) -> tuple[str, str, str]:
    return name, rf"R({symbol})", f"branching ratio of {words} over that of the standard model"


OBSERVABLES = (
    ratio(*_leptonic("R_Ds_munu", r"D_s\to\mu\nu", "D_s -> mu nu")),
    ratio(*_leptonic("R_Ds_taunu", r"D_s\to\tau\nu", "D_s -> tau nu")),
    ratio(*_leptonic("R_D_munu", r"D^+\to\mu\nu", "D+ -> mu nu")),
    ratio(*_leptonic("R_K_munu", r"K^+\to\mu\nu", "K+ -> mu nu")),
    ratio(*_leptonic("R_K_enu", r"K^+\to e\nu", "K+ -> e nu")),
    ratio(*_leptonic("R_pi_enu", r"\pi^+\to e\nu", "pi+ -> e nu")),
    ratio(*_leptonic("R_pi_munu", r"\pi^+\to\mu\nu", "pi+ -> mu nu")),
    ratio(*_leptonic("R_B_taunu", r"B^+\to\tau\nu", "B+ -> tau nu")),
    ratio(*_leptonic("R_B_munu", r"B^+\to\mu\nu", "B+ -> mu nu")),
    ratio("RD_ratio", r"R_D/R_D^{\mathrm{SM}}", "R_D over that of the standard model"),
    ratio("RDst_ratio", r"R_{D^*}/R_{D^*}^{\mathrm{SM}}", "R_D* over that of the standard model"),
    branching("BR_Bc_taunu", r"B_c\to\tau\nu", "branching ratio of B_c -> tau nu"),
)


class Vertex(NamedTuple):
    """Couplings of one lepton to the two quarks of a meson."""

    down: Down
    up: Up


@inlined
def leptonic_ratio(
    w: float,
    r: Running,
    v_ks: complex,
    mass: float,
    quarks: float,
    scalar: float,
    lepton: float,
    own: Vertex,
    second: Vertex,
    third: Vertex,
) -> float:
    """BR(P -> l_b nu) over that of the standard model; vertices of lepton b, which has the mass `lepton`, and of the two others. [V].

    R = sum_a |delta_ab + eV_a + (m_P^2/(m_b msum)) eS_a|^2, eV_a = -rLL c(g_sa) G_kb/(4 M^2)/(2 sqrt2 G_F c(V_ks)),
    eS_a = -r_S ht_ak h_sb/(2 M^2)/(2 sqrt2 G_F c(V_ks)); quarks u_k and d_s, msum the sum of their masses, r_S the scalar's running
    """
    fermi, chiral = 1 / (2 * SQRT_2 * G_F * v_ks.conjugate()), scalar * mass * mass / (lepton * quarks)
    return (
        square(1 + fermi * _shift(w, r, chiral, own, own))
        + square(fermi * _shift(w, r, chiral, second, own))
        + square(fermi * _shift(w, r, chiral, third, own))
    )


@inlined
def _shift(w: float, r: Running, chiral: float, a: Vertex, b: Vertex) -> complex:
    return chiral * charged_scalar(w, a.up, b.down) - scaled(r.ll, charged_vector(w, a.down, b.up))


@inlined
def _semitauonic(w: float, r: Running, a: Vertex, tau: Vertex, delta: float) -> tuple[float, float, float]:
    fermi = 1 / (2 * SQRT_2 * G_F * CKM[1][2].real)  # V_cb is real
    unrun = -fermi * charged_scalar(w, a.up, tau.down)
    c_s, c_t = r.c48 * unrun, r.t48 / 4 * unrun
    v = delta - scaled(r.ll * fermi, charged_vector(w, a.down, tau.up).conjugate())
    v_sq = square(v)
    r_d = v_sq + (1.5482 * c_s + 0.9493 * c_t) * v.real + 1.0986 * c_s * c_s + 0.6484 * c_t * c_t
    r_dst = v_sq - (0.1381 * c_s + 5.307 * c_t) * v.real + 0.0523 * c_s * c_s + 16.914 * c_t * c_t
    return r_d, r_dst, square(v - 4.405 * c_s)


@inlined
def semitauonic(w: float, r: Running, e: Vertex, mu: Vertex, tau: Vertex) -> tuple[float, float, float]:
    """R_D and R_D* over those of the standard model, and BR(B_c -> tau nu). [V].

    C_S = C48 ht_a2 h_33/(2 M^2)/(2 sqrt2 G_F V_cb), C_T = T48/4 of the same, v_a = delta_a3 - rLL g_3a c(G_23)/(4 M^2)/(2 sqrt2 G_F V_cb):
    R_D: sum_a [|v|^2 + 1.5482 Re(v c(C_S)) + 1.0986 |C_S|^2 + 0.9493 Re(v c(C_T)) + 0.6484 |C_T|^2],
    R_D*: sum_a [|v|^2 - 0.1381 Re(v c(C_S)) + 0.0523 |C_S|^2 - 5.307 Re(v c(C_T)) + 16.914 |C_T|^2],
    BR(B_c) = 0.0236 sum_a |v_a - 4.405 C_S|^2
    """
    r_d_e, r_dst_e, b_c_e = _semitauonic(w, r, e, tau, 0.0)
    r_d_mu, r_dst_mu, b_c_mu = _semitauonic(w, r, mu, tau, 0.0)
    r_d_tau, r_dst_tau, b_c_tau = _semitauonic(w, r, tau, tau, 1.0)
    return r_d_e + r_d_mu + r_d_tau, r_dst_e + r_dst_mu + r_dst_tau, 0.0236 * (b_c_e + b_c_mu + b_c_tau)


@inlined
def observables(x: Couplings, r: Running) -> tuple[float, ...]:
    """Values of `OBSERVABLES`."""
    w, e, mu, tau = x.w, x.e, x.mu, x.tau
    cs_e, cs_mu, cs_tau = Vertex(e.s, e.c), Vertex(mu.s, mu.c), Vertex(tau.s, tau.c)
    cd_e, cd_mu, cd_tau = Vertex(e.d, e.c), Vertex(mu.d, mu.c), Vertex(tau.d, tau.c)
    us_e, us_mu, us_tau = Vertex(e.s, e.u), Vertex(mu.s, mu.u), Vertex(tau.s, tau.u)
    ud_e, ud_mu, ud_tau = Vertex(e.d, e.u), Vertex(mu.d, mu.u), Vertex(tau.d, tau.u)
    ub_e, ub_mu, ub_tau = Vertex(e.b, e.u), Vertex(mu.b, mu.u), Vertex(tau.b, tau.u)
    return (
        leptonic_ratio(w, r, CKM[1][1], const.M_DS, const.M_CHARM_PLUS_STRANGE, r.c20, M_MUON, cs_mu, cs_e, cs_tau),
        leptonic_ratio(w, r, CKM[1][1], const.M_DS, const.M_CHARM_PLUS_STRANGE, r.c20, M_TAU, cs_tau, cs_e, cs_mu),
        leptonic_ratio(w, r, CKM[1][0], const.M_DP, const.M_CHARM_PLUS_DOWN, r.c20, M_MUON, cd_mu, cd_e, cd_tau),
        leptonic_ratio(w, r, CKM[0][1], const.M_KP, const.M_UP_PLUS_STRANGE, r.c20, M_MUON, us_mu, us_e, us_tau),
        leptonic_ratio(w, r, CKM[0][1], const.M_KP, const.M_UP_PLUS_STRANGE, r.c20, M_ELECTRON, us_e, us_mu, us_tau),
        leptonic_ratio(w, r, CKM[0][0], const.M_PIP, const.M_UP_PLUS_DOWN, r.c20, M_ELECTRON, ud_e, ud_mu, ud_tau),
        leptonic_ratio(w, r, CKM[0][0], const.M_PIP, const.M_UP_PLUS_DOWN, r.c20, M_MUON, ud_mu, ud_e, ud_tau),
        leptonic_ratio(w, r, CKM[0][2], const.M_BP, const.M_BOTTOM_48, r.c48, M_TAU, ub_tau, ub_e, ub_mu),
        leptonic_ratio(w, r, CKM[0][2], const.M_BP, const.M_BOTTOM_48, r.c48, M_MUON, ub_mu, ub_e, ub_tau),
    ) + semitauonic(w, r, Vertex(e.b, e.c), Vertex(mu.b, mu.c), Vertex(tau.b, tau.c))
