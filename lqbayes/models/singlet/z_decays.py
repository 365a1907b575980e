"""Z -> l l at one loop: effective couplings of the Z to muons and taus.

The vertex to first order in m_Z^2/M^2 (arXiv:1901.06315), with the mass of the top and massless light quarks; it follows the exact one
within 8e-4 (top) and 3e-3 (light quarks).
"""

import math

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import square
from lqbayes.models.singlet.constants import G_A_SM, G_V_SM, M_TOP, M_Z, SIN_W_SQUARED
from lqbayes.vector_math import log

_LOOP = 3 / (16 * math.pi**2)

# Couplings of the Z: quarks of charge 2/3, then leptons.
_UP_LEFT, _UP_RIGHT = 1 / 2 - 2 / 3 * SIN_W_SQUARED, -2 / 3 * SIN_W_SQUARED
_LEPTON_LEFT, _LEPTON_RIGHT = -1 / 2 + SIN_W_SQUARED, SIN_W_SQUARED


@inlined
def top_vertex(x: float, x_z: float, a: float, b: float, g: float) -> float:
    """Loop of the top.

    (a - b) x (x - 1 - L)/d^2 + (x_Z/12) {-a [d (5 x^2 - 7 x + 8) - 2 (x^3 + 2) L] - b [d (x^2 - 5 x - 2) + 6 x L]
    + (g/3) [d (-11 x^2 + 7 x - 2) + 6 x^3 L]}/d^4

    with x = m_t^2/M^2, x_Z = m_Z^2/M^2, L = ln x, d = x - 1; a is the Z's coupling to the quark of the chirality that meets the lepton, b
    that to the other, g that to the lepton.
    """
    log_x = log(x)
    d = x - 1
    over_d2 = 1 / (d * d)
    of_a = d * (5 * x * x - 7 * x + 8) - 2 * (x * x * x + 2) * log_x
    of_b = d * (x * x - 5 * x - 2) + 6 * x * log_x
    of_g = d * (-11 * x * x + 7 * x - 2) + 6 * x * x * x * log_x
    return (a - b) * x * (d - log_x) * over_d2 + x_z / 12 * (g / 3 * of_g - a * of_a - b * of_b) * over_d2 * over_d2


@inlined
def light_vertex(x_z: float, a: float, g: float) -> float:
    """Loop of a massless quark, real part: (x_Z/3) [a (ln x_Z - 1/6) + g/6]."""
    return x_z / 3 * (a * (log(x_z) - 1 / 6) + g / 6)


@inlined
def z_vertices(w: float) -> tuple[float, float, float, float]:
    """Loops of the top and of light quarks for left-handed leptons, then for right-handed ones; w = 1/M^2 in GeV^-2."""
    x, x_z = M_TOP * M_TOP * w, M_Z * M_Z * w
    return (
        top_vertex(x, x_z, _UP_LEFT, _UP_RIGHT, _LEPTON_LEFT),
        light_vertex(x_z, _UP_LEFT, _LEPTON_LEFT),
        top_vertex(x, x_z, _UP_RIGHT, _UP_LEFT, _LEPTON_RIGHT),
        light_vertex(x_z, _UP_RIGHT, _LEPTON_RIGHT),
    )


@inlined
def z_couplings(
    vertices: tuple[float, float, float, float], left: tuple[complex, complex, complex], right: tuple[float, float]
) -> tuple[float, float]:
    """g_A = -0.50127 + dL - dR and g_V = -0.03712 + dL + dR of a lepton with couplings `left` to u, c, t and `right` to c, t.

    dL = 3/(16 pi^2) [|z_t|^2 top_L + (|z_u|^2 + |z_c|^2) light_L] and dR = 3/(16 pi^2) [yR_t^2 top_R + yR_c^2 light_R].
    """
    d_left = _LOOP * (square(left[2]) * vertices[0] + (square(left[0]) + square(left[1])) * vertices[1])
    d_right = _LOOP * (right[1] * right[1] * vertices[2] + right[0] * right[0] * vertices[3])
    return G_A_SM + d_left - d_right, G_V_SM + d_left + d_right
