"""B -> K nu nu and B -> K* nu nu."""

import math

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.singlet.ckm import VTB_VTS
from lqbayes.models.singlet.constants import ALPHA_Z, C_NU_SM, V_SQUARED

_RELATIVE = math.pi * V_SQUARED / (2 * ALPHA_Z * VTB_VTS * C_NU_SM)


@inlined
def neutrino_pair_ratio(w: float, rho_v: float, muon: tuple[float, float], tau: tuple[float, float]) -> float:
    """Rate of b -> s nu nu over the SM, R = (1/3) sum_ab |delta_ab + C_ab/C_SM|^2, the same for K and K* since S1 is left-handed.

    C_ab = pi v^2 rho_V yL_3b yL_2a/(2 alpha(m_Z) M^2 V_tb V*_ts) over all nine pairs of neutrinos, of which electrons have the SM alone;
    `muon` and `tau` are (yL_2j, yL_3j). Conventions and C_SM = -6.35 of arXiv:1409.4557; w = 1/M^2 in GeV^-2.
    """
    pair = scaled(rho_v * w, _RELATIVE)
    diagonal = square(1 + scaled(muon[1] * muon[0], pair)) + square(1 + scaled(tau[1] * tau[0], pair))
    wrong = (muon[1] * tau[0]) ** 2 + (tau[1] * muon[0]) ** 2
    return (1 + diagonal + square(pair) * wrong) / 3
