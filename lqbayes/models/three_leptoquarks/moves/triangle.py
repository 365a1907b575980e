"""Majorana phases that give w m_nu w a wanted value: the sides of a triangle have given lengths, and the phases turn them."""

from __future__ import annotations

import cmath
import math

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks import layout
from lqbayes.models.three_leptoquarks.neutrinos import majorana_masses

_ALPHA_21, _ALPHA_31 = layout.ALPHA_21, layout.ALPHA_31


@compiled
def triangle_sides(weights: NDArray[np.float64], v: NDArray[np.complex128], point: NDArray[np.float64]) -> tuple[complex, complex, complex]:
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
def close_triangle(point: NDArray[np.float64], sides: tuple[complex, complex, complex], target: complex, mirrored: bool) -> bool:
    """Set the Majorana phases so that the sides add up to a target."""
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
    point[_ALPHA_21] += direction + turn * math.acos(cosine_2) - cmath.phase(sides[1])
    point[_ALPHA_31] += direction - turn * math.acos(cosine_3) - cmath.phase(sides[2])
    return True
