"""Limits that are known without a calculation: heavy leptoquarks, one coupling at a time, no new physics, exact symmetries."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.compilation import for_python
from lqbayes.models.three_leptoquarks.constants import C_SM, LOOP, M_MUON, M_TOP
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.loops import dipole_corrected, dipole_paper
from lqbayes.models.three_leptoquarks.moves import recipes
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES, observables_of_points
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX

Maker = Callable[..., NDArray[np.float64]]
SETS = pytest.mark.parametrize("formulas", list(FormulaSet), ids=lambda member: member.name.lower())
STANDARD_MODEL = {"R_K": 1.0004163, "BR_Bs_mumu": 3.62893e-9}
MESONS = ["dm_K", "dm_Bd", "dm_Bs", "dm_D"]
DECAYS = {"BR_mu_egamma": (2, 1), "BR_tau_egamma": (3, 1), "BR_tau_mugamma": (3, 2)}
PAIRS = list(product((1, 2, 3), repeat=2))


def observables(point: NDArray[np.float64], formulas: FormulaSet = FormulaSet.PAPER) -> dict[str, float]:
    (row,) = observables_of_points(point[None, :], formulas)
    return dict(zip(OBSERVABLE_NAMES, row.tolist(), strict=True))


@SETS
def test_standard_model(make_massless: Maker, formulas: FormulaSet) -> None:
    found = observables(make_massless(), formulas)
    assert found == dict.fromkeys(OBSERVABLE_NAMES, 0.0) | STANDARD_MODEL


# With delta_m_B1 in proportion to M the loop factor R, and with it g, stays as it is, and all masses grow alike.
@SETS
def test_every_effect_of_fixed_couplings_falls_with_the_mass(make_point: Maker, formulas: FormulaSet) -> None:
    couplings = {
        "f_12": 3e-4,
        "f_21": 4e-4,
        "f_31": 1e-4,
        "f_32": 2e-4,
        "h_22": 0.3,
        "h_32": 0.7,
        "h_12": 0.2,
        "h_31": 0.1,
        "h_21": 0.4,
        "h_33": 0.6,
    }
    light, heavy = (observables(make_point(M_LQ=m, delta_m_B1=m / 100, **couplings), formulas) for m in (1000.0, 4000.0))
    assert heavy["g_max"] == pytest.approx(light["g_max"], rel=1e-13)
    powers = {name: 2 for name in OBSERVABLE_NAMES if name.removeprefix("im_").startswith("C")}
    powers |= dict.fromkeys(MESONS, 2) | {"delta_a_mu": 2} | dict.fromkeys(DECAYS, 4)
    for name, power in powers.items():
        if "p_" in name and name.startswith("im_"):
            continue  # f is real
        assert light[name] != 0, name
        assert heavy[name] == pytest.approx(light[name] / 4**power, rel=1e-11), name


@SETS
def test_everything_decouples(make_point: Maker, formulas: FormulaSet) -> None:
    couplings = {"f_21": 4e-4, "f_31": 1e-4, "f_32": 2e-4, "h_22": 0.3, "h_32": 0.7, "h_12": 0.2, "h_31": 0.1}
    couplings |= {"ht_23": 0.5, "ht_13": 0.1, "ht_33": 0.2, "ht_21": 0.3}
    deviations = []
    for m in (1e3, 1e5, 1e7):
        found = observables(make_point(M_LQ=m, delta_m_B1=m / 100, **couplings), formulas)
        deviations.append([abs(found[name] - STANDARD_MODEL.get(name, 0.0)) for name in OBSERVABLE_NAMES if name != "g_max"])
    near, far, farther = np.array(deviations)
    touched = near > 0
    assert np.count_nonzero(touched) == len(OBSERVABLE_NAMES) - 1 - 4  # all but the imaginary parts that f does not have
    # 1/M^2 makes 1e-4, the logarithm of the dipole at most thirty times as much; differences to the standard model are rounded.
    assert np.all(far[touched] < 3e-3 * near[touched] + 1e-15)
    assert np.all(farther[touched] < 3e-3 * far[touched] + 1e-15)


def test_triplet_gives_c9_equal_to_minus_c10(make_point: Maker) -> None:
    found = observables(make_point())
    for lepton in ("mu", "e"):
        assert found[f"C9_{lepton}"] != 0
        assert found[f"C9_{lepton}"] == -found[f"C10_{lepton}"]
        assert found[f"im_C9_{lepton}"] != 0
        assert found[f"im_C9_{lepton}"] == -found[f"im_C10_{lepton}"]
        assert found[f"C9p_{lepton}"] == 0


@pytest.mark.parametrize(("lepton", "j"), [("e", 1), ("mu", 2)])
def test_doublet_gives_c9_equal_to_c10(make_massless: Maker, lepton: str, j: int) -> None:
    found = observables(make_massless(**{f"h_2{j}": 0.4, f"h_3{j}": 0.5}))
    size = 0.4 * 0.5 / (4 * C_SM * 1500**2)
    expected = {f"C9_{lepton}": size, f"C10_{lepton}": size}
    coefficients = {name: value for name, value in found.items() if name.removeprefix("im_").startswith("C") and value != 0}
    assert coefficients == pytest.approx(expected, rel=1e-14)
    assert found["R_K"] != STANDARD_MODEL["R_K"]
    assert (found["BR_Bs_mumu"] == STANDARD_MODEL["BR_Bs_mumu"]) == (lepton == "e")


def test_doublet_of_right_handed_quarks_gives_primed_coefficients(make_massless: Maker) -> None:
    found = observables(make_massless(f_22=0.4, f_32=0.5))
    size = 0.4 * 0.5 / (4 * C_SM * 1500**2)
    coefficients = {name: value for name, value in found.items() if name.removeprefix("im_").startswith("C") and value != 0}
    assert coefficients == pytest.approx({"C9p_mu": size, "C10p_mu": -size}, rel=1e-14)


def test_scale_of_c9() -> None:
    """C9 = 1 is an operator with the coefficient 1 / (35 TeV)^2, a well-known number."""
    assert C_SM**-0.5 == pytest.approx(35e3, rel=0.02)


@SETS
def test_which_couplings_make_the_enhanced_g_minus_2(make_massless: Maker, formulas: FormulaSet) -> None:
    """Of all 81 products h_ij ht_kl the muon's g - 2 knows two: that of the top and that of the charm."""
    single = {
        name: observables(make_massless(**{name: 0.5}), formulas)["delta_a_mu"]
        for k, (i, j) in enumerate(PAIRS)
        for name in (f"h_{i}{j}", f"ht_{i}{j}")
    }
    assert {name for name, value in single.items() if value != 0} == {f"h_{i}2" for i in (1, 2, 3)} | {f"ht_2{i}" for i in (1, 2, 3)}
    enhanced = {}
    for (i, j), (k, m) in product(PAIRS, PAIRS):
        both = observables(make_massless(**{f"h_{i}{j}": 0.5, f"ht_{k}{m}": 0.5}), formulas)["delta_a_mu"]
        rest = both - single[f"h_{i}{j}"] - single[f"ht_{k}{m}"]
        if abs(rest) > 1e-14 * abs(both):
            enhanced[f"h_{i}{j} ht_{k}{m}"] = rest
    assert set(enhanced) == {"h_32 ht_23", "h_22 ht_22"}
    loop = for_python(dipole_paper if formulas == FormulaSet.PAPER else dipole_corrected)
    expected = -2 * M_MUON * M_TOP / LOOP * 0.25 * loop((M_TOP / 1500) ** 2) / 1500**2
    assert enhanced["h_32 ht_23"] == pytest.approx(expected, rel=1e-12)
    assert expected > 0


