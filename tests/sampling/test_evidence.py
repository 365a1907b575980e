"""The evidence of independent estimates: what a run reports."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from lqbayes.sampling.evidence import combined, log_mean


def test_by_hand() -> None:
    evidence = combined(np.log([1.0, 2.0, 6.0]) - 700)  # exp(-700) squared would be no number
    assert evidence.log == pytest.approx(math.log(3) - 700)
    assert evidence.error == pytest.approx(np.std(np.log([1, 2, 6]), ddof=1) / math.sqrt(3))
    assert evidence.degrees_of_freedom == 2
    low, high = evidence.interval(0.95)
    assert (high - low) / 2 == pytest.approx(4.302653 * evidence.error)  # Student's t of two degrees of freedom, from a table
    assert (high + low) / 2 == pytest.approx(evidence.log)


def test_mean_along_the_last_axis() -> None:
    logs = np.random.default_rng(1).normal(size=(4, 3))
    np.testing.assert_allclose(log_mean(logs), np.log(np.mean(np.exp(logs), axis=1)))


def test_a_single_estimate_has_no_error() -> None:
    evidence = combined(np.array([-3.0]))
    assert evidence.log == -3
    assert math.isnan(evidence.error) and all(map(math.isnan, evidence.interval()))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Eight log-normal estimates with mean 1 and a scatter as large as that of real ensembles; the normal interval would not do."""
    logs = np.random.default_rng(2).normal(-0.5 * 0.1**2, 0.1, size=(4000, 8))
    found = [combined(row) for row in logs]
    covered = sum(low < 0 < high for low, high in (e.interval() for e in found))
    assert abs(covered - 3800) < stats.norm.isf(5e-5) * math.sqrt(4000 * 0.95 * 0.05)  # error probability 1e-4
    assert sum(abs(e.log) < 1.96 * e.error for e in found) < 3700
