"""Medians, credible intervals and probabilities, each with its Monte Carlo error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from lqbayes.quantities import CENTRAL, Draws, Quantity, quantities
from lqbayes.sampling.convergence import Convergence
from lqbayes.sampling.estimates import Estimate, constant_estimates

Central = tuple[float, float, float]
"""Lower end of the 68 % interval, median, upper end; the probability three times for a sign."""


def shift(before: Central, median: float) -> float:
    """Difference of medians over half the width of the first 68 % interval; NaN where that has none."""
    low, old, high = before
    return (median - old) / ((high - low) / 2) if high > low else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """Median and credible intervals of one quantity."""

    quantity: Quantity
    estimates: Mapping[str, Estimate]  # By the names of `LEVELS`; of a sign ``median`` alone, the probability that it is positive
    rhat: float = math.nan  # NaN, as the effective sample size, for what does not vary and with a single ensemble
    ess: float = math.nan
    fixed: bool = False  # Whether it is a fixed parameter
    # The same estimates of sine and cosine of a phase, whose own median depends on where the circle is cut
    directions: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)

    def value(self, statistic: str) -> float:
        """Return a number, NaN for an end that a sign does not have."""
        return self.estimates[statistic].value if statistic in self.estimates else math.nan

    def error(self, statistic: str) -> float:
        """Return the error of a number, NaN for an end that a sign does not have."""
        return self.estimates[statistic].error if statistic in self.estimates else math.nan

    @property
    def median(self) -> float:
        """Posterior median; the probability of the positive sign; the value of a fixed parameter."""
        return self.estimates["median"].value

    @property
    def central(self) -> Central:
        """Lower end of the 68 % interval, median, upper end; the probability three times for a sign."""
        low, median, high = (self.estimates.get(name, self.estimates["median"]).value for name in CENTRAL)
        return low, median, high

    @property
    def values(self) -> tuple[float, ...]:
        """Median and ends for a table, those of 68 % first; the median alone where nothing else is to be said."""
        constant = self.value("low95") == self.value("high95")
        names = ("median",) if constant or len(self.estimates) == 1 else ("median", "low68", "high68", "low95", "high95")
        return tuple(self.estimates[name].value for name in names)


def credible_intervals(draws: Draws, convergence: Convergence) -> tuple[Interval, ...]:
    """Credible intervals of every parameter, fixed ones too, and every observable."""
    judged = {entry.name: entry for entry in convergence.quantities}
    rows = []
    for quantity in quantities(draws.posterior, fixed=True):
        entry = judged.get(quantity.name)
        if entry is None:
            estimates = constant_estimates(float(draws.values(quantity)[0, 0, 0]), draws.weights)
            rows.append(Interval(quantity, estimates, fixed=True))
        else:
            rows.append(Interval(quantity, entry.estimates, entry.rhat, entry.ess, directions=entry.directions))
    return tuple(rows)
