"""The singlet scalar leptoquark S1 ~ (3bar, 1, 1/3), the user's way: one file, plain Python, one point at a time.

    L = [ yL_ij Qbar^c_i eps L_j + yR_ij ubar^c_i e_j ] S1 + h.c.

with i the quark's and j the lepton's generation. The basis is down-aligned: down quark i couples to neutrino j with -yL_ij, up quark k to
charged lepton j with z_kj = sum_i V*_ki yL_ij (left-handed) and yR_kj (right-handed). Electrons do not couple. The sign of all couplings of
one lepton has no effect, so that a posterior with symmetric priors has four images.

lqbayes has the same model built in under the name singlet; compiled, both have the same numbers to the last bit.
"""

import cmath
import math

from lqbayes import Observable, Parameter

PARAMETERS = [
    Parameter("M_S1", "GeV", "M_{S_1}", "mass of the leptoquark", 500.0, 1e5, headline=True),
    Parameter("yL_22", "1", "y^L_{22}", "coupling of s with the muon's neutrino"),
    Parameter("yL_23", "1", "y^L_{23}", "coupling of s with the tau's neutrino", headline=True),
    Parameter("yL_32", "1", "y^L_{32}", "coupling of b with the muon's neutrino"),
    Parameter("yL_33", "1", "y^L_{33}", "coupling of b with the tau's neutrino", headline=True),
    Parameter("yR_23", "1", "y^R_{23}", "coupling of the right-handed c with the right-handed tau", headline=True),
    Parameter("yR_32", "1", "y^R_{32}", "coupling of the right-handed t with the right-handed muon"),
    Parameter("yR_33", "1", "y^R_{33}", "coupling of the right-handed t with the right-handed tau"),
]

POSITIVE = (0.0, math.inf)
OBSERVABLES = [
    Observable("C_VL", "1", r"|C_{V_L}|", "vector coefficient of b -> c tau nu, modulus", support=POSITIVE),
    Observable("C_SL", "1", r"\mathrm{Re}\,C_{S_L}", "scalar coefficient of b -> c tau nu at 4.8 GeV"),
    Observable("C_T", "1", r"\mathrm{Re}\,C_T", "tensor coefficient of b -> c tau nu at 4.8 GeV"),
    Observable("R_D", "1", "R_D", "B -> D tau nu over the mean of e and mu", headline=True, support=POSITIVE),
    Observable("R_Dst", "1", "R_{D^*}", "B -> D* tau nu over the mean of e and mu", headline=True, support=POSITIVE),
    Observable("BR_Bc_taunu", "1", r"\mathrm{BR}(B_c\to\tau\nu)", support=POSITIVE),
    Observable("BR_B_taunu", "1", r"\mathrm{BR}(B^+\to\tau\nu)", support=POSITIVE),
    Observable("BR_Ds_taunu", "1", r"\mathrm{BR}(D_s\to\tau\nu)", support=POSITIVE),
    Observable("BR_BK_nunu", "1", r"\mathrm{BR}(B^+\to K^+\nu\bar\nu)", headline=True, support=POSITIVE),
    Observable("BR_BKst_nunu", "1", r"\mathrm{BR}(B^0\to K^{*0}\nu\bar\nu)", support=POSITIVE),
    Observable("dm_Bs", "ps^-1", r"\Delta m_s", "mass difference of the Bs mesons, SM and leptoquark", support=POSITIVE),
    Observable("dm_D", "GeV", r"\Delta m_D", "leptoquark's mass difference of the D mesons", logarithmic=True, support=POSITIVE),
    Observable("delta_a_mu", "1", r"\Delta a_\mu", "leptoquark's part of the muon's (g - 2)/2", headline=True, usual_power=-10),
    Observable("BR_tau_mugamma", "1", r"\mathrm{BR}(\tau\to\mu\gamma)", logarithmic=True, support=POSITIVE),
    Observable("gA_mu", "1", r"g_A^\mu", "axial-vector coupling of the Z to the muon"),
    Observable("gV_mu", "1", r"g_V^\mu", "vector coupling of the Z to the muon"),
    Observable("gA_tau", "1", r"g_A^\tau", "axial-vector coupling of the Z to the tau"),
    Observable("gV_tau", "1", r"g_V^\tau", "vector coupling of the Z to the tau"),
    Observable("y_max", "1", r"\max|y|", "largest modulus of the seven couplings", support=POSITIVE),
]

