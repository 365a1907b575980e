"""Edges of the domain: nothing is NaN, what does not exist is infinite, and a batch is its points."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lqbayes.compilation import for_python
from lqbayes.models.three_leptoquarks.full import z_higgs
from lqbayes.models.three_leptoquarks.full.observables import OBSERVABLE_NAMES, observables_of_points
from lqbayes.models.three_leptoquarks.model import FULL
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.prior.prior import Prior

z_loop = for_python(z_higgs.z_loop)
Maker = Callable[..., NDArray[np.float64]]
WITHOUT_G = {name for name in OBSERVABLE_NAMES if name.startswith(("C9p_", "C10p_", "kappa_"))}
LARGE = {f"{prefix}_{i}{j}": 3.5 for prefix in ("h", "ht") for i in (1, 2, 3) for j in (1, 2, 3)}


@pytest.mark.parametrize(
    "values", [{"f_33": 0.0}, {"alpha_1": 0.0}, {"delta_m_B1": 0.0}, {"delta_m_B1": -1600.0}, {"f_22": 1e-300}], ids=str
)
def test_where_g_is_not_defined_what_needs_it_is_infinite(make_point: Maker, values: dict[str, float]) -> None:
    (row,) = observables_of_points(make_point(**({"f_23": 1e-4, "h_22": 0.1, "h_32": 0.1, "ht_23": 0.1} | values))[None, :])
    found = dict(zip(OBSERVABLE_NAMES, row.tolist(), strict=True))
    assert {name for name, value in found.items() if math.isfinite(value)} == WITHOUT_G
    assert {value for name, value in found.items() if name not in WITHOUT_G} == {math.inf}


@pytest.mark.parametrize(
    "values",
    [
        {},
        LARGE,
        {"M_LQ": 1.0},
        {"M_LQ": 1e12},
        {"M_LQ": 172.6},
        {"M_LQ": 125.0},
        {"m_lightest": 0.0, "dm3l": -2.5e-3},
        {"alpha_1": math.pi / 4},
    ],
    ids=lambda v: "-".join(v) or "ordinary",
)
def test_everything_else_is_finite(make_point: Maker, values: dict[str, float]) -> None:
    assert np.all(np.isfinite(observables_of_points(make_point(**values)[None, :])))


@pytest.mark.parametrize("name", ["paper", "full", "2026-inverted"])
def test_nothing_is_nan_over_the_priors(name: str) -> None:
    prior = Prior.load(name, FULL)
    points = prior.points(prior.sample(20_000, np.random.default_rng(7)))
    found = observables_of_points(points)
    assert not np.any(np.isnan(found))
    supports = np.array([observable.support for observable in FULL.observables])
    assert np.all((found >= supports[:, 0]) & (found <= supports[:, 1]))


def _within(lower: float, upper: float) -> st.SearchStrategy[float]:
    ends = [end for end in (lower, upper, 0.0, 1.0, 1e-200, -1e-200, 1e150, -1e150, 1e308) if lower <= end <= upper and math.isfinite(end)]
    return st.one_of(st.sampled_from(ends), st.floats(max(lower, -1e300), min(upper, 1e300)))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.tuples(*(_within(parameter.lower, parameter.upper) for parameter in PARAMETERS)))
def test_nothing_is_nan_for_any_meaningful_parameters(values: tuple[float, ...]) -> None:
    assert not np.any(np.isnan(observables_of_points(np.array([values]))))


def test_a_batch_is_its_points_bit_for_bit(scan_points: NDArray[np.float64], make_point: Maker) -> None:
    points = np.concatenate([scan_points[:50], make_point(f_33=0.0)[None, :], scan_points[50:]])
    before, batch = points.copy(), observables_of_points(points)
    assert points.tobytes() == before.tobytes()
    assert np.concatenate([observables_of_points(point[None, :]) for point in points]).tobytes() == batch.tobytes()
    order = np.random.default_rng(3).permutation(len(points))
    assert observables_of_points(points[order]).tobytes() == batch[order].tobytes()
    assert observables_of_points(points[:0]).shape == (0, len(OBSERVABLE_NAMES))


@pytest.mark.parametrize("ratio_sq", [0.999, 1 - 1.001e-3, 1 - 1e-5, 1.0, 1 + 1e-7, 1.0011])
def test_z_loop_joins_its_series(ratio_sq: float) -> None:
    import mpmath

    with mpmath.workdps(40):
        x = mpmath.mpf(ratio_sq)
        exact = x / (x - 1) - x * mpmath.log(x) / (x - 1) ** 2 if ratio_sq != 1 else mpmath.mpf(1) / 2
        assert abs(z_loop(ratio_sq) - exact) <= 1e-9
