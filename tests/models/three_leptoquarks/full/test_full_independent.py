"""A second implementation of some observables: NumPy on arrays of all flavours at once, written from the equations and sharing only g."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.full.observables import OBSERVABLE_NAMES, couplings_g, observables_of_points
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_NAMES

Array = NDArray[Any]
GF, ALPHA, SW2, HBAR = 1.1663788e-5, 1 / 137.035999177, 0.23121, 6.582119569e-25
LEPTON = np.array([0.51099895e-3, 0.1056583755, 1.77693])
MU, TAU = 1, 2
V = np.array(
    [
        [0.9743981272559999, 0.2248, 0.001484884066043678 - 0.003323359642050435j],
        [-0.2246641334779828 - 0.0001359122197995139j, 0.9735319854905986 - 3.13558351112303e-05j, 0.04197],
        [0.007989378073678098 - 0.003235443470604619j, -0.04122954127813343 - 0.0007464379003273991j, 0.9991122406917052],
    ]
)


class Point:
    """All coefficients of one point, with four indices: quarks i, k and leptons a, b."""

    def __init__(self, row: Array) -> None:
        p = dict(zip(PARAMETER_NAMES, row.tolist(), strict=True))
        self.m, self.m_b1 = p["M_LQ"], p["M_LQ"] + p["delta_m_B1"]
        self.l, self.s1, self.s2 = np.log(self.m / 1000), np.sin(p["alpha_1"]) ** 2, np.sin(p["alpha_2"]) ** 2
        self.f, self.h, self.ht = (
            np.array([[p[f"{x}_{i}{j}"] for j in (1, 2, 3)] for i in (1, 2, 3)], dtype=complex) for x in ("f", "h", "ht")
        )
        self.g = couplings_g(row)
        self.H, self.G = V @ self.h, V.conj() @ self.g
        l, w = self.l, 1 / self.m**2  # noqa: E741
        self.ll, self.lr, self.rl = 0.965 - 0.0093 * l, 0.993 - 0.0046 * l, 1.007 + 0.0009 * l
        self.d_ll = np.einsum("ia,kb->ikab", self.g.conj(), self.g) * w / 2
        self.d_lr = -np.einsum("ib,ka->ikab", self.h, self.h) * w / 2
        self.d_rl = -np.einsum("ib,ka->ikab", self.f, self.f) * w / 2
        self.u_ll = np.einsum("ia,kb->ikab", self.G.conj(), self.G) * w / 4
        self.u_lr = -np.einsum("ib,ka->ikab", self.H, self.H.conj()) * w / 2
        self.u_rl = -np.einsum("ak,bi->ikab", self.ht, self.ht) * w / 2
        self.u_s = np.einsum("ak,ib->abik", self.ht, self.H) * w / 2
        m_t = 143.94 - 8.47 * l + 0.52 * l**2
        x = (m_t * (1.071 + 0.027 * l) / self.m) ** 2
        self.kappa = 3 * (x / (x - 1) - x * np.log(x) / (x - 1) ** 2) / (2 * 16 * np.pi**2)
        self.dg_r = -self.kappa * np.outer(self.H[2].conj(), self.H[2])
        self.dg_l = self.kappa * (np.outer(self.ht[:, 2], self.ht[:, 2]) + np.outer(self.G[2].conj(), self.G[2]) / 2)
        self.top = m_t * (1.040 + 0.017 * l) * self.j(162.9) / self.m**2
        self.charm = (0.651 - 0.029 * l) * self.j(1.27) / self.m**2

    def j(self, quark: float) -> float:
        r = (quark / self.m) ** 2
        return float((1 - 8 * r + 7 * r**2 + 4 * np.log(r) - 10 * r * np.log(r)) / (2 * (1 - r) ** 3))

    def dipoles(self) -> tuple[Array, Array]:
        """a_R[a, b] and a_L[a, b]."""
        mass_a, mass_b = LEPTON[:, None], LEPTON[None, :]
        t = -(self.s1 / self.m**2 + (1 - self.s1) / self.m_b1**2 - 4 / self.m**2) / 8
        hh, tt, gg = self.h.T @ self.h, self.ht @ self.ht.T, self.g.T @ self.g.conj()
        flip = self.top * np.outer(self.H[2], self.ht[:, 2]) + self.charm * np.outer(self.H[1], self.ht[:, 1])
        a_r = flip + 0.75 * (mass_b * hh + mass_a * tt) / self.m**2 + mass_a * t * gg
        a_l = flip.T.conj() + 0.75 * (mass_a * hh + mass_b * tt) / self.m**2 + mass_b * t * gg
        eta = np.array([0.880, 0.925, 0.950])[:, None] / (16 * np.pi**2)
        return eta * a_r, eta * a_l


def two_body(m: float, m1: float, m2: float) -> float:
    return float(np.sqrt((m**2 - (m1 + m2) ** 2) * (m**2 - (m1 - m2) ** 2)) / (2 * m))


def leptonic(meson: tuple[float, float, float, float], a: int, b: int, left: complex, right: complex, sl: complex, sr: complex) -> float:
    m, f, tau, quarks = meson
    m_a, m_b = LEPTON[a], LEPTON[b]
    amp_r = -m_b * left + m_a * right - m**2 / quarks * sr
    amp_l = m_a * left - m_b * right + m**2 / quarks * sl
    bracket = (abs(amp_r) ** 2 + abs(amp_l) ** 2) * (m**2 - m_a**2 - m_b**2) - 4 * m_a * m_b * (amp_r * np.conj(amp_l)).real
    return float(tau / HBAR * two_body(m, m_a, m_b) * f**2 / (32 * np.pi * m**2) * bracket)


def kaon(x: Point) -> dict[str, float]:
    left, right = x.rl * x.d_rl - x.ll * x.d_ll, -x.lr * x.d_lr
    left, right = (left[1, 0] + left[0, 1]) / np.sqrt(2), (right[1, 0] + right[0, 1]) / np.sqrt(2)
    kl = (0.497611, 0.1554, 5.116e-8, 1.0)
    n_k = GF / 133.303 / (np.sqrt(2) * np.pi)
    new = (0.977 - 0.0087 * x.l) * x.d_ll[1, 0] / 2 + (1.004 + 0.0017 * x.l) * x.d_rl[1, 0]
    inami = (-7.2345e-4 + 2.1212e-4j) * np.eye(3) - SW2 / (2 * n_k) * new
    rate = 2 * 0.90 * 0.03352 / (8 * GF**2 * 0.2248**2)
    vector, axial = x.ll * x.d_ll + x.rl * x.d_rl, x.lr * x.d_lr
    return {
        "BR_KL_emu": leptonic(kl, 0, 1, left[0, 1], right[0, 1], 0, 0) + leptonic(kl, 1, 0, left[1, 0], right[1, 0], 0, 0),
        "BR_Kp_pinunu": 4.77356e-5 * float(np.sum(np.abs(inami) ** 2)),
        "BR_KL_pinunu": 2.05873e-4 * float(np.sum(np.abs((inami - inami.T.conj()) / 2) ** 2)),
        "BR_Kp_pi_mumep": rate * float(abs(vector[1, 0, 1, 0]) ** 2 + abs(axial[1, 0, 1, 0]) ** 2),
    }


def charm(x: Point) -> dict[str, float]:
    d0, s20 = (1.86484, 0.2120, 4.1037e-13, 1.0971), 1.820 + 0.0806 * x.l
    left, right = (x.rl * x.u_rl - x.ll * x.u_ll)[0, 1], (-x.lr * x.u_lr)[0, 1]
    sr, sl = s20 * x.u_s[:, :, 0, 1], s20 * x.u_s[:, :, 1, 0].T.conj()
    rates = [[leptonic(d0, a, b, left[a, b], right[a, b], sl[a, b], sr[a, b]) for b in (0, 1)] for a in (0, 1)]
    d = x.m_b1**2 / x.m**2 - 1
    mixed = -np.log1p(d) / (2 * x.m**2 * -d) if abs(d) > 1e-6 else 1 / (2 * x.m**2)  # F_M is symmetric in its masses
    w1 = 1 / x.m**2
    w3 = x.s1**2 * w1 + (1 - x.s1) ** 2 / x.m_b1**2 + 4 * x.s1 * (1 - x.s1) * mixed
    x_h, x_g, x_t = x.H[0] @ x.H[1].conj(), x.G[0].conj() @ x.G[1], x.ht[:, 0] @ x.ht[:, 1]
    same = (x_h**2 * w1 + x_g**2 * (w1 + w3 / 4) + 2 * x_t**2 * w1) / (128 * np.pi**2)
    chiral = x_h * x_t * w1 / (64 * np.pi**2)
    m12 = (
        0.2120**2
        * 1.86484
        * (0.727 / 3 * (0.7102 - 0.0215 * x.l) * same - 0.87 / 4 * (1.86484 / 1.0971) ** 2 * (7.252 + 0.852 * x.l) * chiral)
    )
    return {
        "BR_D0_mumu": rates[1][1],
        "BR_D0_emu": rates[0][1] + rates[1][0],
        "x12_D": float(2 * abs(m12) * 4.1037e-13 / HBAR),
        "x12Im_D": float(2 * m12.imag * 4.1037e-13 / HBAR),
    }


def leptons(x: Point) -> dict[str, float]:
    a_r, a_l = x.dipoles()
    z = -8 * GF / np.sqrt(2)
    rate = 48 * np.pi**3 * ALPHA / GF**2
    e = np.sqrt(4 * np.pi * ALPHA)
    g_l, g_r = -0.5 + SW2, SW2
    vl, vr = z * x.dg_l[1, 2], z * x.dg_r[1, 2]  # tau -> mu
    c7, c7p = (e / LEPTON[TAU]) * -(e / 2) * a_l[2, 1], (e / LEPTON[TAU]) * -(e / 2) * a_r[2, 1]
    three = 2 * abs(vl * g_l) ** 2 + abs(vl * g_r) ** 2 + abs(vr * g_l) ** 2 + 2 * abs(vr * g_r) ** 2
    three += 8 * (c7 * np.conj(2 * vr * g_r + vr * g_l) + c7p * np.conj(2 * vl * g_l + vl * g_r)).real
    three += 32 * (abs(c7) ** 2 + abs(c7p) ** 2) * (np.log(LEPTON[TAU] ** 2 / LEPTON[MU] ** 2) - 11 / 4)
    m_v, f_v = 1.019461, 0.231
    gl = m_v * f_v / 2 * ((x.ll * x.d_ll + x.rl * x.d_rl)[1, 1, 1, 2] + vl * (-0.5 + 2 * SW2 / 3))
    gr = m_v * f_v / 2 * (x.lr * x.d_lr[1, 1, 1, 2] + vr * (-0.5 + 2 * SW2 / 3))
    m_l, m_t = LEPTON[MU], LEPTON[TAU]
    width = (abs(gl) ** 2 + abs(gr) ** 2) * ((m_l**2 - m_t**2) ** 2 / m_v**2 + m_l**2 + m_t**2 - 2 * m_v**2)
    width = (width - 12 * m_l * m_t * (gr * np.conj(gl)).real) / 2 * two_body(m_t, m_l, m_v) * 2 * m_t / (16 * np.pi * m_t**3)
    return {
        "BR_mu_egamma": float(rate * (abs(a_r[1, 0]) ** 2 + abs(a_l[1, 0]) ** 2) / LEPTON[MU] ** 2),
        "BR_tau_egamma": float(rate * 0.1782 * (abs(a_r[2, 0]) ** 2 + abs(a_l[2, 0]) ** 2) / LEPTON[TAU] ** 2),
        "delta_a_mu": float(-LEPTON[MU] * (a_r[1, 1] + a_l[1, 1]).real),
        "BR_tau_3mu": float(0.1739 * three / (8 * GF**2)),
        "BR_tau_muphi": float(width * 2.903e-13 / HBAR),
        "CR_mue_Au": conversion(x, a_r[1, 0], a_l[1, 0]),
    }


def conversion(x: Point, a_r: complex, a_l: complex) -> float:
    k, lg, z = -np.sqrt(2) / GF, -2 * ALPHA / np.pi * np.log(x.m), -8 * GF / np.sqrt(2)
    charge_u, charge_d, v_u, v_d = 2 / 3, -1 / 3, 0.5 - 4 * SW2 / 3, -0.5 + 2 * SW2 / 3
    total = 0.0
    for u, d, u_0, d_0, dg, scalar, a in (
        (x.ll * x.u_ll + x.rl * x.u_rl, x.ll * x.d_ll + x.rl * x.d_rl, x.u_ll + x.u_rl, x.d_ll + x.d_rl, x.dg_l, x.u_s[0, 1, 0, 0], a_r),
        (x.lr * x.u_lr, x.lr * x.d_lr, x.u_lr, x.d_lr, x.dg_r, np.conj(x.u_s[1, 0, 0, 0]), a_l),
    ):
        loop = lg * (charge_d * np.trace(d_0[:, :, 0, 1]) + charge_u * np.trace(u_0[:2, :2, 0, 1]))
        g_u = k / 2 * (u[0, 0, 0, 1] + v_u * z * dg[0, 1] + charge_u * loop)
        g_d = k / 2 * (d[0, 0, 0, 1] + v_d * z * dg[0, 1] + charge_d * loop)
        s = k / 2 * (1.820 + 0.0806 * x.l) * scalar
        dipole = -k * np.sqrt(4 * np.pi * ALPHA) / (8 * LEPTON[MU]) * a
        total += abs(0.189 * dipole + 0.0974 * (2 * g_u + g_d) + 0.146 * (g_u + 2 * g_d) + s * (9.16 * 0.0614 + 8.14 * 0.0918)) ** 2
    return float(2 * GF**2 * LEPTON[MU] ** 5 * total / (13.07e6 * HBAR))


def currents(x: Point) -> dict[str, float]:
    w = 1 / x.m**2
    fermi = 2 * np.sqrt(2) * GF
    vector = -x.ll * x.g[1].conj() * x.G[1, TAU] * w / 4 / (fermi * V[1, 1].conj())
    scalar = -(1.8155 + 0.0781 * x.l) * x.ht[:, 1] * x.h[1, TAU] * w / 2 / (fermi * V[1, 1].conj())
    c_s = (1.545 + 0.0664 * x.l) * x.ht[:, 1] * x.h[2, TAU] * w / 2 / (fermi * V[1, 2])
    c_t = c_s / (1.545 + 0.0664 * x.l) * (0.862 - 0.0149 * x.l) / 4
    v = np.eye(3)[TAU] - x.ll * x.g[2] * x.G[1, TAU].conj() * w / 4 / (fermi * V[1, 2])
    r_dst = abs(v) ** 2 - 0.1381 * (v * c_s.conj()).real + 0.0523 * abs(c_s) ** 2 - 5.307 * (v * c_t.conj()).real + 16.914 * abs(c_t) ** 2
    return {
        "R_Ds_taunu": float(np.sum(np.abs(np.eye(3)[TAU] + vector + 1.96835**2 / (LEPTON[TAU] * 1.1872) * scalar) ** 2)),
        "RDst_ratio": float(np.sum(r_dst)),
    }


def lhc(x: Point) -> dict[str, float]:
    ps = (1 - (172.6 / x.m) ** 2) ** 2
    top = np.array([1, 1, ps])[:, None]
    f, h, g, big_h, big_g, ht = (np.abs(y) ** 2 for y in (x.f, x.h, x.g, x.H, x.G, x.ht.T))
    none = np.zeros((3, 3))
    c1, c2 = 1 - x.s1, 1 - x.s2
    seen: dict[str, float] = {}
    for down, up, down_nu, up_nu in (
        (none, big_h + ht, none, none),
        (h, none, none, ht),
        (g, none, none, none),
        (none, x.s1 * big_g / 2, c1 * f + x.s1 * g / 2, none),
        (none, c1 * big_g / 2, x.s1 * f + c1 * g / 2, none),
        (c2 * f, none, none, x.s2 * big_g),
        (x.s2 * f, none, none, c2 * big_g),
    ):
        up_seen, up_nu_seen = up * top, up_nu * top
        width = np.sum(down + up_seen + down_nu + up_nu_seen)
        states = {f"j{lepton}": np.sum((down + up_seen)[:2, a]) for a, lepton in enumerate(("e", "mu"))}
        states |= {f"b{lepton}": down[2, a] for a, lepton in enumerate(("e", "mu", "tau"))}
        states |= {f"t{lepton}": up_seen[2, a] for a, lepton in enumerate(("e", "mu", "tau"))}
        states |= {"jnu": np.sum((down_nu + up_nu_seen)[:2]), "bnu": np.sum(down_nu[2]), "tnu": np.sum(up_nu_seen[2])}
        for name, part in states.items():
            seen[name] = seen.get(name, 0.0) + (part / width) ** 2

    def sigma(mass: float) -> float:
        return float(np.exp(10.93124172 - 11.08042748 * mass + 2.42823471 * mass**2 - 0.33752475 * mass**3))

    masses = {
        "je": 1.8,
        "jmu": 1.7,
        "be": 1.73,
        "te": 1.65,
        "tmu": 1.6,
        "btau": 1.48,
        "ttau": 1.52,
        "bnu": 1.23,
        "tnu": 1.23,
        "bmu": 1.81,
        "jnu": 0.9,
    }
    return {"LHC_r": max(seen[name] * sigma(x.m / 1000) / sigma(mass) for name, mass in masses.items())}


@pytest.mark.parametrize("group", [kaon, charm, leptons, currents, lhc], ids=lambda function: function.__name__)
def test_second_implementation(scan_points: Array, group: Any) -> None:
    points = scan_points[:100]
    found = observables_of_points(points)
    expected = [group(Point(point)) for point in points]
    for name in expected[0]:
        column = np.array([values[name] for values in expected])
        error = np.abs(found[:, OBSERVABLE_NAMES.index(name)] - column)
        # Remainders of cancellations between amplitudes are known as well as these.
        assert np.quantile(error / np.abs(column), 0.95) < 1e-11, name
        assert np.all(error <= 1e-7 * np.abs(column) + 1e-300), name
