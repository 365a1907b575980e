"""The antisymmetric matrix A of (II.7) that makes the down quark's couplings, and their overlap with the strange quark's, wanted values."""

from __future__ import annotations

import cmath
import math

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks import layout

_A_ABS, _A_ARG = layout.A_ABS, layout.A_ARG
_ROW, _COLUMN = layout.A_ROW, layout.A_COLUMN


@compiled
def _a_entry(point: NDArray[np.float64], pair: int) -> complex:
    return cmath.rect(point[_A_ABS + pair], point[_A_ARG + pair])


@compiled
def _coefficient(weights: NDArray[np.float64], r: int, c: int, pair: int) -> float:
    """Differentiate g_rc by an entry of A."""
    if _COLUMN[pair] == c:
        return float(weights[r, _ROW[pair]])
    if _ROW[pair] == c:
        return float(-weights[r, _COLUMN[pair]])
    return 0.0


@compiled
def _without_a(weights: NDArray[np.float64], masses: NDArray[np.complex128], r: int, c: int) -> complex:
    """g_rc at A = 0."""
    return complex(weights[r, 0] * masses[0, c] + weights[r, 1] * masses[1, c] + weights[r, 2] * masses[2, c])


@compiled
def read_couplings(
    point: NDArray[np.float64], weights: NDArray[np.float64], masses: NDArray[np.complex128], g1: NDArray[np.complex128]
) -> complex:
    """Fill in the couplings of the down quark; return their overlap with those of the strange quark."""
    overlap = complex(0.0, 0.0)
    entries = (_a_entry(point, 0), _a_entry(point, 1), _a_entry(point, 2))
    for a in range(3):
        g1[a] = _without_a(weights, masses, 0, a)
        g2 = _without_a(weights, masses, 1, a)
        for pair in range(3):
            g1[a] += _coefficient(weights, 0, a, pair) * entries[pair]
            g2 += _coefficient(weights, 1, a, pair) * entries[pair]
        overlap += g2 * g1[a].conjugate()
    return overlap


@compiled
def fill_system(
    weights: NDArray[np.float64],
    masses: NDArray[np.complex128],
    g1: NDArray[np.complex128],
    overlap: complex,
    q: int,
    m: NDArray[np.complex128],
    t: NDArray[np.complex128],
) -> None:
    """Set up the equations m A = t for the entries 12, 13, 23 of A."""
    for e in range(2):
        j = (q + 1 + e) % 3
        for pair in range(3):
            m[e, pair] = _coefficient(weights, 0, j, pair)
        t[e] = g1[j] - _without_a(weights, masses, 0, j)
    t[2] = overlap
    for pair in range(3):
        m[2, pair] = 0.0
    for a in range(3):
        conjugate = g1[a].conjugate()
        t[2] -= conjugate * _without_a(weights, masses, 1, a)
        for pair in range(3):
            m[2, pair] += conjugate * _coefficient(weights, 1, a, pair)


@compiled
def _determinant(m: NDArray[np.complex128], known: int) -> complex:
    """Take the determinant of the linear system, without the column of a known entry and the third row."""
    if known >= 0:
        x, y = (1 if known == 0 else 0), (1 if known == 2 else 2)
        return complex(m[0, x] * m[1, y] - m[0, y] * m[1, x])
    first = m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
    second = m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
    return complex(first - second + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0]))


@compiled
def solve_for_a(m: NDArray[np.complex128], t: NDArray[np.complex128], known: int, point: NDArray[np.float64]) -> None:
    """Solve the system for the entries of A by Cramer's rule, and put them into the point."""
    det = _determinant(m, known)
    if known >= 0:
        x, y = (1 if known == 0 else 0), (1 if known == 2 else 2)
        a_known = _a_entry(point, known)
        t0, t1 = t[0] - m[0, known] * a_known, t[1] - m[1, known] * a_known
        _store_a(point, x, (t0 * m[1, y] - t1 * m[0, y]) / det)
        _store_a(point, y, (t1 * m[0, x] - t0 * m[1, x]) / det)
        return
    for pair in range(3):
        x, y = (pair + 1) % 3, (pair + 2) % 3
        numerator = t[0] * (m[1, x] * m[2, y] - m[1, y] * m[2, x])
        numerator += t[1] * (m[2, x] * m[0, y] - m[2, y] * m[0, x])
        numerator += t[2] * (m[0, x] * m[1, y] - m[0, y] * m[1, x])
        _store_a(point, pair, numerator / det)


@compiled
def _store_a(point: NDArray[np.float64], pair: int, value: complex) -> None:
    point[_A_ABS + pair] = abs(value)
    point[_A_ARG + pair] = cmath.phase(value)


@compiled
def log_jacobian_of_a(point: NDArray[np.float64], m: NDArray[np.complex128], known: int) -> float:
    """Logarithm of |det|^2 prod |A|^2 over the entries that are solved for."""
    total = 2 * math.log(abs(_determinant(m, known)))
    for pair in range(3):
        if pair != known:
            total += 2 * math.log(point[_A_ABS + pair])
    return total
