"""What a cancellation move solves for, at one point: the entries of A in (II.7) and the Majorana phases.

With b = (A_23, -A_13, A_12) and w, w_2 the rows of the weights of (II.7) for the down and the strange quark, w A is b x w. So

    g_1 = w m_nu + b x w,    w m_nu = sum_k d_k (w V_k) V_k,    X = g_1* . (w_2 m_nu) + b . c,    c = w_2 x g_1*,

d_k being the masses with their Majorana phases. For given g_1 the vector t = g_1 - w m_nu is orthogonal to w, and b is
(w x t) / |w|^2 + lambda w; lambda follows from X, or from the b_q that is kept.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from lqbayes.compilation import compiled, inlined
from lqbayes.models.three_leptoquarks.constants import LOOP, M_DOWN, M_STRANGE
from lqbayes.models.three_leptoquarks.layout import (
    A_ABS,
    A_ARG,
    ALPHA_1,
    ALPHA_21,
    ALPHA_31,
    DELTA_CP,
    DELTA_M_B1,
    DM3L,
    DM21,
    M_LIGHTEST,
    M_LQ,
    S12SQ,
    S13SQ,
    S23SQ,
    Array,
    F,
)
from lqbayes.models.three_leptoquarks.moves.block import COUNT, LANES
from lqbayes.prior.coordinates import CoordinateTable
from lqbayes.vector_math import atan2, exp, log, log1p, select, sincos

Real3 = tuple[float, float, float]
Complex3 = tuple[complex, complex, complex]
Columns = tuple[Complex3, Complex3, Complex3]

# Rows of what is chosen for each walker: log of the number that multiplies g_1 and its angle, q, 1 or -1 for the triangle and its mirror
# image, and the change of volume by what else follows the step. And of what is found: the logarithm of the Jacobian, -inf for no solution,
# the coordinates of the moduli and phases of A, and those of the Majorana phases.
OLD, NEW = 0, COUNT
GROWTH, ANGLE, Q, MIRROR, VOLUME = range(2 * COUNT, 2 * COUNT + 5)
FACTOR, A, MAJORANA, ROWS = 2 * COUNT + 5, 2 * COUNT + 6, 2 * COUNT + 12, 2 * COUNT + 14
_GEV = 1e-9  # GeV per eV


class _Vacuum(NamedTuple):
    """What g_1 and X depend on but for A: weights, columns of the mixing matrix and masses in GeV."""

    w: Real3
    w_2: Real3
    v: Columns
    m: Real3


@inlined
def _dot(a: Real3, z: Complex3) -> complex:
    return complex(a[0] * z[0].real + a[1] * z[1].real + a[2] * z[2].real, a[0] * z[0].imag + a[1] * z[1].imag + a[2] * z[2].imag)


@inlined
def _product(a: Complex3, b: Complex3) -> complex:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@inlined
def _cross_real(a: Real3, b: Real3) -> Real3:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@inlined
def _cross(a: Real3, z: Complex3) -> Complex3:
    real = _cross_real(a, (z[0].real, z[1].real, z[2].real))
    imag = _cross_real(a, (z[0].imag, z[1].imag, z[2].imag))
    return complex(real[0], imag[0]), complex(real[1], imag[1]), complex(real[2], imag[2])


@inlined
def _scaled(a: float, z: complex) -> complex:
    return complex(a * z.real, a * z.imag)


@inlined
def _square(z: complex) -> float:
    return z.real * z.real + z.imag * z.imag


@inlined
def _rect(modulus: float, phase: float) -> complex:
    sine, cosine = sincos(phase)
    return complex(modulus * cosine, modulus * sine)


@inlined
def _either(condition: bool, a: complex, b: complex) -> complex:
    return complex(select(condition, a.real, b.real), select(condition, a.imag, b.imag))


@inlined
def _entry(q: float, a: Real3) -> float:
    return select(q == 0, a[0], select(q == 1, a[1], a[2]))


@inlined
def _complex_entry(q: float, z: Complex3) -> complex:
    return _either(q == 0, z[0], _either(q == 1, z[1], z[2]))


@inlined
def _three(x: Array, first: int, j: int) -> Real3:
    return x[first * LANES + j], x[(first + 1) * LANES + j], x[(first + 2) * LANES + j]


@inlined
def _one(x: Array, k: int, j: int) -> float:
    return float(x[k * LANES + j])


@inlined
def _masses(dm21: float, dm3l: float, lightest: float) -> Real3:
    """m1, m2, m3 in GeV: normal ordering for dm3l > 0, inverted for dm3l < 0."""
    normal = dm3l > 0
    highest = lightest * lightest + abs(dm3l)
    heaviest, other = math.sqrt(highest), math.sqrt(max(select(normal, lightest * lightest + dm21, highest - dm21), 0.0))
    first, second, third = select(normal, lightest, other), select(normal, other, heaviest), select(normal, heaviest, lightest)
    return _GEV * first, _GEV * second, _GEV * third


@inlined
def _mixing(s12sq: float, s23sq: float, s13sq: float, delta: float) -> Columns:
    """Columns of the mixing matrix."""
    s12, c12 = math.sqrt(s12sq), math.sqrt(1 - s12sq)
    s23, c23 = math.sqrt(s23sq), math.sqrt(1 - s23sq)
    c13, e = math.sqrt(1 - s13sq), _rect(math.sqrt(s13sq), delta)
    return (
        (complex(c12 * c13, 0.0), -s12 * c23 - _scaled(c12 * s23, e), s12 * s23 - _scaled(c12 * c23, e)),
        (complex(s12 * c13, 0.0), c12 * c23 - _scaled(s12 * s23, e), -c12 * s23 - _scaled(s12 * c23, e)),
        (e.conjugate(), complex(s23 * c13, 0.0), complex(c23 * c13, 0.0)),
    )


@inlined
def _vacuum(x: Array, point: int, j: int) -> _Vacuum:
    f_1, f_2, f_3 = _three(x, point + F, j), _three(x, point + F + 3, j), _three(x, point + F + 6, j)
    loop = 1.5 * sincos(2 * _one(x, point + ALPHA_1, j))[0] * log1p(_one(x, point + DELTA_M_B1, j) / _one(x, point + M_LQ, j)) / LOOP
    down, strange = _cross_real(f_2, f_3), _cross_real(f_3, f_1)
    scale = 0.5 / (loop * (f_1[0] * down[0] + f_1[1] * down[1] + f_1[2] * down[2]))
    w, w_2 = scale / M_DOWN, scale / M_STRANGE
    return _Vacuum(
        (w * down[0], w * down[1], w * down[2]),
        (w_2 * strange[0], w_2 * strange[1], w_2 * strange[2]),
        _mixing(_one(x, point + S12SQ, j), _one(x, point + S23SQ, j), _one(x, point + S13SQ, j), _one(x, point + DELTA_CP, j)),
        _masses(_one(x, point + DM21, j), _one(x, point + DM3L, j), _one(x, point + M_LIGHTEST, j)),
    )


@inlined
def _components(w: Real3, v: Columns) -> Complex3:
    """w V_k."""
    return _dot(w, v[0]), _dot(w, v[1]), _dot(w, v[2])


@inlined
def _through_masses(p: Complex3, v: Columns, m_1: float, d_2: complex, d_3: complex) -> Complex3:
    """sum_k d_k p_k V_k."""
    a, b, c = _scaled(m_1, p[0]), d_2 * p[1], d_3 * p[2]
    (x, y, z) = v
    return a * x[0] + b * y[0] + c * z[0], a * x[1] + b * y[1] + c * z[1], a * x[2] + b * y[2] + c * z[2]


@inlined
def _entries_of_a(x: Array, point: int, j: int) -> Complex3:
    """b = (A_23, -A_13, A_12)."""
    modulus, phase = _three(x, point + A_ABS, j), _three(x, point + A_ARG, j)
    return _rect(modulus[2], phase[2]), _rect(-modulus[1], phase[1]), _rect(modulus[0], phase[0])


@inlined
def _conjugate(z: Complex3) -> Complex3:
    return z[0].conjugate(), z[1].conjugate(), z[2].conjugate()


@inlined
def _product_of_moduli(b: Complex3, q: float, all_three: bool) -> float:
    """prod |A|^2 over the entries that are solved for."""
    x = select(all_three | (q != 0), _square(b[0]), 1.0)
    y = select(all_three | (q != 1), _square(b[1]), 1.0)
    return x * y * select(all_three | (q != 2), _square(b[2]), 1.0)


@inlined
def _turns(z: complex) -> float:
    """Coordinate of a phase."""
    turns = atan2(z.imag, z.real) / (2 * math.pi)
    return turns - math.floor(turns)


@inlined
def _position(z: complex, low: float, width: float) -> float:
    """Coordinate of a modulus."""
    return float((0.5 * log(_square(z)) - low) / width)


@compiled
def solve(x: Array, table: CoordinateTable, phases: bool, overlap: bool) -> None:
    """Solve for a block of walkers: points before and after the step in, coordinates out, all by rows of `LANES`."""
    offset, scale = table.offset, table.scale
    low_12, low_13, low_23 = offset[A_ABS], offset[A_ABS + 1], offset[A_ABS + 2]
    width_12, width_13, width_23 = scale[A_ABS], scale[A_ABS + 1], scale[A_ABS + 2]
    power = 6.0 if phases else 4.0
    for j in range(LANES):
        q = _one(x, Q, j)
        w, w_2, v, m = _vacuum(x, OLD, j)
        d_2, d_3 = _rect(m[1], _one(x, OLD + ALPHA_21, j)), _rect(m[2], _one(x, OLD + ALPHA_31, j))
        p, b = _components(w, v), _entries_of_a(x, OLD, j)
        turned = _cross(w, b)
        g = _through_masses(p, v, m[0], d_2, d_3)
        g = (g[0] - turned[0], g[1] - turned[1], g[2] - turned[2])
        g_bar = _conjugate(g)
        c = _cross(w_2, g_bar)
        kept = _product(g_bar, _through_masses(_components(w_2, v), v, m[0], d_2, d_3)) + _product(b, c)
        w_q, u_2, u_3 = _entry(q, w), d_2 * p[1] * p[1], d_3 * p[2] * p[2]
        before_1 = select(overlap, _square(_dot(w, c)), w_q * w_q)
        before_2 = select(phases, abs((u_2.conjugate() * u_3).imag), w_q * w_q)
        before_3 = _product_of_moduli(b, q, overlap)

        growth = _one(x, GROWTH, j)
        stretch = _rect(exp(growth), _one(x, ANGLE, j))
        g = (stretch * g[0], stretch * g[1], stretch * g[2])
        w, w_2, v, m = _vacuum(x, NEW, j)
        w_q, p = _entry(q, w), _components(w, v)
        # The triangle: sides a and b, and the gap, whose angles with them have these cosines.
        p_2, p_3, u_1 = p[1] * p[1], p[2] * p[2], _scaled(m[0], p[0] * p[0])
        gap = _dot(w, g) - u_1
        side_2, side_3, third = m[1] * _square(p[1]), m[2] * _square(p[2]), math.sqrt(_square(gap))
        cosine_2 = (side_2 * side_2 + third * third - side_3 * side_3) / (2 * side_2 * third)
        cosine_3 = (side_3 * side_3 + third * third - side_2 * side_2) / (2 * side_3 * third)
        mirror = _one(x, MIRROR, j)
        sine_2 = mirror * math.sqrt((1 - cosine_2) * (1 + cosine_2))
        sine_3 = mirror * math.sqrt((1 - cosine_3) * (1 + cosine_3))
        closed_2 = gap * complex(cosine_2, sine_2) * p_2.conjugate()
        closed_3 = gap * complex(cosine_3, -sine_3) * p_3.conjugate()
        d_2 = _either(phases, _scaled(m[1] * m[1] / (side_2 * third), closed_2), _rect(m[1], _one(x, NEW + ALPHA_21, j)))
        d_3 = _either(phases, _scaled(m[2] * m[2] / (side_3 * third), closed_3), _rect(m[2], _one(x, NEW + ALPHA_31, j)))
        possible = (not phases) | ((abs(cosine_2) < 1) & (abs(cosine_3) < 1))
        # Without the phases s = w m_nu w is given, and with it g_q.
        others = (_either(q == 0, 0j, g[0]), _either(q == 1, 0j, g[1]), _either(q == 2, 0j, g[2]))
        g_q = _scaled(1 / w_q, u_1 + d_2 * p_2 + d_3 * p_3 - _dot(w, others))
        g = (
            _either((not phases) & (q == 0), g_q, g[0]),
            _either((not phases) & (q == 1), g_q, g[1]),
            _either((not phases) & (q == 2), g_q, g[2]),
        )

        known_part = _through_masses(p, v, m[0], d_2, d_3)
        turned = _cross(w, (g[0] - known_part[0], g[1] - known_part[1], g[2] - known_part[2]))
        over = 1 / (w[0] * w[0] + w[1] * w[1] + w[2] * w[2])
        b = (_scaled(over, turned[0]), _scaled(over, turned[1]), _scaled(over, turned[2]))
        g_bar = _conjugate(g)
        c = _cross(w_2, g_bar)
        w_c = _dot(w, c)
        missing = kept - _product(g_bar, _through_masses(_components(w_2, v), v, m[0], d_2, d_3)) - _product(b, c)
        along = _scaled(1 / _square(w_c), missing * w_c.conjugate())
        modulus, phase = _three(x, NEW + A_ABS, j), _three(x, NEW + A_ARG, j)
        known = _rect(_entry(q, (modulus[2], -modulus[1], modulus[0])), _entry(q, (phase[2], phase[1], phase[0])))
        along = _either(overlap, along, _scaled(1 / w_q, known - _complex_entry(q, b)))
        b = (b[0] + _scaled(w[0], along), b[1] + _scaled(w[1], along), b[2] + _scaled(w[2], along))
        b = (
            _either(overlap | (q != 0), b[0], known),
            _either(overlap | (q != 1), b[1], known),
            _either(overlap | (q != 2), b[2], known),
        )

        ratio = before_1 / select(overlap, _square(w_c), w_q * w_q)
        ratio *= before_2 / select(phases, side_2 * third * abs(sine_2), w_q * w_q)
        ratio *= before_3 / _product_of_moduli(b, q, overlap) * _one(x, VOLUME, j)
        factor = log(ratio) + power * growth
        moduli = (_position(b[2], low_12, width_12), _position(b[1], low_13, width_13), _position(b[0], low_23, width_23))
        for pair in range(3):
            possible &= (0 <= moduli[pair]) & (moduli[pair] <= 1)
        x[FACTOR * LANES + j] = select(possible & (abs(factor) < math.inf), factor, -math.inf)
        x[A * LANES + j], x[(A + 3) * LANES + j] = moduli[0], _turns(b[2])
        x[(A + 1) * LANES + j], x[(A + 4) * LANES + j] = moduli[1], _turns(-b[1])
        x[(A + 2) * LANES + j], x[(A + 5) * LANES + j] = moduli[2], _turns(b[0])
        x[MAJORANA * LANES + j] = _turns(closed_2)
        x[(MAJORANA + 1) * LANES + j] = _turns(closed_3)
