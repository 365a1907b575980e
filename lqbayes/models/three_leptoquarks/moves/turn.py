"""Rows of f that turn with the mixing matrix of the neutrinos.

The couplings of the down quark are small only where w m_nu w = sum_j w_j g_1j, w being along f_2 x f_3. For a light m_1 and delta_CP
near pi the way out is w along V_1, the first column of the mixing matrix, which a step of the mixing angles alone leaves. Where rows 2 and
3 of f turn by O = R(theta') R(theta)^T, R being the mixing matrix at delta_CP = pi, w turns as they do and keeps its components along the
mass eigenstates.
"""

import math

from lqbayes.compilation import compiled, inlined
from lqbayes.model.point_loop import LANES
from lqbayes.models.three_leptoquarks.layout import S12SQ, S13SQ, S23SQ, Array, F

Matrix = tuple[float, float, float, float, float, float, float, float, float]


@inlined
def _real_mixing(x: Array, j: int) -> Matrix:
    """R(theta), row by row: the mixing matrix at delta_CP = pi, which is orthogonal."""
    sine_sq_12, sine_sq_23, sine_sq_13 = x[S12SQ * LANES + j], x[S23SQ * LANES + j], x[S13SQ * LANES + j]
    s12, c12 = math.sqrt(sine_sq_12), math.sqrt(1 - sine_sq_12)
    s23, c23 = math.sqrt(sine_sq_23), math.sqrt(1 - sine_sq_23)
    s13, c13 = -math.sqrt(sine_sq_13), math.sqrt(1 - sine_sq_13)
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
def turn_rows(old: Array, new: Array, volume: Array) -> None:
    """Turn f_2 and f_3 of new points by O, which depends on what is not turned and keeps the volume in f.

    Returned is the change of volume in log |f|: the product of |f / f'| over both rows.
    """
    for j in range(LANES):
        there, here = _real_mixing(new, j), _real_mixing(old, j)
        volume[j] = 1.0
        for row in range(F + 3, F + 9, 3):
            first, second, third = row * LANES + j, (row + 1) * LANES + j, (row + 2) * LANES + j
            x, y, z = old[first], old[second], old[third]
            a = here[0] * x + here[3] * y + here[6] * z
            b = here[1] * x + here[4] * y + here[7] * z
            c = here[2] * x + here[5] * y + here[8] * z
            new[first] = there[0] * a + there[1] * b + there[2] * c
            new[second] = there[3] * a + there[4] * b + there[5] * c
            new[third] = there[6] * a + there[7] * b + there[8] * c
            volume[j] *= abs(x * y * z / (new[first] * new[second] * new[third]))
