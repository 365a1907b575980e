"""Wilson coefficients of the SMEFT at the scale M: basis ``Warsaw`` of wcxf, down-aligned, epsilon_12 = +1, in GeV^-2.

Complete at tree level, with the loops that matter where the tree has none: the photon dipole of the leptons and Delta F = 2. Splittings of
the masses and mixing angles are dropped in all but the dipole: below 1 %. [A] g and h go in unrotated: with left-handed down quarks in the
mass basis, what reads the file rotates the up quarks by its own CKM matrix.

Hermitian operators have one of C_prst = conj(C_rpts) in the list, and one of C_prst = C_stpr where both currents are of the same fields.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks import layout
from lqbayes.models.three_leptoquarks.constants import LOOP
from lqbayes.models.three_leptoquarks.full.constants import LEPTON_MASS, M_TOP, SIN_W_SQ
from lqbayes.models.three_leptoquarks.full.couplings import couplings_of
from lqbayes.models.three_leptoquarks.full.dipoles import loops
from lqbayes.models.three_leptoquarks.full.observables import couplings_g
from lqbayes.models.three_leptoquarks.full.running import running
from lqbayes.models.three_leptoquarks.layout import point_at

Complex = NDArray[np.complex128]
Indices = tuple[int, int, int, int]

_VEV = 246.22  # GeV
_CHARGE = math.sqrt(4 * math.pi / 127.5)  # e at the scale M
_M_Z = 91.1876  # GeV, PDG
# The constant 1/2 of the matching, and the logarithm between m_t and m_Z: programs that run lequ3 into the dipole do so down to m_Z.
_TOP_LOOP = 0.5 + 4 * math.log(M_TOP / _M_Z)
_TOP_MASS = 1.04  # running of mass and tensor


def smeft_coefficients(point: NDArray[np.float64]) -> tuple[float, dict[str, complex]]:
    """Match a point of the parameter table: the scale M in GeV, and all coefficients that are not 0."""
    return float(point[layout.M_LQ]), coefficients_with(point, couplings_g(point))


def coefficients_with(point: NDArray[np.float64], g: Complex) -> dict[str, complex]:
    """Coefficients of a point with these couplings g."""
    f, h, ht = (point[k : k + 9].reshape(3, 3) for k in (layout.F, layout.H, layout.HT))
    mass = float(point[layout.M_LQ])
    found = _tree(mass, f, g, h, ht) | _dipoles(point, g, h, ht) | _mixing(mass, f, g, h, ht)
    return {name: value for name, value in found.items() if value != 0}


def hermitian() -> Iterator[Indices]:
    """Indices of an operator with two different Hermitian currents: one of prst and rpts."""
    for p, r, s, t in np.ndindex(3, 3, 3, 3):
        if p < r or (p == r and s <= t):
            yield p, r, s, t


def symmetric() -> Iterator[Indices]:
    """Indices of an operator with the same Hermitian current twice: one of prst, rpts, stpr and tsrp."""
    for p, r, s, t in hermitian():
        if (p, r, s, t) == min((p, r, s, t), (r, p, t, s), (s, t, p, r), (t, s, r, p)):
            yield p, r, s, t


def _named(operator: str, indices: Indices | tuple[int, int]) -> str:
    return f"{operator}_{''.join(str(k + 1) for k in indices)}"


def _tree(mass: float, f: NDArray[np.float64], g: Complex, h: NDArray[np.float64], ht: NDArray[np.float64]) -> dict[str, complex]:
    """Delta: lq1 = 3 conj(g_sp) g_tr / (8 M^2), lq3 a third of it; eta: ld = -f_sr f_tp / (2 M^2).

    eta': qe = -h_pt h_rs / (2 M^2), lu = -ht_pt ht_rs / (2 M^2), lequ1 = -ht_pt h_sr / (2 M^2), lequ3 a quarter of it. [V].
    """
    w = 1 / mass**2
    found: dict[str, complex] = {}
    for p, r, s, t in hermitian():
        place = (p, r, s, t)
        triplet = complex(np.conj(g[s, p]) * g[t, r]) * w / 8
        found[_named("lq1", place)], found[_named("lq3", place)] = 3 * triplet, triplet
        found[_named("ld", place)] = complex(-f[s, r] * f[t, p] * w / 2)
        found[_named("qe", place)] = complex(-h[p, t] * h[r, s] * w / 2)
        found[_named("lu", place)] = complex(-ht[p, t] * ht[r, s] * w / 2)
    for p, r, s, t in np.ndindex(3, 3, 3, 3):
        scalar = complex(-ht[p, t] * h[s, r] * w / 2)
        found[_named("lequ1", (p, r, s, t))], found[_named("lequ3", (p, r, s, t))] = scalar, scalar / 4
    return found


@compiled
def _dipole_factors(point: NDArray[np.float64], g: Complex) -> tuple[float, float, float]:
    """1/M^2, m_t(M) and the triplet's loop function t."""
    x = couplings_of(point_at(point), ((g[0, 0], g[0, 1], g[0, 2]), (g[1, 0], g[1, 1], g[1, 2]), (g[2, 0], g[2, 1], g[2, 2])))
    r = running(x.mass)
    return x.w, r.top, loops(x, r).triplet


