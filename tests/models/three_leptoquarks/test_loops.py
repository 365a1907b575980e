"""Loop functions against the integrals that define them, by numerical quadrature and with 60 digits."""

from __future__ import annotations

from decimal import Decimal, getcontext, localcontext

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad

from lqbayes.compilation import for_python
from lqbayes.models.three_leptoquarks import loops
from lqbayes.models.three_leptoquarks.constants import M_CHARM, M_TOP

box, dipole_corrected, dipole_paper = (for_python(f) for f in (loops.box, loops.dipole_corrected, loops.dipole_paper))
MASSES = [1000.0, 1500.0, 2345.6, 5000.0]
RATIOS = [(m_q / mass) ** 2 for m_q in (M_TOP, M_CHARM) for mass in MASSES]


def log_grid(nodes: int = 12, panels: int = 48) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre rule for u in [0, 1] on `panels` equal panels."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    starts = np.arange(panels)[:, None]
    return ((starts + (x + 1) / 2) / panels).ravel(), np.tile(w / (2 * panels), panels)


def printed_integral(r: float) -> float:
    """M^2 times the double integral printed in (II.17), for m_q^2 = r M^2.

    With w = 1 - y the region is x <= w <= 1. Both denominators vanish at its corner x = w = 0, so the rule is a product of
    Gauss-Legendre rules in ln x and ln w; what lies below x = e^-48 is less than 1e-18.
    """
    depth = 48.0
    u, weight = log_grid()
    ln_x = -depth * u
    ln_w = ln_x[:, None] * u[None, :]
    x, w = np.exp(ln_x)[:, None], np.exp(ln_w)
    integrand = 5 / (x * r + w) - 2 * (1 - x) / (x + w * r)
    area = (depth * weight * x[:, 0])[:, None] * (-ln_x[:, None] * weight[None, :] * w)
    return float(np.sum(integrand * area))


def in_decimals(r: float, digits: int = 60) -> Decimal:
    """Closed form of the corrected dipole function with so many digits, more than the zeros of (1 - r)^3 cost."""
    with localcontext() as context:
        context.prec = digits
        q = Decimal(r)
        log = q.ln()
        return (1 - 8 * q + 7 * q**2 + 4 * log - 10 * q * log) / (2 * (1 - q) ** 3)


@pytest.mark.parametrize("r", [*RATIOS, 1e-8, 0.3, 1.0, 7.0])
def test_paper_is_the_printed_double_integral(r: float) -> None:
    assert dipole_paper(r) == pytest.approx(printed_integral(r), rel=1e-11)


@pytest.mark.parametrize("r", [1e-12, 1e-7, 1e-3, 0.03, 1.0, 30.0, 3e4])
def test_paper_keeps_its_digits(r: float) -> None:
    with localcontext() as context:
        context.prec = 60
        q = Decimal(r)
        exact = 5 * (1 + q).ln() / q + 1 - (2 + q) * (1 + 1 / q).ln()
    assert dipole_paper(r) == pytest.approx(float(exact), rel=1e-12)


def test_paper_is_far_from_its_own_limit_at_the_top() -> None:
    r = (M_TOP / 1000) ** 2
    assert (6 + 2 * np.log(r)) / dipole_paper(r) == pytest.approx(0.81, abs=0.01)
    assert dipole_paper(1e-12) == pytest.approx(6 + 2 * np.log(1e-12), rel=1e-9)


@pytest.mark.parametrize("r", [*RATIOS, 0.1, 0.9, 1.0, 1.3, 4.0])
def test_corrected_is_the_sum_of_photons_from_quark_and_leptoquark(r: float) -> None:
    """Feynman-parameter integrals of the chirally enhanced g - 2 diagrams (Leveille 1978; Jegerlehner & Nyffeler 2009).

    A neutral scalar with a fermion of the muon's charge gives int x^2 / (1 - x + r x), a scalar of the muon's charge with a neutral
    fermion gives -int x (1 - x) / (x + r (1 - x)). A muon turns into a top (2/3) and a leptoquark of charge -5/3, in 3 colours.
    """
    from_quark = quad(lambda x: x * x / (1 - x + r * x), 0, 1, epsabs=0, epsrel=1e-12, points=[1 - min(r, 0.5)])[0]
    from_scalar = quad(lambda x: -x * (1 - x) / (x + r * (1 - x)), 0, 1, epsabs=0, epsrel=1e-12, points=[min(r, 0.5)])[0]
    muon, quark, scalar = -1, 2 / 3, -5 / 3
    assert muon == pytest.approx(quark + scalar)
    expected = 3 * (quark / muon * from_quark + scalar / muon * from_scalar)
    assert dipole_corrected(r) == pytest.approx(expected, rel=1e-10)


