"""Pair production of leptoquarks at the LHC. [A].

The limit on cross-section times squared branching ratio is taken independent of mass; mixed decays and the sum of several final states
are ignored, which is conservative. There is no limit for a light quark and a tau.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lqbayes.compilation import inlined
from lqbayes.models.three_leptoquarks.full.algebra import square
from lqbayes.models.three_leptoquarks.full.constants import M_TOP_POLE
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.table import ratio

OBSERVABLES = (ratio("LHC_r", r"r_{\mathrm{LHC}}", "largest pair-production rate over its 95 % limit, over final states"),)

# Limits on the mass in TeV, 95 % CL, for a branching ratio of 1; j is a light quark.
_LIMITS = (
    ("je", 1.80),  # ATLAS arXiv:2006.05872
    ("jmu", 1.70),  # ATLAS arXiv:2006.05872
    ("be", 1.73),  # ATLAS 2024O: PDG 2026, S056EGT, as all below
    ("bmu", 1.81),  # CMS 2024O
    ("btau", 1.48),  # ATLAS 2024O
    ("te", 1.65),  # ATLAS 2024O
    ("tmu", 1.60),  # ATLAS 2024O
    ("ttau", 1.52),  # ATLAS 2024O
    ("jnu", 0.90),  # ATLAS 2025V, charm and neutrino; conservative for other light quarks
    ("bnu", 1.23),  # ATLAS 2024O
    ("tnu", 1.23),  # ATLAS 2024O
)
# Cross-section at 13 TeV in fb as exp of a polynomial in M/TeV: a fit, 4 %, to the stop table (NNLO_approx + NNLL) of the LHC SUSY
# cross-section group between 0.8 and 3 TeV; pair production of scalar leptoquarks by QCD is the same.
_LOG_SIGMA = (10.93124172, -11.08042748, 2.42823471, -0.33752475)


@inlined
def log_cross_section(mass: float) -> float:
    """Its logarithm, ln sigma[fb] = 10.93124172 - 11.08042748 M + 2.42823471 M^2 - 0.33752475 M^3, M in TeV."""
    return _LOG_SIGMA[0] + mass * (_LOG_SIGMA[1] + mass * (_LOG_SIGMA[2] + mass * _LOG_SIGMA[3]))


_OVER_SIGMA_AT_LIMIT = tuple(math.exp(-float(np.polyval(_LOG_SIGMA[::-1], mass))) for _, mass in _LIMITS)  # 1/fb


class Jets(NamedTuple):
    """Partial widths into a light quark, b and t, for one lepton or all neutrinos."""

    light: float
    b: float
    t: float


@inlined
def _seen(e: Jets, mu: Jets, tau: Jets, nu: Jets) -> tuple[float, ...]:
    """BR^2 of one component into the final states of `_LIMITS`."""
    width = e.light + e.b + e.t + mu.light + mu.b + mu.t + tau.light + tau.b + tau.t + nu.light + nu.b + nu.t
    per = 1 / width if width > 0 else 0.0
    return (
        (per * e.light) ** 2,
        (per * mu.light) ** 2,
        (per * e.b) ** 2,
        (per * mu.b) ** 2,
        (per * tau.b) ** 2,
        (per * e.t) ** 2,
        (per * mu.t) ** 2,
        (per * tau.t) ** 2,
        (per * nu.light) ** 2,
        (per * nu.b) ** 2,
        (per * nu.t) ** 2,
    )


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
def _third(x: Couplings, eta: float, delta: float, phase_space: float) -> tuple[float, ...]:
    """A_1 or B_1, of charge 1/3, with the shares of eta and Delta in it."""
    e, mu, tau, half = x.e, x.mu, x.tau, delta / 2
    nu = _plus(_sum(_f(eta, e), _f(eta, mu), _f(eta, tau)), _sum(_g(half, e), _g(half, mu), _g(half, tau)))
    return _seen(_up_g(half, phase_space, e), _up_g(half, phase_space, mu), _up_g(half, phase_space, tau), nu)


@inlined
def _two_thirds(x: Couplings, eta: float, delta: float, phase_space: float) -> tuple[float, ...]:
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
    components = (
        _seen(_plus(_up_h(ps, e), _ht(ps, e)), _plus(_up_h(ps, mu), _ht(ps, mu)), _plus(_up_h(ps, tau), _ht(ps, tau)), none),
        _seen(_h(e), _h(mu), _h(tau), _sum(_ht(ps, e), _ht(ps, mu), _ht(ps, tau))),
        _seen(_g(1.0, e), _g(1.0, mu), _g(1.0, tau), none),
        _third(x, x.c1, x.s1, ps),
        _third(x, x.s1, x.c1, ps),
        _two_thirds(x, x.c2, x.s2, ps),
        _two_thirds(x, x.s2, x.c2, ps),
    )
    largest = 0.0
    for k in range(len(_OVER_SIGMA_AT_LIMIT)):
        seen = 0.0
        for component in components:
            seen += component[k]
        largest = max(largest, seen * _OVER_SIGMA_AT_LIMIT[k])
    return (largest * math.exp(log_cross_section(x.mass / 1000)),)
