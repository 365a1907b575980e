"""Whether independent runs of one target agree: every median and every end of a 68 % interval, in units of its own error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from lqbayes.errors import ArgumentError
from lqbayes.inference.quantities import quantities

if TYPE_CHECKING:
    from lqbayes.storage.run import Run

__all__ = ["ERROR_PROBABILITY", "Agreement", "Comparison", "agreement", "same_target"]

ERROR_PROBABILITY = 0.01
"""Probability, at most, to say that two runs of the same posterior disagree."""

_LEVELS = {"low68": 0.16, "median": 0.5, "high68": 0.84}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number in two runs.

    Attributes
    ----------
    quantity
        Name; ``sin`` or ``cos`` before that of a phase.
    statistic
        ``low68``, ``median``, ``high68``, or ``probability`` for a sign.
    first, second
        Means of the ensembles' values.
    error
        Error of their difference, from the scatter between the ensembles of each run.
    freedom
        Degrees of freedom of that error (Welch).
    """

    quantity: str
    statistic: str
    first: float
    second: float
    error: float
    freedom: float

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
    """Agreement of two runs.

    Attributes
    ----------
    comparisons
        Every number that varies.
    """

    comparisons: tuple[Comparison, ...]

    @property
    def worst(self) -> Comparison:
        """The least probable difference."""
        return min(self.comparisons, key=lambda c: c.p_value)

    @property
    def threshold(self) -> float:
        """Smallest p-value that chance gives among so many (Bonferroni)."""
        return ERROR_PROBABILITY / len(self.comparisons)

    @property
    def agree(self) -> bool:
        """Whether no difference is less probable than the threshold."""
        return self.worst.p_value >= self.threshold

    def beyond(self, deviations: float) -> tuple[int, float]:
        """Count differences.

        Parameters
        ----------
        deviations
            Count those of more standard deviations.

        Returns
        -------
        int, float
            How many there are, and how many chance gives on average. Correlated quantities make the scatter about that average large.
        """
        found = sum(abs(c.deviation) > deviations for c in self.comparisons)
        return found, float(2 * norm.sf(deviations)) * len(self.comparisons)

    def sentence(self) -> str:
        """Say whether the runs agree.

        Returns
        -------
        str
            One line without a full stop that begins with ``agree`` or ``DISAGREE``.
        """
        worst, limit = self.worst, float(norm.isf(self.threshold / 2))
        counts = [self.beyond(k) for k in (1.0, 2.0)]
        texts = [f"{found} beyond {k} sigma ({expected:.1f} expected)" for k, (found, expected) in enumerate(counts, start=1)]
        verdict = "agree" if self.agree else "DISAGREE"
        return (
            f"{verdict}: of {len(self.comparisons)} medians, interval ends and probabilities {' and '.join(texts)}; largest "
            f"{abs(worst.deviation):.1f} sigma ({worst.statistic} of {worst.quantity}), chance gives up to {limit:.1f}"
        )


def same_target(first: Run, second: Run) -> bool:
    """Tell whether two runs sample the same posterior.

    Parameters
    ----------
    first, second
        The runs.

    Returns
    -------
    bool
        Whether measurements, prior and formulas are the same; names and texts do not count.
    """
    a, b = first.configuration, second.configuration
    return (a.likelihood.measurements, a.prior.parameters, a.formulas) == (b.likelihood.measurements, b.prior.parameters, b.formulas)


def agreement(first: Run, second: Run) -> Agreement:
    """Compare two runs of one target.

    Each ensemble, annealed on its own, gives an independent value of every quantile, so that their scatter is the error of the mean,
    whatever the correlation of walkers and steps. The difference of two means over its error follows Student's t with Welch's degrees
    of freedom.

    Parameters
    ----------
    first, second
        The runs, of the same posterior and with different seeds.

    Returns
    -------
    Agreement
        Median and ends of the 68 % interval of every quantity, of sine and cosine of phases; the probability of a positive sign.

    Raises
    ------
    lqbayes.errors.ArgumentError
        If the runs have different targets, the same seed, or a single ensemble.
    """
    if not same_target(first, second):
        raise ArgumentError(f"{first.name} and {second.name} sample different posteriors, which need not agree")
    if first.configuration.seed == second.configuration.seed:
        raise ArgumentError(f"{first.name} and {second.name} have the same seed, and are not independent; sample with another --seed")
    for run in (first, second):
        if run.configuration.ensembles < 2:
            raise ArgumentError(f"{run.name} has a single ensemble, which shows no error; sample with --ensembles 2 or more")
    comparisons: list[Comparison] = []
    for quantity in quantities(first.target):
        monitored = [run.draws().monitored(quantity) for run in (first, second)]
        names = [f"sin {quantity.name}", f"cos {quantity.name}"] if quantity.kind == "phase" else [quantity.name]
        for name, a, b in zip(names, *monitored, strict=True):
            if quantity.kind == "sign":
                comparisons += _compared(name, "probability", _means(a), _means(b))
            else:
                tables = (_quantiles(a), _quantiles(b))
                for row, statistic in enumerate(_LEVELS):
                    comparisons += _compared(name, statistic, tables[0][row], tables[1][row])
    return Agreement(tuple(comparisons))


def _means(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x.mean(axis=(1, 2)))


def _quantiles(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.quantile(x.reshape(len(x), -1), list(_LEVELS.values()), axis=1)


def _compared(name: str, statistic: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> list[Comparison]:
    squares = [float(np.var(x, ddof=1)) / len(x) for x in (a, b)]
    first, second, total = float(a.mean()), float(b.mean()), sum(squares)
    if total == 0:
        # A constant, or a bound that all ensembles reach.
        return [] if first == second else [Comparison(name, statistic, first, second, 0.0, 1.0)]
    freedom = total**2 / sum(s**2 / (len(x) - 1) for s, x in zip(squares, (a, b), strict=True))
    return [Comparison(name, statistic, first, second, math.sqrt(total), freedom)]
