"""Evidences against means: ensembles of larger evidence somewhere else than the others are too few that know a part of the posterior."""

import math
from dataclasses import dataclass

import numpy as np

from lqbayes.quantities import shares
from lqbayes.sampling.estimates import Array, jackknife_error, without_each

# A shift by the evidences counts if it is as large and so many of its own errors. By chance that is so in a few of a hundred runs of 8
# ensembles whose ln Z scatter by .6 and whose means scatter as R-hat 1.01 allows (bench/stop_rule.py).
SMALLEST_SHIFT, _ERRORS_OF_SHIFT = 0.1, 2.0
_FEWEST_FOR_SHIFT = 4  # two ensembles are always in line, and without one of three the others are


@dataclass(frozen=True, slots=True)
class EvidenceShift:
    """How the means of a quantity go with the evidences of the ensembles, in its normal scores (of a sign in its values)."""

    correlation: float = math.nan  # of ln Z with the means; NaN with fewer than four ensembles, and where all have one evidence
    shift: float = 0.0  # mean weighted by the evidences less the plain mean, in posterior standard deviations
    error: float = math.nan  # of the shift, by the jackknife over the ensembles

    @property
    def alarming(self) -> bool:
        """Whether part of the posterior is badly populated: a shift of a tenth of a standard deviation and of two errors."""
        return abs(self.shift) >= max(SMALLEST_SHIFT, _ERRORS_OF_SHIFT * self.error)


def evidence_shift(x: Array, log_evidences: Array) -> EvidenceShift:
    """Compare the means of the ensembles with their evidences."""
    spread = float(np.std(x))
    if spread == 0 or len(x) < _FEWEST_FOR_SHIFT or np.ptp(log_evidences) == 0:
        return EvidenceShift()
    means, equal = np.mean(x, axis=(1, 2)) / spread, np.full(len(x), 1 / len(x))
    weights = shares(log_evidences)
    error = jackknife_error(without_each(means, weights) - without_each(means, equal))
    logs = log_evidences - np.mean(log_evidences)
    length = float(np.linalg.norm(logs) * np.linalg.norm(means - equal @ means))
    return EvidenceShift(float(logs @ means) / length if length > 0 else math.nan, float((weights - equal) @ means), float(error))
