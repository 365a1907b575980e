"""What a cancellation move solves for: the entries of A in (II.7), and the Majorana phases."""

from __future__ import annotations

import cmath
import math

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks.layout import A_ABS, A_ARG, A_COLUMN, A_ROW, ALPHA_21, ALPHA_31, Array, ComplexArray
from lqbayes.models.three_leptoquarks.moves.matrices import majorana_masses


@compiled
def _a_entry(point: Array, pair: int) -> complex:
    return cmath.rect(point[A_ABS + pair], point[A_ARG + pair])


@compiled
def _store_a(point: Array, pair: int, value: complex) -> None:
    point[A_ABS + pair], point[A_ARG + pair] = abs(value), cmath.phase(value)


@compiled
def _others(known: int) -> tuple[int, int]:
    """The two entries of A other than one of them."""
    return (1 if known == 0 else 0), (1 if known == 2 else 2)


@compiled
def _coefficient(weights: Array, r: int, c: int, pair: int) -> float:
    """Derivative of g_rc with respect to an entry of A."""
    if A_COLUMN[pair] == c:
        return float(weights[r, A_ROW[pair]])
    if A_ROW[pair] == c:
        return float(-weights[r, A_COLUMN[pair]])
    return 0.0


@compiled
def _without_a(weights: Array, masses: ComplexArray, r: int, c: int) -> complex:
    """g_rc at A = 0."""
    return complex(weights[r, 0] * masses[0, c] + weights[r, 1] * masses[1, c] + weights[r, 2] * masses[2, c])


@compiled
def read_couplings(point: Array, weights: Array, masses: ComplexArray, g1: ComplexArray) -> complex:
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
def fill_system(weights: Array, masses: ComplexArray, g1: ComplexArray, overlap: complex, q: int, m: ComplexArray, t: ComplexArray) -> None:
    """Set up the equations m A = t for the entries 12, 13, 23 of A: two for the g_1j other than g_1q, one for the overlap."""
    for e in range(2):
        j = (q + 1 + e) % 3
        for pair in range(3):
            m[e, pair] = _coefficient(weights, 0, j, pair)
        t[e] = g1[j] - _without_a(weights, masses, 0, j)
    t[2] = overlap
    m[2, :] = 0.0
    for a in range(3):
        conjugate = g1[a].conjugate()
        t[2] -= conjugate * _without_a(weights, masses, 1, a)
        for pair in range(3):
            m[2, pair] += conjugate * _coefficient(weights, 1, a, pair)


@compiled
def _determinant(m: ComplexArray, known: int) -> complex:
    """Determinant of the system, without the column of a known entry and the third row."""
    if known >= 0:
        x, y = _others(known)
        return complex(m[0, x] * m[1, y] - m[0, y] * m[1, x])
    first = m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
    second = m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
    return complex(first - second + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0]))


@compiled
def solve_for_a(m: ComplexArray, t: ComplexArray, known: int, point: Array) -> None:
    """Solve the system for the entries of A by Cramer's rule, and put them into the point; `known` is the entry that stays, or -1."""
    det = _determinant(m, known)
    if known >= 0:
        x, y = _others(known)
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
def log_jacobian_of_a(point: Array, m: ComplexArray, known: int) -> float:
    """Logarithm of |det|^2 prod |A|^2 over the entries that are solved for."""
    total = 2 * math.log(abs(_determinant(m, known)))
    for pair in range(3):
        if pair != known:
            total += 2 * math.log(point[A_ABS + pair])
    return total


@compiled
def triangle_sides(weights: Array, v: ComplexArray, point: Array) -> tuple[complex, complex, complex]:
    """u_k = m_k e^{i alpha_k1} (w V_k)^2, whose sum is w m_nu w."""
    d1, d2, d3 = majorana_masses(point)
    p1 = weights[0, 0] * v[0, 0] + weights[0, 1] * v[1, 0] + weights[0, 2] * v[2, 0]
    p2 = weights[0, 0] * v[0, 1] + weights[0, 1] * v[1, 1] + weights[0, 2] * v[2, 1]
    p3 = weights[0, 0] * v[0, 2] + weights[0, 1] * v[1, 2] + weights[0, 2] * v[2, 2]
    return d1 * p1 * p1, d2 * p2 * p2, d3 * p3 * p3


@compiled
def log_triangle_area(sides: tuple[complex, complex, complex], weight: float) -> float:
    """Logarithm of |Im(u_2* u_3)| / w_q^2, the phases' part of the Jacobian."""
    return math.log(abs((sides[1].conjugate() * sides[2]).imag)) - 2 * math.log(abs(weight))


@compiled
def close_triangle(point: Array, sides: tuple[complex, complex, complex], target: complex, mirrored: bool) -> bool:
    """Turn the sides by the Majorana phases so that they add up to a target; False where they are too long or too short."""
    gap = target - sides[0]
    a, b, c = abs(sides[1]), abs(sides[2]), abs(gap)
    if not (a > 0 and b > 0 and c > 0):
        return False
    cosine_2 = (a * a + c * c - b * b) / (2 * a * c)
    cosine_3 = (b * b + c * c - a * a) / (2 * b * c)
    if not (-1 < cosine_2 < 1 and -1 < cosine_3 < 1):
        return False
    turn = -1.0 if mirrored else 1.0
    direction = cmath.phase(gap)
    point[ALPHA_21] += direction + turn * math.acos(cosine_2) - cmath.phase(sides[1])
    point[ALPHA_31] += direction - turn * math.acos(cosine_3) - cmath.phase(sides[2])
    return True
