"""Where each quantity sits in a parameter point, the (46,) array of physical values that every function of the model takes.

Matrices are f[quark, lepton], h[quark, lepton], h-tilde[lepton, quark] and g[quark, lepton], generations counted from 0.
"""

from __future__ import annotations

from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX

M_LQ = PARAMETER_INDEX["M_LQ"]
DELTA_M_B1 = PARAMETER_INDEX["delta_m_B1"]
ALPHA_1 = PARAMETER_INDEX["alpha_1"]
ALPHA_2 = PARAMETER_INDEX["alpha_2"]
A_ABS = PARAMETER_INDEX["A_12_abs"]  # first of three: 12, 13, 23
A_ARG = PARAMETER_INDEX["A_12_arg"]  # first of three: 12, 13, 23
A_ROW, A_COLUMN = (0, 0, 1), (1, 2, 2)  # where these three stand in A
F = PARAMETER_INDEX["f_11"]  # first of nine, row by row: f[i, j] is at F + 3 i + j
H = PARAMETER_INDEX["h_11"]  # first of nine, row by row
HT = PARAMETER_INDEX["ht_11"]  # first of nine, row by row
S12SQ = PARAMETER_INDEX["s12sq"]
S23SQ = PARAMETER_INDEX["s23sq"]
S13SQ = PARAMETER_INDEX["s13sq"]
DELTA_CP = PARAMETER_INDEX["delta_CP"]
DM21 = PARAMETER_INDEX["dm21"]
DM3L = PARAMETER_INDEX["dm3l"]
M_LIGHTEST = PARAMETER_INDEX["m_lightest"]
ALPHA_21 = PARAMETER_INDEX["alpha_21"]
ALPHA_31 = PARAMETER_INDEX["alpha_31"]
