"""b -> s l l with equal leptons: Wilson coefficients, R_K, R_K* and Bs -> mu mu."""

import math
from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.model import Observable
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.full.coefficients import down_ll, down_lr, down_rl
from lqbayes.models.three_leptoquarks.full.constants import ALPHA_B, C_SM
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import LEPTONS, branching, ratio
from lqbayes.models.three_leptoquarks.wilson import branching_bs_mumu, r_k
from lqbayes.vector_math import log


class Wilson(NamedTuple):
    """C9, C10 and C9' = -C10' of b -> s l_a^- l_b^+."""

    c9: complex
    c10: complex
    c9p: float


def _table() -> tuple[Observable, ...]:
    universal = Observable("C9_univ", "1", r"C_9^{\mathrm{univ}}", "universal photon penguin in C9, part of C9 of every lepton")
    found = [universal]
    for lepton, symbol in LEPTONS:
        for number in ("9", "10"):
            words = f"Wilson coefficient C{number} of b -> s {lepton} {lepton} at 4.8 GeV"
            label = rf"C_{{{number}}}^{{{symbol}}}"
            found += [
                Observable(f"C{number}_{lepton}", "1", rf"\mathrm{{Re}}\,{label}", f"real part of the {words}", headline=lepton == "mu"),
                Observable(f"im_C{number}_{lepton}", "1", rf"\mathrm{{Im}}\,{label}", f"imaginary part of the {words}"),
                Observable(f"C{number}p_{lepton}", "1", rf"{{C_{{{number}}}'}}^{{{symbol}}}", f"primed {words}"),
            ]
    return (
        *found,
        ratio("R_K", "R_K", "ratio of B+ -> K+ mu mu to B+ -> K+ e e, 1.1 < q^2 < 6 GeV^2"),
        ratio("R_Kstar", r"R_{K^*}", "ratio of B0 -> K*0 mu mu to B0 -> K*0 e e, 1.1 < q^2 < 6 GeV^2"),
        branching("BR_Bs_mumu", r"B_s\to\mu\mu", "time-integrated branching ratio of Bs -> mu mu"),
    )


OBSERVABLES = _table()


@inlined
def wilson(w: float, r: Running, a: Lepton, b: Lepton) -> Wilson:
    """Tree-level coefficients of b -> s l_a^- l_b^+, [23;ab], without the photon penguin. [V].

    C9 = -(rLR dLR + rLL dLL)/(2 c_SM), C10 = -(rLR dLR - rLL dLL)/(2 c_SM), C9' = -rRL dRL/(2 c_SM), C10' = -C9'.
    The phase of V_tb V_ts*, 1 degree, is neglected. Im C9 is that of c(g_2) g_3, with the sign opposite to that of the other formula sets.
    """
    factor = -1 / (2 * C_SM)
    left = scaled(factor * r.ll, down_ll(w, a.s, b.b))
    right = factor * r.lr * down_lr(w, a.b, b.s)
    return Wilson(right + left, right - left, factor * r.rl * down_rl(w, a.b, b.s))


@inlined
def photon_penguin(x: Couplings, c9_e: float, c9_mu: float, c9_tau: float) -> float:
    """C9_univ = -(2 alpha_b/(3 pi)) ln(M/4.8 GeV) sum_a Re C9_aa, for every lepton. [V]."""
    return -(2 * ALPHA_B / (3 * math.pi)) * log(x.mass / 4.8) * (c9_e + c9_mu + c9_tau)


@inlined
def r_kstar_rate(rest: float, w: Wilson) -> float:
    """B0 -> K*0 l l over the standard model's e e rate, 1.1 < q^2 < 6 GeV^2; coefficients computed with flavio. [V], for e e [A].

    N = n0 + 0.185656 Re C9 - 0.293760 Re C10 - 0.189764 Re C9' + 0.217684 Re C10' + 0.0354503 (|C9|^2 + |C9'|^2)
        + 0.0352526 (|C10|^2 + |C10'|^2) - 0.0522901 Re(C9 c(C9')) - 0.0522462 Re(C10 c(C10'))
    """
    c9p, c10p = w.c9p, -w.c9p
    linear = 0.185656 * w.c9.real - 0.293760 * w.c10.real - 0.189764 * c9p + 0.217684 * c10p
    squares = 0.0354503 * (square(w.c9) + c9p * c9p) + 0.0352526 * (square(w.c10) + c10p * c10p)
    return rest + linear + squares - 0.0522901 * w.c9.real * c9p - 0.0522462 * w.c10.real * c10p


@inlined
def _with_penguin(w: Wilson, universal: float) -> Wilson:
    return Wilson(w.c9 + universal, w.c10, w.c9p)


@inlined
def _columns(w: Wilson) -> tuple[float, ...]:
    return (w.c9.real, w.c9.imag, w.c9p, w.c10.real, w.c10.imag, -w.c9p)


@inlined
def observables(x: Couplings, r: Running) -> tuple[float, ...]:
    """Values of `OBSERVABLES`. R_K and Bs -> mu mu are the functions of the other formula sets, with these coefficients."""
    e, mu, tau = wilson(x.w, r, x.e, x.e), wilson(x.w, r, x.mu, x.mu), wilson(x.w, r, x.tau, x.tau)
    universal = photon_penguin(x, e.c9.real, mu.c9.real, tau.c9.real)
    e, mu, tau = _with_penguin(e, universal), _with_penguin(mu, universal), _with_penguin(tau, universal)
    return (
        (universal,)
        + _columns(e)
        + _columns(mu)
        + _columns(tau)
        + (
            r_k(mu.c9 + mu.c9p, mu.c10 - mu.c9p, e.c9 + e.c9p, e.c10 - e.c9p),
            r_kstar_rate(0.9964532, mu) / r_kstar_rate(1.0, e),
            branching_bs_mumu(mu.c10 + mu.c9p),
        )
    )
