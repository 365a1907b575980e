"""Neutrino masses and mixing, and the triplet's couplings g that reproduce them: (II.6) and (II.7)."""

from __future__ import annotations

import math

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks import layout
from lqbayes.models.three_leptoquarks.constants import LOOP, M_BOTTOM, M_DOWN, M_STRANGE
from lqbayes.models.three_leptoquarks.layout import Array, ComplexArray

_GEV = 1e-9  # GeV per eV


@compiled
def masses(point: Array) -> tuple[float, float, float]:
    """Masses m1, m2, m3 of the neutrinos in eV: normal ordering for ``dm3l`` > 0, inverted for ``dm3l`` < 0."""
    lightest_sq = point[layout.M_LIGHTEST] ** 2
    dm21, dm3l = point[layout.DM21], point[layout.DM3L]
    if dm3l > 0:
        return point[layout.M_LIGHTEST], math.sqrt(lightest_sq + dm21), math.sqrt(lightest_sq + dm3l)
    m2_sq = lightest_sq - dm3l
    return math.sqrt(max(m2_sq - dm21, 0.0)), math.sqrt(m2_sq), point[layout.M_LIGHTEST]


@compiled
def mixing_matrix(point: Array, out: ComplexArray) -> None:
    """Fill in the PMNS matrix V[flavour, mass eigenstate] in the convention of the PDG, without the Majorana phases."""
    s12, c12 = math.sqrt(point[layout.S12SQ]), math.sqrt(1 - point[layout.S12SQ])
    s23, c23 = math.sqrt(point[layout.S23SQ]), math.sqrt(1 - point[layout.S23SQ])
    s13, c13 = math.sqrt(point[layout.S13SQ]), math.sqrt(1 - point[layout.S13SQ])
    s13e = s13 * complex(math.cos(point[layout.DELTA_CP]), math.sin(point[layout.DELTA_CP]))
    out[0, 0], out[0, 1], out[0, 2] = c12 * c13, s12 * c13, s13e.conjugate()
    out[1, 0], out[1, 1], out[1, 2] = -s12 * c23 - c12 * s23 * s13e, c12 * c23 - s12 * s23 * s13e, s23 * c13
    out[2, 0], out[2, 1], out[2, 2] = s12 * s23 - c12 * c23 * s13e, -c12 * s23 - s12 * c23 * s13e, c23 * c13


@compiled
def majorana_masses(point: Array) -> tuple[complex, complex, complex]:
    """Masses of the neutrinos with their Majorana phases: m1, m2 e^{i alpha_21}, m3 e^{i alpha_31} in GeV."""
    m1, m2, m3 = masses(point)
    d2 = complex(math.cos(point[layout.ALPHA_21]), math.sin(point[layout.ALPHA_21]))
    d3 = complex(math.cos(point[layout.ALPHA_31]), math.sin(point[layout.ALPHA_31]))
    return complex(_GEV * m1, 0.0), _GEV * m2 * d2, _GEV * m3 * d3


@compiled
def mass_matrix(point: Array, v: ComplexArray, out: ComplexArray) -> None:
    """Fill in the Majorana mass matrix m_nu = V D V^T in GeV, below (II.6); the transpose, without conjugation."""
    d1, d2, d3 = majorana_masses(point)
    for a in range(3):
        x1, x2, x3 = d1 * v[a, 0], d2 * v[a, 1], d3 * v[a, 2]
        for b in range(a, 3):
            out[a, b] = x1 * v[b, 0] + x2 * v[b, 1] + x3 * v[b, 2]
            out[b, a] = out[a, b]


@compiled
def loop_factor(point: Array) -> float:
    """R_i / m_di of (II.6), the same for the three down quarks: -(3 sin 2 alpha_1 / (2 (4 pi)^2)) ln(m_A1 / m_B1)."""
    return 1.5 * math.sin(2 * point[layout.ALPHA_1]) * math.log1p(point[layout.DELTA_M_B1] / point[layout.M_LQ]) / LOOP


@compiled
def coupling_weights(point: Array, out: Array) -> None:
    """Fill in 1/2 R^-1 (f^T)^-1 of (II.7) in GeV^-1: the weights with which m_nu + A makes g_ij = sum_k out[i, k] (m_nu + A)_kj."""
    f11, f12, f13, f21, f22, f23, f31, f32, f33 = point[layout.F : layout.F + 9]
    # (f^T)^-1 is the matrix of the cofactors of f over its determinant.
    c11, c12, c13 = f22 * f33 - f23 * f32, f23 * f31 - f21 * f33, f21 * f32 - f22 * f31
    scale = 0.5 / (loop_factor(point) * (f11 * c11 + f12 * c12 + f13 * c13))
    w1, w2, w3 = scale / M_DOWN, scale / M_STRANGE, scale / M_BOTTOM
    out[0, 0], out[0, 1], out[0, 2] = w1 * c11, w1 * c12, w1 * c13
    out[1, 0], out[1, 1], out[1, 2] = w2 * (f13 * f32 - f12 * f33), w2 * (f11 * f33 - f13 * f31), w2 * (f12 * f31 - f11 * f32)
    out[2, 0], out[2, 1], out[2, 2] = w3 * (f12 * f23 - f13 * f22), w3 * (f13 * f21 - f11 * f23), w3 * (f11 * f22 - f12 * f21)


@compiled
def triplet_couplings(point: Array, weights: Array, v: ComplexArray, b: ComplexArray, g: ComplexArray) -> float:
    """Fill in the couplings of the triplet, g = 1/2 R^-1 (f^T)^-1 (m_nu + A) of (II.7), which solve m_nu = g^T R f + f^T R g for every A.

    The weights of (II.7), the PMNS matrix and m_nu + A in GeV are left in `weights`, `v` and `b`. The largest modulus of g is returned,
    infinite where f is singular, R vanishes or m_B1 is not positive.
    """
    if not point[layout.M_LQ] + point[layout.DELTA_M_B1] > 0:
        return math.inf
    mixing_matrix(point, v)
    mass_matrix(point, v, b)
    for pair in range(3):
        row, column = layout.A_ROW[pair], layout.A_COLUMN[pair]
        modulus, phase = point[layout.A_ABS + pair], point[layout.A_ARG + pair]
        entry = complex(modulus * math.cos(phase), modulus * math.sin(phase))
        b[row, column] += entry
        b[column, row] -= entry

    coupling_weights(point, weights)
    largest_sq = 0.0
    for i in range(3):
        w1, w2, w3 = weights[i, 0], weights[i, 1], weights[i, 2]
        for j in range(3):
            # Part by part: a real number times a complex one costs twice as much where it is first made complex.
            real = w1 * b[0, j].real + w2 * b[1, j].real + w3 * b[2, j].real
            imag = w1 * b[0, j].imag + w2 * b[1, j].imag + w3 * b[2, j].imag
            g[i, j] = complex(real, imag)
            modulus_sq = real * real + imag * imag
            if math.isnan(modulus_sq):
                return math.inf
            largest_sq = max(largest_sq, modulus_sq)
    return math.sqrt(largest_sq) if largest_sq < math.inf else math.inf