GROUPS = {
    "tau": ("M_S1", "yL_23", "yL_33", "yR_23", "R_D", "R_Dst", "gA_tau", "gV_tau"),
    "muon": ("M_S1", "yL_22", "yL_32", "yR_32", "delta_a_mu", "BR_tau_mugamma", "gA_mu", "gV_mu"),
}
# The point without new physics; the mass does not matter there.
REFERENCE = {"M_S1": 2000, "yL_22": 0, "yL_23": 0, "yL_32": 0, "yL_33": 0, "yR_23": 0, "yR_32": 0, "yR_33": 0}

# Constants with their sources.
G_F = 1.1663788e-5  # GeV^-2, PDG 2023
V_SQUARED = 1 / (math.sqrt(2) * G_F)
ALPHA_0, ALPHA_Z = 1 / 137.035999177, 1 / 127.951  # CODATA 2022, PDG 2023
SIN_W_SQUARED, M_Z = 0.23121, 91.1876  # MSbar at m_Z, GeV; PDG
M_MUON, M_TAU = 0.1056583755, 1.77693  # GeV, PDG 2026
TAU_LIFETIME = 2.903e-13 / 6.582119569e-25  # GeV^-1, PDG 2026
M_TOP, M_CHARM, ALPHA_S_TOP = 162.5, 0.617, 0.1088  # GeV, MSbar, all at 162.5 GeV; flavio 2.7.1
V_US, V_UB, V_CB, DELTA_CKM = 0.2248, 0.00364, 0.04197, 1.15  # phase in rad; as flavio 2.7.1
M_D0, F_D, BAG_D = 1.86484, 0.2120, 0.727  # GeV, GeV, 1: PDG 2026; FLAG; arXiv:1505.06639
ETA_EW = 1.0071  # 1 + (alpha/pi) ln(m_Z/4.8 GeV)
R_D_SM, R_DST_SM = 0.296, 0.254  # HFLAV, CKM 2025
BR_BC_TAUNU_SM, BR_B_TAUNU_SM, BR_DS_TAUNU_SM = 0.0236, 8.39e-5, 0.0532  # flavio 2.7.1
BR_BK_NUNU_SM, BR_BKST_NUNU_SM, C_NU_SM = 4.71e-6, 9.81e-6, -6.35  # flavio 2.7.1; arXiv:1409.4557
DELTA_M_BS_SM, R_BOX = 18.4, 1.30e-3  # ps^-1, arXiv:1909.11087; box of the SM, fitted to flavio 2.7.1
G_A_SM, G_V_SM = -0.50127, -0.03712  # LEP and SLD, hep-ex/0509008


def ckm_matrix(v_us, v_ub, v_cb, delta):
    """CKM matrix in the form of the PDG."""
    c13 = math.sqrt(1 - v_ub * v_ub)
    s13, s12, s23 = v_ub, v_us / c13, v_cb / c13
    c12, c23 = math.sqrt(1 - s12 * s12), math.sqrt(1 - s23 * s23)
    e = cmath.exp(1j * delta)
    return (
        (c12 * c13 + 0j, s12 * c13 + 0j, s13 / e),
        (-s12 * c23 - c12 * s23 * s13 * e, c12 * c23 - s12 * s23 * s13 * e, s23 * c13 + 0j),
        (s12 * s23 - c12 * c23 * s13 * e, -c12 * s23 - s12 * c23 * s13 * e, c23 * c13 + 0j),
    )


