"""Populations are pooled in proportion to their evidence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lqbayes.sampling.pooling import gather, resampled, select, usable_populations


def test_a_single_population_comes_out_as_it_is() -> None:
    for walkers in (1, 7, 28000):
        np.testing.assert_array_equal(resampled(np.array([-37.3]), walkers, walkers), np.arange(walkers))


@pytest.mark.parametrize("populations", [2, 3, 7, 40])
def test_equal_evidences_take_every_walker_once(populations: int) -> None:
    for walkers in (5, 1000, 28000):
        chosen = resampled(np.full(populations, -36.1), walkers, populations * walkers)
        np.testing.assert_array_equal(chosen, np.arange(populations * walkers))


def test_the_pooled_mean_is_weighted_by_evidence() -> None:
    """Two populations that know of different modes: mean = (Z_1 m_1 + Z_2 m_2) / (Z_1 + Z_2)."""
    walkers, evidences, means = 4000, np.array([3.0, 1.0]), (0.0, 8.0)
    rows = [mean + np.linspace(-1, 1, walkers)[:, np.newaxis] for mean in means]
    selection = select(np.log(evidences) - 500, walkers, 1, 10**9)
    pooled = gather(rows, selection)
    assert pooled.shape == (2 * walkers, 1)
    assert pooled.mean() == pytest.approx(2.0, abs=2e-3)
    assert np.mean(pooled > 4) == 0.25
    # The unweighted mean is 4: a mistake here is no matter of rounding.
    assert pooled.var() == pytest.approx(0.75 * 0.25 * 64 + 1 / 3, rel=2e-3)


def test_copies_differ_by_one_at_most() -> None:
    """What makes resampling systematic: each walker appears its expected number of times, rounded up or down."""
    log_evidences, walkers = np.array([-3.0, -1.0, -2.2]), 101
    share = np.exp(log_evidences) / np.exp(log_evidences).sum()
    copies = np.bincount(resampled(log_evidences, walkers, 3 * walkers), minlength=3 * walkers)
    expected = np.repeat(3 * share, walkers)
    assert np.all(np.abs(copies - expected) < 1)


def test_a_population_without_evidence_is_not_read() -> None:
    chosen = resampled(np.array([-math.inf, -1.0]), 10, 20)
    assert np.all(chosen >= 10)


def test_steps_are_left_out_before_walkers() -> None:
    one = np.array([-1.0])
    assert select(one, 100, 6, 600).slots.tolist() == [0, 1, 2, 3, 4, 5]
    assert select(one, 100, 6, 300).slots.tolist() == [1, 3, 5]
    assert select(one, 100, 6, 300).shape == (3, 100)
    fewest = select(one, 100, 6, 50)
    assert fewest.slots.tolist() == [5]
    np.testing.assert_array_equal(fewest.walker, np.arange(1, 100, 2))
    assert select(np.array([-1.0, -1.0]), 100, 6, 50).shape == (1, 50)


def test_incomplete_populations() -> None:
    assert usable_populations(3, 5) == (1, 3)
    assert usable_populations(5, 5) == (1, 5)
    assert usable_populations(9, 5) == (1, 5)
    assert usable_populations(10, 5) == (2, 5)
