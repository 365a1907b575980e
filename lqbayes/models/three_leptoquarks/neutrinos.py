"""Neutrino masses and mixing, and the triplet's couplings g that reproduce them: (II.6) and (II.7)."""

import math

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled
from lqbayes.models.three_leptoquarks.algebra import cross, dot, largest_square, linear, multiple, rect, row_times, sum_of_squares
from lqbayes.models.three_leptoquarks.constants import LOOP, M_BOTTOM, M_DOWN, M_STRANGE
from lqbayes.models.three_leptoquarks.layout import ComplexMatrix, ComplexVector, Matrix, Point
from lqbayes.vector_math import log1p, select, sincos

_GEV = 1e-9  # GeV per eV
G_MEANINGLESS = 1e60
"""Beyond this modulus of g, products of four couplings leave the range of double precision and nothing can be said."""


@inlined
def masses(p: Point) -> tuple[float, float, float]:
    """Masses m1, m2, m3 of the neutrinos in eV: normal ordering for ``dm3l`` > 0, inverted for ``dm3l`` < 0."""
    lightest_sq = p.m_lightest * p.m_lightest
    normal = p.dm3l > 0
    heaviest_sq = lightest_sq + abs(p.dm3l)  # m3 or m2
    heaviest = math.sqrt(heaviest_sq)
    middle = math.sqrt(select(normal, lightest_sq + p.dm21, max(heaviest_sq - p.dm21, 0.0)))  # m2 or m1
    return select(normal, p.m_lightest, middle), select(normal, middle, heaviest), select(normal, heaviest, p.m_lightest)


@inlined
def mixing_matrix(p: Point) -> ComplexMatrix:
    """PMNS matrix V[flavour, mass eigenstate] in the convention of the PDG, without the Majorana phases."""
    s12, c12 = math.sqrt(p.s12sq), math.sqrt(1 - p.s12sq)
    s23, c23 = math.sqrt(p.s23sq), math.sqrt(1 - p.s23sq)
    s13, c13 = math.sqrt(p.s13sq), math.sqrt(1 - p.s13sq)
    s13e = rect(s13, p.delta_cp)
    return (
        (complex(c12 * c13, 0.0), complex(s12 * c13, 0.0), s13e.conjugate()),
        (linear(-s12 * c23, -c12 * s23, s13e), linear(c12 * c23, -s12 * s23, s13e), complex(s23 * c13, 0.0)),
        (linear(s12 * s23, -c12 * c23, s13e), linear(-c12 * s23, -s12 * c23, s13e), complex(c23 * c13, 0.0)),
    )


@inlined
def majorana_masses(p: Point) -> tuple[float, complex, complex]:
    """Masses of the neutrinos with their Majorana phases: m1, m2 e^{i alpha_21}, m3 e^{i alpha_31} in GeV."""
    m1, m2, m3 = masses(p)
    return _GEV * m1, rect(_GEV * m2, p.alpha_21), rect(_GEV * m3, p.alpha_31)


@inlined
def mass_matrix(p: Point, v: ComplexMatrix) -> ComplexMatrix:
    """Majorana mass matrix m_nu = V D V^T in GeV, below (II.6); the transpose, without conjugation."""
    d1, d2, d3 = majorana_masses(p)
    x, y, z = v
    xd: ComplexVector = (scaled(d1, x[0]), d2 * x[1], d3 * x[2])
    yd: ComplexVector = (scaled(d1, y[0]), d2 * y[1], d3 * y[2])
    zd: ComplexVector = (scaled(d1, z[0]), d2 * z[1], d3 * z[2])
    xy, xz, yz = dot(xd, y), dot(xd, z), dot(yd, z)
    return (dot(xd, x), xy, xz), (xy, dot(yd, y), yz), (xz, yz, dot(zd, z))


@inlined
def with_a(p: Point, m: ComplexMatrix) -> ComplexMatrix:
    """The matrix plus A."""
    a12, a13, a23 = rect(p.a_abs[0], p.a_arg[0]), rect(p.a_abs[1], p.a_arg[1]), rect(p.a_abs[2], p.a_arg[2])
    x, y, z = m
    return (x[0], x[1] + a12, x[2] + a13), (y[0] - a12, y[1], y[2] + a23), (z[0] - a13, z[1] - a23, z[2])


@inlined
def loop_factor(p: Point) -> float:
    """R_i / m_di of (II.6), the same for the three down quarks: -(3 sin 2 alpha_1 / (2 (4 pi)^2)) ln(m_A1 / m_B1)."""
    sine, cosine = sincos(p.alpha_1)
    return 3 / LOOP * sine * cosine * log1p(p.delta_m_b1 / p.m_lq)


@inlined
def coupling_weights(p: Point) -> Matrix:
    """1/2 R^-1 (f^T)^-1 of (II.7) in GeV^-1: the weights w with which m_nu + A makes g = w (m_nu + A)."""
    f1, f2, f3 = p.f
    # (f^T)^-1 is the matrix of the cofactors of f over its determinant.
    c1, c2, c3 = cross(f2, f3), cross(f3, f1), cross(f1, f2)
    scale = 0.5 / (loop_factor(p) * dot(f1, c1))
    return multiple(scale / M_DOWN, c1), multiple(scale / M_STRANGE, c2), multiple(scale / M_BOTTOM, c3)


@inlined
def triplet_couplings(p: Point) -> tuple[ComplexMatrix, float]:
    """Couplings of the triplet, g = 1/2 R^-1 (f^T)^-1 (m_nu + A) of (II.7), which solve m_nu = g^T R f + f^T R g for every A.

    And their largest modulus, infinite where f is singular, R vanishes or m_B1 is not positive.
    """
    b = with_a(p, mass_matrix(p, mixing_matrix(p)))
    w1, w2, w3 = coupling_weights(p)
    g = (row_times(w1, b), row_times(w2, b), row_times(w3, b))
    # What is not a number shows in a sum, not in a comparison.
    exists = (p.m_lq + p.delta_m_b1 > 0) & (sum_of_squares(g[0]) + sum_of_squares(g[1]) + sum_of_squares(g[2]) < math.inf)
    largest = math.sqrt(max(largest_square(g[0]), largest_square(g[1]), largest_square(g[2])))
    return g, select(exists, largest, math.inf)
