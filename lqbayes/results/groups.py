"""Named groups of quantities that make a readable corner plot together."""

from __future__ import annotations

from lqbayes.input.errors import ArgumentError
from lqbayes.input.problems import did_you_mean
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX
from lqbayes.posterior import Posterior
from lqbayes.quantities import Quantity, quantities

# Panels of nine quantities and more are too small to read, and corner takes minutes over twenty.
MAXIMUM_SIZE = 8

# Parameters and observables by name; what is shown of each (logarithm, modulus) follows from the prior and from the observable.
GROUPS: dict[str, tuple[str, ...]] = {
    "headline": ("M_LQ", "C9_mu", "C10_mu", "R_K", "delta_a_mu", "BR_mu_egamma", "BR_tau_mugamma", "BR_tau_egamma"),
    "couplings-g2": ("M_LQ", "h_32", "ht_23", "h_22", "ht_22", "h_33", "delta_a_mu", "BR_tau_mugamma"),
    "couplings-heavy": ("h_22", "h_23", "h_32", "h_33", "ht_22", "ht_23", "ht_32", "ht_33"),
    "h-light": ("h_11", "h_12", "h_13", "h_21", "h_31"),
    "ht-light": ("ht_11", "ht_12", "ht_13", "ht_21", "ht_31"),
    "f-rows-1-2": ("f_11", "f_12", "f_13", "f_21", "f_22", "f_23"),
    "f-rows-2-3": ("f_21", "f_22", "f_23", "f_31", "f_32", "f_33"),
    "triplet": ("M_LQ", "alpha_1", "alpha_2", "A_12_abs", "A_13_abs", "A_23_abs", "g_max"),
    "wilson": ("C9_mu", "C10_mu", "C9_e", "C10_e", "C9p_mu", "R_K", "BR_Bs_mumu"),
    "mixing": ("dm_K", "dm_Bd", "dm_Bs", "dm_D"),
    "neutrino": ("s12sq", "s23sq", "s13sq", "delta_CP", "dm21", "dm3l", "m_lightest"),
    "phases": ("delta_CP", "alpha_21", "alpha_31", "A_12_arg", "A_13_arg", "A_23_arg"),
}


def group_quantities(posterior: Posterior, name: str) -> tuple[Quantity, ...]:
    """Quantities of a named group, as a posterior reports them."""
    if name not in GROUPS:
        raise ArgumentError(f"there is no group of quantities '{name}'; {did_you_mean(name, GROUPS)}")
    shown: dict[tuple[str, int], Quantity] = {}
    for quantity in quantities(posterior, logarithms=True):
        if quantity.kind != "sign":
            # The logarithm of an observable follows the observable itself and takes its place.
            shown[quantity.origin, quantity.column] = quantity
    keys = [("parameter", PARAMETER_INDEX[n]) if n in PARAMETER_INDEX else ("observable", OBSERVABLE_INDEX[n]) for n in GROUPS[name]]
    return tuple(shown[key] for key in keys if key in shown)
