"""The loop over points: all lanes of the processor, whole and broken blocks, and what has no value."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest
from machine_code import operations

from lqbayes.compilation import inlined, name_of
from lqbayes.model.point_loop import LANES, LOOP, loop_over_points, over_points
from lqbayes.models.three_leptoquarks.layout import Numbers
from lqbayes.models.three_leptoquarks.observables import OBSERVABLES, _paper
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.vector_math import log


@inlined
def root_and_ratio(x: Numbers) -> Numbers:
    return math.sqrt(x[0]), x[0] / x[1], log(x[1]) if x[0] > 1 else x[0]


@pytest.mark.parametrize("n", [0, 1, 2, LANES - 1, LANES, LANES + 1, 5 * LANES - 1])
def test_points_do_not_depend_on_their_number_and_order_in_memory(n: int) -> None:
    points = np.random.default_rng(n).uniform(0.5, 2, (n, 2))
    x, y = points.T
    predict = over_points(root_and_ratio, 2, 3)
    found = predict(points)
    np.testing.assert_allclose(found, np.column_stack([np.sqrt(x), x / y, np.where(x > 1, np.log(y), x)]), rtol=1e-15, atol=1e-16)
    assert predict(np.asfortranarray(points)).tobytes() == found.tobytes()
    room = np.full((4, n), 7.0)
    predict(points, room[:3].T)
    assert room[:3].T.tobytes() == found.tobytes()
    assert np.all(room[3] == 7)


def test_what_has_no_value_is_infinite_unless_it_is_wanted() -> None:
    points = np.array([[-1.0, 2.0], [0.0, 0.0], [1.0, -0.0]])
    expected = np.array([[math.nan, -0.5, -1], [0, math.nan, 0], [1, -math.inf, 1]])
    assert np.array_equal(over_points(root_and_ratio, 2, 3)(points), np.where(np.isnan(expected), math.inf, expected))
    out = np.empty((3, 3))
    loop_over_points(root_and_ratio, 2, 3, None)(np.ascontiguousarray(points.T), out, math.nan)
    assert np.array_equal(out.T, expected, equal_nan=True)


def test_another_number_of_observables_is_not_compiled() -> None:
    with pytest.raises(numba.TypingError, match="not as many numbers"):
        over_points(root_and_ratio, 2, 4)(np.ones((1, 2)))


def test_the_formulas_are_compiled_for_several_points_at_once() -> None:
    loop = loop_over_points(_paper, len(PARAMETERS), len(OBSERVABLES), name_of(_paper))
    loop.compile(LOOP)
    at_once, single = operations(loop)
    assert at_once > 500
    assert single < 0.02 * at_once
