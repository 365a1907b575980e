"""All observables of one parameter point, in one fixed order, and of many points."""

from __future__ import annotations

import math

import numpy as np

from lqbayes.compilation import compiled
from lqbayes.model import Observable
from lqbayes.models.three_leptoquarks.constants import F_BD, F_BS, F_K, M_BD, M_BS, M_K
from lqbayes.models.three_leptoquarks.dipoles import branching_l_lgamma, delta_a_mu, dipole_loops
from lqbayes.models.three_leptoquarks.layout import Array, ComplexArray
from lqbayes.models.three_leptoquarks.mixing import box_factors, mixing_down, mixing_up, quark_sums
from lqbayes.models.three_leptoquarks.neutrinos import triplet_couplings
from lqbayes.models.three_leptoquarks.wilson import branching_bs_mumu, r_k, wilson_coefficients


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

_MU, _E = OBSERVABLE_INDEX["C9_mu"], OBSERVABLE_INDEX["C9_e"]  # the first of eight each
_R_K, _BS_MUMU, _G_MAX = (OBSERVABLE_INDEX[name] for name in ("R_K", "BR_Bs_mumu", "g_max"))
_MU_EGAMMA, _TAU_MUGAMMA, _TAU_EGAMMA = (OBSERVABLE_INDEX[f"BR_{name}gamma"] for name in ("mu_e", "tau_mu", "tau_e"))
_DELTA_A_MU = OBSERVABLE_INDEX["delta_a_mu"]
_DM_K, _DM_BD, _DM_BS, _DM_D = (OBSERVABLE_INDEX[f"dm_{meson}"] for meson in ("K", "Bd", "Bs", "D"))
_COUNT = len(OBSERVABLES)
_SCALE_K, _SCALE_BD, _SCALE_BS = M_K * F_K**2, M_BD * F_BD**2, M_BS * F_BS**2  # GeV^3
# Beyond this modulus of g, products of four couplings leave the range of double precision and nothing can be said.
_G_MEANINGLESS = 1e60

Workspace = tuple[Array, ComplexArray, ComplexArray, ComplexArray]


@compiled
def new_workspace() -> Workspace:
    """Make room for the matrices of one point, to be used again: weights of (II.7), PMNS matrix, m_nu + A in GeV, couplings g."""
    shape = (3, 3)
    return np.empty(shape), np.empty(shape, dtype=np.complex128), np.empty(shape, dtype=np.complex128), np.empty(shape, dtype=np.complex128)


@compiled
def _store_wilson(point: Array, g: ComplexArray, lepton: int, first: int, out: Array) -> tuple[complex, complex, complex]:
    """Fill in the coefficients of one lepton; return C9 + C9', C10 + C10' and C10 - C10'."""
    c9, c10, c9p, c10p = wilson_coefficients(point, g, lepton)
    out[first], out[first + 1] = c9.real, c9.imag
    out[first + 2], out[first + 3] = c10.real, c10.imag
    out[first + 4], out[first + 5] = c9p, 0.0
    out[first + 6], out[first + 7] = c10p, 0.0
    return c9 + c9p, c10 + c10p, c10 - c10p


@compiled
def observables_of_point(point: Array, formulas: int, workspace: Workspace, out: Array) -> None:
    """Fill in every observable of one parameter point, in the order of `OBSERVABLES`; `formulas` is a `FormulaSet` as a number.

    Where g is not defined (f singular, alpha_1 = 0) or too large to be squared twice, g_max and whatever depends on g is infinite; nothing
    is ever NaN for finite parameters.
    """
    weights, v, b, g = workspace
    g_max = triplet_couplings(point, weights, v, b, g)
    if g_max < _G_MEANINGLESS:
        out[_G_MAX] = g_max
        s_mu, t_mu, x_mu = _store_wilson(point, g, 1, _MU, out)
        s_e, t_e, _ = _store_wilson(point, g, 0, _E, out)
        out[_R_K] = r_k(s_mu, t_mu, s_e, t_e)
        out[_BS_MUMU] = branching_bs_mumu(x_mu)

        loops = dipole_loops(point, formulas)
        out[_MU_EGAMMA] = branching_l_lgamma(point, g, loops, 1, 0)
        out[_TAU_MUGAMMA] = branching_l_lgamma(point, g, loops, 2, 1)
        out[_TAU_EGAMMA] = branching_l_lgamma(point, g, loops, 2, 0)
        out[_DELTA_A_MU] = delta_a_mu(point, g, loops)

        factors = box_factors(point, formulas)
        sums_12 = quark_sums(point, g, 1, 0)
        out[_DM_K] = mixing_down(point, sums_12, factors, _SCALE_K, formulas)
        out[_DM_D] = mixing_up(point, sums_12, factors, formulas)
        out[_DM_BD] = mixing_down(point, quark_sums(point, g, 2, 0), factors, _SCALE_BD, formulas)
        out[_DM_BS] = mixing_down(point, quark_sums(point, g, 2, 1), factors, _SCALE_BS, formulas)
    else:
        out[:] = math.inf
        for lepton, first in ((1, _MU), (0, _E)):
            _, _, right_handed, minus_right_handed = wilson_coefficients(point, g, lepton)  # of which g is no part
            out[first + 4], out[first + 5] = right_handed, 0.0
            out[first + 6], out[first + 7] = minus_right_handed, 0.0
    # Couplings so large that their products overflow leave differences and ratios of infinities.
    for k in range(_COUNT):
        if math.isnan(out[k]):
            out[k] = math.inf


@compiled
def observables_of_points(points: Array, formulas: int) -> Array:
    """Every observable, (n, 27), of (n, 46) parameter points: each row as `observables_of_point` makes it, bit for bit."""
    out = np.empty((len(points), _COUNT))
    workspace = new_workspace()
    for i in range(len(points)):
        observables_of_point(points[i], formulas, workspace, out[i])
    return out


def standard_model() -> Array:
    """Observables with all new couplings zero: new contributions 0, R_K and BR(Bs -> mu mu) as in the standard model."""
    observables = np.zeros(_COUNT)
    observables[_R_K] = r_k(0j, 0j, 0j, 0j)
    observables[_BS_MUMU] = branching_bs_mumu(0j)
    return observables
