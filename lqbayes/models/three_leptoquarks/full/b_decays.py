"""B decays with two different leptons, and B0 -> mu mu."""

from lqbayes.compilation import inlined
from lqbayes.model import Observable
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.full.b_to_s import wilson
from lqbayes.models.three_leptoquarks.full.coefficients import down_left_axial, down_right
from lqbayes.models.three_leptoquarks.full.constants import N_B, XI_D
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Down, Lepton
from lqbayes.models.three_leptoquarks.full.leptonic import B_0, B_S, Meson, two_leptons, two_muons
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import LEPTONS, branching

_PAIRS = ((0, 1), (1, 2), (0, 2))


def _table() -> tuple[Observable, ...]:
    found = []
    for pair in _PAIRS:
        for a, b in (pair, pair[::-1]):
            (minus, minus_symbol), (plus, plus_symbol) = LEPTONS[a], LEPTONS[b]
            leptons, words = rf"{minus_symbol}^-{plus_symbol}^+", f"{minus}- {plus}+"
            found += [
                branching(f"BR_B_K_{minus}m{plus}p", rf"\bar B\to\bar K{leptons}", f"branching ratio of B- -> K- {words}"),
                branching(f"BR_B_Kst_{minus}m{plus}p", rf"\bar B\to\bar K^*{leptons}", f"branching ratio of Bbar0 -> K*bar0 {words}"),
            ]
        (first, first_symbol), (second, second_symbol) = (LEPTONS[a] for a in pair)
        for meson, symbol in (("Bs", "B_s"), ("B0", "B^0")):
            decay, words = rf"{symbol}\to {first_symbol}{second_symbol}", f"{meson} -> {first} {second}, both charges"
            found.append(branching(f"BR_{meson}_{first}{second}", decay, f"branching ratio of {words}"))
    return (*found, branching("BR_B0_mumu", r"B^0\to\mu\mu", "branching ratio of B0 -> mu mu"))


OBSERVABLES = _table()


@inlined
def semileptonic(w: float, r: Running, a: Lepton, b: Lepton, k: float, k_plus: float, k_minus: float) -> tuple[float, float]:
    """Branching ratios of Bbar -> Kbar l_a^- l_b^+ and Bbar0 -> K*bar0 l_a^- l_b^+; k, k+, k- computed with flavio. [V].

    BR(K) = k (|C9 + C9'|^2 + |C10 + C10'|^2),
    BR(K*) = k+ (|C9 + C9'|^2 + |C10 + C10'|^2) + k- (|C9 - C9'|^2 + |C10 - C10'|^2), coefficients at [23;ab]
    """
    c = wilson(w, r, a, b)
    vector = square(c.c9 + c.c9p) + square(c.c10 - c.c9p)
    axial = square(c.c9 - c.c9p) + square(c.c10 + c.c9p)
    return k * vector, k_plus * vector + k_minus * axial


@inlined
def _leptonic(meson: Meson, w: float, r: Running, a: Lepton, b: Lepton, a_light: Down, b_light: Down) -> float:
    left, right = down_left_axial(w, r, a_light, a.b, b_light, b.b), -down_right(w, r, a.b, b_light)
    return two_leptons(meson, a.mass, b.mass, left, complex(right, 0.0), 0j, 0j)


@inlined
def pair(w: float, r: Running, a: Lepton, b: Lepton, k: float, k_plus: float, k_minus: float) -> tuple[float, ...]:
    """Modes of two different leptons. [V].

    Bs and B0 -> l l', the sum of both charges: `two_leptons` with cL = rRL dRL - rLL dLL, cR = -rLR dLR at [23] and [13].
    """
    one, other = semileptonic(w, r, a, b, k, k_plus, k_minus), semileptonic(w, r, b, a, k, k_plus, k_minus)
    b_s = _leptonic(B_S, w, r, a, b, a.s, b.s) + _leptonic(B_S, w, r, b, a, b.s, a.s)
    return one + other + (b_s, _leptonic(B_0, w, r, a, b, a.d, b.d) + _leptonic(B_0, w, r, b, a, b.d, a.d))


@inlined
def b0_mumu(w: float, r: Running, mu: Lepton) -> float:
    """BR = tau f_B^2 m_B m_mu^2 beta/(32 pi) |2 N_0 xi_d (-4.194) + rLR dLR - rLL dLL + rRL dRL|^2 at [13;22]. [V]."""
    new = down_left_axial(w, r, mu.d, mu.b, mu.d, mu.b) + down_right(w, r, mu.b, mu.d)
    return two_muons(B_0) * square(scaled(2 * N_B * -4.194, XI_D) + new)


@inlined
def observables(x: Couplings, r: Running) -> tuple[float, ...]:
    """Values of `OBSERVABLES`."""
    return (
        pair(x.w, r, x.e, x.mu, 1.8372e-8, 6.402e-9, 3.1882e-8)
        + pair(x.w, r, x.mu, x.tau, 1.1424e-8, 3.40e-9, 1.652e-8)
        + pair(x.w, r, x.e, x.tau, 1.1452e-8, 3.184e-9, 1.6809e-8)
        + (b0_mumu(x.w, r, x.mu),)
    )
