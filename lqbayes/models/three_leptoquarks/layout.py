"""A parameter point: the (46,) array of physical values in the order of the parameter table, and its numbers sorted by what they are.

Matrices are f[quark, lepton], h[quark, lepton], h-tilde[lepton, quark] and g[quark, lepton], generations counted from 0.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba.np.unsafe.ndarray import to_fixed_tuple
from numpy.typing import NDArray

from lqbayes.compilation import inlined
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX, PARAMETERS

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
Numbers = tuple[float, ...]
Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]
ComplexVector = tuple[complex, complex, complex]
ComplexMatrix = tuple[ComplexVector, ComplexVector, ComplexVector]

# The first of three: 12, 13, 23.
A_ABS, A_ARG = PARAMETER_INDEX["A_12_abs"], PARAMETER_INDEX["A_12_arg"]
# The first of nine, row by row: f[i, j] is at F + 3 i + j.
F, H, HT = (PARAMETER_INDEX[name] for name in ("f_11", "h_11", "ht_11"))
S12SQ, S23SQ, S13SQ, DELTA_CP = (PARAMETER_INDEX[name] for name in ("s12sq", "s23sq", "s13sq", "delta_CP"))
M_LQ, M_LIGHTEST, ALPHA_21, ALPHA_31 = (PARAMETER_INDEX[name] for name in ("M_LQ", "m_lightest", "alpha_21", "alpha_31"))
_COUNT = len(PARAMETERS)
_numbers: Callable[[Array, int], Numbers] = to_fixed_tuple


class Point(NamedTuple):
    """One point, in the order and the units of the parameter table; A is that of the pairs 12, 13 and 23."""

    m_lq: float
    delta_m_b1: float
    alpha_1: float
    alpha_2: float
    a_abs: Vector
    a_arg: Vector
    f: Matrix
    h: Matrix
    ht: Matrix
    s12sq: float
    s23sq: float
    s13sq: float
    delta_cp: float
    dm21: float
    dm3l: float
    m_lightest: float
    alpha_21: float
    alpha_31: float


@inlined
def _vector(x: Numbers) -> Vector:
    return x[0], x[1], x[2]


@inlined
def _matrix(x: Numbers) -> Matrix:
    return _vector(x[:3]), _vector(x[3:6]), _vector(x[6:9])


@inlined
def point_of(x: Numbers) -> Point:
    """Sort the numbers of the parameter table."""
    m_lq, delta_m_b1, alpha_1, alpha_2 = x[:4]
    f, h, ht = _matrix(x[10:19]), _matrix(x[19:28]), _matrix(x[28:37])
    return Point(m_lq, delta_m_b1, alpha_1, alpha_2, _vector(x[4:7]), _vector(x[7:10]), f, h, ht, *x[37:])


@inlined
def point_at(row: Array) -> Point:
    """Sort a row of the parameter table."""
    return point_of(_numbers(row, _COUNT))
