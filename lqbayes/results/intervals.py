"""Credible intervals of every reported quantity, as rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lqbayes.prior.coordinates import FIXED
from lqbayes.quantities import Draws, Quantity, quantities
from lqbayes.sampling.convergence import Convergence

COLUMNS = ("quantity", "unit", "median", "low68", "high68", "low95", "high95", "rhat", "ess")
# Equal-tailed: the same probability below as above.
_LEVELS = (0.5, 0.16, 0.84, 0.025, 0.975)


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One row of the table.

    Attributes
    ----------
    quantity
        What the row is about.
    median
        Posterior median; the probability of the positive sign for a sign; the value of a fixed parameter.
    low68, high68, low95, high95
        Ends of the equal-tailed 68 % and 95 % credible intervals; None for a sign.
    rhat, ess
        Nested R-hat and effective sample size; None for what does not vary and with a single ensemble.
    fixed
        Whether the row is a fixed parameter.
    """

    quantity: Quantity
    median: float
    low68: float | None = None
    high68: float | None = None
    low95: float | None = None
    high95: float | None = None
    rhat: float | None = None
    ess: float | None = None
    fixed: bool = False

    @property
    def constant(self) -> bool:
        """Whether every draw has the same value."""
        return self.low95 is not None and self.low95 == self.high95

    def cells(self) -> tuple[str | float | None, ...]:
        """Contents in the order of `COLUMNS`."""
        numbers = (self.median, self.low68, self.high68, self.low95, self.high95, self.rhat, self.ess)
        return (self.quantity.name, unit_text(self.quantity), *numbers)


def unit_text(quantity: Quantity) -> str:
    """Give the unit of a quantity for a table: ``log10(GeV)`` where it is the logarithm of a value in GeV."""
    return f"log10({quantity.unit})" if quantity.transform == "log10_abs" and quantity.unit != "1" else quantity.unit


def credible_intervals(draws: Draws, convergence: Convergence) -> tuple[IntervalRow, ...]:
    """Credible intervals of every parameter and every observable."""
    judged = {entry.name: entry for entry in convergence.quantities}
    rows = []
    for quantity in _with_fixed(draws):
        x = draws.values(quantity).ravel()
        entry = judged.get(quantity.name)
        rhat, ess = (None, None) if entry is None else (_number(entry.rhat), _number(entry.ess))
        if quantity.kind == "sign":
            rows.append(IntervalRow(quantity, float(np.mean(x)), rhat=rhat, ess=ess))
        else:
            median, low68, high68, low95, high95 = (float(value) for value in np.quantile(x, _LEVELS))
            rows.append(IntervalRow(quantity, median, low68, high68, low95, high95, rhat, ess, fixed=entry is None))
    return tuple(rows)


def _with_fixed(draws: Draws) -> list[Quantity]:
    reported = quantities(draws.posterior)
    kinds = draws.posterior.prior.table.kind
    fixed = [
        Quantity(parameter.name, parameter.symbol, parameter.unit, "parameter", "real", column)
        for column, parameter in enumerate(draws.posterior.model.parameters)
        if kinds[column] == FIXED
    ]
    # A stable sort: the magnitude of a parameter stays before its sign.
    parameters = sorted([q for q in reported if q.origin == "parameter"] + fixed, key=lambda q: q.column)
    return parameters + [q for q in reported if q.origin == "observable"]


def _number(x: float) -> float | None:
    return None if np.isnan(x) else float(x)
