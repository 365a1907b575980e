"""Medians, credible intervals and probabilities, each with its Monte Carlo error from the scatter between independent ensembles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lqbayes.prior.coordinates import FIXED
from lqbayes.quantities import Draws, Quantity, quantities
from lqbayes.sampling.convergence import Convergence

LEVELS: Mapping[str, float] = MappingProxyType({"low95": 0.025, "low68": 0.16, "median": 0.5, "high68": 0.84, "high95": 0.975})
"""Quantiles of the equal-tailed intervals: the same probability below as above."""

CENTRAL = ("low68", "median", "high68")
CENTRAL_LEVELS = tuple(LEVELS[name] for name in CENTRAL)


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """One number of a posterior.

    Attributes
    ----------
    value
        Of all draws together, as tables print it.
    ensembles : (ensembles,) array
        The same of each ensemble alone. Each was annealed on its own, so that their scatter is the error of the mean, whatever the
        correlation of walkers and steps.
    """

    value: float
    ensembles: NDArray[np.float64]

    @property
    def error(self) -> float:
        """One standard deviation, known with as many degrees of freedom as there are ensembles, less one; NaN with a single ensemble."""
        count = len(self.ensembles)
        return float(np.std(self.ensembles, ddof=1)) / math.sqrt(count) if count > 1 else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """Median and credible intervals of one quantity.

    Attributes
    ----------
    quantity
        What it is about.
    estimates
        ``median``, ``low68``, ``high68``, ``low95``, ``high95``; of a sign ``median`` alone, the probability that it is positive.
    rhat, ess
        Nested R-hat and effective sample size; NaN for what does not vary and with a single ensemble.
    fixed
        Whether it is a fixed parameter.
    directions
        The same estimates of sine and cosine of a phase, whose own median depends on where the circle is cut.
    """

    quantity: Quantity
    estimates: Mapping[str, Estimate]
    rhat: float = math.nan
    ess: float = math.nan
    fixed: bool = False
    directions: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)

    def value(self, statistic: str) -> float:
        """Return a number, NaN for an end that a sign does not have."""
        return self.estimates[statistic].value if statistic in self.estimates else math.nan

    @property
    def median(self) -> float:
        """Posterior median; the probability of the positive sign; the value of a fixed parameter."""
        return self.estimates["median"].value

    @property
    def central(self) -> tuple[float, float, float]:
        """Lower end of the 68 % interval, median, upper end; the probability three times for a sign."""
        low, median, high = (self.estimates.get(name, self.estimates["median"]).value for name in CENTRAL)
        return low, median, high

    @property
    def values(self) -> tuple[float, ...]:
        """Median and ends for a table, those of 68 % first; the median alone where nothing else is to be said."""
        constant = self.value("low95") == self.value("high95")
        names = ("median",) if constant or len(self.estimates) == 1 else ("median", "low68", "high68", "low95", "high95")
        return tuple(self.estimates[name].value for name in names)


def estimates_of(x: NDArray[np.float64], kind: str = "real") -> Mapping[str, Estimate]:
    """Estimate what tables print of one quantity, from its (ensembles, steps, walkers) values."""
    if kind == "sign":
        return {"median": Estimate(float(np.mean(x)), np.asarray(x.mean(axis=(1, 2))))}
    levels = list(LEVELS.values())
    together, each = np.quantile(x.ravel(), levels), np.quantile(x.reshape(len(x), -1), levels, axis=1)
    return {name: Estimate(float(together[k]), each[k]) for k, name in enumerate(LEVELS)}


def credible_intervals(draws: Draws, convergence: Convergence) -> tuple[Interval, ...]:
    """Credible intervals of every parameter, fixed ones too, and every observable."""
    judged = {entry.name: entry for entry in convergence.quantities}
    rows = []
    for quantity in _with_fixed(draws):
        entry = judged.get(quantity.name)
        rhat, ess = (math.nan, math.nan) if entry is None else (entry.rhat, entry.ess)
        phases = zip(("sin", "cos"), draws.monitored(quantity) if quantity.kind == "phase" else (), strict=False)
        directions = {name: estimates_of(x) for name, x in phases}
        rows.append(Interval(quantity, estimates_of(draws.values(quantity), quantity.kind), rhat, ess, entry is None, directions))
    return tuple(rows)


def _with_fixed(draws: Draws) -> list[Quantity]:
    reported = quantities(draws.posterior)
    kinds = draws.posterior.prior.table.kind
    fixed = [
        Quantity(parameter.name, parameter.symbol, parameter.unit, "parameter", "real", column, source=parameter.name)
        for column, parameter in enumerate(draws.posterior.model.parameters)
        if kinds[column] == FIXED
    ]
    # A stable sort: the magnitude of a parameter stays before its sign.
    parameters = sorted([q for q in reported if q.origin == "parameter"] + fixed, key=lambda q: q.column)
    return parameters + [q for q in reported if q.origin == "observable"]
