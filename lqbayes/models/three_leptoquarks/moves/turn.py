"""Rows of f that turn with the mixing matrix of the neutrinos.

The couplings of the down quark are small only where w m_nu w = sum_j w_j g_1j is, w being along f_2 x f_3. For a light m_1 and delta_CP
near pi the way out is w along V_1, the first column of the mixing matrix, which a step of the mixing angles alone leaves. Where rows 2 and
3 of f turn by O = R(theta') R(theta)^T, R being the mixing matrix at delta_CP = pi, w turns as they do and keeps its components along the
mass eigenstates.
"""

from __future__ import annotations

import math

from lqbayes.compilation import compiled
from lqbayes.models.three_leptoquarks.layout import S12SQ, S13SQ, S23SQ, Array, F

Matrix = tuple[float, float, float, float, float, float, float, float, float]


@compiled
def _real_mixing(point: Array) -> Matrix:
    """R(theta), row by row: the mixing matrix at delta_CP = pi, which is orthogonal."""
    s12, c12 = math.sqrt(point[S12SQ]), math.sqrt(1 - point[S12SQ])
    s23, c23 = math.sqrt(point[S23SQ]), math.sqrt(1 - point[S23SQ])
    s13, c13 = -math.sqrt(point[S13SQ]), math.sqrt(1 - point[S13SQ])
    return (
        c12 * c13,
        s12 * c13,
        s13,
        -s12 * c23 - c12 * s23 * s13,
        c12 * c23 - s12 * s23 * s13,
        s23 * c13,
        s12 * s23 - c12 * c23 * s13,
        -c12 * s23 - s12 * c23 * s13,
        c23 * c13,
    )


@compiled
def turn_rows(old: Array, new: Array) -> float:
    """Turn f_2 and f_3 of a new point by O, which depends on what is not turned and keeps the volume in f.

    Returned is the logarithm of the change of volume in log |f|, the factor: the sum of log |f / f'| over both rows.
    """
    there, here = _real_mixing(new), _real_mixing(old)
    factor = 0.0
    for row in range(F + 3, F + 9, 3):
        x, y, z = old[row], old[row + 1], old[row + 2]
        a, b, c = here[0] * x + here[3] * y + here[6] * z, here[1] * x + here[4] * y + here[7] * z, here[2] * x + here[5] * y + here[8] * z
        for j in range(3):
            new[row + j] = there[3 * j] * a + there[3 * j + 1] * b + there[3 * j + 2] * c
            factor += math.log(abs(old[row + j] / new[row + j]))
    return factor
