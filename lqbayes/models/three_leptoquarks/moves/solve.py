"""What a cancellation move solves for: the entries of A in (II.7) and the Majorana phases.

With b = (A_23, -A_13, A_12) and w, w_2 the rows of the weights of (II.7) for the down and the strange quark, w A is b x w. So

    g_1 = w m_nu + b x w,    w m_nu = sum_k d_k (w V_k) V_k,    X = g_1* . (w_2 m_nu) + b . c,    c = w_2 x g_1*,

d_k being the masses with their Majorana phases. For given g_1 the vector t = g_1 - w m_nu is orthogonal to w, and b is
(w x t) / |w|^2 + lambda w; lambda follows from X, or from the b_q that is kept.

A block of walkers is one array, whose rows are listed here; points before and after the step go in, coordinates come out.
"""

import math

from lqbayes.compilation import compiled, inlined
from lqbayes.model.point_loop import LANES
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.algebra import cross, dot, overlap, rect, row_times
from lqbayes.models.three_leptoquarks.layout import A_ABS, Array, ComplexMatrix, ComplexVector, Point, Vector
from lqbayes.models.three_leptoquarks.moves.block import COUNT, point_in
from lqbayes.models.three_leptoquarks.neutrinos import coupling_weights, majorana_masses, mixing_matrix
from lqbayes.prior.coordinates import CoordinateTable
from lqbayes.vector_math import atan2, exp, log, select

# Points; what is chosen: logarithm of the number that multiplies g_1 and its angle, q, 1 or -1 for the triangle or its mirror image, change
# of volume by what else follows the step; what is found: logarithm of the Jacobian, -inf for no solution, coordinates of A (moduli before
# phases) and of the Majorana phases.
OLD, NEW = 0, COUNT
GROWTH, ANGLE, Q, MIRROR, VOLUME, FACTOR, A = range(2 * COUNT, 2 * COUNT + 7)
MAJORANA, ROWS = A + 6, A + 8


@inlined
def _either(condition: bool, x: complex, y: complex) -> complex:
    return complex(select(condition, x.real, y.real), select(condition, x.imag, y.imag))


@inlined
def _with_entry(condition: bool, q: float, x: complex, z: ComplexVector) -> ComplexVector:
    """The vector with another q-th entry, on a condition."""
    return _either(condition & (q == 0), x, z[0]), _either(condition & (q == 1), x, z[1]), _either(condition & (q == 2), x, z[2])


@inlined
def _entry(q: float, x: Vector) -> float:
    return select(q == 0, x[0], select(q == 1, x[1], x[2]))


@inlined
def _product(w: Vector, z: ComplexVector) -> complex:
    """The product w . z with a real vector."""
    return complex(dot(w, (z[0].real, z[1].real, z[2].real)), dot(w, (z[0].imag, z[1].imag, z[2].imag)))


@inlined
def _vector_product(w: Vector, z: ComplexVector) -> ComplexVector:
    """The product w x z with a real vector."""
    x, y = cross(w, (z[0].real, z[1].real, z[2].real)), cross(w, (z[0].imag, z[1].imag, z[2].imag))
    return complex(x[0], y[0]), complex(x[1], y[1]), complex(x[2], y[2])


@inlined
def _conjugate(z: ComplexVector) -> ComplexVector:
    return z[0].conjugate(), z[1].conjugate(), z[2].conjugate()


@inlined
def _minus(x: ComplexVector, y: ComplexVector) -> ComplexVector:
    return x[0] - y[0], x[1] - y[1], x[2] - y[2]


@inlined
def _multiple(x: complex, z: ComplexVector) -> ComplexVector:
    return x * z[0], x * z[1], x * z[2]


@inlined
def _through_masses(w: ComplexVector, v: ComplexMatrix, d_1: float, d_2: complex, d_3: complex) -> ComplexVector:
    """The row sum_k d_k (w V_k) V_k, of given w V_k."""
    x = (scaled(d_1, w[0]), d_2 * w[1], d_3 * w[2])
    return dot(x, v[0]), dot(x, v[1]), dot(x, v[2])


@inlined
def _volumes(w_q: float, w_c: complex, area: float, b: ComplexVector, q: float, phases: bool, keep_overlap: bool) -> Vector:
    """Factors of the Jacobian of what is kept with respect to what is solved for, twice the area of the triangle among them."""
    moduli: float = select(keep_overlap | (q != 0), square(b[0]), 1.0) * select(keep_overlap | (q != 1), square(b[1]), 1.0)
    moduli *= select(keep_overlap | (q != 2), square(b[2]), 1.0)
    return select(keep_overlap, square(w_c), w_q * w_q), select(phases, area, w_q * w_q), moduli


@inlined
def _read(p: Point, q: float, phases: bool, keep_overlap: bool) -> tuple[ComplexVector, complex, Vector]:
    """Couplings of the down quark before the step, their overlap with those of the strange quark, and the volumes."""
    w, w_2, _ = coupling_weights(p)
    v, (d_1, d_2, d_3) = mixing_matrix(p), majorana_masses(p)
    b = (rect(p.a_abs[2], p.a_arg[2]), rect(-p.a_abs[1], p.a_arg[1]), rect(p.a_abs[0], p.a_arg[0]))
    along = row_times(w, v)
    g = _minus(_through_masses(along, v, d_1, d_2, d_3), _vector_product(w, b))
    c = _vector_product(w_2, _conjugate(g))
    x = overlap(g, _through_masses(row_times(w_2, v), v, d_1, d_2, d_3)) + dot(b, c)
    area = abs(((d_2 * along[1] * along[1]).conjugate() * (d_3 * along[2] * along[2])).imag)
    return g, x, _volumes(_entry(q, w), _product(w, c), area, b, q, phases, keep_overlap)


