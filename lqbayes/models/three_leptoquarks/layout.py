"""Where each quantity sits in a parameter point, the (46,) array of physical values that every function of the model takes.

Matrices are f[quark, lepton], h[quark, lepton], h-tilde[lepton, quark] and g[quark, lepton], generations counted from 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

M_LQ, DELTA_M_B1, ALPHA_1, ALPHA_2 = (PARAMETER_INDEX[name] for name in ("M_LQ", "delta_m_B1", "alpha_1", "alpha_2"))
# The first of three: 12, 13, 23, which stand in these rows and columns of A.
A_ABS, A_ARG = PARAMETER_INDEX["A_12_abs"], PARAMETER_INDEX["A_12_arg"]
A_ROW, A_COLUMN = (0, 0, 1), (1, 2, 2)
# The first of nine, row by row: f[i, j] is at F + 3 i + j.
F, H, HT = (PARAMETER_INDEX[name] for name in ("f_11", "h_11", "ht_11"))
S12SQ, S23SQ, S13SQ, DELTA_CP = (PARAMETER_INDEX[name] for name in ("s12sq", "s23sq", "s13sq", "delta_CP"))
DM21, DM3L, M_LIGHTEST = (PARAMETER_INDEX[name] for name in ("dm21", "dm3l", "m_lightest"))
ALPHA_21, ALPHA_31 = PARAMETER_INDEX["alpha_21"], PARAMETER_INDEX["alpha_31"]
