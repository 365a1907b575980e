"""The CKM matrix, and the couplings of up quarks that follow from those of down quarks."""

import cmath
import math

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled
from lqbayes.models.singlet.constants import DELTA_CKM, V_CB, V_UB, V_US


def ckm_matrix(v_us: float, v_ub: float, v_cb: float, delta: float) -> tuple[tuple[complex, complex, complex], ...]:
    """CKM matrix in the form of the PDG, from three moduli and the phase in rad."""
    c13 = math.sqrt(1 - v_ub * v_ub)
    s13, s12, s23 = v_ub, v_us / c13, v_cb / c13
    c12, c23 = math.sqrt(1 - s12 * s12), math.sqrt(1 - s23 * s23)
    e = cmath.exp(1j * delta)
    return (
        (c12 * c13 + 0j, s12 * c13 + 0j, s13 / e),
        (-s12 * c23 - c12 * s23 * s13 * e, c12 * c23 - s12 * s23 * s13 * e, s23 * c13 + 0j),
        (s12 * s23 - c12 * c23 * s13 * e, -c12 * s23 - s12 * c23 * s13 * e, c23 * c13 + 0j),
    )


CKM = ckm_matrix(V_US, V_UB, V_CB, DELTA_CKM)
# Conjugates, the V*_ki of z; quotients, since a product is faster and the same on every machine.
_US, _UB, _CS, _CB, _TS, _TB = (CKM[k][i].conjugate() for k in range(3) for i in (1, 2))
OVER_UB, OVER_CS, OVER_CB = 1 / CKM[0][2], 1 / CKM[1][1], 1 / CKM[1][2]
VTB_VTS = CKM[2][2] * CKM[2][1].conjugate()


@inlined
def up_couplings(y_s: float, y_b: float) -> tuple[complex, complex, complex]:
    """Left-handed couplings z_k = V*_ks yL_s + V*_kb yL_b of u, c and t to a charged lepton, from those of s and b to its neutrino."""
    return scaled(y_s, _US) + scaled(y_b, _UB), scaled(y_s, _CS) + scaled(y_b, _CB), scaled(y_s, _TS) + scaled(y_b, _TB)
