"""mu -> e conversion in nuclei."""

import math
from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.full.coefficients import (
    down_left,
    down_ll,
    down_lr,
    down_right,
    down_rl,
    up_left,
    up_ll,
    up_lr,
    up_right,
    up_rl,
    up_scalar,
)
from lqbayes.models.three_leptoquarks.full.constants import ALPHA_0, G_F, HBAR, M_MUON, SQRT_2, Z_DOWN, Z_EXCHANGE, Z_UP
from lqbayes.models.three_leptoquarks.full.couplings import Couplings
from lqbayes.models.three_leptoquarks.full.dipoles import Dipole
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import rate
from lqbayes.models.three_leptoquarks.full.z_higgs import z_left, z_right
from lqbayes.vector_math import log


class Nucleus(NamedTuple):
    """Overlap integrals D, V(p), V(n), S(p), S(n) in units of m_mu^(5/2), and the rate of muon capture in GeV."""

    dipole: float
    v_p: float
    v_n: float
    s_p: float
    s_n: float
    capture: float


# hep-ph/0203110 as in flavio.
GOLD = Nucleus(0.189, 0.0974, 0.146, 0.0614, 0.0918, 13.07e6 * HBAR)
ALUMINIUM = Nucleus(0.0362, 0.0161, 0.0173, 0.0155, 0.0167, 4.643027e-19)

OBSERVABLES = (
    rate("CR_mue_Au", r"\mathrm{CR}(\mu\to e,\mathrm{Au})", "rate of mu -> e conversion over capture in gold", headline=True),
    rate("CR_mue_Al", r"\mathrm{CR}(\mu\to e,\mathrm{Al})", "rate of mu -> e conversion over capture in aluminium"),
)

_K = -SQRT_2 / G_F
_SCALAR_P, _SCALAR_N = 9.16, 8.14  # scalar charges of the u quark in p and n, MSbar at 2 GeV, from sigma_piN as in flavio


class Amplitudes(NamedTuple):
    """Couplings to u and d, scalar coupling and dipole for one chirality."""

    up: complex
    down: complex
    scalar: complex
    dipole: complex


@inlined
def _quarks(up: complex, down: complex, z: complex, photon: complex) -> tuple[complex, complex]:
    """gX_u = (k/2)(U + vu Z_X + (2/3) lg q), gX_d = (k/2)(D + vd Z_X - (1/3) lg q)."""
    return (
        scaled(_K / 2, up + scaled(Z_UP, z) + scaled(2 / 3, photon)),
        scaled(_K / 2, down + scaled(Z_DOWN, z) - scaled(1 / 3, photon)),
    )


@inlined
def amplitudes(x: Couplings, r: Running, kappa: float, d: Dipole) -> tuple[Amplitudes, Amplitudes]:
    """Left- and right-handed quark currents with the scalar and dipole that go with them. [V].

    k = -sqrt2/G_F, lg = -(2 alpha/pi) ln(M/1 GeV). Left: U = (rLL uLL + rRL uRL)[11;12], D = (rLL dLL + rRL dRL)[11;12],
    q = -(1/3) sum_i (dLL + dRL)[ii;12] + (2/3) sum_{i=1,2} (uLL + uRL)[ii;12]; right: U = rLR uLR, D = rLR dLR, q likewise.
    Z_X = -(8 G_F/sqrt2) dg_X[1,2]; s_R = (k/2) S20 uS[12;11], s_L = (k/2) S20 c(uS[21;11]); dip_X = -(k e/(8 m_mu)) a_X[2,1].
    Scalars of heavy quarks, by gluons, are left out: mu -> e gamma bounds their couplings a thousand times better. [A]
    """
    lg = -(2 * ALPHA_0 / math.pi) * log(x.mass)
    charge = -_K * math.sqrt(4 * math.pi * ALPHA_0) / (8 * M_MUON)
    w, e, mu = x.w, x.e, x.mu
    down_sum = down_ll(w, e.d, mu.d) + down_ll(w, e.s, mu.s) + down_ll(w, e.b, mu.b)
    down_sum += down_rl(w, e.d, mu.d) + down_rl(w, e.s, mu.s) + down_rl(w, e.b, mu.b)
    up_sum = up_ll(w, e.u, mu.u) + up_ll(w, e.c, mu.c) + (up_rl(w, e.u, mu.u) + up_rl(w, e.c, mu.c))
    photon = scaled(lg, scaled(2 / 3, up_sum) - scaled(1 / 3, down_sum))
    z = scaled(Z_EXCHANGE, z_left(kappa, e, mu))
    up, down = _quarks(up_left(w, r, e.u, e.u, mu.u, mu.u), down_left(w, r, e.d, e.d, mu.d, mu.d), z, photon)
    left = Amplitudes(up, down, scaled(_K / 2 * r.s20, up_scalar(w, e.u, mu.u)), scaled(charge, d.right))

    down_right_sum = down_lr(w, e.d, mu.d) + down_lr(w, e.s, mu.s) + down_lr(w, e.b, mu.b)
    up_right_sum = up_lr(w, e.u, mu.u) + up_lr(w, e.c, mu.c)
    photon = scaled(lg, scaled(2 / 3, up_right_sum) - down_right_sum / 3)
    z = scaled(Z_EXCHANGE, z_right(kappa, e, mu))
    up, down = _quarks(up_right(w, r, e.u, mu.u), complex(down_right(w, r, e.d, mu.d), 0.0), z, photon)
    scalar = scaled(_K / 2 * r.s20, up_scalar(w, mu.u, e.u).conjugate())
    return left, Amplitudes(up, down, scalar, scaled(charge, d.left))


@inlined
def _in_nucleus(nucleus: Nucleus, g: Amplitudes) -> complex:
    proton, neutron = scaled(2.0, g.up) + g.down, g.up + scaled(2.0, g.down)
    scalar = _SCALAR_P * nucleus.s_p + _SCALAR_N * nucleus.s_n
    return scaled(nucleus.dipole, g.dipole) + scaled(nucleus.v_p, proton) + scaled(nucleus.v_n, neutron) + scaled(scalar, g.scalar)


@inlined
def conversion(nucleus: Nucleus, left: Amplitudes, right: Amplitudes) -> float:
    """CR = 2 G_F^2 m_mu^5 (|lhc|^2 + |rhc|^2)/Gamma_capture. [V].

    lhc = dip_R D + (2 gL_u + gL_d) Vp + (gL_u + 2 gL_d) Vn + s_R (9.16 Sp + 8.14 Sn), rhc = dip_L D + the same with R and s_L
    """
    per_capture = 2 * G_F**2 * M_MUON**5 / nucleus.capture
    return per_capture * (square(_in_nucleus(nucleus, left)) + square(_in_nucleus(nucleus, right)))


@inlined
def observables(x: Couplings, r: Running, kappa: float, mu_e: Dipole) -> tuple[float, ...]:
    """Values of `OBSERVABLES`."""
    left, right = amplitudes(x, r, kappa, mu_e)
    return (conversion(GOLD, left, right), conversion(ALUMINIUM, left, right))
