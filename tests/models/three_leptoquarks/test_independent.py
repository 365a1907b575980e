"""A second implementation of the model: plain NumPy in extended precision, written from the formulas and sharing nothing but names."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES, observables_of_points
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_NAMES

Real = NDArray[np.longdouble]
Complex = NDArray[np.clongdouble]
PI = np.arctan(np.longdouble(1)) * 4


def number(text: str) -> np.longdouble:
    return np.longdouble(text)


G_FERMI, ALPHA, ALPHA_B, CKM = number("1.1663787e-5"), 1 / number("137.035999084"), 1 / number("133"), number("0.04065")
LEPTONS = {"e": number("0.5109989461e-3"), "mu": number("0.1056583745"), "tau": number("1.77686")}
DOWN = np.array([number("4.67e-3"), number("0.093"), number("4.18")])
CHARM, TOP = number("1.27"), number("172.76")
DECAY = {"K": number("0.156"), "Bd": number("0.191"), "Bs": number("0.274"), "D": number("0.212")}
MESON = {"K": number("0.498"), "Bd": number("5.280"), "Bs": number("5.367"), "D": number("1.865")}
QUARKS = {"K": (2, 1), "Bd": (3, 1), "Bs": (3, 2), "D": (1, 2)}

LEVI_CIVITA = np.zeros((3, 3, 3), dtype=np.longdouble)
for _i, _j, _k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    LEVI_CIVITA[_i, _j, _k], LEVI_CIVITA[_i, _k, _j] = 1, -1


def couplings_of_the_triplet(p: dict[str, Real], f: Real) -> Complex:
    """(II.7), with the inverse of f from Levi-Civita symbols."""
    n = len(f)
    v = np.empty((n, 3, 3), dtype=np.clongdouble)
    s12, s23, s13 = (np.sqrt(p[name]) for name in ("s12sq", "s23sq", "s13sq"))
    c12, c23, c13 = (np.sqrt(1 - p[name]) for name in ("s12sq", "s23sq", "s13sq"))
    phase = np.exp(1j * p["delta_CP"])
    v[:, 0] = np.stack([c12 * c13, s12 * c13, s13 / phase], axis=1)
    v[:, 1] = np.stack([-s12 * c23 - c12 * s23 * s13 * phase, c12 * c23 - s12 * s23 * s13 * phase, s23 * c13], axis=1)
    v[:, 2] = np.stack([s12 * s23 - c12 * c23 * s13 * phase, -c12 * s23 - s12 * c23 * s13 * phase, c23 * c13], axis=1)
    v[:, :, 1] *= np.exp(1j * p["alpha_21"] / 2)[:, None]
    v[:, :, 2] *= np.exp(1j * p["alpha_31"] / 2)[:, None]

    squares = np.empty((n, 3), dtype=np.longdouble)
    light, solar, atmospheric = p["m_lightest"] ** 2, p["dm21"], p["dm3l"]
    normal = atmospheric > 0
    squares[:, 0] = np.where(normal, light, light - atmospheric - solar)
    squares[:, 1] = np.where(normal, light + solar, light - atmospheric)
    squares[:, 2] = np.where(normal, light + atmospheric, light)
    m_nu = np.einsum("nai,ni,nbi->nab", v, np.sqrt(squares) * number("1e-9"), v)

    a = np.zeros((n, 3, 3), dtype=np.clongdouble)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        name = f"A_{i + 1}{j + 1}"
        a[:, i, j] = p[f"{name}_abs"] * np.exp(1j * p[f"{name}_arg"])
        a[:, j, i] = -a[:, i, j]

    determinant = np.einsum("abc,na,nb,nc->n", LEVI_CIVITA, f[:, 0], f[:, 1], f[:, 2])
    cofactors = np.einsum("iab,jcd,nac,nbd->nij", LEVI_CIVITA, LEVI_CIVITA, f, f) / 2
    r = -3 * np.sin(2 * p["alpha_1"]) / (2 * (4 * PI) ** 2) * -np.log1p(p["delta_m_B1"] / p["M_LQ"])
    # The transposed inverse of f is the matrix of cofactors over the determinant.
    g: Complex = np.einsum("nik,nkj->nij", cofactors / determinant[:, None, None], m_nu + a) / (2 * r[:, None, None] * DOWN[:, None])
    return g


def box(m1: Real, m2: Real) -> Real:
    d = (m1**2 - m2**2) / m2**2
    safe = np.where(d == 0, 1, d)
    return np.where(d == 0, 1 / (2 * m2**2), np.log1p(safe) / (2 * safe * m2**2))


def wilson(m: Real, f: Real, h: Real, g: Complex, lepton: int) -> tuple[Complex, Complex, Complex, Complex]:
    c_sm = CKM * ALPHA_B * G_FERMI / (np.sqrt(number("2")) * PI)
    big_g = g[:, 1, lepton] * np.conj(g[:, 2, lepton]) / m**2
    big_h = h[:, 1, lepton] * h[:, 2, lepton] / m**2
    big_f = (f[:, 1, lepton] * f[:, 2, lepton] / m**2).astype(np.clongdouble)
    return -(big_g - big_h) / (4 * c_sm), (big_g + big_h) / (4 * c_sm), big_f / (4 * c_sm), -big_f / (4 * c_sm)


def dipole(r: Real, formulas: str) -> Real:
    printed: Real = 5 * np.log1p(r) / r + 1 - (2 + r) * np.log1p(1 / r)
    corrected: Real = (1 - 8 * r + 7 * r**2 + 4 * np.log(r) - 10 * r * np.log(r)) / (2 * (1 - r) ** 3)
    return printed if formulas == "paper" else corrected


def amplitudes(p: dict[str, Real], g: Complex, h: Real, ht: Real, formulas: str) -> tuple[Complex, Complex]:
    """a_R[a, b] and a_L[a, b] for all leptons a, b at once."""
    m, m_b1 = p["M_LQ"], p["M_LQ"] + p["delta_m_B1"]
    loop = (4 * PI) ** 2
    masses = np.array(list(LEPTONS.values()))
    m_q = np.array([CHARM, TOP])
    j = np.stack([dipole((quark / m) ** 2, formulas) / m**2 for quark in m_q], axis=1)
    enhanced_r = np.einsum("q,nq,nqa,nbq->nab", m_q / loop, j, h[:, 1:], ht[:, :, 1:])
    enhanced_l = np.einsum("q,nq,naq,nqb->nab", m_q / loop, j, ht[:, :, 1:], h[:, 1:])
    s1, c1 = np.sin(p["alpha_1"]), np.cos(p["alpha_1"])
    bracket = (s1**2 / m**2 + c1**2 / m_b1**2 - 4 / m**2)[:, None, None]
    gg = np.einsum("nia,nib->nab", g, np.conj(g))
    hh = np.einsum("nia,nib->nab", h, h)
    tt = np.einsum("nai,nbi->nab", ht, ht)
    square = (m**2)[:, None, None]

    def keep(first: Real, second: Real) -> Complex:
        result: Complex = -first / (8 * loop) * gg * bracket + 3 / (4 * loop) * (second * hh + first * tt) / square
        return result

    of_a, of_b = masses[:, None], masses[None, :]
    return enhanced_r + keep(of_a, of_b), enhanced_l + keep(of_b, of_a)


def mixing(p: dict[str, Real], g: Complex, couplings: tuple[Real, Real, Real], meson: str, formulas: str) -> Real:
    f, h, ht = couplings
    m, m_b1 = p["M_LQ"], p["M_LQ"] + p["delta_m_B1"]
    j, i = (quark - 1 for quark in QUARKS[meson])
    x_f, x_h = np.sum(f[:, j] * f[:, i], axis=1), np.sum(h[:, j] * h[:, i], axis=1)
    x_t = np.sum(ht[:, :, j] * ht[:, :, i], axis=1)
    x_g = np.sum(np.conj(g[:, j]) * g[:, i], axis=1)
    power = 1 if formulas == "paper" else 2
    strength = -1 / (6 * (4 * PI) ** 2) if formulas == "paper" else 1 / (12 * (4 * PI) ** 2)
    strength = strength * MESON[meson] * DECAY[meson] ** 2
    doublet, triplet = np.zeros_like(m), np.zeros_like(m)
    for q, m_bq in ((1, m_b1), (2, m)):
        s, c = np.sin(p[f"alpha_{q}"]), np.cos(p[f"alpha_{q}"])
        mixed = 4 * (s * c) ** power * box(m, m_bq)
        sign = -1 if formulas == "paper" else 1
        doublet += c ** (2 * power) / m**2 + s ** (2 * power) / m_bq**2 + mixed
        part = s ** (2 * power) / m**2 + c ** (2 * power) / m_bq**2 + sign * mixed
        if meson == "D":
            triplet += q**2 * part
        elif q == 1:
            triplet += part + 4 / m**2
    triplet_part = np.real(x_g**2) / 4 * triplet
    left_right = np.zeros_like(m)
    if formulas == "paper":
        heavy = x_h**2 + x_t**2
    elif meson == "D":
        heavy = x_h**2 + 2 * x_t**2
        left_right = 4 / (64 * PI**2 * m**2) * x_h * x_t * (1 / number("24") + (MESON["D"] / CHARM) ** 2 / 4)
    else:
        heavy = x_h**2
    total = triplet_part + heavy / m**2
    if meson != "D":
        total = total + x_f**2 * doublet
    result: Real = strength * total - left_right * MESON["D"] * DECAY["D"] ** 2
    return result


def predictions(points: NDArray[np.float64], formulas: str) -> dict[str, Real]:
    """Every observable of points (n, 46)."""
    p = {name: points[:, k].astype(np.longdouble) for k, name in enumerate(PARAMETER_NAMES)}
    f, h, ht = (
        np.stack([np.stack([p[f"{prefix}_{i}{j}"] for j in (1, 2, 3)], axis=1) for i in (1, 2, 3)], axis=1) for prefix in ("f", "h", "ht")
    )
    g = couplings_of_the_triplet(p, f)
    out: dict[str, Real] = {"g_max": np.max(np.abs(g), axis=(1, 2))}
    rate = {}
    for lepton, index in (("mu", 1), ("e", 0)):
        coefficients = dict(zip(("C9", "C10", "C9p", "C10p"), wilson(p["M_LQ"], f, h, g, index), strict=True))
        for name, value in coefficients.items():
            out[f"{name}_{lepton}"], out[f"im_{name}_{lepton}"] = value.real, value.imag
        rate[lepton] = (coefficients["C9"] + coefficients["C9p"], coefficients["C10"] + coefficients["C10p"])
        if lepton == "mu":
            x = coefficients["C10"] - coefficients["C10p"]
            out["BR_Bs_mumu"] = number("3.62893e-9") * (1 - number("0.24001") * x.real) ** 2 + number("1.8371e-10") * x.imag**2
    s, t = rate["mu"]
    muon = number("1.0004163") + number("0.239170") * s.real - number("0.259494") * t.real
    muon = muon + number("0.031110") * np.abs(s) ** 2 + number("0.031140") * np.abs(t) ** 2
    s, t = rate["e"]
    electron = 1 + number("0.239197") * s.real - number("0.259269") * t.real + number("0.031114") * (np.abs(s) ** 2 + np.abs(t) ** 2)
    out["R_K"] = muon / electron

    right, left = amplitudes(p, g, h, ht, formulas)
    for name, a, b, mass, standard in (
        ("BR_mu_egamma", 1, 0, LEPTONS["mu"], number("1")),
        ("BR_tau_egamma", 2, 0, LEPTONS["tau"], number("0.1784")),
        ("BR_tau_mugamma", 2, 1, LEPTONS["tau"], number("0.1736")),
    ):
        total = np.abs(right[:, a, b]) ** 2 + np.abs(left[:, a, b]) ** 2
        out[name] = 48 * PI**3 * standard * ALPHA * total / (G_FERMI**2 * mass**2)
    out["delta_a_mu"] = -LEPTONS["mu"] * np.real(right[:, 1, 1] + left[:, 1, 1])
    for meson in QUARKS:
        out[f"dm_{meson}"] = mixing(p, g, (f, h, ht), meson, formulas)
    return out


def stacked(predicted: dict[str, Real]) -> Real:
    assert set(predicted) == set(OBSERVABLE_NAMES)
    return np.stack([predicted[name] for name in OBSERVABLE_NAMES], axis=1)


@pytest.fixture(params=["scan", "comparable"])
def points(request: pytest.FixtureRequest, scan_points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw points from the scan, where g is mostly huge and covers all else, and points at which every term of every formula counts."""
    if request.param == "scan":
        return scan_points
    rng = np.random.default_rng(7)
    comparable = scan_points.copy()
    for k, name in enumerate(PARAMETER_NAMES):
        if name.startswith(("f_", "h_", "ht_")):
            comparable[:, k] = rng.choice([-1, 1], len(comparable)) * rng.uniform(0.1, 1, len(comparable))
        elif name in {"alpha_1", "alpha_2"}:
            comparable[:, k] = rng.uniform(0.1, 1.4, len(comparable))
        elif name == "delta_m_B1":
            comparable[:, k] = rng.choice([-1, 1], len(comparable)) * rng.uniform(10, 500, len(comparable))
        elif name.endswith("_abs"):
            # The down quarks' masses spread g over three powers of ten, so A has a range of its own.
            comparable[:, k] = 10 ** rng.uniform(-5.5, -3, len(comparable))
    return comparable


