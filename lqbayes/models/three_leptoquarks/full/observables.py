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
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, couplings_of
from lqbayes.models.three_leptoquarks.full.running import running
from lqbayes.models.three_leptoquarks.full.table import ratio
from lqbayes.models.three_leptoquarks.layout import M_LQ
from lqbayes.models.three_leptoquarks.neutrinos import triplet_couplings
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS

_TABLES: tuple[tuple[Observable, ...], ...] = (
    (ratio("g_max", r"\max|g_{ij}|", "largest modulus of the triplet's couplings, (II.7)"),),
    b_to_s.OBSERVABLES,
    b_decays.OBSERVABLES,
    neutrino_modes.OBSERVABLES,
    kaons.OBSERVABLES,
    charm.OBSERVABLES,
    mixing.OBSERVABLES,
    taus.OBSERVABLES,
    dipoles.OBSERVABLES,
    three_leptons.OBSERVABLES,
    conversion.OBSERVABLES,
    charged_currents.OBSERVABLES,
    z_higgs.Z_OBSERVABLES,
    z_higgs.HIGGS_OBSERVABLES,
    lhc.OBSERVABLES,
)
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


@inlined
def _evaluate(x: Couplings, g_max: float, out: NDArray[np.float64]) -> None:
    r = running(x.mass)
    kappa = z_higgs.z_strength(x, r)
    loop = dipoles.loops(x, r)
    mu_e = dipoles.dipole(x.w, loop, dipoles.ETA_MU, x.mu, x.e)
    tau_mu = dipoles.dipole(x.w, loop, dipoles.ETA_TAU, x.tau, x.mu)
    tau_e = dipoles.dipole(x.w, loop, dipoles.ETA_TAU, x.tau, x.e)
    k = _store(out, 0, (g_max,))
    k = _store(out, k, b_to_s.observables(x, r))
    k = _store(out, k, b_decays.observables(x, r))
    k = _store(out, k, neutrino_modes.observables(x, r))
    k = _store(out, k, kaons.observables(x, r))
    k = _store(out, k, charm.observables(x, r))
    k = _store(out, k, mixing.observables(x, r))
    k = _store(out, k, taus.observables(x, r, kappa))
    k = _store(out, k, dipoles.observables(x, loop, mu_e, tau_mu, tau_e))
    k = _store(out, k, three_leptons.observables(x, kappa, mu_e, tau_mu, tau_e))
    k = _store(out, k, conversion.observables(x, r, kappa, mu_e))
    k = _store(out, k, charged_currents.observables(x, r))
    k = _store(out, k, z_higgs.z_observables(x, kappa))
    k = _store(out, k, z_higgs.higgs_observables(x, r))
    _store(out, k, lhc.observables(x))


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
        defined = g_max < _G_MEANINGLESS
        if not defined:
            g[:, :] = 0
        _evaluate(couplings_of(points[i], g), g_max, out[i])
        if not defined:
            for k in range(_COUNT):
                if not _WITHOUT_G[k]:
                    out[i, k] = math.inf
    return out


def standard_model() -> NDArray[np.float64]:
    """Observables without leptoquarks: heavy ones without couplings."""
    out = np.empty(_COUNT)
    _standard_model(out)
    return out