CKM = ckm_matrix(V_US, V_UB, V_CB, DELTA_CKM)
CONJ_US, CONJ_UB, CONJ_CS, CONJ_CB, CONJ_TS, CONJ_TB = (CKM[k][i].conjugate() for k in range(3) for i in (1, 2))
OVER_UB, OVER_CS, OVER_CB = 1 / CKM[0][2], 1 / CKM[1][1], 1 / CKM[1][2]
VTB_VTS = CKM[2][2] * CKM[2][1].conjugate()
BOX = 1 / (128 * math.pi**2)
ETA_B, ETA_D = 0.825, 0.804  # from 162.5 to 4.2 and 3 GeV, without the factor k^(2/7)
BOX_OVER_SM = ETA_B * BOX * math.sqrt(2) / (4 * G_F * VTB_VTS**2 * R_BOX)
DM_D = 2 / 3 * M_D0 * F_D * F_D * BAG_D * ETA_D * BOX
NEUTRINO_PAIRS_OVER_SM = math.pi * V_SQUARED / (2 * ALPHA_Z * VTB_VTS * C_NU_SM)


def scaled(factor, z):
    """Product of a real and a complex number, which costs half of one with factor + 0j."""
    return complex(factor * z.real, factor * z.imag)


def squared(x):
    """|x|^2."""
    return x.real * x.real + x.imag * x.imag


def interference(x, y):
    """Re(x y*)."""
    return x.real * y.real + x.imag * y.imag


def up_couplings(y_s, y_b):
    """Left-handed couplings z of u, c and t to a charged lepton."""
    return (
        scaled(y_s, CONJ_US) + scaled(y_b, CONJ_UB),
        scaled(y_s, CONJ_CS) + scaled(y_b, CONJ_CB),
        scaled(y_s, CONJ_TS) + scaled(y_b, CONJ_TB),
    )


def vector(strength, y, z, over_ckm):
    """Vector coefficient over the SM: N rho_V yL_jb z*_ka / (V_kj eta_EW)."""
    return scaled(strength * y, z.conjugate() * over_ckm)


def scalar(strength, y, y_right, over_ckm):
    """Scalar coefficient over the SM: -N yL_jb yR_ka / (V_kj eta_EW)."""
    return scaled(-strength * y * y_right, over_ckm)


def rate_d(v, s, t):
    """B -> D tau nu over the SM, one neutrino; coefficients from flavio 2.7.1."""
    return squared(v) + 1.1142 * squared(s) + 0.6577 * squared(t) + 1.5592 * interference(v, s) + 0.9560 * interference(v, t)


def rate_dst(v, s, t):
    """B -> D* tau nu over the SM, one neutrino; coefficients from flavio 2.7.1."""
    return squared(v) + 0.0531 * squared(s) + 17.156 * squared(t) - 0.1390 * interference(v, s) - 5.3446 * interference(v, t)


def loop_functions(r):
    """Dipole loops without and with a flip of the quark's chirality, r = m_q^2/M^2."""
    over_c = 1 / (1 - r)
    i_0 = -math.log(r) * over_c
    i_1 = (i_0 - 1) * over_c
    i_2 = (i_1 - 1 / 2) * over_c
    i_3 = (i_2 - 1 / 3) * over_c
    return 2 / 3 * (i_2 - i_3) - 1 / 3 * (i_1 - 2 * i_2 + i_3), 2 / 3 * i_2 - 1 / 3 * (i_1 - i_2)


def dipole(w, loops, m_a, left_a, right_a, m_b, left_b, right_b):
    """Amplitude of l_a -> l_b gamma in GeV^-1, w = 1/M^2."""
    u, c, t = left_b[0].conjugate(), left_b[1].conjugate(), left_b[2].conjugate()
    left = scaled(m_a * loops[0], c * left_a[1]) + scaled(m_a * loops[2], t * left_a[2]) + scaled(m_a / 12, u * left_a[0])
    right = m_b * (loops[0] * right_b[0] * right_a[0] + loops[2] * right_b[1] * right_a[1])
    flipped = scaled(loops[1] * right_a[0], c) + scaled(loops[3] * right_a[1], t)
    return scaled(3 / (8 * math.pi**2) * w, left + right + flipped)


