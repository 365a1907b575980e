"""Pair production of leptoquarks at the LHC. [A].

The limit on cross-section times squared branching ratio is taken independent of mass; mixed decays and the sum of several final states
are ignored, which is conservative. There is no limit for a light quark and a tau.
"""

import math
from typing import NamedTuple

import numpy as np

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import square
from lqbayes.models.three_leptoquarks.full.constants import M_TOP_POLE
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.table import ratio
from lqbayes.vector_math import exp, select

OBSERVABLES = (ratio("LHC_r", r"r_{\mathrm{LHC}}", "largest pair-production rate over its 95 % limit, over final states"),)

# Limits on the mass in TeV, 95 % CL, for a branching ratio of 1; j is a light quark.
_LIMITS = {
    "je": 1.80,  # ATLAS arXiv:2006.05872
    "jmu": 1.70,  # ATLAS arXiv:2006.05872
    "be": 1.73,  # ATLAS 2024O: PDG 2026, S056EGT, as all below
    "bmu": 1.81,  # CMS 2024O
    "btau": 1.48,  # ATLAS 2024O
    "te": 1.65,  # ATLAS 2024O
    "tmu": 1.60,  # ATLAS 2024O
    "ttau": 1.52,  # ATLAS 2024O
    "jnu": 0.90,  # ATLAS 2025V, charm and neutrino; conservative for other light quarks
    "bnu": 1.23,  # ATLAS 2024O
    "tnu": 1.23,  # ATLAS 2024O
}
# Cross-section at 13 TeV in fb as exp of a polynomial in M/TeV: a fit, 4 %, to the stop table (NNLO_approx + NNLL) of the LHC SUSY
# cross-section group between 0.8 and 3 TeV; pair production of scalar leptoquarks by QCD is the same.
_LOG_SIGMA = (10.93124172, -11.08042748, 2.42823471, -0.33752475)


@inlined
def log_cross_section(mass: float) -> float:
    """Its logarithm, ln sigma[fb] = 10.93124172 - 11.08042748 M + 2.42823471 M^2 - 0.33752475 M^3, M in TeV."""
    return _LOG_SIGMA[0] + mass * (_LOG_SIGMA[1] + mass * (_LOG_SIGMA[2] + mass * _LOG_SIGMA[3]))


def _over_sigma_at_limit(final: str) -> float:
    """1/sigma(M_X) in 1/fb, 0 where there is no limit."""
    return math.exp(-float(np.polyval(_LOG_SIGMA[::-1], _LIMITS[final]))) if final in _LIMITS else 0.0


class Jets(NamedTuple):
    """What goes into a light quark, b and t, for one lepton or all neutrinos."""

    light: float
    b: float
    t: float


# Of e, mu, tau and neutrinos.
Leptons = tuple[Jets, Jets, Jets, Jets]
_OVER_E, _OVER_MU, _OVER_TAU, _OVER_NU = (
    Jets(*(_over_sigma_at_limit(quark + lepton) for quark in ("j", "b", "t"))) for lepton in ("e", "mu", "tau", "nu")
)


@inlined
def _squares(factor: float, x: Jets) -> Jets:
    return Jets((factor * x.light) ** 2, (factor * x.b) ** 2, (factor * x.t) ** 2)


@inlined
def _seen(e: Jets, mu: Jets, tau: Jets, nu: Jets) -> Leptons:
    """BR^2 of one component into each final state."""
    width = e.light + e.b + e.t + mu.light + mu.b + mu.t + tau.light + tau.b + tau.t + nu.light + nu.b + nu.t
    per = select(width > 0, 1 / width, 0.0)
    return _squares(per, e), _squares(per, mu), _squares(per, tau), _squares(per, nu)


@inlined
def _both(x: Leptons, y: Leptons) -> Leptons:
    return _plus(x[0], y[0]), _plus(x[1], y[1]), _plus(x[2], y[2]), _plus(x[3], y[3])


@inlined
def _largest(x: Jets, over_limit: Jets) -> float:
    return max(x.light * over_limit.light, x.b * over_limit.b, x.t * over_limit.t)


@inlined
def _sum(x: Jets, y: Jets, z: Jets) -> Jets:
    return Jets(x.light + y.light + z.light, x.b + y.b + z.b, x.t + y.t + z.t)


@inlined
def _f(share: float, a: Lepton) -> Jets:
    return Jets(share * (a.d.f**2 + a.s.f**2), share * a.b.f**2, 0.0)


