"""The model once more, from the Lagrangian's matrices: all generations, sums over all indices, loop integrals by quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad

from lqbayes.models.singlet.model import SINGLET

G_F, ALPHA_0, ALPHA_Z, ETA = 1.1663788e-5, 1 / 137.035999177, 1 / 127.951, 1.0071
LEPTONS = np.array([0.000511, 0.1056583755, 1.77693])
MU, TAU = 1, 2


def ckm() -> NDArray[np.complex128]:
    """Product of three rotations, the second with the phase."""
    s13 = 0.00364
    c13 = math.sqrt(1 - s13**2)
    s12, s23, phase = 0.2248 / c13, 0.04197 / c13, np.exp(-1.15j)
    c12, c23 = math.sqrt(1 - s12**2), math.sqrt(1 - s23**2)
    first = np.array([[1, 0, 0], [0, c23, s23], [0, -s23, c23]])
    second = np.array([[c13, 0, s13 * phase], [0, 1, 0], [-s13 * phase.conjugate(), 0, c13]])
    return first @ second @ np.array([[c12, s12, 0], [-s12, c12, 0], [0, 0, 1]])


def loop_integral(n: int, r: float) -> float:
    """Integral of (1 - t)^n / (t + r (1 - t)) over the Feynman parameter, with t = exp(u) near 0."""

    def integrand(u: float) -> float:
        t = math.exp(u)
        return float(t * (1 - t) ** n / (t + r * (1 - t)))

    return float(
        quad(integrand, math.log(r) - 40, math.log(r), epsabs=0, epsrel=1e-12)[0] + quad(integrand, math.log(r), 0, epsrel=1e-12)[0]
    )


def independent(point: NDArray[np.float64]) -> dict[str, float]:
    mass = point[0]
    left, right = np.zeros((3, 3)), np.zeros((3, 3))
    (left[1, 1], left[1, 2], left[2, 1], left[2, 2], right[1, 2], right[2, 1], right[2, 2]) = point[1:]
    v = ckm()
    z = v.conj() @ left
    v_sq = 1 / (math.sqrt(2) * G_F)
    log = math.log(mass / 1000)
    rho_v = 1.0555 + 0.0228 * log
    k = 1 / (1 + 7 * 0.1088 / (2 * math.pi) * math.log(mass / 162.5))

    # Indices of the tensors: up quark, down quark, lepton, neutrino.
    exchange = v_sq / (4 * mass**2 * ETA) / v
    vector = rho_v * np.einsum("kj,jb,ka->kjab", exchange, left, z.conj())
    scalar = -np.einsum("kj,jb,ka->kjab", exchange, left, right)
    amplitude = np.eye(3) + vector
    s = (1.6698 + 0.1207 * log - 0.00065 * log**2) * scalar
    t = -(0.8879 - 0.00557 * log + 0.00085 * log**2) / 4 * scalar

    def rate(c_s: float, c_t: float, i_s: float, i_t: float) -> float:
        a, b, c = amplitude[1, 2, TAU], s[1, 2, TAU], t[1, 2, TAU]
        light = (1 + np.sum(np.abs(amplitude[1, 2, MU]) ** 2)) / 2
        return float(np.sum(np.abs(a) ** 2 + c_s * np.abs(b) ** 2 + c_t * np.abs(c) ** 2 + np.real(a * np.conj(i_s * b + i_t * c))) / light)

    ds = amplitude[1, 1, TAU] - 1.836 * (1.9770 + 0.1475 * log - 0.00064 * log**2) * scalar[1, 1, TAU]
    tbts = v[2, 2] * v[2, 1].conjugate()
    pairs = math.pi * v_sq * rho_v * np.outer(left[1], left[2]) / (2 * ALPHA_Z * mass**2 * tbts)
    ratio = np.sum(np.abs(np.eye(3) + pairs / -6.35) ** 2) / 3
    box = 1 / (128 * math.pi**2 * mass**2)
    standard = 4 * G_F / math.sqrt(2) * tbts**2 * 1.30e-3

    dipole = (z[0].conj()[:, None] * z[0][None, :]) * LEPTONS[None, :] / 12
    for quark, quark_mass in ((1, 0.617), (2, 162.5)):
        i = [loop_integral(n, (quark_mass / mass) ** 2) for n in range(4)]
        phi_1, phi_2 = 2 / 3 * (i[2] - i[3]) - (i[1] - 2 * i[2] + i[3]) / 3, 2 / 3 * i[2] - (i[1] - i[2]) / 3
        same = np.outer(z[quark].conj(), z[quark]) * LEPTONS[None, :] + np.outer(right[quark], right[quark]) * LEPTONS[:, None]
        dipole = dipole + phi_1 / 2 * same + quark_mass * k ** (4 / 7) * phi_2 * np.outer(z[quark].conj(), right[quark])
    dipole = dipole * 3 / (8 * math.pi**2 * mass**2)
    lifetime = 2.903e-13 / 6.582119569e-25
    return {
        "C_VL": abs(vector[1, 2, TAU, TAU]),
        "C_SL": s[1, 2, TAU, TAU].real,
        "C_T": t[1, 2, TAU, TAU].real,
        "R_D": 0.296 * rate(1.1142, 0.6577, 1.5592, 0.9560),
        "R_Dst": 0.254 * rate(0.0531, 17.156, -0.1390, -5.3446),
        "BR_Bc_taunu": 0.0236 * np.sum(np.abs(amplitude[1, 2, TAU] - 4.436 * s[1, 2, TAU]) ** 2),
        "BR_B_taunu": 8.39e-5 * np.sum(np.abs(amplitude[0, 2, TAU]) ** 2),
        "BR_Ds_taunu": 0.0532 * np.sum(np.abs(ds) ** 2),
        "BR_BK_nunu": 4.71e-6 * ratio,
        "BR_BKst_nunu": 9.81e-6 * ratio,
        "dm_Bs": 18.4 * abs(1 + 0.825 * k ** (2 / 7) * box * (left @ left.T)[2, 1] ** 2 / standard),
        "dm_D": 2 / 3 * 1.86484 * 0.2120**2 * 0.727 * 0.804 * k ** (2 / 7) * box * abs((z @ z.conj().T)[1, 0]) ** 2,
        "delta_a_mu": LEPTONS[MU] * dipole[MU, MU].real,
        "BR_tau_mugamma": lifetime * ALPHA_0 * LEPTONS[TAU] ** 3 * (abs(dipole[MU, TAU]) ** 2 + abs(dipole[TAU, MU]) ** 2) / 16,
        "y_max": max(np.max(np.abs(left)), np.max(np.abs(right))),
    }


@pytest.mark.parametrize("seed", range(12))
def test_against_the_matrices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    point = np.concatenate([[rng.uniform(1000, 8000)], rng.uniform(-2, 2, 7)])
    found = dict(zip(SINGLET.observable_names, SINGLET.predict(point[None, :])[0].tolist(), strict=True))
    for name, expected in independent(point).items():
        assert found[name] == pytest.approx(expected, rel=1e-9), name
