"""The corrected mixing amplitudes from the box diagram: its integral, its prefactor, mixing angles, left-right box."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad

from lqbayes.compilation import compiled, for_python
from lqbayes.models.three_leptoquarks.constants import F_BS, F_D, M_BS, M_CHARM, M_D
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.layout import point_at
from lqbayes.models.three_leptoquarks.loops import box
from lqbayes.models.three_leptoquarks.mixing import box_factors
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX, observables_of_points
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX

Maker = Callable[..., NDArray[np.float64]]
MASS = 1500.0  # that of make_massless


def observable(name: str, point: NDArray[np.float64], formulas: FormulaSet = FormulaSet.CORRECTED) -> float:
    return float(observables_of_points(point[None, :], formulas)[0, OBSERVABLE_INDEX[name]])


@pytest.mark.parametrize(("m1", "m2"), [(1.0, 1.0), (1.0, 1.01), (1.0, 3.0), (2.5, 0.4)])
def test_box_integral_over_the_euclidean_momentum(m1: float, m2: float) -> None:
    """With t = k^2, the box is 2 F_M; substituted t = u / (1 - u)."""
    integral, _ = quad(lambda u: 1 / ((u + m1**2 * (1 - u)) * (u + m2**2 * (1 - u))), 0, 1, epsabs=0, epsrel=1e-12)
    assert 2 * for_python(box)(m1, m2) == pytest.approx(integral, rel=1e-10)


def test_prefactor_of_the_box(make_massless: Maker) -> None:
    """1/(128 pi^2 M^2) from the loop with two equal lines, 2/3 f^2 m^2 from the matrix element, Delta m = <H> / m."""
    x_h = 0.5 * 0.4
    expected = x_h**2 / (128 * math.pi**2 * MASS**2) * (2 / 3 * F_BS**2 * M_BS**2) / M_BS
    assert observable("dm_Bs", make_massless(h_23=0.5, h_33=0.4)) == pytest.approx(expected, rel=1e-12)


def test_mixing_of_equal_masses_is_unobservable(make_point: Maker) -> None:
    """Rotating two equal particles into each other changes nothing; the printed amplitudes know the angle nevertheless."""
    factors_of = compiled(lambda row, formulas: box_factors(point_at(row), formulas)[:3])
    for formulas in FormulaSet:
        found = []
        for angle in (1e-3, 0.4, 1.1):
            point = make_point()
            for name in ("alpha_1", "alpha_2"):
                point[PARAMETER_INDEX[name]] = angle
            point[PARAMETER_INDEX["delta_m_B1"]] = 0.0
            found.append(np.array(factors_of(point, int(formulas))) * point[PARAMETER_INDEX["M_LQ"]] ** 2)
        if formulas == FormulaSet.CORRECTED:
            np.testing.assert_allclose(found, [[2, 5 / 4, 5 / 4]] * 3, rtol=1e-13)
        else:
            assert np.ptp(found, axis=0).min() > 0.1


def test_left_right_box_of_the_d_meson(make_massless: Maker) -> None:
    """What remains of Delta m_D when h and h-tilde act together: -2 of the Fierz transformation, 2 M_12, vacuum insertion."""
    h, ht = {"h_12": 0.5, "h_22": 0.4}, {"ht_31": 0.3, "ht_32": 0.2}
    together = observable("dm_D", make_massless(**h, **ht))
    rest = together - observable("dm_D", make_massless(**h)) - observable("dm_D", make_massless(**ht))
    x_h, x_t = 0.5 * 0.4, 0.3 * 0.2
    wilson = -2 * x_h * x_t / (64 * math.pi**2 * MASS**2)
    # Colour-crossed axial currents and pseudoscalar densities, (f m^2 / m_c)^2 / 4 of each of two contractions, over 2 m.
    element = 2 * (F_D * M_D**2 / M_CHARM) ** 2 / 4 + F_D**2 * M_D**2 / 12
    assert rest == pytest.approx(2 * wilson * element / (2 * M_D), rel=1e-10)
    printed = [observable("dm_D", make_massless(**c), FormulaSet.PAPER) for c in (h | ht, h, ht)]
    assert printed[0] == pytest.approx(printed[1] + printed[2], rel=1e-12)


def test_both_components_of_the_doublet_mix_the_d_meson_through_h_tilde(make_massless: Maker) -> None:
    through_h = observable("dm_D", make_massless(h_12=0.5, h_22=0.4))
    through_ht = observable("dm_D", make_massless(ht_31=0.5, ht_32=0.4))
    assert through_ht == pytest.approx(2 * through_h, rel=1e-12)
