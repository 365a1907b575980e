"""The random numbers of the moves. Seeds are fixed; with others, a right generator would fail each assertion with a probability of 1e-4."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray
from scipy import stats

from lqbayes.sampling.moves import streams
from lqbayes.sampling.moves.chart import line_chart
from lqbayes.sampling.moves.groups import pick_columns
from lqbayes.sampling.moves.walk import WalkMove

Array = NDArray[np.float64]
ERROR_PROBABILITY = 1e-4
WALKERS, LENGTH = 2000, 12

_start, _uniform, _normal, _choose, _pick_columns = streams.start, streams.uniform, streams.normal, streams.choose, pick_columns


@njit
def _table(seed: int, walkers: int, length: int) -> Array:
    out = np.empty((walkers, length))
    for i in range(walkers):
        stream = _start(seed, i)
        for k in range(length):
            out[i, k] = _uniform(stream)
    return out


@njit
def _two(stream: NDArray[np.uint64]) -> Array:
    return np.array([_uniform(stream), _uniform(stream)])


@njit
def _normals(seed: int, count: int) -> Array:
    stream = _start(seed, 0)
    return np.array([_normal(stream) for _ in range(count)])


@njit
def _choices(seed: int, n: int, count: int) -> NDArray[np.int64]:
    stream = _start(seed, 0)
    return np.array([_choose(stream, n) for _ in range(count)])


@njit
def _chosen(seed: int, walkers: int, columns: int, fraction: float) -> NDArray[np.bool_]:
    out, room, none = np.zeros((walkers, columns), dtype=np.bool_), np.empty(columns, dtype=np.int64), np.empty((0, 1), dtype=np.int64)
    for i in range(walkers):
        for place in range(_pick_columns(_start(seed, i), fraction, none, room)):
            out[i, room[place]] = True
    return out


def _uncorrelated(a: Array, b: Array) -> None:
    assert stats.pearsonr(a.ravel(), b.ravel()).pvalue > ERROR_PROBABILITY
    # Not only linearly: a table of the joint distribution in 8 x 8 cells.
    counts = np.histogram2d(a.ravel(), b.ravel(), bins=8, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(counts.ravel()).pvalue > ERROR_PROBABILITY


@pytest.mark.parametrize("seed", [0, 1, 2**62 + 12345])
def test_uniform(seed: int) -> None:
    u = _table(seed, WALKERS, LENGTH)
    assert np.all((u > 0) & (u < 1))
    assert len(np.unique(u)) == u.size
    assert stats.kstest(u.ravel(), "uniform").pvalue > ERROR_PROBABILITY
    # The numbers of each place, over walkers: the first draw of a stream is as good as the twelfth.
    assert min(stats.kstest(column, "uniform").pvalue for column in u.T) * LENGTH > ERROR_PROBABILITY


@pytest.mark.parametrize("shift", [1, 2, 1000])
def test_walkers_are_independent(shift: int) -> None:
    u = _table(7, WALKERS, LENGTH)
    _uncorrelated(u[:-shift], u[shift:])


def test_successive_numbers_are_independent() -> None:
    u = _table(8, WALKERS, LENGTH)
    _uncorrelated(u[:, :-1], u[:, 1:])
    # Walker i's next number is not walker i + 1's present one.
    _uncorrelated(u[:-1, 1:], u[1:, :-1])


def test_neighbouring_seeds_are_independent() -> None:
    _uncorrelated(_table(9, WALKERS, LENGTH), _table(10, WALKERS, LENGTH))
    # Walker i + 1 of one seed is not walker i of the next.
    _uncorrelated(_table(9, WALKERS, LENGTH)[1:], _table(10, WALKERS, LENGTH)[:-1])


def test_normal() -> None:
    x = _normals(3, 20_000)
    assert stats.kstest(x, "norm").pvalue > ERROR_PROBABILITY
    assert stats.pearsonr(x[:-1], x[1:]).pvalue > ERROR_PROBABILITY
    assert stats.chisquare(np.histogram(np.abs(x), [0, 1, 2, 3, 9])[0], 20_000 * np.diff(2 * stats.norm.cdf([0, 1, 2, 3, 9]))).pvalue > 1e-4


@pytest.mark.parametrize("n", [1, 2, 3, 45])
def test_choose(n: int) -> None:
    counts = np.bincount(_choices(4, n, 20_000), minlength=n)
    assert len(counts) == n
    assert n == 1 or stats.chisquare(counts).pvalue > ERROR_PROBABILITY


@pytest.mark.parametrize("fraction", [0.02, 0.3, 1.0])
def test_each_column_is_chosen_with_its_probability(fraction: float) -> None:
    walkers, columns = 8000, 20
    chosen = _chosen(11, walkers, columns, fraction)
    assert np.all(chosen.any(axis=1))  # at least one is
    # Binomial; where none would be, one is chosen with equal odds.
    expected = fraction + (1 - fraction) ** columns / columns
    error = math.sqrt(expected * (1 - expected) / walkers)
    assert np.all(np.abs(chosen.mean(axis=0) - expected) <= 4.5 * error)
    several = chosen[:, : columns // 2].sum(axis=1) * chosen[:, columns // 2 :].sum(axis=1)
    pairs = (columns // 2) ** 2 * fraction**2  # independent of each other
    assert abs(several.mean() - pairs) <= 4.5 * several.std() / math.sqrt(walkers)


def test_known_values() -> None:
    """splitmix64 from zero gives the numbers of the reference implementation: e220a8397b1dcdaf, 6e789e6aa1b965f4."""
    expected = np.array([0xE220A8397B1DCDAF >> 11, 0x6E789E6AA1B965F4 >> 11]) * 2.0**-53
    np.testing.assert_allclose(_two(np.zeros(1, dtype=np.uint64)), expected, rtol=0, atol=2.0**-53)


def test_reproducible() -> None:
    np.testing.assert_array_equal(_table(5, 10, 3), _table(5, 10, 3))
    # A walker's stream depends neither on how many there are nor on how much the others use.
    np.testing.assert_array_equal(_table(5, 20, 8)[:10, :3], _table(5, 10, 3))
    assert not np.any(_table(5, 10, 3) == _table(6, 10, 3))


def test_a_proposal_follows_from_its_seed() -> None:
    z = np.random.default_rng(1).normal(size=(40, 5))
    move = WalkMove(line_chart(5))
    first, second, other = (move.get_proposal(z[:20], z[20:], seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert np.all(np.any(first != other, axis=1))
    assert math.isfinite(float(np.sum(first)))
