"""Edges of the model's domain: nothing is NaN, nothing raises, and a batch is its points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lqbayes.models.singlet.model import SINGLET

ANY = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(st.floats(500, 1e5), st.lists(ANY, min_size=7, max_size=7))
def test_nothing_is_nan(mass: float, couplings: list[float]) -> None:
    assert not np.any(np.isnan(SINGLET.predict(np.array([[mass, *couplings]]))))


@pytest.mark.parametrize("mass", [0.0, -1000.0, 162.5, 1e-300, 1e300])
def test_nor_where_the_mass_has_no_meaning(mass: float) -> None:
    assert not np.any(np.isnan(SINGLET.predict(np.array([[mass, *[1.0] * 7]]))))


@pytest.mark.parametrize("size", [3.5, 1e10])
def test_large_couplings_are_finite(size: float) -> None:
    rng = np.random.default_rng(0)
    points = np.column_stack([rng.uniform(500, 1e5, 500), size * rng.choice([-1, 0, 1], (500, 7))])
    assert np.all(np.isfinite(SINGLET.predict(points)))


def test_couplings_that_overflow_are_infinite() -> None:
    (found,) = SINGLET.predict(np.array([[2000.0, *[1e200] * 7]]))
    assert found[SINGLET.observable_index["R_D"]] == np.inf


def test_a_batch_is_its_points() -> None:
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(1500, 5000, 50), rng.uniform(-2, 2, (50, 7))])
    batch = SINGLET.predict(points)
    np.testing.assert_array_equal(batch, np.concatenate([SINGLET.predict(point[None, :]) for point in points]))
    assert SINGLET.predict(points[:0]).shape == (0, 19)
