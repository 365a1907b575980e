"""B -> K(*) nu nu, K+ -> pi+ nu nu and K_L -> pi0 nu nu, summed over the flavours of both neutrinos."""

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled, square
from lqbayes.models.three_leptoquarks.full.coefficients import down_rl, neutrino_l
from lqbayes.models.three_leptoquarks.full.constants import C_SM, N_K, SIN_W_SQ
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import branching

OBSERVABLES = (
    branching("BR_B_K_nunu", r"B^+\to K^+\nu\bar\nu", "branching ratio of B+ -> K+ nu nu"),
    branching("BR_B0_Kst_nunu", r"B^0\to K^{*0}\nu\bar\nu", "branching ratio of B0 -> K*0 nu nu"),
    branching("BR_Kp_pinunu", r"K^+\to\pi^+\nu\bar\nu", "branching ratio of K+ -> pi+ nu nu", headline=True),
    branching("BR_KL_pinunu", r"K_L\to\pi^0\nu\bar\nu", "branching ratio of K_L -> pi0 nu nu"),
)

_C_SM_NU = -6.5291  # the standard model's coefficient of b -> s nu nu, flavio
_X_SM = -7.2345e-4 + 2.1212e-4j  # of s -> d nu nu with its CKM elements, top and charm, flavio


@inlined
def _b_pair(w: float, r: Running, a: Lepton, b: Lepton, standard: float) -> tuple[float, float]:
    left = scaled(-r.n / (2 * C_SM), neutrino_l(w, a.s, b.b))
    right = -r.nr / (2 * C_SM) * down_rl(w, a.b, b.s)
    return square(left + (standard + right)), square(left + (standard - right))


@inlined
def _b_pairs(w: float, r: Running, a: Lepton, b: Lepton) -> tuple[float, float]:
    plus, minus = _b_pair(w, r, a, b, 0.0)
    plus_2, minus_2 = _b_pair(w, r, b, a, 0.0)
    return plus + plus_2, minus + minus_2


@inlined
def b_modes(x: Couplings, r: Running) -> tuple[float, float]:
    """Branching ratios of B+ -> K+ nu nu and B0 -> K*0 nu nu. [V].

    C_L = -rN nL[23;ab]/(2 c_SM), C_R = -rNR nR[23;ab]/(2 c_SM),
    BR(K) = 3.67989e-8 sum_ab |C_SM delta_ab + C_L + C_R|^2,
    BR(K*) = sum_ab [1.28324e-8 |C_SM delta_ab + C_L + C_R|^2 + 6.38967e-8 |C_SM delta_ab + C_L - C_R|^2]
    """
    vector_1, axial_1 = _b_pair(x.w, r, x.e, x.e, _C_SM_NU)
    vector_2, axial_2 = _b_pair(x.w, r, x.mu, x.mu, _C_SM_NU)
    vector_3, axial_3 = _b_pair(x.w, r, x.tau, x.tau, _C_SM_NU)
    vector_4, axial_4 = _b_pairs(x.w, r, x.e, x.mu)
    vector_5, axial_5 = _b_pairs(x.w, r, x.e, x.tau)
    vector_6, axial_6 = _b_pairs(x.w, r, x.mu, x.tau)
    vector = vector_1 + vector_2 + vector_3 + vector_4 + vector_5 + vector_6
    axial = axial_1 + axial_2 + axial_3 + axial_4 + axial_5 + axial_6
    return 3.67989e-8 * vector, 1.28324e-8 * vector + 6.38967e-8 * axial


@inlined
def _amplitude(w: float, r: Running, a: Lepton, b: Lepton) -> complex:
    new = scaled(r.n, neutrino_l(w, a.s, b.d)) + r.nr * down_rl(w, a.d, b.s)
    return scaled(-SIN_W_SQ / (2 * N_K), new)


@inlined
def _same(w: float, r: Running, a: Lepton) -> tuple[float, float]:
    x = _X_SM + _amplitude(w, r, a, a)
    return square(x), x.imag * x.imag


@inlined
def _different(w: float, r: Running, a: Lepton, b: Lepton) -> tuple[float, float]:
    """|X[ab]|^2 + |X[ba]|^2, and the sum of both |X - c(X)|^2/4, which are equal."""
    x, y = _amplitude(w, r, a, b), _amplitude(w, r, b, a)
    return square(x) + square(y), square(x - y.conjugate()) / 2


@inlined
def k_modes(x: Couplings, r: Running) -> tuple[float, float]:
    """Branching ratios of K+ -> pi+ nu nu and K_L -> pi0 nu nu. [V].

    X[ab] = X_SM delta_ab - s_W^2 (rN nL[21;ab] + rNR nR[21;ab])/(2 N_K),
    BR(K+) = 4.77356e-5 sum_ab |X[ab]|^2, BR(K_L) = 2.05873e-4 sum_ab |(X[ab] - c(X[ba]))/2|^2
    """
    charged_1, neutral_1 = _same(x.w, r, x.e)
    charged_2, neutral_2 = _same(x.w, r, x.mu)
    charged_3, neutral_3 = _same(x.w, r, x.tau)
    charged_4, neutral_4 = _different(x.w, r, x.e, x.mu)
    charged_5, neutral_5 = _different(x.w, r, x.e, x.tau)
    charged_6, neutral_6 = _different(x.w, r, x.mu, x.tau)
    charged = charged_1 + charged_2 + charged_3 + charged_4 + charged_5 + charged_6
    neutral = neutral_1 + neutral_2 + neutral_3 + neutral_4 + neutral_5 + neutral_6
    return 4.77356e-5 * charged, 2.05873e-4 * neutral


@inlined
def observables(x: Couplings, r: Running) -> tuple[float, ...]:
    """Values of `OBSERVABLES`."""
    return b_modes(x, r) + k_modes(x, r)