@SETS
def test_which_pairs_of_couplings_make_each_decay(make_massless: Maker, formulas: FormulaSet) -> None:
    """(II.17) with the flavour indices of the Lagrangian: h_qa ht_bq and ht_aq h_qb for the top and the charm."""
    found: dict[str, set[str]] = {name: set() for name in DECAYS}
    for (i, j), (k, m) in product(PAIRS, PAIRS):
        values = observables(make_massless(**{f"h_{i}{j}": 0.5, f"ht_{k}{m}": 0.5}), formulas)
        for name in DECAYS:
            if values[name] != 0:
                found[name].add(f"h_{i}{j} ht_{k}{m}")
    expected = {name: {f"h_{q}{a} ht_{b}{q}" for q in (2, 3)} | {f"h_{q}{b} ht_{a}{q}" for q in (2, 3)} for name, (a, b) in DECAYS.items()}
    assert found == expected


@SETS
def test_which_pairs_of_couplings_mix_which_mesons(make_massless: Maker, formulas: FormulaSet) -> None:
    meson_of = {(1, 2): {"dm_K", "dm_D"}, (1, 3): {"dm_Bd"}, (2, 3): {"dm_Bs"}}
    for (i, j), mixed in meson_of.items():
        with_h = observables(make_massless(**{f"h_{i}3": 0.5, f"h_{j}3": 0.5}), formulas)
        assert {name for name in MESONS if with_h[name] != 0} == mixed
        with_ht = observables(make_massless(**{f"ht_3{i}": 0.5, f"ht_3{j}": 0.5}), formulas)
        # h-tilde couples up quarks only; the printed formula lets it mix the down quarks too.
        expected = mixed if formulas == FormulaSet.PAPER else mixed & {"dm_D"}
        assert {name for name in MESONS if with_ht[name] != 0} == expected
        (k,) = {1, 2, 3} - {i, j}
        # Rows i and j overlap, row k is orthogonal to both, and f is not singular.
        f = {f"f_{i}3": 0.5, f"f_{j}3": 0.5, f"f_{j}1": 0.3, f"f_{k}2": 0.3}
        with_f = observables(make_massless(**(dict.fromkeys(("f_11", "f_22", "f_33"), 0.0) | f)), formulas)
        assert {name for name in MESONS if with_f[name] != 0} == mixed - {"dm_D"}


