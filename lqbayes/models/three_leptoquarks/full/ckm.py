"""Couplings of the left-handed up quarks.

Down quarks, leptons and right-handed up quarks of the Lagrangian are mass eigenstates, and Q_L = (V^dagger u_L, d_L). That is a choice, on
which the paper is silent: with mass eigenstates among the up quarks the bounds of D mixing would become bounds of kaon mixing.
"""

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled

Row = tuple[complex, complex, complex]


@inlined
def rotated(v: Row, d: float, s: float, b: float) -> complex:
    """H = V h, the coupling of ubar_Lk l_Ra eta'_5/3: H_ka = sum_i V_ki h_ia, v being row k of V. Complex also for real h. [V]."""
    return scaled(d, v[0]) + scaled(s, v[1]) + scaled(b, v[2])


@inlined
def rotated_conjugate(v: Row, d: complex, s: complex, b: complex) -> complex:
    """G = V* g, the coupling of u^c_k to the triplet: G_ka = sum_i c(V_ki) g_ia, v being row k of V. [V]."""
    return v[0].conjugate() * d + v[1].conjugate() * s + v[2].conjugate() * b