@inlined
def _close(gap: complex, u_2: complex, u_3: complex, mirror: float) -> tuple[complex, complex, float]:
    """Turn two sides until they add up to the gap: by the phases of two numbers; and twice the area, NaN where they do not reach."""
    a, b, c = math.sqrt(square(u_2)), math.sqrt(square(u_3)), math.sqrt(square(gap))
    cosine_2, cosine_3 = (a * a + c * c - b * b) / (2 * a * c), (b * b + c * c - a * a) / (2 * b * c)
    sine_2, sine_3 = math.sqrt((1 - cosine_2) * (1 + cosine_2)), math.sqrt((1 - cosine_3) * (1 + cosine_3))
    turn_2 = scaled(1 / (a * c), gap * complex(cosine_2, mirror * sine_2) * u_2.conjugate())
    turn_3 = scaled(1 / (b * c), gap * complex(cosine_3, -mirror * sine_3) * u_3.conjugate())
    return turn_2, turn_3, a * c * sine_2


@inlined
def _turns(z: complex) -> float:
    """Coordinate of a phase."""
    turns = atan2(z.imag, z.real) / (2 * math.pi)
    return turns - math.floor(turns)


@inlined
def _position(z: complex, low: float, width: float) -> float:
    """Coordinate of a modulus."""
    return (0.5 * log(square(z)) - low) / width


@compiled
def solve(x: Array, table: CoordinateTable, phases: bool, keep_overlap: bool) -> None:
    """Solve for a block of walkers."""
    low_12, low_13, low_23 = table.offset[A_ABS], table.offset[A_ABS + 1], table.offset[A_ABS + 2]
    width_12, width_13, width_23 = table.scale[A_ABS], table.scale[A_ABS + 1], table.scale[A_ABS + 2]
    for j in range(LANES):
        q, growth = x[Q * LANES + j], x[GROWTH * LANES + j]
        g, kept, before = _read(point_in(x, OLD, j), q, phases, keep_overlap)
        g = _multiple(rect(exp(growth), x[ANGLE * LANES + j]), g)

        p = point_in(x, NEW, j)
        w, w_2, _ = coupling_weights(p)
        v, (d_1, d_2, d_3) = mixing_matrix(p), majorana_masses(p)
        along, w_q = row_times(w, v), _entry(q, w)
        u_1, u_2, u_3 = scaled(d_1, along[0] * along[0]), d_2 * along[1] * along[1], d_3 * along[2] * along[2]
        turn_2, turn_3, area = _close(_product(w, g) - u_1, u_2, u_3, x[MIRROR * LANES + j])
        # Without the phases s = w m_nu w is given, and with it g_q.
        others = _product(w, _with_entry(True, q, 0j, g))
        g = _with_entry(not phases, q, scaled(1 / w_q, u_1 + u_2 + u_3 - others), g)
        d_2, d_3 = _either(phases, d_2 * turn_2, d_2), _either(phases, d_3 * turn_3, d_3)

        b = _vector_product(w, _minus(g, _through_masses(along, v, d_1, d_2, d_3)))
        b = _multiple(1 / dot(w, w), b)
        c = _vector_product(w_2, _conjugate(g))
        w_c = _product(w, c)
        missing = kept - overlap(g, _through_masses(row_times(w_2, v), v, d_1, d_2, d_3)) - dot(b, c)
        known = rect(_entry(q, (p.a_abs[2], -p.a_abs[1], p.a_abs[0])), _entry(q, (p.a_arg[2], p.a_arg[1], p.a_arg[0])))
        short = known - _either(q == 0, b[0], _either(q == 1, b[1], b[2]))
        shift = _either(keep_overlap, scaled(1 / square(w_c), missing * w_c.conjugate()), scaled(1 / w_q, short))
        b = (b[0] + scaled(w[0], shift), b[1] + scaled(w[1], shift), b[2] + scaled(w[2], shift))
        b = _with_entry(not keep_overlap, q, known, b)

        after = _volumes(w_q, w_c, area, b, q, phases, keep_overlap)
        ratio = x[VOLUME * LANES + j] * (before[0] / after[0]) * (before[1] / after[1]) * (before[2] / after[2])
        factor = log(ratio) + (6.0 if phases else 4.0) * growth
        a_12, a_13, a_23 = _position(b[2], low_12, width_12), _position(b[1], low_13, width_13), _position(b[0], low_23, width_23)
        inside = (0 <= a_12) & (a_12 <= 1) & (0 <= a_13) & (a_13 <= 1) & (0 <= a_23) & (a_23 <= 1)
        x[FACTOR * LANES + j] = select(inside & (abs(factor) < math.inf), factor, -math.inf)
        x[A * LANES + j], x[(A + 3) * LANES + j] = a_12, _turns(b[2])
        x[(A + 1) * LANES + j], x[(A + 4) * LANES + j] = a_13, _turns(-b[1])
        x[(A + 2) * LANES + j], x[(A + 5) * LANES + j] = a_23, _turns(b[0])
        x[MAJORANA * LANES + j], x[(MAJORANA + 1) * LANES + j] = _turns(d_2), _turns(d_3)