# On both sides of the places where series and closed form meet, and through r = 1.
@pytest.mark.parametrize(
    "r",
    [
        *RATIOS,
        1e-12,
        0.5,
        0.74,
        0.75,
        0.75 + 1e-9,
        0.9,
        1 - 1e-3,
        1 - 1e-8,
        1 + 1e-15,
        1 + 1e-5,
        1.1,
        1.25 - 1e-9,
        1.25,
        1.26,
        3.0,
        1e2,
        3e4,
    ],
)
def test_corrected_keeps_its_digits(r: float) -> None:
    assert dipole_corrected(r) == pytest.approx(float(in_decimals(r)), rel=2e-13)


def test_corrected_at_equal_masses() -> None:
    assert getcontext().prec < 60
    assert dipole_corrected(1.0) == pytest.approx(-1.5, rel=1e-15)
    assert float(in_decimals(1 + 1e-9)) == pytest.approx(-1.5, rel=1e-8)


@pytest.mark.parametrize("edge", [0.75, 1.25])
def test_corrected_does_not_jump_between_series_and_closed_form(edge: float) -> None:
    below, above = dipole_corrected(np.nextafter(edge, 0)), dipole_corrected(np.nextafter(edge, 2))
    assert above == pytest.approx(below, rel=3e-14)


def test_corrected_limit_of_a_light_quark() -> None:
    for r in (1e-6, 1e-9, 1e-12):
        # The next term of the expansion is of order r ln r.
        assert abs(dipole_corrected(r) - (0.5 + 2 * np.log(r))) < 10 * r * abs(np.log(r)) + 1e-14 * abs(np.log(r))


def test_effect_of_the_correction_at_the_top() -> None:
    found = [dipole_corrected(r) / dipole_paper(r) for r in ((M_TOP / mass) ** 2 for mass in (1000, 1500, 2000, 3000, 5000))]
    assert found == pytest.approx([5.3, 3.0, 2.4, 2.0, 1.7], abs=0.05)


@pytest.mark.parametrize(
    ("m1", "m2"),
    [
        (1000.0, 1010.0),
        (1010.0, 1000.0),
        (1000.0, 990.0),
        (5000.0, 5010.0),
        (1500.0, 1500.0 + 1e-3),
        (1500.0, 1000.0),
        (1000.0, 3000.0),
        (1.0, 50.0),
    ],
)
def test_box_is_the_printed_double_integral(m1: float, m2: float) -> None:
    """The integral of (II.22) over the triangle, with x = s t, y = s (1 - t), whose Jacobian s takes the pole at 0 away."""
    x, w = np.polynomial.legendre.leggauss(200)
    s, weight = (x + 1) / 2, w / 2
    t = s[None, :] ** 3  # more nodes where the denominator is small
    spread = 3 * s[None, :] ** 2
    s_column = s[:, None]
    lighter, heavier = min(m1, m2), max(m1, m2)
    integrand = (1 - s_column) * s_column / (s_column * (t * heavier**2 + (1 - t) * lighter**2))
    assert box(m1, m2) == pytest.approx(float(np.sum(integrand * spread * weight[:, None] * weight[None, :])), rel=1e-11)


@pytest.mark.parametrize("mass", MASSES)
def test_box_of_equal_masses(mass: float) -> None:
    assert box(mass, mass) == pytest.approx(1 / (2 * mass**2), rel=1e-15)


@pytest.mark.parametrize("ratio", [1 + 1e-12, 1 + 4.9e-5, 1 + 5.1e-5, 0.99996, 0.99994, 1.003, 0.99, 2.0, 0.8, 0.7, 0.1, 1e-9, 1e9])
def test_box_is_symmetric_and_has_all_digits(ratio: float) -> None:
    m1, m2 = 1500.0 * ratio, 1500.0
    with localcontext() as context:
        context.prec = 60
        a, b = Decimal(m1) ** 2, Decimal(m2) ** 2
        exact = float((a / b).ln() / (2 * (a - b)))
    assert box(m1, m2) == pytest.approx(exact, rel=1e-14)
    assert box(m2, m1) == pytest.approx(exact, rel=1e-14)
