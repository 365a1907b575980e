"""Coefficients of the SMEFT: their names, known values, and what wilson makes of them."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.full import smeft
from lqbayes.models.three_leptoquarks.layout import HT, F, H
from lqbayes.models.three_leptoquarks.model import FULL

Maker = Callable[..., NDArray[np.float64]]
Couplings = tuple[NDArray[np.float64], NDArray[np.complex128]]
needs_wilson = pytest.mark.skipif(importlib.util.find_spec("wilson") is None, reason="wilson is not installed")
MASS = 1500.0


def point_with(**couplings: complex) -> Couplings:
    """Point with these couplings, all others 0."""
    point, g = np.zeros(len(FULL.parameters)), np.zeros((3, 3), np.complex128)
    for name, value in {"M_LQ": MASS, "alpha_1": 1e-3, "delta_m_B1": 10.0}.items():
        point[FULL.parameter_index[name]] = value
    for name, value in couplings.items():
        if name.startswith("g_"):
            g[int(name[2]) - 1, int(name[3]) - 1] = value
        else:
            point[FULL.parameter_index[name]] = value.real
    return point, g


@pytest.fixture(scope="module")
def random() -> Couplings:
    rng = np.random.default_rng(3)
    point, g = point_with()
    for first in (F, H, HT):
        point[first : first + 9] = rng.uniform(0.03, 0.8, 9) * rng.choice([-1, 1], 9)
    return point, rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3)) + g


def test_tree_level_by_hand() -> None:
    w = 1 / MASS**2
    found = smeft.coefficients_with(*point_with(g_22=0.1 + 0.2j, g_32=0.3j))
    assert found["lq1_2223"] == pytest.approx(3 * (0.1 - 0.2j) * 0.3j * w / 8)
    assert found["lq3_2223"] == pytest.approx(found["lq1_2223"] / 3)
    assert smeft.coefficients_with(*point_with(h_22=0.2, h_32=0.3))["qe_2322"] == pytest.approx(-0.06 * w / 2)
    assert smeft.coefficients_with(*point_with(f_22=0.2, f_32=0.3))["ld_2223"] == pytest.approx(-0.06 * w / 2)
    top = smeft.coefficients_with(*point_with(h_32=0.1, ht_23=0.2))
    assert top["lequ1_2233"] == 4 * top["lequ3_2233"] == pytest.approx(-0.02 * w / 2)
    assert not {name for name in top if name.startswith(("eW", "qq1")) and name != "qq1_3333"}


def test_mixing_is_that_of_the_observables() -> None:
    """qq1_2323 = -C_L and dd_2323 = -C_R of the mixing of Bs mesons; C_L has 5/4 where the triplet's masses are equal."""
    k = 1 / (128 * math.pi**2 * MASS**2)
    point, g = point_with(h_21=0.2, h_31=0.3, g_22=0.1j, g_32=0.4, f_23=0.5, f_33=0.2)
    found = smeft.coefficients_with(point, g)
    assert found["qq1_2323"] == pytest.approx(-k * (0.06**2 + 1.25 * (-0.1j * 0.4) ** 2))
    assert found["dd_2323"] == pytest.approx(-2 * k * 0.1**2)


def test_a_user_gets_those_of_his_point(make_point: Maker) -> None:
    assert FULL.smeft is not None
    point = make_point(f_22=1e-3, f_32=2e-4, f_23=1e-4, M_LQ=2000.0)
    scale, found = FULL.smeft(point)
    assert scale == 2000
    assert found["ld_2223"] == pytest.approx(-1e-3 * 2e-4 / (2 * 2000**2))
    assert all(math.isfinite(abs(value)) for value in found.values())


@needs_wilson
def test_names_are_those_of_wcxf(random: Couplings) -> None:
    from wilson import wcxf

    basis = wcxf.Basis["SMEFT", "Warsaw"]
    names = set(basis.all_wcs)
    found = smeft.coefficients_with(*random)
    assert set(found) <= names
    # lq1_1122 is there or lq1_1122 is not listed: what the tables fill, they fill completely.
    whole = ("lq1_", "lq3_", "ld_", "qe_", "lu_", "lequ1_", "lequ3_", "eB_", "qq1_")
    assert {name for name in names if name.startswith(whole)} == {name for name in found if name.startswith(whole)}
    real = {name for sector in basis.sectors.values() for name, entry in sector.items() if entry and entry.get("real")}
    assert {name for name in found if name in real and found[name].imag} == set()


@needs_wilson
@pytest.mark.parametrize(
    ("couplings", "expected"),
    [
        ({"g_22": 0.1, "g_32": 0.1}, (-1.253, 1.265, 0, 0)),
        ({"h_22": 0.1, "h_32": 0.1}, (1.292, 1.304, 0, 0)),
        ({"f_22": 0.1, "f_32": 0.1}, (0, 0, 1.313, -1.325)),
    ],
    ids=["g", "h", "f"],
)
def test_wilson_finds_the_coefficients_of_b_decays(couplings: dict[str, complex], expected: tuple[float, ...]) -> None:
    """With wilson's own CKM matrix and alpha, which differ by some percent from those of the formulas."""
    from wilson import Wilson

    found = smeft.coefficients_with(*point_with(**couplings))
    low = Wilson(found, scale=MASS, eft="SMEFT", basis="Warsaw").match_run(4.8, "WET", "flavio", sectors=("sb",)).dict
    values = [low.get(name, 0).real for name in ("C9_bsmumu", "C10_bsmumu", "C9p_bsmumu", "C10p_bsmumu")]
    assert values == pytest.approx(expected, abs=5e-3 if "h_22" not in couplings else 0.05)
