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


@compiled
def _exp(x: Array, out: Array) -> None:
    for i in range(len(x)):
        out[i] = vector_math.exp(x[i])


@compiled
def _log(x: Array, out: Array) -> None:
    for i in range(len(x)):
        out[i] = vector_math.log(x[i])


@compiled
def _log1p(x: Array, out: Array) -> None:
    for i in range(len(x)):
        out[i] = vector_math.log1p(x[i])


@compiled
def _log10(x: Array, out: Array) -> None:
    for i in range(len(x)):
        out[i] = vector_math.log10(x[i])


@compiled
def _sin(x: Array, out: Array) -> None:
    for i in range(len(x)):
        out[i] = vector_math.sincos(x[i])[0]


@compiled
def _cos(x: Array, out: Array) -> None:
    for i in range(len(x)):
        out[i] = vector_math.sincos(x[i])[1]


@compiled
def _atan2(x: Array, y: Array, out: Array) -> None:
    for i in range(len(x)):
        out[i] = vector_math.atan2(y[i], x[i])


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


RANGES: dict[str, tuple[Callable[..., None], Callable[..., mpmath.mpf], Array]] = {
    "exp": (_exp, mpmath.exp, np.concatenate([RNG.uniform(-708.3, 709.7, N), RNG.uniform(-1, 1, N), magnitudes(1e-300, 1)])),
    "log": (_log, mpmath.log, np.concatenate([magnitudes(DENORMAL, HUGE), 1 + RNG.uniform(-0.4, 0.6, N), 1 + RNG.uniform(-1e-9, 1e-9, N)])),
    "log1p": (_log1p, mpmath.log1p, np.concatenate([magnitudes(DENORMAL, HUGE), RNG.uniform(-1, 1, N), -magnitudes(1e-300, 0.9999)])),
    "log10": (_log10, mpmath.log10, np.concatenate([magnitudes(DENORMAL, HUGE), RNG.uniform(0.5, 2, N)])),
    "sin": (_sin, mpmath.sin, np.concatenate([RNG.uniform(-13, 13, N), RNG.uniform(-1.6e6, 1.6e6, N), magnitudes(DENORMAL, 1e-3)])),
    "cos": (_cos, mpmath.cos, np.concatenate([RNG.uniform(-13, 13, N), RNG.uniform(-1.6e6, 1.6e6, N), magnitudes(DENORMAL, 1e-3)])),
}


@pytest.mark.parametrize("name", RANGES)
def test_two_units_in_the_last_place(name: str) -> None:
    function, exact, x = RANGES[name]
    with mpmath.workdps(60):
        assert worst(value(function, x), [exact(mpmath.mpf(a)) for a in x.tolist()]) <= 2


def test_multiples_of_a_quarter_turn() -> None:
    """Where the reduced angle loses all its digits but those of the third part of pi/2."""
    x = np.array([k * math.pi / 2 for k in (1, 2, 3, 4, 1000, 355 * 7, 999999, 1048575)])
    with mpmath.workdps(60):
        assert worst(value(_sin, x), [mpmath.sin(mpmath.mpf(a)) for a in x.tolist()]) <= 2
        assert worst(value(_cos, x), [mpmath.cos(mpmath.mpf(a)) for a in x.tolist()]) <= 2


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
            worst(value(_atan2, x, y), [mpmath.atan2(mpmath.mpf(b), mpmath.mpf(a)) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
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


@pytest.mark.parametrize("name", ["exp", "log", "log1p", "log10"])
def test_edges(name: str) -> None:
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(EDGES)
    assert np.allclose(value(RANGES[name][0], EDGES), expected, rtol=1e-15, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_angles_too_large_are_not_defined(name: str) -> None:
    small = EDGES[abs(EDGES) < 1000]
    assert np.allclose(value(RANGES[name][0], small), getattr(np, name)(small), rtol=1e-15, atol=0)
    large = [1.01 * vector_math.LARGEST_ANGLE, -1e9, HUGE, math.inf, -math.inf, math.nan]
    assert np.isnan(value(RANGES[name][0], large)).all()


def test_edges_of_angles() -> None:
    x, y = (a.ravel() for a in np.meshgrid(EDGES, EDGES))
    found, expected = value(_atan2, x, y), np.arctan2(y, x)
    assert np.allclose(found, expected, rtol=1e-15, atol=0, equal_nan=True)
    numbers = ~np.isnan(expected)
    assert np.array_equal(np.signbit(found[numbers]), np.signbit(expected[numbers]))


@pytest.mark.parametrize("function", [_exp, _log, _log1p, _log10, _sin, _cos, _atan2])
def test_loops_are_compiled_for_several_numbers_at_once(function: Callable[..., None]) -> None:
    value(function, *[[1.0]] * (2 if function is _atan2 else 1))
    (llvm,) = function.inspect_llvm().values()  # type: ignore[attr-defined]
    assert "x double>" in llvm
    assert "select" in llvm
