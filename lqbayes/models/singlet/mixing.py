"""Mass differences of the Bs and D mesons: H = X^2/(128 pi^2 M^2) (qbar gamma^mu P_L q')^2 from the box with massless leptons."""

import math

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.singlet.ckm import VTB_VTS
from lqbayes.models.singlet.constants import BAG_D, DELTA_M_BS_SM, F_D, G_F, M_D0, R_BOX

_BOX = 1 / (128 * math.pi**2)
_ETA_B, _ETA_D = 0.825, 0.804  # from 162.5 to 4.2 GeV with (alpha_s ratio)^(6/23), to 3 GeV with ^(6/25) too
_OVER_SM = _ETA_B * _BOX * math.sqrt(2) / (4 * G_F * VTB_VTS**2 * R_BOX)
_OF_D = 2 / 3 * M_D0 * F_D * F_D * BAG_D * _ETA_D * _BOX


@inlined
def delta_m_bs(w: float, run: float, x_s: float) -> float:
    """Delta m_s = 18.4 |1 + eta_B X_s^2/(128 pi^2 M^2) sqrt2/(4 G_F (V_tb V*_ts)^2 R_box)| in ps^-1.

    X_s = sum_j yL_3j yL_2j and eta_B = 0.825 k^(2/7); w = 1/M^2 in GeV^-2, run = k^(2/7) with k of `strong_coupling_ratio`.
    """
    ratio = 1 + scaled(run * w * x_s * x_s, _OVER_SM)
    return DELTA_M_BS_SM * math.sqrt(square(ratio))


@inlined
def delta_m_d(w: float, run: float, x_u: complex) -> float:
    """Delta m_D = (2/3) m_D f_D^2 B_D eta_D |X_u|^2/(128 pi^2 M^2) in GeV, of S1 alone.

    X_u = sum_j z_cj z*_uj and eta_D = 0.804 k^(2/7); w = 1/M^2 in GeV^-2, run = k^(2/7) with k of `strong_coupling_ratio`.
    """
    return _OF_D * run * w * square(x_u)
