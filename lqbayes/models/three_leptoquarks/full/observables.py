"""All observables of one point under the formula set `full`, in one fixed order, and of many points."""

import math

import numpy as np

from lqbayes.compilation import inlined
from lqbayes.model import Observable
from lqbayes.model.point_loop import columns, over_points
from lqbayes.models.three_leptoquarks.full import (
    b_decays,
    b_to_s,
    charged_currents,
    charm,
    conversion,
    dipoles,
    kaons,
    lhc,
    mixing,
    neutrino_modes,
    taus,
    three_leptons,
    z_higgs,
)
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, couplings_of
from lqbayes.models.three_leptoquarks.full.running import Running, running
from lqbayes.models.three_leptoquarks.full.table import ratio
from lqbayes.models.three_leptoquarks.layout import M_LQ, Array, ComplexArray, ComplexVector, Numbers, point_of
from lqbayes.models.three_leptoquarks.neutrinos import G_MEANINGLESS, triplet_couplings
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.vector_math import select

_G_MAX = (ratio("g_max", r"\max|g_{ij}|", "largest modulus of the triplet's couplings, (II.7)"),)
_B = (*b_to_s.OBSERVABLES, *b_decays.OBSERVABLES, *neutrino_modes.OBSERVABLES)
_LIGHT = (*kaons.OBSERVABLES, *charm.OBSERVABLES, *taus.OBSERVABLES)
_LEPTONS = (*dipoles.OBSERVABLES, *three_leptons.OBSERVABLES, *conversion.OBSERVABLES, *z_higgs.Z_OBSERVABLES, *z_higgs.HIGGS_OBSERVABLES)
_TABLES = (_G_MAX, _B, _LIGHT, mixing.OBSERVABLES, _LEPTONS, charged_currents.OBSERVABLES, lhc.OBSERVABLES)
OBSERVABLES: tuple[Observable, ...] = tuple(observable for table in _TABLES for observable in table)
OBSERVABLE_NAMES: tuple[str, ...] = tuple(o.name for o in OBSERVABLES)
OBSERVABLE_INDEX: dict[str, int] = {name: index for index, name in enumerate(OBSERVABLE_NAMES)}

# What exists without g.
_WITHOUT_G = np.array([name.startswith(("C9p_", "C10p_", "kappa_")) for name in OBSERVABLE_NAMES])
_P = len(PARAMETERS)
_WITH_G = _P + 19  # the numbers of a point, real and imaginary parts of its g, and the largest modulus of that


@inlined
def _parts(exists: bool, x: complex, y: complex, z: complex) -> Numbers:
    real = select(exists, x.real, 0.0), select(exists, y.real, 0.0), select(exists, z.real, 0.0)
    imag = select(exists, x.imag, 0.0), select(exists, y.imag, 0.0), select(exists, z.imag, 0.0)
    return real[0], imag[0], real[1], imag[1], real[2], imag[2]


@inlined
def _with_g(x: Numbers) -> Numbers:
    (a, b, c), g_max = triplet_couplings(point_of(x))
    exists = g_max < G_MEANINGLESS
    rows = _parts(exists, *a) + _parts(exists, *b) + _parts(exists, *c)
    return x + rows + (select(exists, g_max, math.inf),)


@inlined
def _row(x: Numbers) -> ComplexVector:
    return complex(x[0], x[1]), complex(x[2], x[3]), complex(x[4], x[5])


@inlined
def _couplings(x: Numbers) -> tuple[Couplings, Running]:
    c = couplings_of(point_of(x[:46]), (_row(x[46:52]), _row(x[52:58]), _row(x[58:64])))
    return c, running(c.mass)


# Compiled apart: in one function the couplings, and all that is made of them, would not fit into the registers. Each sorts the numbers
# anew, which costs less than passing on what it makes of them.


@inlined
def _b(x: Numbers) -> Numbers:
    c, r = _couplings(x)
    return b_to_s.observables(c, r) + b_decays.observables(c, r) + neutrino_modes.observables(c, r)


@inlined
def _light(x: Numbers) -> Numbers:
    c, r = _couplings(x)
    return kaons.observables(c, r) + charm.observables(c, r) + taus.observables(c, r, z_higgs.z_strength(c, r))


@inlined
def _mixing(x: Numbers) -> Numbers:
    return mixing.observables(*_couplings(x))


@inlined
def _leptons(x: Numbers) -> Numbers:
    c, r = _couplings(x)
    kappa = z_higgs.z_strength(c, r)
    loop = dipoles.loops(c, r)
    mu_e = dipoles.dipole(c.w, loop, dipoles.ETA_MU, c.mu, c.e)
    tau_mu = dipoles.dipole(c.w, loop, dipoles.ETA_TAU, c.tau, c.mu)
    tau_e = dipoles.dipole(c.w, loop, dipoles.ETA_TAU, c.tau, c.e)
    return (
        dipoles.observables(c, loop, mu_e, tau_mu, tau_e)
        + three_leptons.observables(c, kappa, mu_e, tau_mu, tau_e)
        + conversion.observables(c, r, kappa, mu_e)
        + z_higgs.z_observables(c, kappa)
        + z_higgs.higgs_observables(c, r)
    )


@inlined
def _currents(x: Numbers) -> Numbers:
    return charged_currents.observables(*_couplings(x))


@inlined
def _lhc(x: Numbers) -> Numbers:
    return lhc.observables(_couplings(x)[0])


_COUPLINGS = over_points(_with_g, _P, _WITH_G)
_LOOPS = [
    (over_points(function, _WITH_G, len(table)), len(table))
    for function, table in zip((_b, _light, _mixing, _leptons, _currents, _lhc), _TABLES[1:], strict=True)
]


def _observables(points: Array) -> Array:
    """Every observable of points with their g."""
    out = columns(len(points), len(OBSERVABLES))
    out[:, 0], first = points[:, -1], 1
    for loop, count in _LOOPS:
        loop(points, out[:, first : first + count])
        first += count
    return out


def couplings_g(point: Array) -> ComplexArray:
    """Couplings g of one point; 0 where they are not defined."""
    parts = _COUPLINGS(point[None, :])[0, _P:-1].reshape(3, 3, 2)
    g: ComplexArray = parts[..., 0] + 1j * parts[..., 1]
    return g


def observables_with(point: Array, g: ComplexArray) -> Array:
    """Every observable of one point of the parameter table with these couplings g, in the order of `OBSERVABLES`."""
    parts = np.stack([g.real, g.imag], axis=-1)
    row: Array = _observables(np.concatenate([point, parts.ravel(), [np.max(np.abs(g))]])[None, :])[0]
    return row


def observables_of_points(points: Array) -> Array:
    """Predict every observable of (n, 46) points, as an (n, m) array in the order of `OBSERVABLES`.

    Where g is not defined (f singular, alpha_1 = 0) or too large to be squared twice, whatever depends on it is infinite.
    """
    with_g = _COUPLINGS(points)
    out = _observables(with_g)
    without_g = np.flatnonzero(with_g[:, -1] == np.inf)
    out[np.ix_(without_g, ~_WITHOUT_G)] = np.inf
    return out


def standard_model() -> Array:
    """Observables with all new couplings zero."""
    point = np.zeros(_P)
    point[M_LQ] = 1e3
    return observables_with(point, np.zeros((3, 3), np.complex128))
