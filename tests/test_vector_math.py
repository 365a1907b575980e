"""Functions without branches, against 40 digits and the standard library's edges."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes import vector_math
from lqbayes.compilation import compiled

Array = NDArray[np.float64]
RNG = np.random.default_rng(1)
N = 1500
HUGE, TINY, DENORMAL = 1.7e308, 2.3e-308, 5e-324


def of_one(function: Callable[[float], float]) -> Callable[..., None]:
    @compiled
    def loop(x: Array, out: Array) -> None:
        for i in range(len(x)):
            out[i] = function(x[i])

    return loop


def of_two(function: Callable[[float, float], float]) -> Callable[..., None]:
    @compiled
    def loop(x: Array, y: Array, out: Array) -> None:
        for i in range(len(x)):
            out[i] = function(x[i], y[i])

    return loop


ONE = {name: of_one(getattr(vector_math, name)) for name in ("exp", "expm1", "log", "log1p", "log10", "sin", "cos", "tan", "atan")}
TWO = {name: of_two(getattr(vector_math, name)) for name in ("atan2", "hypot", "power")}


def value(function: Callable[..., None], *x: object) -> Array:
    arguments = [np.atleast_1d(np.asarray(a, dtype=float)) for a in x]
    out = np.empty_like(arguments[0])
    function(*arguments, out)
    return out


def magnitudes(low: float, high: float, n: int = N) -> Array:
    return np.exp(RNG.uniform(math.log(low), math.log(high), n))


def worst(found: Array, exact: list[mpmath.mpf]) -> float:
    """Largest error in units in the last place."""
    return max(float(abs(mpmath.mpf(a) - b)) / float(np.spacing(abs(float(b)))) for a, b in zip(found.tolist(), exact, strict=True))


ANGLES = np.concatenate([RNG.uniform(-13, 13, N), RNG.uniform(-1.6e6, 1.6e6, N), magnitudes(DENORMAL, 1e-3)])
RANGES: dict[str, Array] = {
    "exp": np.concatenate([RNG.uniform(-745, 709.7, N), RNG.uniform(-1, 1, N), magnitudes(1e-300, 1)]),
    "expm1": np.concatenate([RNG.uniform(-60, 709.7, N), RNG.uniform(-1, 1, N), magnitudes(DENORMAL, 1), -magnitudes(DENORMAL, 1)]),
    "log": np.concatenate([magnitudes(DENORMAL, HUGE), 1 + RNG.uniform(-0.4, 0.6, N), 1 + RNG.uniform(-1e-9, 1e-9, N)]),
    "log1p": np.concatenate([magnitudes(DENORMAL, HUGE), RNG.uniform(-1, 1, N), -magnitudes(1e-300, 0.9999)]),
    "log10": np.concatenate([magnitudes(DENORMAL, HUGE), RNG.uniform(0.5, 2, N)]),
    "sin": ANGLES,
    "cos": ANGLES,
    "tan": ANGLES,
    "atan": np.concatenate([magnitudes(DENORMAL, HUGE), -magnitudes(1e-3, 1e3)]),
}


@pytest.mark.parametrize("name", RANGES)
def test_two_units_in_the_last_place(name: str) -> None:
    x = RANGES[name]
    with mpmath.workdps(60):
        assert worst(value(ONE[name], x), [getattr(mpmath, name)(mpmath.mpf(a)) for a in x.tolist()]) <= (4 if name == "tan" else 2)


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_large_angles(name: str) -> None:
    x = RNG.uniform(-1, 1, N) * vector_math.LARGEST_ANGLE
    with mpmath.workdps(60):
        assert worst(value(ONE[name], x), [getattr(mpmath, name)(mpmath.mpf(a)) for a in x.tolist()]) <= 3


def test_powers() -> None:
    """All of the range of the result, and what is common in formulas."""
    x = magnitudes(DENORMAL, HUGE, 3 * N)
    y = RNG.uniform(-740, 709, 3 * N) / np.log(x)
    common = RNG.uniform(0.5, 2, 3 * N), RNG.choice([0.5, 2 / 7, -1.5, 2.5, 12.3, -300.0, 900.0], 3 * N)
    negative = -magnitudes(1e-3, 1e3, N), RNG.integers(-9, 9, N).astype(float)
    x, y = (np.concatenate(parts) for parts in zip((x, y), common, negative, strict=True))
    with mpmath.workdps(60):
        exact = [mpmath.mpf(a) ** (int(b) if b.is_integer() else mpmath.mpf(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        assert worst(value(TWO["power"], x, y), exact) <= (2 if vector_math.LARGEST_ANGLE > 1e12 else 2000)


def test_lengths() -> None:
    x, y = (
        np.concatenate([magnitudes(1e-3, 1e3), magnitudes(1e-300, 1e308)]),
        np.concatenate([magnitudes(1e-3, 1e3), magnitudes(1e-300, 1e308)]),
    )
    with mpmath.workdps(60):
        assert worst(value(TWO["hypot"], -x, y), [mpmath.hypot(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]) <= 2


def test_multiples_of_a_quarter_turn() -> None:
    """Where the reduced angle loses all its digits but those of the third part of pi/2."""
    x = np.array([k * math.pi / 2 for k in (1, 2, 3, 4, 1000, 355 * 7, 999999, 1048575)])
    with mpmath.workdps(60):
        assert worst(value(ONE["sin"], x), [mpmath.sin(mpmath.mpf(a)) for a in x.tolist()]) <= 2
        assert worst(value(ONE["cos"], x), [mpmath.cos(mpmath.mpf(a)) for a in x.tolist()]) <= 2


def test_angles_of_vectors() -> None:
    signs = RNG.choice([-1.0, 1.0], (2, 4 * N))
    sizes = (
        [magnitudes(1e-3, 1e3, 2 * N), magnitudes(1e-3, 1e3, 2 * N)],
        [magnitudes(DENORMAL, HUGE, 2 * N), magnitudes(DENORMAL, HUGE, 2 * N)],
    )
    x, y = (signs[k] * np.concatenate([sizes[0][k], sizes[1][k]]) for k in range(2))
    y[:50] = x[:50]
    y[50:100] = x[50:100] * 0.4375
    x[100:200], y[100:200] = signs[:, :100] * RNG.uniform(1e308, HUGE, (2, 100))
    with mpmath.workdps(400):  # of the difference to pi where x is negative and y tiny
        assert (
            worst(
                value(TWO["atan2"], y, x), [mpmath.atan2(mpmath.mpf(b), mpmath.mpf(a)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
            )
            <= 2
        )


EDGES = np.array(
    [
        0.0,
        -0.0,
        1.0,
        -1.0,
        DENORMAL,
        -DENORMAL,
        TINY,
        HUGE,
        -HUGE,
        math.inf,
        -math.inf,
        math.nan,
        -2.0,
        709.7,
        709.8,
        -708.3,
        -745.2,
        800.0,
        -800.0,
    ]
)


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "log10"])
def test_edges(name: str) -> None:
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(EDGES)
    tiny = abs(expected) < TINY
    assert np.allclose(value(ONE[name], EDGES)[tiny], expected[tiny], rtol=0, atol=DENORMAL)
    expected[tiny] = value(ONE[name], EDGES)[tiny]
    assert np.allclose(value(ONE[name], EDGES), expected, rtol=1e-15, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_angles_too_large_are_not_defined(name: str) -> None:
    small = EDGES[abs(EDGES) < 1000]
    assert np.allclose(value(ONE[name], small), getattr(np, name)(small), rtol=1e-15, atol=0)
    large = [1.01 * vector_math.LARGEST_ANGLE, -1e19, HUGE, math.inf, -math.inf, math.nan]
    assert np.isnan(value(ONE[name], large)).all()


def test_edges_of_angles() -> None:
    x, y = (a.ravel() for a in np.meshgrid(EDGES, EDGES))
    found, expected = value(TWO["atan2"], y, x), np.arctan2(y, x)
    assert np.allclose(found, expected, rtol=1e-15, atol=0, equal_nan=True)
    numbers = ~np.isnan(expected)
    assert np.array_equal(np.signbit(found[numbers]), np.signbit(expected[numbers]))


@pytest.mark.parametrize(("name", "numpys"), [("power", np.power), ("hypot", np.hypot)])
def test_edges_of_two(name: str, numpys: Callable[..., Array]) -> None:
    x, y = (a.ravel() for a in np.meshgrid(EDGES, np.concatenate([EDGES, [3.0, 0.5, 2.0**53, -1e300]])))
    with np.errstate(all="ignore"):
        expected = numpys(x, y)
    found = value(TWO[name], x, y)
    wrong = ~np.isclose(found, expected, rtol=1e-15, atol=DENORMAL, equal_nan=True)
    assert not wrong.any(), np.column_stack([x, y, found, expected])[wrong]
    zero = expected == 0
    assert np.array_equal(np.signbit(found[zero]), np.signbit(expected[zero]))


@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_loops_are_compiled_for_several_numbers_at_once(name: str) -> None:
    function = (ONE | TWO)[name]
    value(function, *[[1.0]] * (1 if name in ONE else 2))
    (llvm,) = function.inspect_llvm().values()  # type: ignore[attr-defined]
    assert "x double>" in llvm
    assert "select" in llvm