def test_signs_of_the_mass_differences(make_massless: Maker) -> None:
    point = make_massless(h_23=0.5, h_33=0.5)
    assert observables(point, FormulaSet.PAPER)["dm_Bs"] < 0 < observables(point, FormulaSet.CORRECTED)["dm_Bs"]
    assert observables(point, FormulaSet.PAPER)["dm_Bs"] == pytest.approx(-2 * observables(point, FormulaSet.CORRECTED)["dm_Bs"])


@pytest.mark.parametrize(
    ("formulas", "names"),
    [(formulas, names) for formulas in FormulaSet for names in getattr(recipes, formulas.name).symmetries],
    ids=lambda value: value.name.lower() if isinstance(value, FormulaSet) else "-".join(value),
)
def test_sign_symmetries_are_exact(scan_points: NDArray[np.float64], formulas: FormulaSet, names: list[str]) -> None:
    flipped = scan_points.copy()
    flipped[:, [PARAMETER_INDEX[name] for name in names]] *= -1
    assert not np.array_equal(flipped, scan_points)
    np.testing.assert_array_equal(observables_of_points(flipped, formulas), observables_of_points(scan_points, formulas))


def test_symmetry_of_the_printed_formulas_that_the_corrected_ones_break(make_massless: Maker) -> None:
    """The left-right box ties h to h-tilde, so that h of the first generation alone is no symmetry any more."""
    couplings = {"h_12": 0.4, "h_22": 0.5, "ht_31": 0.3, "ht_32": 0.2}
    point, flipped = make_massless(**couplings), make_massless(**(couplings | {"h_12": -0.4}))
    assert observables(point, FormulaSet.PAPER) == observables(flipped, FormulaSet.PAPER)
    assert observables(point, FormulaSet.CORRECTED)["dm_D"] != observables(flipped, FormulaSet.CORRECTED)["dm_D"]


@SETS
def test_complex_conjugation(scan_points: NDArray[np.float64], formulas: FormulaSet) -> None:
    """All phases reversed: imaginary parts change their sign, and nothing else changes."""
    reversed_phases = scan_points.copy()
    for name in ("A_12_arg", "A_13_arg", "A_23_arg", "delta_CP", "alpha_21", "alpha_31"):
        reversed_phases[:, PARAMETER_INDEX[name]] *= -1
    sign = np.where([name.startswith("im_") for name in OBSERVABLE_NAMES], -1, 1)
    np.testing.assert_array_equal(observables_of_points(reversed_phases, formulas), sign * observables_of_points(scan_points, formulas))


@SETS
def test_phases_have_a_period_of_one_turn(scan_points: NDArray[np.float64], formulas: FormulaSet) -> None:
    reference = observables_of_points(scan_points, formulas)
    g_max = OBSERVABLE_NAMES.index("g_max")
    for name in ("A_12_arg", "A_13_arg", "A_23_arg", "delta_CP", "alpha_21", "alpha_31"):
        turned = scan_points.copy()
        turned[:, PARAMETER_INDEX[name]] += 2 * np.pi
        np.testing.assert_allclose(observables_of_points(turned, formulas)[:, g_max], reference[:, g_max], rtol=1e-9)
        turned[:, PARAMETER_INDEX[name]] -= np.pi
        assert not np.allclose(observables_of_points(turned, formulas)[:, g_max], reference[:, g_max], rtol=1e-6)


def test_mixing_angle_2_moves_nothing_in_the_corrected_set(scan_points: NDArray[np.float64]) -> None:
    """With m_A2 = m_B2 the mixed box completes c^4 + s^4 to 1; the printed formula, with its single powers, depends on alpha_2."""
    other = scan_points.copy()
    other[:, PARAMETER_INDEX["alpha_2"]] = 0.7
    corrected = [observables_of_points(points, FormulaSet.CORRECTED) for points in (scan_points, other)]
    np.testing.assert_allclose(corrected[0], corrected[1], rtol=1e-13)
    paper = [observables_of_points(points, FormulaSet.PAPER) for points in (scan_points, other)]
    assert not np.allclose(paper[0], paper[1], rtol=1e-6)
