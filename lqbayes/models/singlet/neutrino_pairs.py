"""B -> K nu nu and B -> K* nu nu."""

from __future__ import annotations

import math

from lqbayes.compilation import compiled
from lqbayes.models.singlet.charged_currents import squared
from lqbayes.models.singlet.ckm import VTB_VTS
from lqbayes.models.singlet.constants import ALPHA_Z, C_NU_SM, V_SQUARED

_RELATIVE = math.pi * V_SQUARED / (2 * ALPHA_Z * VTB_VTS * C_NU_SM)


@compiled
def neutrino_pair_ratio(mass: float, rho_v: float, muon: tuple[float, float], tau: tuple[float, float]) -> float:
    """Rate of b -> s nu nu over the SM, R = (1/3) sum_ab |delta_ab + C_ab/C_SM|^2, the same for K and K* since S1 is left-handed.

    C_ab = pi v^2 rho_V yL_3b yL_2a/(2 alpha(m_Z) M^2 V_tb V*_ts) over all nine pairs of neutrinos, of which electrons have the SM alone;
    `muon` and `tau` are (yL_2j, yL_3j). Conventions and C_SM = -6.35 of arXiv:1409.4557; mass in GeV.
    """
    factor = rho_v / (mass * mass) * _RELATIVE
    diagonal = squared(1 + factor * (muon[1] * muon[0])) + squared(1 + factor * (tau[1] * tau[0]))
    return (1 + diagonal + squared(factor * (muon[1] * tau[0])) + squared(factor * (tau[1] * muon[0]))) / 3
