"""What must come out where little is switched on: no leptoquarks, heavy ones, one coupling, two at a known limit, no CKM mixing."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.full.observables import OBSERVABLE_NAMES, observables_of_points, standard_model
from lqbayes.models.three_leptoquarks.model import CORRECTED
from lqbayes.models.three_leptoquarks.moves.recipes import HT, F, H
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX

Predict = Callable[..., dict[str, float]]
STANDARD = dict(zip(OBSERVABLE_NAMES, standard_model().tolist(), strict=True))
ENTRIES = [f"{prefix}_{i}{j}" for prefix in ("f", "g", "h", "ht") for i in (1, 2, 3) for j in (1, 2, 3)]
# What one coupling, to one quark and one lepton, cannot make: charged leptons change their flavour, or right-handed quarks theirs.
VIOLATING = [
    name
    for name in OBSERVABLE_NAMES
    if name.startswith(("BR_B_K_", "BR_B_Kst_", "BR_tau_", "BR_mu_", "CR_", "BR_Kp_pi_")) and name != "BR_B_K_nunu"
] + ["BR_Bs_emu", "BR_Bs_mutau", "BR_Bs_etau", "BR_B0_emu", "BR_B0_mutau", "BR_B0_etau", "BR_KL_emu", "BR_D0_emu"]
FLAVOURS_OF_DOWN = ["eps_K_NP", "dm_K", "dm_Bd", "dm_Bs", "C9_univ", "C9_mu", "C10_e", "C9p_tau"]


def test_standard_model() -> None:
    numbers = {
        "BR_B_K_nunu": 4.71e-6,
        "BR_B0_Kst_nunu": 9.81e-6,
        "BR_Kp_pinunu": 8.14e-11,
        "BR_KL_pinunu": 2.78e-11,
        "BR_KL_mumu_SD": 8.2e-10,
        "BR_B0_mumu": 1.03e-10,
        "BR_Bs_mumu": 3.63e-9,
        "R_K": 1.0004163,
        "R_Kstar": 0.9964532,
        "dm_Bs_ps": 18.4,
        "dm_Bd_ps": 0.533,
        "S_psiK": 0.6967,
        "phi_s": -0.0363,
        "A_tau": 0.14948,
        "N_nu": 3.0,
        "BR_Bc_taunu": 0.0236,
    }
    ratios = {name for name in OBSERVABLE_NAMES if name.startswith(("R_", "kappa_", "Z_", "RD"))} - {"R_K", "R_Kstar"}
    numbers |= dict.fromkeys({*ratios, "Delta_s", "Delta_d"}, 1.0)
    for name, value in STANDARD.items():
        assert value == pytest.approx(numbers.get(name, 0.0), rel=6e-3, abs=0), name


@pytest.mark.parametrize("coupling", ENTRIES)
def test_one_coupling_changes_no_flavour(predict: Predict, coupling: str) -> None:
    found = predict(**{coupling: 0.5 + 0.4j})
    assert {name for name in VIOLATING if found[name] != 0} == set()
    assert {name for name in FLAVOURS_OF_DOWN if found[name] != STANDARD[name]} == set()
    # ... but the left-handed up quarks of one down quark are three: D mixing by the CKM matrix alone.
    mixes = coupling[:2] in {"g_", "h_"}
    assert (found["x12_D"] > 0) == mixes
    assert found["LHC_r"] > 0


@pytest.mark.parametrize("mass", [1e8, 1e10])
def test_heavy_leptoquarks_leave_the_standard_model(predict: Predict, mass: float) -> None:
    couplings = {name: (0.3 - 0.02 * k) * (1 + 0.5j) for k, name in enumerate(ENTRIES)}
    found = predict(M_LQ=mass, **couplings)
    light = predict(M_LQ=1500.0, **couplings)
    for name in set(OBSERVABLE_NAMES) - {"g_max"}:
        # Amplitudes fall with 1/M^2, with logarithms that change by less than 50; those of BR(K_L -> pi0 nu nu) are the largest.
        shift, was = abs(found[name] - STANDARD[name]), abs(light[name] - STANDARD[name])
        assert shift <= 50 * max(was, math.sqrt(was * abs(STANDARD[name]))) * (1500 / mass) ** 2 + 1e-12 * abs(STANDARD[name]), name
        assert shift <= 0.02 * abs(STANDARD[name]) + 1e-8, name


LIMITS = [  # product of couplings that reaches a limit at M = 1.8 TeV with all others off, in units of 1 part in 5
    ({"g_11": 9e-6, "g_12": 1}, "CR_mue_Au", 7e-13),
    ({"g_11": 7e-5, "g_22": 1}, "BR_KL_emu", 4.7e-12),
    ({"g_21": 6e-4, "g_22": 1}, "CR_mue_Au", 7e-13),
    ({"h_21": 3e-4, "h_22": 1}, "CR_mue_Au", 7e-13),
    ({"g_31": 1e-3, "g_32": 1}, "CR_mue_Au", 7e-13),
    ({"h_31": 5e-4, "h_32": 1}, "CR_mue_Au", 7e-13),
    ({"h_22": 0.07, "h_23": 1}, "BR_tau_muphi", 2.3e-8),
    ({"h_22": 0.016, "ht_22": 1}, "BR_D0_mumu", 2.1e-9),
    ({"h_22": 0.0035, "ht_21": 1}, "BR_D0_mumu", 2.1e-9),
    ({"h_32": 6.5e-8, "ht_13": 1}, "BR_mu_egamma", 1.5e-13),
    ({"h_31": 6.5e-8, "ht_23": 1}, "BR_mu_egamma", 1.5e-13),
    ({"h_21": 5e-6, "ht_22": 1}, "BR_mu_egamma", 1.5e-13),
    ({"h_22": 5e-6, "ht_12": 1}, "BR_mu_egamma", 1.5e-13),
    ({"h_21": 1.6e-6, "ht_23": 1}, "BR_mu_egamma", 1.5e-13),
    ({"h_32": 1.4e-3, "ht_33": 1}, "BR_tau_mugamma", 4.2e-8),
    ({"h_33": 1.4e-3, "ht_23": 1}, "BR_tau_mugamma", 4.2e-8),
    ({"h_22": 0.38**2, "h_12": 0}, "x12_D", 4.1e-3),
    ({"g_22": 0.36**2, "g_12": 0}, "x12_D", 4.1e-3),
]


@pytest.mark.parametrize(("product", "observable", "limit"), LIMITS, ids=["-".join((*p, o)) for p, o, _ in LIMITS])
def test_known_limits_on_products(predict: Predict, product: dict[str, float], observable: str, limit: float) -> None:
    first, second = product
    value = product[first]
    size = math.sqrt(value)
    found = predict(M_LQ=1800.0, **{first: size, second: size * product[second]})[observable]
    # Given to one or two digits, branching ratios being squares.
    assert found == pytest.approx(limit, rel=0.45)


def test_limit_of_the_neutrino_mode_holds_for_any_flavours(predict: Predict) -> None:
    found = [
        predict(M_LQ=1800.0, **{f"g_1{a}": math.sqrt(1.3e-3) * phase, f"g_2{b}": math.sqrt(1.3e-3)})["BR_Kp_pinunu"]
        for a in (1, 2, 3)
        for b in (1, 2, 3)
        for phase in (1, -1, 1j, -1j)
    ]
    # The worst phase is 2 sigma outside 9.6 +1.9 -1.8 e-11; without interference, for two flavours, it is near that.
    assert max(found) > 9.6e-11 + 2 * 1.9e-11
    assert min(found) < 9.6e-11 + 4 * 1.9e-11


@pytest.mark.parametrize(
    ("couplings", "c9", "c10", "c9p"),
    [
        ({"g_22": 0.1, "g_32": 0.1}, -1.293, 1.305, 0.0),
        ({"h_22": 0.1, "h_32": 0.1}, 1.333, 1.345, 0.0),
        ({"f_22": 0.1, "f_32": 0.1}, 0.0, 0.0, 1.367),
    ],
    ids=["triplet", "doublet", "right-handed"],
)
def test_wilson_coefficients(predict: Predict, couplings: dict[str, float], c9: float, c10: float, c9p: float) -> None:
    found = predict(M_LQ=1500.0, **couplings)
    assert (found["C9_mu"], found["C10_mu"], found["C9p_mu"]) == pytest.approx((c9, c10, c9p), rel=1e-3)
    assert found["C10p_mu"] == -found["C9p_mu"]
    assert found["C9_e"] == found["C9_univ"]


def test_imaginary_part_has_the_sign_of_the_conjugate_strange_coupling(predict: Predict) -> None:
    found = predict(g_22=0.1j, g_32=0.1)
    assert found["im_C9_mu"] > 0  # -(c(0.1 i) 0.1) is positive imaginary
    assert found["im_C10_mu"] == -found["im_C9_mu"]


def test_universal_penguin_and_anomaly(predict: Predict) -> None:
    assert predict(M_LQ=1500.0, h_23=0.5, h_33=0.5)["C9_univ"] == pytest.approx(-0.31, abs=0.005)
    for mass, expected in ((1200.0, 9.70e-9), (1500.0, 6.84e-9), (3000.0, 2.20e-9)):
        assert abs(predict(M_LQ=mass, h_32=0.1, ht_23=0.1)["delta_a_mu"]) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("names", [F, [*H, *HT]], ids=["f", "h-ht"])
def test_sign_symmetries_are_exact(scan_points: NDArray[np.float64], names: list[str]) -> None:
    flipped = scan_points.copy()
    flipped[:, [PARAMETER_INDEX[name] for name in names]] *= -1
    assert np.array_equal(observables_of_points(flipped), observables_of_points(scan_points))


def test_no_smaller_set_of_signs_is_a_symmetry(scan_points: NDArray[np.float64]) -> None:
    before = observables_of_points(scan_points)
    for names in (["f_11", "f_12", "f_13"], H):
        flipped = scan_points.copy()
        flipped[:, [PARAMETER_INDEX[name] for name in names]] *= -1
        assert not np.allclose(observables_of_points(flipped), before, rtol=1e-3)


WITHOUT_CKM = """
import json, math, sys
from lqbayes import vector_math
for name in vars(vector_math).keys() & {name for name in vars(math) if not name.startswith("_")}:
    setattr(vector_math, name, getattr(math, name))