@pytest.mark.parametrize("formulas", ["paper", "corrected"])
def test_both_implementations_agree(points: NDArray[np.float64], formulas: str) -> None:
    """To a relative 1e-9, but no better than the parameters' own last digits determine an observable."""
    expected = stacked(predictions(points, formulas))
    rng = np.random.default_rng(1)
    determined = np.zeros_like(expected)
    for _ in range(4):
        changed = points * (1 + 1e-15 * rng.choice([-1, 1], points.shape))
        determined = np.maximum(determined, np.abs(stacked(predictions(changed, formulas)) - expected))
    error = np.abs(observables_of_points(points, FormulaSet[formulas.upper()]) - expected)
    worst = np.max(error / (1e-9 * np.abs(expected) + 100 * determined + np.finfo(float).tiny), axis=0)
    assert {name: float(ratio) for name, ratio in zip(OBSERVABLE_NAMES, worst, strict=True) if not ratio <= 1} == {}
    # The second part of the tolerance is for cancellations, not a loophole.
    assert np.mean(100 * determined > 1e-8 * np.abs(expected)) < 0.02


@pytest.mark.parametrize("formulas", ["paper", "corrected"])
@pytest.mark.parametrize("points", ["comparable"], indirect=True)
def test_no_term_is_covered_by_another(points: NDArray[np.float64], formulas: str) -> None:
    """Half of h, h-tilde, f or A moves every observable that contains it: the comparison above sees all terms."""
    full = stacked(predictions(points, formulas))
    moved = {}
    for prefix in ("f_", "h_", "ht_", "A_"):
        halved = points.copy()
        columns = [k for k, name in enumerate(PARAMETER_NAMES) if name.startswith(prefix)]
        halved[:, columns] *= 0.5
        changes = np.abs(stacked(predictions(halved, formulas)) - full) > 1e-3 * np.abs(full)
        moved[prefix] = {name for k, name in enumerate(OBSERVABLE_NAMES) if np.mean(changes[:, k]) > 0.1}
    mesons = {"dm_K", "dm_Bd", "dm_Bs", "dm_D"}
    dipoles = {"BR_mu_egamma", "BR_tau_mugamma", "BR_tau_egamma", "delta_a_mu"}
    assert moved["f_"] >= {"C9p_mu", "C10p_mu", "C9p_e", "C10p_e", "R_K", "BR_Bs_mumu", "dm_K", "dm_Bd", "dm_Bs"}
    assert moved["h_"] >= {"C9_mu", "C10_mu", "C9_e", "C10_e", "R_K"} | mesons | dipoles
    assert moved["ht_"] >= dipoles | (mesons if formulas == "paper" else {"dm_D"})
    assert moved["A_"] >= {"C9_mu", "im_C9_mu", "g_max"}


def test_the_two_sets_differ_where_they_should(scan_points: NDArray[np.float64]) -> None:
    paper, corrected = (observables_of_points(scan_points, FormulaSet[name.upper()]) for name in ("paper", "corrected"))
    differing = {name for k, name in enumerate(OBSERVABLE_NAMES) if np.any(paper[:, k] != corrected[:, k])}
    assert differing == {"BR_mu_egamma", "BR_tau_mugamma", "BR_tau_egamma", "delta_a_mu", "dm_K", "dm_Bd", "dm_Bs", "dm_D"}