def top_vertex(x, x_z, a, b, g):
    """Loop of the top in Z -> l l, x = m_t^2/M^2 and x_z = m_Z^2/M^2."""
    log = math.log(x)
    d = x - 1
    over_d2 = 1 / (d * d)
    of_a = d * (5 * x * x - 7 * x + 8) - 2 * (x * x * x + 2) * log
    of_b = d * (x * x - 5 * x - 2) + 6 * x * log
    of_g = d * (-11 * x * x + 7 * x - 2) + 6 * x * x * x * log
    return (a - b) * x * (d - log) * over_d2 + x_z / 12 * (g / 3 * of_g - a * of_a - b * of_b) * over_d2 * over_d2


def light_vertex(x_z, a, g):
    """Loop of a massless quark in Z -> l l, real part."""
    return x_z / 3 * (a * (math.log(x_z) - 1 / 6) + g / 6)


def z_couplings(vertices, left, right):
    """g_A and g_V of a lepton with couplings `left` to u, c, t and `right` to c, t."""
    colour = 3 / (16 * math.pi**2)
    d_left = colour * (squared(left[2]) * vertices[0] + (squared(left[0]) + squared(left[1])) * vertices[1])
    d_right = colour * (right[1] * right[1] * vertices[2] + right[0] * right[0] * vertices[3])
    return G_A_SM + d_left - d_right, G_V_SM + d_left + d_right


