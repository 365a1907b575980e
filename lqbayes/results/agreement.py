"""Whether independent runs of one target agree: every median, every end of a 68 % interval and ln Z, in units of its own error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from lqbayes.input.errors import ArgumentError
from lqbayes.quantities import CENTRAL
from lqbayes.results.intervals import Estimate
from lqbayes.results.permutation_test import Spread, spread
from lqbayes.results.summary import Summary

ERROR_PROBABILITY = 0.01
"""Probability, at most, to say that two runs of the same posterior disagree: one half for the largest difference, one for all together."""

EVIDENCE = "ln Z"
"""Name of the evidence among the numbers that are compared."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number in two runs."""

    quantity: str  # Name; ``sin`` or ``cos`` before that of a phase; `EVIDENCE`
    statistic: str  # One of `CENTRAL`; ``probability`` for a sign, ``value`` for the evidence
    first: float  # The numbers that the runs print
    second: float
    error: float  # Error of their difference, from the scatter between the ensembles of each run
    freedom: float  # Degrees of freedom of that error (Welch)

    @property
    def errors(self) -> float:
        """Difference, the second less the first, in units of its error."""
        difference = self.second - self.first
        return difference / self.error if self.error > 0 else math.copysign(math.inf, difference) if difference else 0.0

    @property
    def p_value(self) -> float:
        """Probability of a larger difference, by Student's t since the error is known from a few ensembles only."""
        return float(2 * t.sf(abs(self.errors), self.freedom))

    @property
    def deviation(self) -> float:
        """The p-value in standard deviations of a Gaussian, with the sign of the difference."""
        return math.copysign(float(norm.isf(self.p_value / 2)), self.errors)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two runs."""

    comparisons: tuple[Comparison, ...]  # Every number that varies, ln Z the last of them
    spread: Spread  # All differences together: their mean square, next to that of other splits of the same ensembles

    @property
    def evidence(self) -> Comparison:
        """The comparison of ln Z."""
        return self.comparisons[-1]

    @property
    def worst(self) -> Comparison:
        """The least probable difference."""
        return min(self.comparisons, key=lambda c: c.p_value)

    @property
    def threshold(self) -> float:
        """Smallest p-value that chance gives among so many (Bonferroni)."""
        return ERROR_PROBABILITY / 2 / len(self.comparisons)

    @property
    def bound(self) -> float:
        """The threshold in standard deviations of a Gaussian."""
        return float(norm.isf(self.threshold / 2))

    @property
    def agree(self) -> bool:
        """Whether neither one difference nor all together are less probable than chance gives."""
        return self.worst.p_value >= self.threshold and self.spread.p_value >= ERROR_PROBABILITY / 2

    def beyond(self, deviations: float) -> tuple[int, float]:
        """Count differences."""
        found = sum(abs(c.deviation) > deviations for c in self.comparisons)
        return found, float(2 * norm.sf(deviations)) * len(self.comparisons)

    def sentence(self) -> str:
        """Say whether the runs agree."""
        worst, evidence = self.worst, self.evidence
        counts = [self.beyond(k) for k in (1.0, 2.0)]
        texts = [f"{found} beyond {k} sigma ({expected:.1f} expected)" for k, (found, expected) in enumerate(counts, start=1)]
        verdict = "agree" if self.agree else "DISAGREE"
        return (
            f"{verdict}: of {len(self.comparisons)} medians, interval ends and probabilities and ln Z {' and '.join(texts)}; largest "
            f"{abs(worst.deviation):.1f} sigma ({worst.statistic} of {worst.quantity}), chance gives up to {self.bound:.1f}; "
            f"{self.spread.text}; ln Z {evidence.first:.2f} and {evidence.second:.2f}, {abs(evidence.deviation):.1f} sigma"
        )


def agreement(first: Summary, second: Summary) -> Agreement:
    """Compare two runs of one target.

    The numbers are those that tables print, of all draws together; their errors come from the scatter between the ensembles, as in
    ``interval-errors.csv``. The difference of two numbers over its error follows Student's t with Welch's degrees of freedom.
    """
    if first.target != second.target:
        raise ArgumentError(f"{first.name} and {second.name} sample different posteriors, which need not agree")
    if first.configuration.seed == second.configuration.seed:
        raise ArgumentError(f"{first.name} and {second.name} have the same seed, and are not independent; sample with another --seed")
    for run in (first, second):
        if run.convergence.ensembles < 2:
            raise ArgumentError(f"{run.name} has a single ensemble, which shows no error; sample with --ensembles 2 or more")
    numbers, others = _numbers(first), _numbers(second)
    pairs = [(name, a, others[name]) for name, a in numbers.items()]
    varying = [(name, a, b) for name, a, b in pairs if a.error or b.error or a.value != b.value]
    comparisons = [_compared(*name, *((e.value, e.error, len(e.ensembles)) for e in (a, b))) for name, a, b in varying]
    evidences = [(run.evidence.log, run.evidence.error, run.convergence.ensembles) for run in (first, second)]
    comparisons.append(_compared(EVIDENCE, "value", *evidences))
    together = [np.stack([e.ensembles for e in side], axis=1) for side in zip(*((a, b) for _, a, b in varying), strict=True)]
    return Agreement(tuple(comparisons), spread(*together))


def _numbers(run: Summary) -> dict[tuple[str, str], Estimate]:
    """What is compared, by quantity and statistic."""
    result: dict[tuple[str, str], Estimate] = {}
    for row in (row for row in run.intervals if not row.fixed):
        name = row.quantity.name
        if row.quantity.kind == "sign":
            result[name, "probability"] = row.estimates["median"]
            continue
        for shown, estimates in ((name, row.estimates), *((f"{way} {name}", found) for way, found in row.directions.items())):
            result |= {(shown, statistic): estimates[statistic] for statistic in CENTRAL}
    return result


def _compared(quantity: str, statistic: str, a: tuple[float, float, int], b: tuple[float, float, int]) -> Comparison:
    """Compare two triples of value, error and number of ensembles."""
    total = a[1] ** 2 + b[1] ** 2
    # No error: a bound that all ensembles of both runs reach, and not the same one.
    freedom = total**2 / sum(error**4 / (count - 1) for _, error, count in (a, b)) if total else 1.0
    return Comparison(quantity, statistic, a[0], b[0], math.sqrt(total), freedom)