def _dipoles(point: NDArray[np.float64], g: Complex, h: NDArray[np.float64], ht: NDArray[np.float64]) -> dict[str, complex]:
    """Photon dipole of l_a -> l_b; only its combination of eB and eW is matched, eW = 0. [V].

    eB_ba = -(sqrt2/(v c_W)) (e/2) a over (4 pi)^2, K = 1/2 + 4 ln(m_t/m_Z), with
    a = [1.04 m_t(M) K h_3a ht_b3 + (3/4)(m_b sum_i h_ia h_ib + m_a sum_i ht_ai ht_bi)]/M^2 + m_a t sum_i g_ia c(g_ib).
    The charm's logarithm comes from running; its constant is left out, below 2 %. [A]
    """
    w, top_mass, triplet = _dipole_factors(point, g)
    factor = -math.sqrt(2) / (_VEV * math.sqrt(1 - SIN_W_SQ)) * _CHARGE / 2 / LOOP
    found: dict[str, complex] = {}
    for a, b in np.ndindex(3, 3):
        top = _TOP_MASS * top_mass * _TOP_LOOP * h[2, a] * ht[b, 2]
        light = 0.75 * (LEPTON_MASS[b] * (h[:, a] @ h[:, b]) + LEPTON_MASS[a] * (ht[a] @ ht[b]))
        value = (top + light) * w + LEPTON_MASS[a] * triplet * (g[:, a] @ np.conj(g[:, b]))
        found[_named("eB", (b, a))] = complex(factor * value)
    return found


def _mixing(mass: float, f: NDArray[np.float64], g: Complex, h: NDArray[np.float64], ht: NDArray[np.float64]) -> dict[str, complex]:
    """Delta F = 2, with k = 1/(128 pi^2 M^2) and X_pr the sum over leptons of c(y_pa) y_ra. [V].

    qq1 = -(k/2)[Xh_pr Xh_st + Xh_pt Xh_sr + (5/4)(Xg_pr Xg_st + Xg_pt Xg_sr)], dd = -2 k Xf_pr^2, uu_1212 = -2 k Xt_12^2,
    qu1_pr12 = kappa/3 and qu8_pr12 = 2 kappa with kappa = -2 k Xh_pr Xt_12. For the triplet only what changes flavour by two is right.
    """
    k = 1 / (128 * math.pi**2 * mass**2)
    xh, xf, xt, xg = h @ h.T, f @ f.T, ht.T @ ht, np.conj(g) @ g.T
    found: dict[str, complex] = {}
    for p, r, s, t in symmetric():
        doublet, triplet = (x[p, r] * x[s, t] + x[p, t] * x[s, r] for x in (xh, xg))
        found[_named("qq1", (p, r, s, t))] = complex(-k / 2 * (doublet + 1.25 * triplet)) * (1 if (p, r) == (s, t) else 2)
    for p, r in ((0, 1), (0, 2), (1, 2)):
        found[_named("dd", (p, r, p, r))] = complex(-2 * k * xf[p, r] ** 2)
    found["uu_1212"] = complex(-2 * k * xt[0, 1] ** 2)
    for p, r, s, t in hermitian():
        if (s, t) in ((0, 1), (1, 0)):
            kappa = complex(-2 * k * xh[p, r] * xt[0, 1])
            found[_named("qu1", (p, r, s, t))], found[_named("qu8", (p, r, s, t))] = kappa / 3, 2 * kappa
    return found
