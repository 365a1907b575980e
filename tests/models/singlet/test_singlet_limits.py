"""Limits, symmetries and numbers that are known without the model."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.compilation import for_python
from lqbayes.models.singlet.ckm import CKM, VTB_VTS
from lqbayes.models.singlet.constants import M_MUON, SIN_W_SQUARED
from lqbayes.models.singlet.dipoles import loop_functions
from lqbayes.models.singlet.model import SINGLET
from lqbayes.models.singlet.running import strong_coupling_ratio
from lqbayes.models.singlet.z_decays import light_vertex, top_vertex, z_vertices

STANDARD_MODEL = {
    **{"R_D": 0.296, "R_Dst": 0.254, "BR_Bc_taunu": 0.0236, "BR_B_taunu": 8.39e-5, "BR_Ds_taunu": 0.0532},
    **{"BR_BK_nunu": 4.71e-6, "BR_BKst_nunu": 9.81e-6, "dm_Bs": 18.4},
    **{f"g{part}_{lepton}": value for part, value in (("A", -0.50127), ("V", -0.03712)) for lepton in ("mu", "tau")},
}
LEPTON_SIGNS = {"muon": ("yL_22", "yL_32", "yR_32"), "tau": ("yL_23", "yL_33", "yR_23", "yR_33")}


def predict(mass: float = 2000.0, **couplings: float) -> dict[str, float]:
    point = np.zeros(8)
    point[0] = mass
    for name, value in couplings.items():
        point[SINGLET.parameter_index[name]] = value
    return dict(zip(SINGLET.observable_names, SINGLET.predict(point[None, :])[0].tolist(), strict=True))


def some_points(count: int = 200) -> NDArray[np.float64]:
    rng = np.random.default_rng(3)
    return np.column_stack([rng.uniform(1500, 5000, count), rng.uniform(-2, 2, (count, 7))])


@pytest.mark.parametrize("mass", [1000.0, 2000.0, 5000.0])
def test_without_couplings_it_is_the_standard_model(mass: float) -> None:
    assert SINGLET.reference is not None
    found = predict(mass)
    assert found == {name: STANDARD_MODEL.get(name, 0.0) for name in SINGLET.observable_names}
    assert list(found.values()) == SINGLET.reference().tolist()
    assert not any(math.copysign(1, value) < 0 for value in found.values() if value == 0)


@pytest.mark.parametrize("names", LEPTON_SIGNS.values(), ids=LEPTON_SIGNS.keys())
def test_the_signs_of_one_lepton_have_no_effect(names: tuple[str, ...]) -> None:
    points = some_points()
    mirrored = points.copy()
    mirrored[:, [SINGLET.parameter_index[name] for name in names]] *= -1
    np.testing.assert_array_equal(SINGLET.predict(mirrored), SINGLET.predict(points))


@pytest.mark.parametrize("name", SINGLET.parameter_names[1:])
def test_the_sign_of_one_coupling_has(name: str) -> None:
    points = some_points(3)
    mirrored = points.copy()
    mirrored[:, SINGLET.parameter_index[name]] *= -1
    assert np.any(SINGLET.predict(mirrored) != SINGLET.predict(points))


def test_a_heavy_leptoquark_decouples() -> None:
    points = some_points(20)
    assert SINGLET.reference is not None
    heavier = points * np.where(np.arange(8) == 0, 10, 1)
    near, far = (np.mean(np.abs(SINGLET.predict(at) - SINGLET.reference()), axis=0) for at in (points, heavier))
    assert np.all(far[:-1] < 0.05 * near[:-1])
    assert far[-1] == near[-1]  # y_max


def test_ckm_matrix() -> None:
    matrix = np.array(CKM)
    np.testing.assert_allclose(matrix @ matrix.conj().T, np.eye(3), atol=1e-15)
    assert CKM[0][2] == pytest.approx(0.00148689 - 0.00332246j, abs=1e-8)
    assert CKM[1][1] == pytest.approx(0.97353197 - 0.00003135j, abs=1e-8)
    assert CKM[2][1] == pytest.approx(-0.04122999 - 0.00074624j, abs=1e-8)
    assert VTB_VTS == pytest.approx(-0.04119339 + 0.00074557j, abs=1e-8)


@pytest.mark.parametrize(("r", "phi_1", "phi_2"), [(0.0117, 0.14617582595, 1.89752973310), (0.001, 0.16337755785, 3.45248637620)])
def test_dipole_loops(r: float, phi_1: float, phi_2: float) -> None:
    assert for_python(loop_functions)(r) == (pytest.approx(phi_1, abs=1e-11), pytest.approx(phi_2, abs=1e-11))


def test_dipole_loops_of_light_quarks() -> None:
    assert for_python(loop_functions)(1e-12) == (pytest.approx(1 / 6, abs=1e-10), pytest.approx(2 / 3 * (math.log(1e12) - 7 / 4), abs=1e-9))


def test_the_top_in_the_muons_magnetic_moment() -> None:
    mass, y_left, y_right = 5e4, 0.3, 0.2
    top = 162.5 * for_python(strong_coupling_ratio)(mass) ** (4 / 7)
    z = (CKM[2][2].conjugate() * y_left).real
    expected = M_MUON * top / (4 * math.pi**2 * mass**2) * (math.log(mass**2 / 162.5**2) - 7 / 4) * z * y_right
    assert predict(mass, yL_32=y_left, yR_32=y_right)["delta_a_mu"] == pytest.approx(expected, rel=1e-3)
    for couplings in ({"yL_32": 0.5}, {"yR_32": 0.5}, {"yL_32": -0.1, "yR_32": -0.1}):
        assert predict(**couplings)["delta_a_mu"] > 0
    assert predict(yL_32=-0.1, yR_32=0.1)["delta_a_mu"] < 0


def test_signs_of_the_charged_current() -> None:
    raised = predict(yL_33=0.5, yR_23=-0.8)
    assert raised["C_SL"] > 0 > raised["C_T"]
    assert raised["C_SL"] == pytest.approx(-7.9 * raised["C_T"], rel=0.01)
    assert raised["R_D"] > 0.296 and raised["R_Dst"] > 0.254
    assert raised["BR_Bc_taunu"] < 0.0236 < predict(yL_33=0.5, yR_23=0.8)["BR_Bc_taunu"]


def test_one_ratio_for_both_kaons_and_its_sign() -> None:
    raised = predict(yL_33=0.5, yL_23=0.05)
    assert raised["BR_BK_nunu"] / 4.71e-6 == pytest.approx(raised["BR_BKst_nunu"] / 9.81e-6, rel=1e-14)
    assert raised["BR_BK_nunu"] > 4.71e-6
    assert predict(yL_33=0.5, yL_23=-0.01)["BR_BK_nunu"] < 4.71e-6


def test_z_vertices() -> None:
    """Numbers at 1.5 TeV; for m_Z -> 0 the known vertex of the top alone; for a light top the logarithm of the light quarks."""
    top_left, _, top_right, _ = for_python(z_vertices)(1500.0**-2)
    assert (top_left, top_right) == (pytest.approx(0.0196887, abs=5e-8), pytest.approx(-0.0204191, abs=5e-8))
    left, right = 1 / 2 - 2 / 3 * SIN_W_SQUARED, -2 / 3 * SIN_W_SQUARED
    x = 0.01
    top, light = for_python(top_vertex), for_python(light_vertex)
    assert top(x, 0.0, left, right, 0.3) == pytest.approx(0.5 * x * (x - 1 - math.log(x)) / (x - 1) ** 2, rel=1e-13)
    rise = (top(1e-9, 1e-3, left, left, -0.27) - top(1e-8, 1e-3, left, left, -0.27)) / math.log(0.1)
    assert rise == pytest.approx((light(1e-4, left, -0.27) / 1e-4 - light(1e-3, left, -0.27) / 1e-3) / math.log(0.1) * 1e-3, rel=1e-6)
