"""All observables of one point under the formula set `full`, in one fixed order, and of many points."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled, inlined
from lqbayes.model import Observable
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
from lqbayes.models.three_leptoquarks.full.couplings import couplings_of
from lqbayes.models.three_leptoquarks.full.running import running
from lqbayes.models.three_leptoquarks.full.table import ratio
from lqbayes.models.three_leptoquarks.layout import M_LQ
from lqbayes.models.three_leptoquarks.neutrinos import triplet_couplings
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS

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
_COUNT = len(OBSERVABLES)
# Beyond this modulus of g, products of four couplings leave the range of double precision and nothing can be said.
_G_MEANINGLESS = 1e60


@inlined
def _store(out: NDArray[np.float64], first: int, values: tuple[float, ...]) -> int:
    """Write the values of one table; returns where the next begins. What overflowed has no value: infinite, never NaN."""
    for k in range(len(values)):
        out[first + k] = math.inf if math.isnan(values[k]) else values[k]
    return first + len(values)


# Compiled apart: in one function the couplings, and all that is made of them, would not fit into the registers. Each reads the point anew,
# which costs less than passing on what it makes of it.


@compiled
def _store_b(point: NDArray[np.float64], g: NDArray[np.complex128], out: NDArray[np.float64], k: int) -> int:
    x = couplings_of(point, g)
    r = running(x.mass)
    k = _store(out, k, b_to_s.observables(x, r))
    k = _store(out, k, b_decays.observables(x, r))
    return _store(out, k, neutrino_modes.observables(x, r))


@compiled
def _store_light(point: NDArray[np.float64], g: NDArray[np.complex128], out: NDArray[np.float64], k: int) -> int:
    x = couplings_of(point, g)
    r = running(x.mass)
    k = _store(out, k, kaons.observables(x, r))
    k = _store(out, k, charm.observables(x, r))
    return _store(out, k, taus.observables(x, r, z_higgs.z_strength(x, r)))


@compiled
def _store_mixing(point: NDArray[np.float64], g: NDArray[np.complex128], out: NDArray[np.float64], k: int) -> int:
    x = couplings_of(point, g)
    return _store(out, k, mixing.observables(x, running(x.mass)))


@compiled
def _store_leptons(point: NDArray[np.float64], g: NDArray[np.complex128], out: NDArray[np.float64], k: int) -> int:
    x = couplings_of(point, g)
    r = running(x.mass)
    kappa = z_higgs.z_strength(x, r)
    loop = dipoles.loops(x, r)
    mu_e = dipoles.dipole(x.w, loop, dipoles.ETA_MU, x.mu, x.e)
    tau_mu = dipoles.dipole(x.w, loop, dipoles.ETA_TAU, x.tau, x.mu)
    tau_e = dipoles.dipole(x.w, loop, dipoles.ETA_TAU, x.tau, x.e)
    k = _store(out, k, dipoles.observables(x, loop, mu_e, tau_mu, tau_e))
    k = _store(out, k, three_leptons.observables(x, kappa, mu_e, tau_mu, tau_e))
    k = _store(out, k, conversion.observables(x, r, kappa, mu_e))
    k = _store(out, k, z_higgs.z_observables(x, kappa))
    return _store(out, k, z_higgs.higgs_observables(x, r))


@compiled
def _store_currents(point: NDArray[np.float64], g: NDArray[np.complex128], out: NDArray[np.float64], k: int) -> int:
    x = couplings_of(point, g)
    return _store(out, k, charged_currents.observables(x, running(x.mass)))


@compiled
def _store_lhc(point: NDArray[np.float64], g: NDArray[np.complex128], out: NDArray[np.float64], k: int) -> int:
    return _store(out, k, lhc.observables(couplings_of(point, g)))


@compiled
def observables_with(point: NDArray[np.float64], g: NDArray[np.complex128], g_max: float, row: NDArray[np.float64]) -> None:
    """Every observable of one point of the parameter table with these couplings g, in the order of `OBSERVABLES`."""
    row[0] = g_max
    k = _store_b(point, g, row, 1)
    k = _store_light(point, g, row, k)
    k = _store_mixing(point, g, row, k)
    k = _store_leptons(point, g, row, k)
    k = _store_currents(point, g, row, k)
    _store_lhc(point, g, row, k)


@compiled
def observables_of_points(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Predict every observable of (n, 46) points, as an (n, m) array in the order of `OBSERVABLES`.

    Where g is not defined (f singular, alpha_1 = 0) or too large to be squared twice, whatever depends on it is infinite.
    """
    out = np.empty((len(points), _COUNT))
    weights = np.empty((3, 3))
    v, b, g = np.empty((3, 3), np.complex128), np.empty((3, 3), np.complex128), np.empty((3, 3), np.complex128)
    for i in range(len(points)):
        g_max = triplet_couplings(points[i], weights, v, b, g)
        if g_max < _G_MEANINGLESS:
            observables_with(points[i], g, g_max, out[i])
        else:
            g[:, :] = 0
            observables_with(points[i], g, math.inf, out[i])
            for k in range(_COUNT):
                if not _WITHOUT_G[k]:
                    out[i, k] = math.inf
    return out


def standard_model() -> NDArray[np.float64]:
    """Observables with all new couplings zero."""
    row, point = np.empty(_COUNT), np.zeros(len(PARAMETERS))
    point[M_LQ] = 1e3
    observables_with(point, np.zeros((3, 3), np.complex128), 0.0, row)
    return row
