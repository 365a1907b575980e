"""All observables of one parameter point, in one fixed order, and of many points."""

import math

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import inlined
from lqbayes.model import Observable
from lqbayes.model.point_loop import over_points
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.singlet.charged_currents import (
    branching_b_taunu,
    branching_bc_taunu,
    branching_ds_taunu,
    matching,
    r_d_and_r_dst,
    scalar,
    vector,
)
from lqbayes.models.singlet.ckm import OVER_CB, OVER_CS, OVER_UB, up_couplings
from lqbayes.models.singlet.constants import BR_BK_NUNU_SM, BR_BKST_NUNU_SM, M_MUON, M_TAU
from lqbayes.models.singlet.dipoles import branching_tau_mugamma, delta_a_mu, dipole, dipole_loops
from lqbayes.models.singlet.mixing import delta_m_bs, delta_m_d
from lqbayes.models.singlet.neutrino_pairs import neutrino_pair_ratio
from lqbayes.models.singlet.running import scalar_running, scalar_running_charm, strong_coupling_ratio, tensor_running, vector_running
from lqbayes.models.singlet.z_decays import z_couplings, z_vertices
from lqbayes.vector_math import log, power

_POSITIVE = (0.0, math.inf)


def _branching(name: str, decay: str, words: str, power: int, *, headline: bool = False) -> Observable:
    symbol = rf"\mathrm{{BR}}({decay})"
    return Observable(name, "1", symbol, f"branching ratio of {words}", power < -7, headline, _POSITIVE, power)


def _z_coupling(part: str, lepton: str, symbol: str) -> Observable:
    words = "axial-vector" if part == "A" else "vector"
    return Observable(f"g{part}_{lepton}", "1", f"g_{part}^{symbol}", f"effective {words} coupling of the Z to the {lepton}")


OBSERVABLES: tuple[Observable, ...] = (
    Observable("C_VL", "1", r"|C_{V_L}|", "vector coefficient of b -> c tau nu, modulus, relative to the SM", support=_POSITIVE),
    Observable("C_SL", "1", r"\mathrm{Re}\,C_{S_L}", "scalar coefficient of b -> c tau nu at 4.8 GeV, relative to the SM"),
    Observable("C_T", "1", r"\mathrm{Re}\,C_T", "tensor coefficient of b -> c tau nu at 4.8 GeV, relative to the SM"),
    Observable("R_D", "1", "R_D", "ratio of B -> D tau nu to the mean of B -> D e nu and B -> D mu nu", headline=True, support=_POSITIVE),
    Observable(
        "R_Dst", "1", "R_{D^*}", "ratio of B -> D* tau nu to the mean of B -> D* e nu and B -> D* mu nu", headline=True, support=_POSITIVE
    ),
    _branching("BR_Bc_taunu", r"B_c\to\tau\nu", "Bc -> tau nu", -2),
    _branching("BR_B_taunu", r"B^+\to\tau\nu", "B+ -> tau nu", -4),
    _branching("BR_Ds_taunu", r"D_s\to\tau\nu", "Ds -> tau nu", -2),
    _branching("BR_BK_nunu", r"B^+\to K^+\nu\bar\nu", "B+ -> K+ nu nu, without B -> tau nu", -5, headline=True),
    _branching("BR_BKst_nunu", r"B^0\to K^{*0}\nu\bar\nu", "B0 -> K*0 nu nu", -5),
    Observable("dm_Bs", "ps^-1", r"\Delta m_s", "mass difference of the Bs mesons, SM and leptoquark", support=_POSITIVE),
    Observable(
        "dm_D", "GeV", r"\Delta m_D", "mass difference of the D mesons, the leptoquark's part", True, support=_POSITIVE, usual_power=-15
    ),
    Observable("delta_a_mu", "1", r"\Delta a_\mu", "leptoquark's part of the muon's (g - 2)/2", headline=True, usual_power=-10),
    _branching("BR_tau_mugamma", r"\tau\to\mu\gamma", "tau -> mu gamma", -8),
    *(_z_coupling(part, lepton, symbol) for lepton, symbol in (("mu", r"\mu"), ("tau", r"\tau")) for part in "AV"),
    Observable("y_max", "1", r"\max|y|", "largest modulus of the seven couplings", support=_POSITIVE),
)


