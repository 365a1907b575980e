"""Edges of the model's domain: nothing is NaN, nothing raises, and a batch is its points."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lqbayes.model.point_loop import LANES
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES, observables_of_points
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX, PARAMETERS

Maker = Callable[..., NDArray[np.float64]]
SETS = pytest.mark.parametrize("formulas", list(FormulaSet), ids=lambda member: member.name.lower())

# What stays finite without g: the coefficients that come from f alone.
FROM_F = {f"{part}{name}_{lepton}" for part in ("", "im_") for name in ("C9p", "C10p") for lepton in ("mu", "e")}
NO_F = {f"f_{i}{i}": 0.0 for i in (1, 2, 3)}

UNDEFINED = {
    "no f": NO_F,
    "f of rank 2": {"f_33": 0.0},
    "f with a row of zeros": {"f_12": 1e-3, "f_22": 0.0},
    "f with a column of zeros": {"f_21": 1e-3, "f_22": 0.0},
    "f with equal rows": {"f_12": 1e-3, "f_21": 1e-3},
    "no alpha_1": {"alpha_1": 0.0},
    "no splitting": {"delta_m_B1": 0.0},
    "f of 1e-200": {f"f_{i}{i}": 1e-200 for i in (1, 2, 3)},
    "f of 1e-105": {f"f_{i}{i}": 1e-105 for i in (1, 2, 3)},
    "f of 1e-90": {f"f_{i}{i}": 1e-90 for i in (1, 2, 3)},
    "one f of 1e-300": {"f_22": 1e-300},
    "splitting of 1e-300": {"delta_m_B1": 1e-300},
    "massless B1": {"delta_m_B1": -1500.0},
    "tachyonic B1": {"delta_m_B1": -1600.0},
}
ORDINARY = {
    "no couplings but f": {},
    "all couplings": {f"{prefix}_{i}{j}": 3.5 for prefix in ("h", "ht") for i in (1, 2, 3) for j in (1, 2, 3)},
    "light": {"M_LQ": 1e3},
    "heavy": {"M_LQ": 5e3},
    "lightest parameter allowed": {"M_LQ": 1.0},
    "heaviest parameter allowed": {"M_LQ": 1e12},
    "massless lightest neutrino": {"m_lightest": 0.0},
    "massless lightest neutrino, inverted": {"m_lightest": 0.0, "dm3l": -2.5e-3},
    "massless neutrinos": {"m_lightest": 0.0, "dm21": 0.0, "dm3l": 0.0},
    "inverted with a solar splitting above the atmospheric one": {"m_lightest": 0.0, "dm3l": -1e-5, "dm21": 1e-4},
    "no mixing": {"s12sq": 0.0, "s23sq": 0.0, "s13sq": 0.0},
    "full mixing": {"s12sq": 1.0, "s23sq": 1.0, "s13sq": 1.0},
    "negative splitting": {"delta_m_B1": -10.0},
    "maximal alpha": {"alpha_1": math.pi / 4, "alpha_2": math.pi / 4},
    "no alpha_2": {"alpha_2": 0.0},
    "quark as heavy as the leptoquark": {"M_LQ": 172.76, "h_32": 1.0, "ht_23": 1.0},
    "large A": {"A_12_abs": 1e3, "A_13_abs": 1e3, "A_23_abs": 1e3},
    "f of 1e-20": {f"f_{i}{i}": 1e-20 for i in (1, 2, 3)},
    "f of 1e10": {f"f_{i}{i}": 1e10 for i in (1, 2, 3)},
}


@SETS
@pytest.mark.parametrize("values", UNDEFINED.values(), ids=UNDEFINED.keys())
def test_where_g_is_not_defined_what_needs_it_is_infinite(make_point: Maker, formulas: FormulaSet, values: dict[str, float]) -> None:
    point = make_point(**({"f_23": 1e-4, "h_22": 0.1, "h_32": 0.1, "ht_23": 0.1} | values))
    (row,) = observables_of_points(point[None, :], formulas)
    found = dict(zip(OBSERVABLE_NAMES, row.tolist(), strict=True))
    assert {name for name, value in found.items() if math.isfinite(value)} == FROM_F
    assert {value for name, value in found.items() if name not in FROM_F} == {math.inf}


@SETS
@pytest.mark.parametrize("values", ORDINARY.values(), ids=ORDINARY.keys())
def test_everything_else_is_finite(make_point: Maker, formulas: FormulaSet, values: dict[str, float]) -> None:
    assert np.all(np.isfinite(observables_of_points(make_point(**values)[None, :], formulas)))


def _within(lower: float, upper: float) -> st.SearchStrategy[float]:
    ends = [end for end in (lower, upper, 0.0, 1.0, 1e-200, -1e-200, 1e150, -1e150, 1e308) if lower <= end <= upper and math.isfinite(end)]
    return st.one_of(st.sampled_from(ends), st.floats(max(lower, -1e300), min(upper, 1e300)))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.tuples(*(_within(parameter.lower, parameter.upper) for parameter in PARAMETERS)), st.sampled_from(list(FormulaSet)))
def test_nothing_is_nan_for_any_meaningful_parameters(values: tuple[float, ...], formulas: FormulaSet) -> None:
    assert not np.any(np.isnan(observables_of_points(np.array([values]), formulas)))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.tuples(*(st.sampled_from([0.0, 1e-3, -1e-3, 1e160, -1e160, 1e308, 1e-308]) for _ in range(9))),
    st.sampled_from([0.1, 1e80, 1e155, 1e300]),
)
def test_nothing_is_nan_where_products_overflow(f: tuple[float, ...], coupling: float) -> None:
    point = np.ones(len(PARAMETERS))
    point[PARAMETER_INDEX["M_LQ"]] = 1e3
    for k in range(9):
        point[PARAMETER_INDEX["f_11"] + k] = f[k]
        point[PARAMETER_INDEX["h_11"] + k] = coupling
        point[PARAMETER_INDEX["ht_11"] + k] = -coupling
    for name in ("s12sq", "s23sq", "s13sq"):
        point[PARAMETER_INDEX[name]] = 0.3
    for formulas in FormulaSet:
        assert not np.any(np.isnan(observables_of_points(point[None, :], formulas)))


@SETS
def test_a_batch_is_its_points_bit_for_bit(scan_points: NDArray[np.float64], make_point: Maker, formulas: FormulaSet) -> None:
    # Points without g in between: they must not leave anything behind, and whole and broken blocks.
    edges = [make_point(**values) for values in (UNDEFINED["no f"], UNDEFINED["no alpha_1"], ORDINARY["all couplings"])]
    points = np.concatenate([scan_points[:50], edges, scan_points[50:100], edges, scan_points[100:]])
    batch = observables_of_points(points, formulas)
    assert np.concatenate([observables_of_points(point[None, :], formulas) for point in points]).tobytes() == batch.tobytes()
    for n in range(1, 3 * LANES):
        assert observables_of_points(points[:n], formulas).tobytes() == batch[:n].tobytes()

    order = np.random.default_rng(3).permutation(len(points))
    assert observables_of_points(points[order], formulas).tobytes() == batch[order].tobytes()
    assert observables_of_points(np.ascontiguousarray(points[17:171:7]), formulas).tobytes() == batch[17:171:7].tobytes()
    assert observables_of_points(points[:0], formulas).shape == (0, len(OBSERVABLE_NAMES))


@SETS
def test_points_are_not_changed(scan_points: NDArray[np.float64], formulas: FormulaSet) -> None:
    before = scan_points.copy()
    observables_of_points(scan_points, formulas)
    assert scan_points.tobytes() == before.tobytes()