@inlined
def _g(share: float, a: Lepton) -> Jets:
    return Jets(share * (square(a.d.g) + square(a.s.g)), share * square(a.b.g), 0.0)


@inlined
def _h(a: Lepton) -> Jets:
    return Jets(a.d.h**2 + a.s.h**2, a.b.h**2, 0.0)


@inlined
def _up_g(share: float, phase_space: float, a: Lepton) -> Jets:
    return Jets(share * (square(a.u.g) + square(a.c.g)), 0.0, share * phase_space * square(a.t.g))


@inlined
def _up_h(phase_space: float, a: Lepton) -> Jets:
    return Jets(square(a.u.h) + square(a.c.h), 0.0, phase_space * square(a.t.h))


@inlined
def _ht(phase_space: float, a: Lepton) -> Jets:
    return Jets(a.u.ht**2 + a.c.ht**2, 0.0, phase_space * a.t.ht**2)


@inlined
def _plus(x: Jets, y: Jets) -> Jets:
    return Jets(x.light + y.light, x.b + y.b, x.t + y.t)


@inlined
def _third(x: Couplings, eta: float, delta: float, phase_space: float) -> Leptons:
    """A_1 or B_1, of charge 1/3, with the shares of eta and Delta in it."""
    e, mu, tau, half = x.e, x.mu, x.tau, delta / 2
    nu = _plus(_sum(_f(eta, e), _f(eta, mu), _f(eta, tau)), _sum(_g(half, e), _g(half, mu), _g(half, tau)))
    return _seen(_up_g(half, phase_space, e), _up_g(half, phase_space, mu), _up_g(half, phase_space, tau), nu)


@inlined
def _two_thirds(x: Couplings, eta: float, delta: float, phase_space: float) -> Leptons:
    """A_2 or B_2, of charge 2/3, with the shares of eta and Delta in it."""
    e, mu, tau = x.e, x.mu, x.tau
    nu = _sum(_up_g(delta, phase_space, e), _up_g(delta, phase_space, mu), _up_g(delta, phase_space, tau))
    return _seen(_f(eta, e), _f(eta, mu), _f(eta, tau), nu)


@inlined
def observables(x: Couplings) -> tuple[float, ...]:
    """Values of `OBSERVABLES`: LHC_r = max_X r_X, r_X = sigma(M)/sigma(M_X) sum over components of BR(X)^2.

    Partial widths, with ps = (1 - (172.6/M)^2)^2 on every top: eta'_5/3: |H_ij|^2 + ht_ji^2 -> u_i l_j; eta'_2/3: h_ij^2 -> d_i l_j,
    ht_ji^2 -> u_i nu; delta_4/3: |g_ij|^2 -> d_i l_j; A_1: c_1^2 f_ij^2 + s_1^2 |g_ij|^2/2 -> d_i nu, s_1^2 |G_ij|^2/2 -> u_i l_j, B_1
    with s and c exchanged; A_2: c_2^2 f_ij^2 -> d_i l_j, s_2^2 |G_ij|^2 -> u_i nu, B_2 exchanged.
    """
    e, mu, tau = x.e, x.mu, x.tau
    ps = max(1 - M_TOP_POLE**2 * x.w, 0.0) ** 2
    none = Jets(0.0, 0.0, 0.0)
    five_thirds = _seen(_plus(_up_h(ps, e), _ht(ps, e)), _plus(_up_h(ps, mu), _ht(ps, mu)), _plus(_up_h(ps, tau), _ht(ps, tau)), none)
    two_thirds = _seen(_h(e), _h(mu), _h(tau), _sum(_ht(ps, e), _ht(ps, mu), _ht(ps, tau)))
    four_thirds = _seen(_g(1.0, e), _g(1.0, mu), _g(1.0, tau), none)
    mixed_1 = _both(_third(x, x.c1, x.s1, ps), _third(x, x.s1, x.c1, ps))
    mixed_2 = _both(_two_thirds(x, x.c2, x.s2, ps), _two_thirds(x, x.s2, x.c2, ps))
    seen = _both(_both(_both(five_thirds, two_thirds), four_thirds), _both(mixed_1, mixed_2))
    charged = max(_largest(seen[0], _OVER_E), _largest(seen[1], _OVER_MU), _largest(seen[2], _OVER_TAU))
    return (max(charged, _largest(seen[3], _OVER_NU)) * exp(log_cross_section(x.mass / 1000)),)
