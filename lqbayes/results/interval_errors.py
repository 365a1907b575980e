"""Monte Carlo errors of medians, ends of 68 % intervals and probabilities, from the scatter between independent ensembles."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import Draws, Quantity
from lqbayes.results.state import NOT_CONVERGED

COLUMNS = ("quantity", "median_error", "low68_error", "high68_error")
_LEVELS = {"low68": 0.16, "median": 0.5, "high68": 0.84}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number of a posterior with its Monte Carlo error.

    Each ensemble, annealed on its own, gives an independent value, so that their scatter is the error of the mean, whatever the
    correlation of walkers and steps.

    Attributes
    ----------
    quantity
        Name; ``sin`` or ``cos`` before that of a phase where its sine or cosine is meant.
    statistic
        ``low68``, ``median``, ``high68``, or ``probability`` for a sign.
    value
        Of all draws together, as tables print it.
    ensembles : (ensembles,) array
        The same of each ensemble alone.
    """

    quantity: str
    statistic: str
    value: float
    ensembles: NDArray[np.float64]

    @property
    def error(self) -> float:
        """One standard deviation, known with as many degrees of freedom as there are ensembles, less one; NaN with a single ensemble."""
        count = len(self.ensembles)
        return float(np.std(self.ensembles, ddof=1)) / math.sqrt(count) if count > 1 else math.nan


def estimates_of(name: str, kind: str, x: NDArray[np.float64]) -> tuple[Estimate, ...]:
    """Estimate what tables print of one quantity."""
    if kind == "sign":
        return (Estimate(name, "probability", float(np.mean(x)), np.asarray(x.mean(axis=(1, 2)))),)
    levels = list(_LEVELS.values())
    together, each = np.quantile(x.ravel(), levels), np.quantile(x.reshape(len(x), -1), levels, axis=1)
    return tuple(Estimate(name, statistic, float(together[k]), each[k]) for k, statistic in enumerate(_LEVELS))


def estimates(draws: Draws, quantity: Quantity) -> tuple[Estimate, ...]:
    """Estimate what tables print of one quantity of a run."""
    return estimates_of(quantity.name, quantity.kind, draws.values(quantity))


def errors_csv(draws: Draws, reported: Iterable[Quantity], state: str) -> str:
    """Write the errors of the numbers of the table of intervals as CSV, in full precision."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for quantity in reported:
        errors = {entry.statistic: entry.error for entry in estimates(draws, quantity)}
        ordered = (errors.get("median", errors.get("probability", math.nan)), errors.get("low68"), errors.get("high68"))
        writer.writerow([quantity.name, *("" if x is None or math.isnan(x) else repr(x) for x in ordered)])
    if state.startswith(NOT_CONVERGED):
        writer.writerow([state, *[""] * (len(COLUMNS) - 1)])
    return stream.getvalue()
