"""The evidence from independent estimates: what a run reports, and what the bench and the tests judge."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, stdtrit


@dataclass(frozen=True, slots=True)
class Evidence:
    """An evidence with its error: natural logarithm, and its standard error from the scatter of few estimates, NaN with a single one."""

    log: float
    error: float  # 1 sigma
    # Number of estimates less one: a 95 % interval is not 2 but Student's t errors wide to either side, 2.4 of them with eight estimates.
    degrees_of_freedom: int

    def interval(self, probability: float = 0.95) -> tuple[float, float]:
        """Confidence interval of the logarithm by Student's t."""
        if self.degrees_of_freedom < 1:
            return math.nan, math.nan
        reach = float(stdtrit(self.degrees_of_freedom, 0.5 + 0.5 * probability)) * self.error
        return self.log - reach, self.log + reach


def log_mean(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the mean along the last axis."""
    return np.asarray(logsumexp(logs, axis=-1) - math.log(logs.shape[-1]))


def combined(log_evidences: NDArray[np.float64]) -> Evidence:
    """Combine estimates that share nothing."""
    count = len(log_evidences)
    error = float(np.std(log_evidences, ddof=1) / math.sqrt(count)) if count > 1 else math.nan
    return Evidence(float(log_mean(np.asarray(log_evidences))), error, count - 1)
