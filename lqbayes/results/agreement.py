"""Whether independent runs of one target agree: every median, every end of a 68 % interval and ln Z, in units of its own error."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from lqbayes.calibration.result import ERROR_PROBABILITY
from lqbayes.input.errors import ArgumentError
from lqbayes.quantities import CENTRAL
from lqbayes.results.summary import Summary
from lqbayes.sampling.estimates import Estimate

EVIDENCE = "ln Z"
"""Name of the evidence among the numbers that are compared."""

_SPLITS = 2000


@dataclass(frozen=True, slots=True)
class Comparison:
    """One number in two runs."""

    quantity: str  # Name; ``sin_`` or ``cos_`` before that of a phase; `EVIDENCE`
    statistic: str  # One of `CENTRAL`; ``probability`` for a sign, ``value`` for the evidence
    first: float  # The numbers that the runs print
    second: float
    error: float  # Error of their difference, from the scatter between the ensembles of each run
    freedom: float  # Degrees of freedom of that error

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
class Spread:
    """Mean square of the differences over that of their errors, beside the same of other splits of the ensembles.

    Numbers of one posterior are correlated, so that the sum of their squared differences does not follow chi-square. The ensembles of two
    runs of the same settings and length are exchangeable: were the runs one, any of its splits into two would do as well. The share of
    splits with a larger ratio is a p-value that knows the correlations. Of other runs it is not: ensembles of three times the scatter
    in one of them make it two to three times too small (bench/false_alarms.py), so that these are compared number by number alone.
    """

    mean_square: float  # Of the two runs
    splits: NDArray[np.float64]  # (splits,) array: of the splits of the same ensembles, the runs themselves among them

    @property
    def p_value(self) -> float:
        """Share of the splits with a ratio at least as large."""
        return float(np.mean(self.splits >= self.mean_square * (1 - 1e-9)))

    @property
    def effective_number(self) -> float:
        """How many independent numbers would scatter as much: 2 / relative variance, as chi-square over its degrees of freedom."""
        variance = float(np.var(self.splits / self.splits.mean()))
        return 2 / variance if variance > 0 else math.inf

    @property
    def text(self) -> str:
        """The mean square for readers."""
        low, high = np.quantile(self.splits, (0.025, 0.975))
        return f"mean square {self.mean_square:.2f} (95 % of {len(self.splits)} splits {low:.2f} .. {high:.2f}, p = {self.p_value:.2g})"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two runs."""

    comparisons: tuple[Comparison, ...]  # Every number that varies, ln Z the last of them
    spread: Spread | None  # All differences together, next to those of other splits of the ensembles; None where these are not exchangeable

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
        together = self.spread is None or self.spread.p_value >= ERROR_PROBABILITY / 2
        return self.worst.p_value >= self.threshold and together

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
        together = self.spread.text if self.spread else "no test of all together, since the runs differ in their settings or length"
        return (
            f"{verdict}: of {len(self.comparisons)} medians, interval ends and probabilities and ln Z {' and '.join(texts)}; largest "
            f"{abs(worst.deviation):.1f} sigma ({worst.statistic} of {worst.quantity}), chance gives up to {self.bound:.1f}; "
            f"{together}; ln Z {evidence.first:.2f} and {evidence.second:.2f}, {abs(evidence.deviation):.1f} sigma"
        )


