"""From the leptoquark's mass down to the mesons: factors of the Wilson coefficients, fitted between 1 and 10 TeV.

The fits follow wilson 2.5.2 (SMEFT from M to m_Z, then QCD and QED) within 4e-4, that of the vectors within 0.6 % for products of two
generations (for yL_33 alone wilson has 2.5 to 4 % more).
"""

import math

from lqbayes.compilation import inlined
from lqbayes.models.singlet.constants import ALPHA_S_TOP, M_TOP
from lqbayes.vector_math import log


@inlined
def vector_running(logarithm: float) -> float:
    """rho_V = 1.0555 + 0.0228 l with l = ln(M/1 TeV): vectors of b -> c, b -> u and b -> s nu nu."""
    return 1.0555 + 0.0228 * logarithm


@inlined
def scalar_running(logarithm: float) -> float:
    """rho_S = 1.6698 + 0.1207 l - 0.00065 l^2: scalar at 4.8 GeV, with the mixing from C_S = -4 C_T at M."""
    return 1.6698 + 0.1207 * logarithm - 0.00065 * logarithm * logarithm


@inlined
def tensor_running(logarithm: float) -> float:
    """rho_T = 0.8879 - 0.00557 l + 0.00085 l^2: tensor at 4.8 GeV, with the mixing from C_S = -4 C_T at M."""
    return 0.8879 - 0.00557 * logarithm + 0.00085 * logarithm * logarithm


@inlined
def scalar_running_charm(logarithm: float) -> float:
    """rho_Ds = 1.9770 + 0.1475 l - 0.00064 l^2: scalar of c -> s at 2 GeV."""
    return 1.9770 + 0.1475 * logarithm - 0.00064 * logarithm * logarithm


@inlined
def strong_coupling_ratio(mass: float) -> float:
    """Running of the strong coupling, k = alpha_s(M)/alpha_s(m_t) = 1/(1 + 7/(2 pi) alpha_s(m_t) ln(M/m_t)), one loop, six flavours."""
    return 1 / (1 + 7 / (2 * math.pi) * ALPHA_S_TOP * log(mass / M_TOP))
