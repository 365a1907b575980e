"""What simulation-based calibration gives: ranks of true values, and the tests of their uniformity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.calibration.uniformity import chi_square_p_value, ecdf_p_value

ERROR_PROBABILITY = 0.01
"""Probability, at most, to blame a sampler that is right."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Ranks of true values among posterior draws."""

    names: tuple[str, ...]  # of the quantities
    ranks: NDArray[np.int64]  # (repetitions, quantities): how many draws are smaller than the true value, ties broken at random
    draws: int  # posterior draws of each repetition

    def chi_square_p_values(self) -> NDArray[np.float64]:
        """Test each quantity's rank histogram."""
        return np.array([chi_square_p_value(column, self.draws + 1) for column in self.ranks.T])

    def ecdf_p_values(self) -> NDArray[np.float64]:
        """Test the distribution function of each quantity's ranks."""
        return np.array([ecdf_p_value(column, self.draws + 1) for column in self.ranks.T])

    def p_values(self) -> NDArray[np.float64]:
        """Both tests of each quantity as one."""
        return np.asarray(np.minimum(2 * np.minimum(self.chi_square_p_values(), self.ecdf_p_values()), 1.0))

    def threshold(self) -> float:
        """Smallest p-value that a quantity may have."""
        return ERROR_PROBABILITY / len(self.names)

    def calibrated(self) -> bool:
        """Judge all quantities together."""
        return bool(np.all(self.p_values() >= self.threshold()))

    def sentence(self) -> str:
        """Say whether the sampler is calibrated."""
        p_values, threshold = self.p_values(), self.threshold()
        worst = int(np.argmin(p_values))
        failed = int(np.sum(p_values < threshold))
        total, repetitions = len(self.names), len(self.ranks)
        verdict = f"NOT CALIBRATED: {failed} of {total} quantities" if failed else f"calibrated: all {total} quantities"
        state = "have ranks that are not uniform" if failed else "have uniform ranks"
        limits = f"smallest p-value {p_values[worst]:.2g} ({self.names[worst]}), threshold {threshold:.2g}"
        return f"{verdict} {state} in {repetitions} repetitions; {limits}"