def predict(M_S1, yL_22, yL_23, yL_32, yL_33, yR_23, yR_32, yR_33):
    """All observables of one point, in the order of OBSERVABLES."""
    w = 1 / (M_S1 * M_S1)
    # Running from M to the mesons, fitted to wilson 2.5.2 between 1 and 10 TeV; strong coupling and masses at one loop.
    logarithm = math.log(M_S1 / 1000)
    rho_v = 1.0555 + 0.0228 * logarithm
    rho_s = 1.6698 + 0.1207 * logarithm - 0.00065 * logarithm * logarithm
    rho_t = 0.8879 - 0.00557 * logarithm + 0.00085 * logarithm * logarithm
    rho_ds = 1.9770 + 0.1475 * logarithm - 0.00064 * logarithm * logarithm
    k = 1 / (1 + 7 / (2 * math.pi) * ALPHA_S_TOP * math.log(M_S1 / M_TOP))
    run = k ** (2 / 7)

    muon, tau = up_couplings(yL_22, yL_32), up_couplings(yL_23, yL_33)
    muon_right, tau_right = (0.0, yR_32), (yR_23, yR_33)

    # Charged currents. Only the neutrino of the lepton's own flavour interferes with the SM, the others ("wrong") add.
    n = V_SQUARED / (4 * ETA_EW) * w
    n_v, n_ds = n * rho_v, n * rho_ds
    v, v_wrong = vector(n_v, yL_33, tau[1], OVER_CB), vector(n_v, yL_32, tau[1], OVER_CB)
    s_high, s_wrong_high = scalar(n, yL_33, yR_23, OVER_CB), scalar(n, yL_32, yR_23, OVER_CB)
    s, s_wrong = scaled(rho_s, s_high), scaled(rho_s, s_wrong_high)
    t, t_wrong = scaled(-rho_t / 4, s_high), scaled(-rho_t / 4, s_wrong_high)
    over_light = 2 / (1 + squared(1 + vector(n_v, yL_32, muon[1], OVER_CB)) + squared(vector(n_v, yL_33, muon[1], OVER_CB)))
    r_d = R_D_SM * (rate_d(1 + v, s, t) + rate_d(v_wrong, s_wrong, t_wrong)) * over_light
    r_dst = R_DST_SM * (rate_dst(1 + v, s, t) + rate_dst(v_wrong, s_wrong, t_wrong)) * over_light
    bc = squared(1 + v - scaled(4.436, s)) + squared(v_wrong - scaled(4.436, s_wrong))
    b = squared(1 + vector(n_v, yL_33, tau[0], OVER_UB)) + squared(vector(n_v, yL_32, tau[0], OVER_UB))
    v_ds, v_ds_wrong = vector(n_v, yL_23, tau[1], OVER_CS), vector(n_v, yL_22, tau[1], OVER_CS)
    s_ds, s_ds_wrong = scalar(n_ds, yL_23, yR_23, OVER_CS), scalar(n_ds, yL_22, yR_23, OVER_CS)
    ds = squared(1 + v_ds - scaled(1.836, s_ds)) + squared(v_ds_wrong - scaled(1.836, s_ds_wrong))

    # b -> s nu nu: nine pairs of neutrinos, of which electrons have the SM alone.
    pair = scaled(rho_v * w, NEUTRINO_PAIRS_OVER_SM)
    diagonal = squared(1 + scaled(yL_32 * yL_22, pair)) + squared(1 + scaled(yL_33 * yL_23, pair))
    wrong = (yL_32 * yL_23) ** 2 + (yL_33 * yL_22) ** 2
    ratio = (1 + diagonal + squared(pair) * wrong) / 3

    # Meson mixing by boxes.
    x_s = yL_32 * yL_22 + yL_33 * yL_23
    x_u = muon[1] * muon[0].conjugate() + tau[1] * tau[0].conjugate()
    dm_bs = DELTA_M_BS_SM * math.sqrt(squared(1 + scaled(run * w * x_s * x_s, BOX_OVER_SM)))
    dm_d = DM_D * run * w * squared(x_u)

    # Dipoles.
    charm_1, charm_2 = loop_functions(M_CHARM * M_CHARM * w)
    top_1, top_2 = loop_functions(M_TOP * M_TOP * w)
    loops = (charm_1 / 2, M_CHARM * (run * run) * charm_2, top_1 / 2, M_TOP * (run * run) * top_2)
    delta_a_mu = M_MUON * dipole(w, loops, M_MUON, muon, muon_right, M_MUON, muon, muon_right).real
    to_muon = dipole(w, loops, M_TAU, tau, tau_right, M_MUON, muon, muon_right)
    to_tau = dipole(w, loops, M_MUON, muon, muon_right, M_TAU, tau, tau_right)
    tau_mugamma = TAU_LIFETIME * ALPHA_0 * M_TAU * M_TAU * M_TAU * (squared(to_muon) + squared(to_tau)) / 16

    # Z -> l l: loops of the top and of light quarks, for left-handed and right-handed leptons.
    x, x_z = M_TOP * M_TOP * w, M_Z * M_Z * w
    up_left, up_right = 1 / 2 - 2 / 3 * SIN_W_SQUARED, -2 / 3 * SIN_W_SQUARED
    lepton_left, lepton_right = -1 / 2 + SIN_W_SQUARED, SIN_W_SQUARED
    vertices = (
        top_vertex(x, x_z, up_left, up_right, lepton_left),
        light_vertex(x_z, up_left, lepton_left),
        top_vertex(x, x_z, up_right, up_left, lepton_right),
        light_vertex(x_z, up_right, lepton_right),
    )
    ga_mu, gv_mu = z_couplings(vertices, muon, muon_right)
    ga_tau, gv_tau = z_couplings(vertices, tau, tau_right)

    return (
        math.sqrt(squared(v)),
        s.real + 0.0,  # no minus before a zero
        t.real + 0.0,
        r_d,
        r_dst,
        BR_BC_TAUNU_SM * bc,
        BR_B_TAUNU_SM * b,
        BR_DS_TAUNU_SM * ds,
        BR_BK_NUNU_SM * ratio,
        BR_BKST_NUNU_SM * ratio,
        dm_bs,
        dm_d,
        delta_a_mu,
        tau_mugamma,
        ga_mu,
        gv_mu,
        ga_tau,
        gv_tau,
        max(abs(yL_22), abs(yL_23), abs(yL_32), abs(yL_33), abs(yR_23), abs(yR_32), abs(yR_33)),
    )
