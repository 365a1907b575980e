"""Differences and steps on lines, circles, signed magnitudes and intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariance import posterior
from scipy import stats

from lqbayes.prior.prior import Prior
from lqbayes.sampling.moves.chart import CIRCLE, INTERVAL, LINE, SIGNED, advance, chart_of, difference, line_chart

RANGES = {LINE: (-math.inf, math.inf), CIRCLE: (0.0, 1.0), SIGNED: (-1.0, 1.0), INTERVAL: (-1.5, 2.5)}
KINDS = st.sampled_from(list(RANGES))
UNIT = st.floats(0, 1, exclude_max=True)
STEPS = st.floats(-6, 6)


def _value(kind: int, share: float) -> float:
    lower, upper = RANGES[kind] if kind != LINE else (-3.0, 3.0)
    return lower + (upper - lower) * share


def _gap(a: float, b: float, kind: int) -> float:
    """Distance that knows circles and signs."""
    return abs(a - b - round(a - b)) if kind == CIRCLE else abs(a - b)


@settings(max_examples=300, deadline=None)
@given(KINDS, UNIT, UNIT)
def test_difference_is_antisymmetric(kind: int, share: float, other: float) -> None:
    a, b = _value(kind, share), _value(kind, other)
    there, back = difference(a, b, kind), difference(b, a, kind)
    if kind == CIRCLE:
        assert -0.5 <= there <= 0.5
        assert there == pytest.approx(-back, abs=1e-15) or abs(there) == pytest.approx(0.5)  # half a turn has two ways
    else:
        assert there == -back


@settings(max_examples=300, deadline=None)
@given(KINDS, UNIT, UNIT)
def test_a_difference_leads_from_one_to_the_other(kind: int, share: float, other: float) -> None:
    a, b = _value(kind, share), _value(kind, other)
    end = advance(b, difference(a, b, kind), kind, *RANGES[kind])
    if kind == SIGNED:  # the sign stays
        a = math.copysign(a, b)
    assert _gap(end, a, kind) < 1e-14


@settings(max_examples=300, deadline=None)
@given(KINDS, UNIT, STEPS)
def test_a_step_can_be_undone(kind: int, share: float, step: float) -> None:
    """The same step or its opposite leads back: then a symmetric distribution of steps makes a symmetric proposal."""
    lower, upper = RANGES[kind]
    value = _value(kind, share)
    end = advance(value, step, kind, lower, upper)
    assert lower <= end <= upper
    if kind == SIGNED:
        assert math.copysign(1, end) == math.copysign(1, value)
    back = [advance(end, s, kind, lower, upper) for s in (step, -step)]
    assert min(_gap(value, b, kind) for b in back) < 1e-14


@pytest.mark.parametrize(
    ("value", "step", "kind", "expected"),
    [
        (0.9, 0.3, SIGNED, 0.8),
        (-0.9, 0.3, SIGNED, -0.8),
        (0.1, -0.3, SIGNED, 0.2),
        (-0.1, -0.3, SIGNED, -0.2),
        (0.5, 2.0, SIGNED, 0.5),
        (0.5, 3.0, SIGNED, 0.5),
        (0.2, 3.0, SIGNED, 0.8),
        (0.9, 0.3, CIRCLE, 0.2),
        (0.1, -0.3, CIRCLE, 0.8),
        (0.1, 5.0, CIRCLE, 0.1),
        (2.0, 1.0, INTERVAL, 2.0),
        (-1.0, -1.0, INTERVAL, -1.0),
        (0.0, 8.0, INTERVAL, 0.0),
        (2.0, -9.0, LINE, -7.0),
    ],
)
def test_reflections_and_turns(value: float, step: float, kind: int, expected: float) -> None:
    assert advance(value, step, kind, *RANGES[kind]) == pytest.approx(expected, abs=1e-14)


def test_a_circle_never_ends_at_one() -> None:
    assert advance(0.0, -1e-20, CIRCLE, 0.0, 1.0) == 0.0


@pytest.mark.parametrize("kind", [CIRCLE, SIGNED, INTERVAL])
def test_steps_keep_the_uniform_distribution(kind: int) -> None:
    """A symmetric proposal on a bounded range keeps it; an error of walls or turns would pile up somewhere. Error probability 1e-4."""
    rng = np.random.default_rng(kind)
    lower, upper = RANGES[kind]
    starts, steps = rng.uniform(lower, upper, 20_000), rng.normal(0, 1.5, 20_000)
    ends = np.array([advance(y, s, kind, lower, upper) for y, s in zip(starts, steps, strict=True)])
    assert stats.kstest((ends - lower) / (upper - lower), "uniform").pvalue > 1e-4


def test_charts_of_priors() -> None:
    chart = chart_of(posterior().prior.table)
    kinds = dict(zip(posterior().coordinate_names, chart.kind, strict=True))
    assert kinds["M_LQ"] == INTERVAL
    assert kinds["f_11"] == SIGNED
    assert kinds["A_12_arg"] == kinds["alpha_21"] == CIRCLE
    assert kinds["delta_CP"] == kinds["s12sq"] == LINE
    positive = chart_of(Prior.load("paper-positive").table)
    k = Prior.load("paper-positive").coordinate_names.index("f_11")
    assert (positive.kind[k], positive.lower[k], positive.upper[k]) == (INTERVAL, 0, 1)


def test_line_chart() -> None:
    chart = line_chart(3)
    assert list(chart.kind) == [LINE] * 3
    assert np.all(np.isinf(chart.lower)) and np.all(np.isinf(chart.upper))
