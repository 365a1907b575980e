"""Vectors and matrices as tuples; products of real with complex numbers part by part."""

from typing import TypeVar

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import square
from lqbayes.models.three_leptoquarks.layout import ComplexMatrix, ComplexVector, Vector
from lqbayes.vector_math import sincos

N = TypeVar("N", float, complex)


@inlined
def rect(modulus: float, phase: float) -> complex:
    """The complex number of this modulus and phase."""
    sine, cosine = sincos(phase)
    return complex(modulus * cosine, modulus * sine)


@inlined
def linear(a: float, b: float, z: complex) -> complex:
    """A + b z for real a and b."""
    return complex(a + b * z.real, b * z.imag)


@inlined
def dot(x: tuple[N, N, N], y: tuple[N, N, N]) -> N:
    """Sum of x_k y_k."""
    return x[0] * y[0] + x[1] * y[1] + x[2] * y[2]


@inlined
def overlap(x: ComplexVector, y: ComplexVector) -> complex:
    """Sum of c(x_k) y_k."""
    return x[0].conjugate() * y[0] + x[1].conjugate() * y[1] + x[2].conjugate() * y[2]


@inlined
def cross(x: Vector, y: Vector) -> Vector:
    """Vector product."""
    return x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]


@inlined
def multiple(factor: float, x: Vector) -> Vector:
    """Multiple of a vector."""
    return factor * x[0], factor * x[1], factor * x[2]


@inlined
def column(m: tuple[tuple[N, N, N], tuple[N, N, N], tuple[N, N, N]], k: int) -> tuple[N, N, N]:
    """Column of a matrix."""
    return m[0][k], m[1][k], m[2][k]


@inlined
def row_times(w: Vector, m: ComplexMatrix) -> ComplexVector:
    """The row w m: a real vector times a complex matrix."""
    x, y, z = m
    return (
        complex(w[0] * x[0].real + w[1] * y[0].real + w[2] * z[0].real, w[0] * x[0].imag + w[1] * y[0].imag + w[2] * z[0].imag),
        complex(w[0] * x[1].real + w[1] * y[1].real + w[2] * z[1].real, w[0] * x[1].imag + w[1] * y[1].imag + w[2] * z[1].imag),
        complex(w[0] * x[2].real + w[1] * y[2].real + w[2] * z[2].real, w[0] * x[2].imag + w[1] * y[2].imag + w[2] * z[2].imag),
    )


@inlined
def sum_of_squares(x: ComplexVector) -> float:
    """Sum of |x_k|^2."""
    return square(x[0]) + square(x[1]) + square(x[2])


@inlined
def largest_square(x: ComplexVector) -> float:
    """Largest |x_k|^2."""
    return max(square(x[0]), square(x[1]), square(x[2]))