@inlined
def observables_of_point(x: tuple[float, ...]) -> tuple[float, ...]:
    """Every observable of one point, in the order of `OBSERVABLES`; the mass in GeV."""
    M_S1, yL_22, yL_23, yL_32, yL_33, yR_23, yR_32, yR_33 = x
    w = 1 / (M_S1 * M_S1)
    logarithm = log(M_S1 / 1000)
    run = power(strong_coupling_ratio(M_S1), 2 / 7)
    rho_v = vector_running(logarithm)
    muon, tau = up_couplings(yL_22, yL_32), up_couplings(yL_23, yL_33)
    muon_right, tau_right = (0.0, yR_32), (yR_23, yR_33)

    n = matching(w)
    n_v = n * rho_v
    s_tau, s_wrong = scalar(n, yL_33, yR_23, OVER_CB), scalar(n, yL_32, yR_23, OVER_CB)
    rho_s, rho_t = scalar_running(logarithm), -tensor_running(logarithm) / 4  # C_S = -4 C_T at M, a Fierz identity
    cb_tau = (vector(n_v, yL_33, tau[1], OVER_CB), scaled(rho_s, s_tau), scaled(rho_t, s_tau))
    cb_wrong = (vector(n_v, yL_32, tau[1], OVER_CB), scaled(rho_s, s_wrong), scaled(rho_t, s_wrong))
    cb_muon = (vector(n_v, yL_32, muon[1], OVER_CB), vector(n_v, yL_33, muon[1], OVER_CB))
    r_d, r_dst = r_d_and_r_dst(cb_tau, cb_wrong, cb_muon)
    n_ds = n * scalar_running_charm(logarithm)
    br_ds = branching_ds_taunu(
        vector(n_v, yL_23, tau[1], OVER_CS),
        scalar(n_ds, yL_23, yR_23, OVER_CS),
        vector(n_v, yL_22, tau[1], OVER_CS),
        scalar(n_ds, yL_22, yR_23, OVER_CS),
    )
    ratio = neutrino_pair_ratio(w, rho_v, (yL_22, yL_32), (yL_23, yL_33))

    loops = dipole_loops(w, run * run)
    vertices = z_vertices(w)
    ga_mu, gv_mu = z_couplings(vertices, muon, muon_right)
    ga_tau, gv_tau = z_couplings(vertices, tau, tau_right)
    return (
        math.sqrt(square(cb_tau[0])),
        cb_tau[1].real + 0.0,  # no minus before a zero
        cb_tau[2].real + 0.0,
        r_d,
        r_dst,
        branching_bc_taunu(cb_tau, cb_wrong),
        branching_b_taunu(vector(n_v, yL_33, tau[0], OVER_UB), vector(n_v, yL_32, tau[0], OVER_UB)),
        br_ds,
        BR_BK_NUNU_SM * ratio,
        BR_BKST_NUNU_SM * ratio,
        delta_m_bs(w, run, yL_32 * yL_22 + yL_33 * yL_23),
        delta_m_d(w, run, muon[1] * muon[0].conjugate() + tau[1] * tau[0].conjugate()),
        delta_a_mu(dipole(w, loops, M_MUON, muon, muon_right, M_MUON, muon, muon_right)),
        branching_tau_mugamma(
            dipole(w, loops, M_TAU, tau, tau_right, M_MUON, muon, muon_right),
            dipole(w, loops, M_MUON, muon, muon_right, M_TAU, tau, tau_right),
        ),
        ga_mu,
        gv_mu,
        ga_tau,
        gv_tau,
        max(abs(yL_22), abs(yL_23), abs(yL_32), abs(yL_33), abs(yR_23), abs(yR_32), abs(yR_33)),
    )


_LOOP = over_points(observables_of_point, 8, len(OBSERVABLES))


def observables_of_points(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Observables (n, 19) of points (n, 8), each row as `observables_of_point` has it, bit for bit; infinite where couplings overflow."""
    return _LOOP(points)
