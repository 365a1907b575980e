"""Named groups of quantities that make a readable corner plot together."""

from __future__ import annotations

from lqbayes.input.errors import ArgumentError
from lqbayes.input.problems import did_you_mean
from lqbayes.posterior import Posterior
from lqbayes.quantities import Quantity, quantities

# Panels of nine quantities and more are too small to read, and corner takes minutes over twenty.
MAXIMUM_SIZE = 8


def group_quantities(posterior: Posterior, name: str) -> tuple[Quantity, ...]:
    """Quantities of a named group, as a posterior reports them."""
    groups, model = posterior.model.corner_groups, posterior.model
    if name not in groups:
        raise ArgumentError(f"there is no group of quantities '{name}'; {did_you_mean(name, groups)}")
    shown: dict[tuple[str, int], Quantity] = {}
    for quantity in quantities(posterior, logarithms=True):
        if quantity.kind != "sign":
            # The logarithm of an observable follows the observable itself and takes its place.
            shown[quantity.origin, quantity.column] = quantity
    parameters, observables = model.parameter_index, model.observable_index
    keys = [("parameter", parameters[n]) if n in parameters else ("observable", observables[n]) for n in groups[name]]
    return tuple(shown[key] for key in keys if key in shown)
