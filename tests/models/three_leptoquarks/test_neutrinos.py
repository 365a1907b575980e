"""Neutrino masses and mixing, and the triplet's couplings that reproduce them: (II.6), (II.7)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks import neutrinos
from lqbayes.models.three_leptoquarks.constants import LOOP
from lqbayes.models.three_leptoquarks.layout import point_at
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX

Maker = Callable[..., NDArray[np.float64]]
# Of a row of the parameter table.
masses = compiled(lambda row: neutrinos.masses(point_at(row)))
mixing_matrix = compiled(lambda row: neutrinos.mixing_matrix(point_at(row)))
mass_matrix = compiled(lambda row: neutrinos.mass_matrix(point_at(row), neutrinos.mixing_matrix(point_at(row))))
loop_factor = compiled(lambda row: neutrinos.loop_factor(point_at(row)))
triplet_couplings = compiled(lambda row: neutrinos.triplet_couplings(point_at(row)))
DOWN_QUARKS = np.array([4.67e-3, 0.093, 4.18])  # GeV


def at(point: NDArray[np.float64], name: str) -> float:
    return float(point[PARAMETER_INDEX[name]])


def matrix(point: NDArray[np.float64], prefix: str) -> NDArray[np.float64]:
    return np.array([[at(point, f"{prefix}_{i}{j}") for j in (1, 2, 3)] for i in (1, 2, 3)])


def antisymmetric(point: NDArray[np.float64]) -> NDArray[np.complex128]:
    a12, a13, a23 = (at(point, f"A_{ij}_abs") * np.exp(1j * at(point, f"A_{ij}_arg")) for ij in ("12", "13", "23"))
    return np.array([[0, a12, a13], [-a12, 0, a23], [-a13, -a23, 0]])


def pmns(point: NDArray[np.float64]) -> NDArray[np.complex128]:
    """PDG form as a product of three rotations and a phase matrix."""
    angle = {name: np.arcsin(np.sqrt(at(point, name))) for name in ("s12sq", "s23sq", "s13sq")}
    c, s = np.cos(angle["s23sq"]), np.sin(angle["s23sq"])
    atmospheric = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    c, s = np.cos(angle["s13sq"]), np.sin(angle["s13sq"])
    phase = np.exp(1j * at(point, "delta_CP"))
    reactor = np.array([[c, 0, s / phase], [0, 1, 0], [-s * phase, 0, c]])
    c, s = np.cos(angle["s12sq"]), np.sin(angle["s12sq"])
    solar = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    majorana = np.diag([1, np.exp(0.5j * at(point, "alpha_21")), np.exp(0.5j * at(point, "alpha_31"))])
    result: NDArray[np.complex128] = atmospheric @ reactor @ solar @ majorana
    return result


def computed(point: NDArray[np.float64]) -> tuple[NDArray[np.complex128], NDArray[np.complex128], float]:
    """Return m_nu, g and max|g| as the package has them."""
    g, largest = triplet_couplings(point)
    return np.array(mass_matrix(point)), np.array(g), largest


def well_conditioned(make_point: Maker, seed: int, **values: float) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    f = 1e-4 * (np.eye(3) + 0.2 * rng.uniform(-1, 1, (3, 3)))
    entries = {f"f_{i + 1}{j + 1}": float(f[i, j]) for i in range(3) for j in range(3)}
    return make_point(**(entries | values))


@pytest.mark.parametrize("dm3l", [2.5e-3, -2.5e-3])
def test_couplings_reproduce_the_mass_matrix(make_point: Maker, dm3l: float) -> None:
    for seed in range(20):
        a = {f"A_{ij}_{part}": value for ij, value in (("12", 3e-11), ("13", 1e-11), ("23", 7e-11)) for part in ("abs",)}
        point = well_conditioned(make_point, seed, dm3l=dm3l, A_12_arg=0.3, A_13_arg=2.0 + seed, A_23_arg=5.0, **a)
        m_nu, g, _ = computed(point)
        r, f = loop_factor(point) * np.diag(DOWN_QUARKS), matrix(point, "f")
        np.testing.assert_allclose(g.T @ r @ f + f.T @ r @ g, m_nu, rtol=0, atol=1e-14 * 7e-11 * 10)


def test_couplings_reproduce_the_mass_matrix_in_the_whole_scan(scan_points: NDArray[np.float64]) -> None:
    for point in scan_points:
        m_nu, g, largest = computed(point)
        r, f = loop_factor(point) * np.diag(DOWN_QUARKS), matrix(point, "f")
        # Where f is nearly singular, g is large and the sum cancels: the digits are those of its terms.
        scale = np.max(np.abs(g).T @ np.abs(r) @ np.abs(f))
        np.testing.assert_allclose(g.T @ r @ f + f.T @ r @ g, m_nu, rtol=0, atol=1e-14 * scale)
        assert largest == pytest.approx(np.max(np.abs(g)), rel=1e-15)


def test_couplings_are_those_of_linear_algebra(make_point: Maker) -> None:
    for seed in range(20):
        point = well_conditioned(make_point, seed, A_12_abs=1e-11, A_13_abs=2e-11, A_23_abs=3e-12, A_23_arg=1.0 + seed)
        r, f = loop_factor(point) * np.diag(DOWN_QUARKS), matrix(point, "f")
        v = pmns(point)
        m_nu = v @ np.diag(np.array(masses(point)) * 1e-9) @ v.T
        expected = np.linalg.inv(r) @ np.linalg.solve(f.T, m_nu + antisymmetric(point)) / 2
        np.testing.assert_allclose(computed(point)[1], expected, rtol=1e-11, atol=1e-13 * np.max(np.abs(expected)))


def test_mass_matrix_from_rotations(scan_points: NDArray[np.float64]) -> None:
    for point in scan_points:
        v = pmns(point)
        expected = v @ np.diag(np.array(masses(point)) * 1e-9) @ v.T
        found = computed(point)[0]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14 * np.max(np.abs(expected)))
        assert np.array_equal(found, found.T)
        assert np.linalg.svd(found, compute_uv=False)[::-1] * 1e9 == pytest.approx(sorted(masses(point)), abs=1e-14)


def test_mixing_matrix_is_unitary_and_holds_the_angles(scan_points: NDArray[np.float64]) -> None:
    for point in scan_points:
        v = np.array(mixing_matrix(point))
        np.testing.assert_allclose(v @ v.conj().T, np.eye(3), rtol=0, atol=1e-15)
        squares = np.abs(v) ** 2
        assert squares[0, 2] == pytest.approx(at(point, "s13sq"), rel=1e-13)
        assert squares[0, 1] / (1 - squares[0, 2]) == pytest.approx(at(point, "s12sq"), rel=1e-13)
        assert squares[1, 2] / (1 - squares[0, 2]) == pytest.approx(at(point, "s23sq"), rel=1e-13)
        s12, s23, s13 = (np.sqrt(at(point, name)) for name in ("s12sq", "s23sq", "s13sq"))
        c12, c23, c13 = (np.sqrt(1 - s * s) for s in (s12, s23, s13))
        jarlskog = (v[0, 0] * v[1, 1] * v[0, 1].conjugate() * v[1, 0].conjugate()).imag
        assert jarlskog == pytest.approx(c12 * s12 * c23 * s23 * c13**2 * s13 * np.sin(at(point, "delta_CP")), abs=1e-15)


@pytest.mark.parametrize("lightest", [0.0, 1e-5, 0.03, 1.0])
def test_normal_ordering(make_point: Maker, lightest: float) -> None:
    m1, m2, m3 = masses(make_point(m_lightest=lightest))
    assert m1 == lightest
    assert m1 < m2 < m3
    assert (m2 - m1) * (m2 + m1) == pytest.approx(7.42e-5, rel=1e-10)
    assert (m3 - m1) * (m3 + m1) == pytest.approx(2.517e-3, rel=1e-10)


@pytest.mark.parametrize("lightest", [0.0, 1e-5, 0.03, 1.0])
def test_inverted_ordering(make_point: Maker, lightest: float) -> None:
    m1, m2, m3 = masses(make_point(m_lightest=lightest, dm3l=-2.498e-3))
    assert m3 == lightest
    assert m3 < m1 < m2
    assert (m2 - m1) * (m2 + m1) == pytest.approx(7.42e-5, rel=1e-10)
    assert (m3 - m2) * (m3 + m2) == pytest.approx(-2.498e-3, rel=1e-10)


@pytest.mark.parametrize("splitting", [10.0, -10.0, -500.0, 1e-3, 1e-9, -1e-12])
def test_loop_factor_keeps_its_digits(make_point: Maker, splitting: float) -> None:
    point = make_point(delta_m_B1=splitting)
    with localcontext() as context:
        context.prec = 60
        logarithm = (1500 / (1500 + Decimal(splitting))).ln()
    expected = -1.5 * np.sin(2 * 0.01) / (4 * np.pi) ** 2 * float(logarithm)
    assert loop_factor(point) == pytest.approx(expected, rel=1e-14)


def test_loop_factor_is_linear_in_a_small_splitting(make_point: Maker) -> None:
    slope = 1.5 * np.sin(0.02) / LOOP / 1500
    for splitting in (1e-2, 1e-5, 1e-8):
        assert abs(loop_factor(make_point(delta_m_B1=splitting)) / splitting / slope - 1) < splitting / 1500 + 1e-14
    assert loop_factor(make_point(delta_m_B1=0.0)) == 0


def test_small_splitting_makes_the_couplings_large_as_its_inverse(make_point: Maker) -> None:
    g, smaller = (computed(make_point(delta_m_B1=splitting))[1] for splitting in (1e-4, 1e-6))
    np.testing.assert_allclose(smaller / g, 100, rtol=1e-7)


def test_signs_of_splitting_and_mixing_angle(make_point: Maker) -> None:
    assert loop_factor(make_point()) > 0
    assert loop_factor(make_point(delta_m_B1=-10.0)) < 0
    assert loop_factor(make_point(alpha_1=-0.01)) == -loop_factor(make_point())