def agreement(first: Summary, second: Summary) -> Agreement:
    """Compare two runs of one target.

    The numbers and their errors are those that tables print and ``interval-errors.csv`` has; runs may differ in size and settings. The
    difference of two numbers over its error follows Student's t with Welch's degrees of freedom. These depend on the ratio of the errors,
    which one number from a few ensembles does not know well enough for small probabilities, so that they are never more than the mean
    ratio of all numbers gives.
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
    comparisons = compared([name for name, _, _ in varying], [(a, b) for _, a, b in varying])
    evidences = [(run.evidence.log, run.evidence.error, run.convergence.ensembles) for run in (first, second)]
    comparisons.append(_compared(EVIDENCE, "value", evidences[0], evidences[1]))
    if not _exchangeable(first, second):
        return Agreement(tuple(comparisons), None)
    one, two = (np.stack([e.ensembles for e in side], axis=1) for side in zip(*((a, b) for _, a, b in varying), strict=True))
    return Agreement(tuple(comparisons), spread(one, two, np.concatenate([first.log_evidences, second.log_evidences])))


def _numbers(run: Summary) -> dict[tuple[str, str], Estimate]:
    """What is compared, by quantity and statistic."""
    result: dict[tuple[str, str], Estimate] = {}
    for row in (row for row in run.intervals if not row.fixed):
        name = row.quantity.name
        if row.quantity.kind == "sign":
            result[name, "probability"] = row.estimates["median"]
            continue
        for shown, estimates in ((name, row.estimates), *row.directions.items()):
            result |= {(shown, statistic): estimates[statistic] for statistic in CENTRAL}
    return result


def _exchangeable(first: Summary, second: Summary) -> bool:
    """Check whether the ensembles of two runs differ in nothing but chance."""
    one, two = (replace(run.configuration.sampling, seed=0, ensembles=1) for run in (first, second))
    return one == two and first.steps == second.steps


def compared(names: Sequence[tuple[str, str]], pairs: Sequence[tuple[Estimate, Estimate]]) -> list[Comparison]:
    """Compare the numbers of two runs one by one."""
    most = _common_freedom(pairs)
    triples = [((a.value, a.error, len(a.ensembles)), (b.value, b.error, len(b.ensembles))) for a, b in pairs]
    return [_compared(quantity, statistic, a, b, most) for (quantity, statistic), (a, b) in zip(names, triples, strict=True)]


def _common_freedom(pairs: Sequence[tuple[Estimate, Estimate]]) -> float:
    """Welch's degrees of freedom for the mean share that the first run has in the squared errors."""
    known = [(a.error**2, b.error**2) for a, b in pairs if 0 < a.error**2 + b.error**2 < math.inf]
    if not known:
        return math.inf
    share = float(np.mean([a / (a + b) for a, b in known]))
    return 1 / sum(part**2 / (len(e.ensembles) - 1) for part, e in zip((share, 1 - share), pairs[0], strict=True))


def _compared(
    quantity: str, statistic: str, a: tuple[float, float, int], b: tuple[float, float, int], most: float = math.inf
) -> Comparison:
    """Compare two triples of value, error and number of ensembles."""
    total = a[1] ** 2 + b[1] ** 2
    # No error: a bound that all ensembles of both runs reach, and not the same one.
    freedom = total**2 / sum(error**4 / (count - 1) for _, error, count in (a, b)) if total else 1.0
    return Comparison(quantity, statistic, a[0], b[0], math.sqrt(total), min(freedom, most))


def spread(first: NDArray[np.float64], second: NDArray[np.float64], logs: NDArray[np.float64] | None = None, *, seed: int = 1) -> Spread:
    """Compare the differences of two runs, (ensembles, numbers) arrays, with those of other splits of their ensembles.

    Ensembles count in proportion to their evidences, whose logarithms are `logs`, wherever a split puts them.
    """
    values = np.concatenate([first, second])
    values = values - values.mean(axis=0)
    length = np.linalg.norm(values, axis=0)
    # A number that all ensembles of both runs share says nothing.
    values = values[:, length > 0] / length[length > 0]
    weights = np.ones(len(values)) if logs is None else np.exp(logs - np.max(logs))
    members = _splits(len(first), len(values), np.random.default_rng(seed))
    if values.shape[1] == 0:
        return Spread(1.0, np.ones(len(members)))
    (mean, error), (other, another) = (_mean_and_error(side, values, weights) for side in (members, ~members))
    with np.errstate(divide="ignore"):
        ratios = np.sum((mean - other) ** 2, axis=1) / (error + another)
    return Spread(float(ratios[0]), ratios)


def _mean_and_error(
    members: NDArray[np.bool_], values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted mean of some ensembles in each split, and its squared jackknife error, summed over all numbers."""
    count = np.count_nonzero(members[0])
    share = members * weights
    share /= share.sum(axis=1, keepdims=True)
    mean = share @ values
    # Without one ensemble the mean moves by so many times its distance from the mean.
    lever = share / np.maximum(1 - share, 1e-9)
    squares = (lever**2).sum(axis=1, keepdims=True) * mean**2 - 2 * mean * (lever**2 @ values) + lever**2 @ values**2
    sums = lever.sum(axis=1, keepdims=True) * mean - lever @ values
    return mean, (count - 1) / count * np.sum(np.maximum(squares - sums**2 / count, 0.0), axis=1)


def _splits(size: int, total: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose members of the first part, the first `size` in the first row."""
    if math.comb(total, size) <= _SPLITS:
        rows = np.array(list(combinations(range(total), size)))
        # With parts of one size, a split and its exchange are the same.
        rows = rows[rows[:, 0] == 0] if 2 * size == total else rows
    else:
        rows = np.array([np.arange(size), *(rng.permutation(total)[:size] for _ in range(_SPLITS - 1))])
    result = np.zeros((len(rows), total), dtype=bool)
    np.put_along_axis(result, rows, True, axis=1)
    return result
