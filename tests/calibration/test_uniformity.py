"""Tests of uniform ranks against enumeration and simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from lqbayes.calibration.uniformity import chi_square_p_value, ecdf_band, ecdf_p_value, histogram_bins


def smallest_tail(values: tuple[int, ...], ranks: int) -> float:
    """Smallest two-sided binomial tail of the counts below the edges, by the definition."""
    n = len(values)
    tails = []
    for edge in range(1, ranks):
        below = sum(value < edge for value in values)
        pmf = [math.comb(n, k) * (edge / ranks) ** k * (1 - edge / ranks) ** (n - k) for k in range(n + 1)]
        tails.append(2 * min(sum(pmf[: below + 1]), sum(pmf[below:])))
    return min(tails)


@pytest.mark.parametrize(("n", "ranks"), [(1, 5), (4, 2), (4, 3), (3, 6), (5, 4)])
def test_ecdf_p_value_is_exact(n: int, ranks: int) -> None:
    samples = list(itertools.product(range(ranks), repeat=n))
    statistics = np.array([smallest_tail(sample, ranks) for sample in samples])
    for sample, statistic in zip(samples[::7], statistics[::7], strict=True):
        expected = np.mean(statistics <= statistic * (1 + 1e-9))
        assert ecdf_p_value(np.array(sample), ranks) == pytest.approx(expected, rel=1e-9)


def test_band_holds_uniform_ranks_as_often_as_it_says() -> None:
    n, ranks, samples = 150, 50, 4000
    share, low, high = ecdf_band(n, ranks, 0.9)
    assert np.all(low <= share)
    assert np.all(share <= high)
    values = np.random.default_rng(1).integers(0, ranks, (samples, n))
    below = np.mean(values[:, :, None] < np.arange(1, ranks), axis=1)
    inside = np.mean(np.all((low <= below + 1e-12) & (below - 1e-12 <= high), axis=1))
    # The distribution is discrete: never less than asked, little more. Error probability 1e-3 with 4000 samples.
    assert 0.9 - 3.3 * math.sqrt(0.09 / samples) < inside < 0.93


def test_band_and_p_value_agree() -> None:
    """A distribution function touches the outside of the 95 % band just where its p-value is 0.05 or less."""
    n, ranks = 40, 20
    _, low, high = ecdf_band(n, ranks)
    rng = np.random.default_rng(2)
    outcomes = set()
    for sharpness in rng.uniform(0.4, 1.6, 300):
        values = np.minimum((rng.beta(sharpness, 1, n) * ranks).astype(int), ranks - 1)
        below = np.cumsum(np.bincount(values, minlength=ranks))[:-1] / n
        outside = bool(np.any((below < low - 1e-12) | (below > high + 1e-12)))
        assert outside == (ecdf_p_value(values, ranks) <= 0.05)
        outcomes.add(outside)
    assert outcomes == {True, False}


def test_chi_square() -> None:
    values = np.random.default_rng(3).integers(0, 100, 120)
    counts = np.histogram(values, bins=20, range=(0, 100))[0]
    assert chi_square_p_value(values, 100) == pytest.approx(stats.chisquare(counts).pvalue)


@pytest.mark.parametrize(("test", "least"), [(chi_square_p_value, 0.03), (ecdf_p_value, 0.02)])
def test_uniform_ranks_are_rarely_rejected(test: object, least: float) -> None:
    values = np.random.default_rng(4).integers(0, 100, (1500, 60))
    p_values = np.array([test(row, 100) for row in values])  # type: ignore[operator]
    assert least < np.mean(p_values <= 0.05) < 0.05 + 3.3 * math.sqrt(0.05 * 0.95 / len(values))


@pytest.mark.parametrize("test", [chi_square_p_value, ecdf_p_value])
@pytest.mark.parametrize("shape", [(0.5, 0.5), (2.5, 2.5), (2.0, 1.0), (1.0, 2.0)])
def test_other_ranks_are_rejected(test: object, shape: tuple[float, float]) -> None:
    """Too narrow, too wide, too low and too high posteriors."""
    values = (np.random.default_rng(5).beta(*shape, 200) * 100).astype(int)
    assert test(values, 100) < 1e-3  # type: ignore[operator]


def test_bins_divide_the_ranks_and_hold_five_repetitions() -> None:
    assert histogram_bins(200, 100) == 20
    assert histogram_bins(60, 100) == 10
    assert histogram_bins(1000, 97) == 1
    assert histogram_bins(3, 100) == 1
    assert chi_square_p_value(np.array([0, 0, 0]), 100) == 1.0