vector_math.select = lambda condition, a, b: a if condition else b
vector_math.polynomial = lambda x, coefficients: sum(c * x**k for k, c in enumerate(coefficients))
vector_math.sincos = lambda x: (math.sin(x), math.cos(x))
vector_math.power = math.pow
from lqbayes.models.three_leptoquarks.full import couplings, dipoles, mixing, observables
couplings.CKM = tuple(tuple(complex(i == k) for k in range(3)) for i in range(3))
found = []
for point in json.load(sys.stdin):
    x = observables._with_g(tuple(point))
    values = *zip(mixing.OBSERVABLES, observables._mixing(x)), *zip(dipoles.OBSERVABLES, observables._leptons(x))
    found.append({o.name: value for o, value in values})
json.dump(found, sys.stdout)
"""


def without_ckm(points: NDArray[np.float64]) -> list[dict[str, float]]:
    """Predict with H = h and G = g: in a process where the formulas are plain Python, since the matrix is compiled into machine code."""
    command = [sys.executable, "-W", "ignore", "-c", WITHOUT_CKM]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(command, input=json.dumps(points.tolist()), capture_output=True, check=True, text=True, env=environment)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_without_the_ckm_matrix_the_structure_is_that_of_the_corrected_set(
    scan_points: NDArray[np.float64], make_massless: Callable[..., NDArray[np.float64]]
) -> None:
    points = scan_points[:8].copy()
    for name in ("ht_11", "ht_21", "ht_31"):  # no right-handed u quark, whose left-right operator runs differently
        points[:, PARAMETER_INDEX[name]] = 0
    no_mixing = make_massless(h_21=0.1, ht_23=0.1)
    found = without_ckm(np.concatenate([points, no_mixing[None, :]]))
    corrected = [dict(zip(CORRECTED.observable_names, row, strict=True)) for row in CORRECTED.predict(points).tolist()]
    for point, new, old in zip(points, found, corrected, strict=False):
        x = math.log(point[PARAMETER_INDEX["M_LQ"]] / 1000)
        expected = 0.727 * (0.7102 - 0.0215 * x) * 1.86484 / 1.865  # bag and running; the decay constants agree
        assert new["dm_D"] / old["dm_D"] == pytest.approx(expected, rel=1e-9)
    # mu -> e gamma by the strange coupling and the top needs V_ts.
    assert found[-1]["BR_mu_egamma"] == 0
    assert observables_of_points(no_mixing[None, :])[0, OBSERVABLE_NAMES.index("BR_mu_egamma")] > 1e-6


def test_other_sets_are_changed_by_running_and_constants_only(make_massless: Callable[..., NDArray[np.float64]]) -> None:
    points = np.array([make_massless(M_LQ=mass, h_22=0.3, h_32=0.2, f_22=1e-3, f_32=2e-4, f_23=1e-4) for mass in (1200.0, 2000.0, 4000.0)])
    for point, new, old in zip(points, observables_of_points(points), CORRECTED.predict(points), strict=True):
        x = math.log(point[PARAMETER_INDEX["M_LQ"]] / 1000)
        found = dict(zip(OBSERVABLE_NAMES, new.tolist(), strict=True))
        before = dict(zip(CORRECTED.observable_names, old.tolist(), strict=True))
        constants = 0.04065 / 133 * 1.1663787 / (8.186782942e-10 * math.sqrt(2) * math.pi) * 1e-5
        assert found["C10_mu"] / before["C10_mu"] == pytest.approx((0.993 - 0.0046 * x) * constants, rel=1e-9)
        assert found["C9p_mu"] / before["C9p_mu"] == pytest.approx((1.007 + 0.0009 * x) * constants, rel=1e-9)
