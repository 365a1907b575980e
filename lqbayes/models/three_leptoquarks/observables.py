"""All observables of one parameter point, in one fixed order, and of many points."""

import math

import numpy as np

from lqbayes.compilation import inlined
from lqbayes.model import Observable
from lqbayes.model.point_loop import over_points
from lqbayes.models.three_leptoquarks.constants import F_BD, F_BS, F_K, M_BD, M_BS, M_K
from lqbayes.models.three_leptoquarks.dipoles import branching_l_lgamma, delta_a_mu, dipole_loops
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.layout import Array, Numbers, point_of
from lqbayes.models.three_leptoquarks.mixing import box_factors, mixing_down, mixing_up, quark_sums
from lqbayes.models.three_leptoquarks.neutrinos import G_MEANINGLESS, triplet_couplings
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.models.three_leptoquarks.wilson import BS_MUMU_SM, R_K_SM, branching_bs_mumu, r_k, wilson_coefficients
from lqbayes.vector_math import select


def _wilson(operator: str, prime: str, lepton: str, symbol: str, equation: str) -> list[Observable]:
    name = f"{operator}{'p' if prime else ''}_{lepton}"
    label = rf"{{C_{{{operator[1:]}}}{prime}}}^{{{symbol}}}"
    words = f"Wilson coefficient {operator}{prime} of b -> s {lepton} {lepton}, {equation}"
    real = rf"\mathrm{{Re}}\,{label}" if not prime else label
    return [
        Observable(name, "1", real, f"real part of the {words}", headline=name in {"C9_mu", "C10_mu"}),
        Observable(f"im_{name}", "1", rf"\mathrm{{Im}}\,{label}", f"imaginary part of the {words}"),
    ]


def _positive(name: str, symbol: str, description: str, *, logarithmic: bool = True, headline: bool = True) -> Observable:
    return Observable(name, "1", symbol, description, logarithmic, headline, support=(0.0, math.inf))


OBSERVABLES: tuple[Observable, ...] = (
    *(
        observable
        for lepton, symbol in (("mu", r"\mu"), ("e", "e"))
        for prime, equation in (("", "(II.9)"), ("'", "(II.10)"))
        for operator in ("C9", "C10")
        for observable in _wilson(operator, prime, lepton, symbol, equation)
    ),
    _positive("R_K", "R_K", "ratio of B+ -> K+ mu mu to B+ -> K+ e e, 1.1 < q^2 < 6 GeV^2, (I.4)", logarithmic=False),
    _positive("BR_Bs_mumu", r"\mathrm{BR}(B_s\to\mu\mu)", "time-integrated branching ratio of Bs -> mu mu", headline=False),
    _positive("g_max", r"\max|g_{ij}|", "largest modulus of the triplet's couplings, (II.7)", headline=False),
    _positive("BR_mu_egamma", r"\mathrm{BR}(\mu\to e\gamma)", "branching ratio of mu -> e gamma, (II.16)"),
    _positive("BR_tau_mugamma", r"\mathrm{BR}(\tau\to\mu\gamma)", "branching ratio of tau -> mu gamma, (II.16)"),
    _positive("BR_tau_egamma", r"\mathrm{BR}(\tau\to e\gamma)", "branching ratio of tau -> e gamma, (II.16)"),
    Observable("delta_a_mu", "1", r"\Delta a_\mu", "contribution to the muon's (g - 2)/2, (II.19)", headline=True, usual_power=-10),
    Observable("dm_K", "GeV", r"\Delta m_K", "contribution to the mass difference of the K0, (II.20)"),
    Observable("dm_Bd", "GeV", r"\Delta m_{B_d}", "contribution to the mass difference of the Bd, (II.20)"),
    Observable("dm_Bs", "GeV", r"\Delta m_{B_s}", "contribution to the mass difference of the Bs, (II.20)"),
    Observable("dm_D", "GeV", r"\Delta m_D", "contribution to the mass difference of the D0, (II.21)"),
)

OBSERVABLE_NAMES: tuple[str, ...] = tuple(o.name for o in OBSERVABLES)
OBSERVABLE_INDEX: dict[str, int] = {name: index for index, name in enumerate(OBSERVABLE_NAMES)}

_SCALE_K, _SCALE_BD, _SCALE_BS = M_K * F_K**2, M_BD * F_BD**2, M_BS * F_BS**2  # GeV^3


@inlined
def _parts(z: complex, zero: float) -> tuple[float, float]:
    return z.real + zero, z.imag + zero


@inlined
def observables(x: Numbers, formulas: int) -> Numbers:
    """Every observable of one parameter point, in the order of `OBSERVABLES`; `formulas` is a `FormulaSet`.

    Where g is not defined (f singular, alpha_1 = 0) or too large to be squared twice, g_max and whatever depends on g is NaN.
    """
    p = point_of(x)
    g, g_max = triplet_couplings(p)
    c9_mu, c10_mu, c9p_mu, c10p_mu = wilson_coefficients(p, g, 1)
    c9_e, c10_e, c9p_e, c10p_e = wilson_coefficients(p, g, 0)
    loops, factors = dipole_loops(p, formulas), box_factors(p, formulas)
    sums_12 = quark_sums(p, g, 1, 0)
    zero = select(g_max < G_MEANINGLESS, 0.0, math.nan)
    wilson_mu = _parts(c9_mu, zero) + _parts(c10_mu, zero) + (c9p_mu, 0.0, c10p_mu, 0.0)
    wilson_e = _parts(c9_e, zero) + _parts(c10_e, zero) + (c9p_e, 0.0, c10p_e, 0.0)
    return (
        wilson_mu
        + wilson_e
        + (
            r_k(c9_mu + c9p_mu, c10_mu + c10p_mu, c9_e + c9p_e, c10_e + c10p_e) + zero,
            branching_bs_mumu(c10_mu - c10p_mu) + zero,
            g_max + zero,
            branching_l_lgamma(p, g, loops, 1, 0) + zero,
            branching_l_lgamma(p, g, loops, 2, 1) + zero,
            branching_l_lgamma(p, g, loops, 2, 0) + zero,
            delta_a_mu(p, g, loops) + zero,
            mixing_down(sums_12, factors, _SCALE_K, formulas) + zero,
            mixing_down(quark_sums(p, g, 2, 0), factors, _SCALE_BD, formulas) + zero,
            mixing_down(quark_sums(p, g, 2, 1), factors, _SCALE_BS, formulas) + zero,
            mixing_up(sums_12, factors, formulas) + zero,
        )
    )


@inlined
def _paper(x: Numbers) -> Numbers:
    return observables(x, FormulaSet.PAPER)


@inlined
def _corrected(x: Numbers) -> Numbers:
    return observables(x, FormulaSet.CORRECTED)


_LOOPS = [over_points(function, len(PARAMETERS), len(OBSERVABLES)) for function in (_paper, _corrected)]  # as in `FormulaSet`


def observables_of_points(points: Array, formulas: int) -> Array:
    """Predict every observable, (n, 27), of (n, 46) parameter points; what does not exist is infinite."""
    return _LOOPS[formulas](points)


def standard_model() -> Array:
    """Observables with all new couplings zero: new contributions 0, R_K and BR(Bs -> mu mu) as in the standard model."""
    values = {"R_K": R_K_SM, "BR_Bs_mumu": BS_MUMU_SM}
    return np.array([values.get(name, 0.0) for name in OBSERVABLE_NAMES])
