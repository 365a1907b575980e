"""Ratios of evidences: Bayes factors of runs on the same data, and the tension between subsets of measurements."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import logsumexp

from lqbayes.input.errors import ArgumentError
from lqbayes.results.summary import Summary
from lqbayes.sampling.estimates import jackknife_error
from lqbayes.sampling.evidence import log_mean
from lqbayes.storage.run import Run


@dataclass(frozen=True, slots=True)
class EvidenceRatio:
    """Logarithm of a ratio of evidences."""

    name: str  # What it is of
    value: float  # Natural logarithm and its standard error, NaN where a run has a single ensemble
    error: float

    @property
    def text(self) -> str:
        """The number for readers."""
        return f"{self.value:+.2f}" + ("" if math.isnan(self.error) else f" +- {self.error:.2f}")


def comparable(first: Summary, second: Summary) -> str:
    """Say why the evidences of two runs cannot be compared."""
    different = sorted({name for name, _ in _terms(first) ^ _terms(second)})
    return f"evidences of different data sets ({', '.join(different)}), whose ratio is no Bayes factor" if different else ""


def bayes_factor(first: Summary, second: Summary) -> EvidenceRatio:
    """Bayes factor of two runs on the same data, with other priors or formulas."""
    if reason := comparable(first, second):
        raise ArgumentError(f"{first.name} and {second.name}: {reason}; sample both with the same --likelihood")
    return _combined(f"{second.name} over {first.name}", [second], [first])


def evidence_ratio(joint: Summary, first: Summary, second: Summary, bounds: Summary | None = None) -> EvidenceRatio:
    """Tension between two subsets of measurements: ln R = ln Z(joint) - ln Z(first) - ln Z(second).

    Positive where the model explains both with the same parameters, negative where they pull apart. R depends on the width of the prior:
    a wider one makes any two sets look more concordant. Bounds that both subsets contain would count twice: a run of these alone adds its
    ln Z once.
    """
    runs = [run for run in (joint, first, second, bounds) if run is not None]
    if any(run.target[1:] != joint.target[1:] for run in runs):
        raise ArgumentError("a tension needs runs with one prior and one formula set")
    whole, a, b = (_terms(run) for run in (joint, first, second))
    common = a & b
    if a | b != whole or whole in (a, b):
        raise ArgumentError(f"the measurements of {first.name} and {second.name} are not two parts that make up those of {joint.name}")
    if common != (set() if bounds is None else _terms(bounds)):
        names = ", ".join(sorted(name for name, _ in common)) or "none"
        raise ArgumentError(f"both parts contain: {names}; give a run of exactly these, so that they do not count twice")
    return _combined(f"{first.name} with {second.name}", [joint, *([] if bounds is None else [bounds])], [first, second])


def annealed_ratio(run: Run) -> EvidenceRatio:
    """Evidence of a run over that of the one it was annealed from; what the two share of the latter's scatter drops out of the error."""
    logs, ladders = run.population_log_evidences, run.population_ladders
    steps = np.array([[sum(log_mean_weight for _, log_mean_weight, _ in ladder) for ladder in row] for row in ladders])
    new, old = log_mean(logs), log_mean(logs - steps)
    others = ~np.eye(len(new), dtype=bool)
    without = np.array([logsumexp(new[kept]) - logsumexp(old[kept]) for kept in others if kept.any()])
    return EvidenceRatio("annealed", float(logsumexp(new) - logsumexp(old)), float(jackknife_error(without)))


def find_tensions(runs: Sequence[Summary]) -> list[EvidenceRatio]:
    """Find all tensions that a few runs determine."""
    found = []
    for joint in runs:
        for first, second in combinations([run for run in runs if run is not joint], 2):
            for bounds in (None, *(run for run in runs if run not in (joint, first, second))):
                try:
                    found.append(evidence_ratio(joint, first, second, bounds))
                except ArgumentError:
                    continue
                break
    return found


def _combined(name: str, plus: Sequence[Summary], minus: Sequence[Summary]) -> EvidenceRatio:
    value = sum(run.evidence.log for run in plus) - sum(run.evidence.log for run in minus)
    return EvidenceRatio(name, value, math.hypot(*(run.evidence.error for run in (*plus, *minus))))


def _terms(run: Summary) -> set[tuple[str, str]]:
    return {(m.name, repr(m.numbers)) for m in run.configuration.likelihood.measurements}
