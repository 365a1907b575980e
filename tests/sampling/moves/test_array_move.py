"""The accept step that all moves share."""

from __future__ import annotations

import math

import numpy as np
import pytest
from emcee.model import Model
from emcee.state import State
from numpy.typing import NDArray

from lqbayes.sampling.moves import base
from lqbayes.sampling.moves.base import ArrayMove

Array = NDArray[np.float64]


class Shift(ArrayMove):
    """x' = x + 1 with a given factor; records the halves that it is given."""

    def __init__(self, factor: float = 0.0) -> None:
        super().__init__()
        self.factor = factor
        self.halves: list[tuple[Array, Array]] = []

    def get_proposal(self, sample: Array, complement: Array, seed: int) -> tuple[Array, Array]:
        self.halves.append((sample.copy(), complement.copy()))
        return sample + 1, np.full(len(sample), self.factor)


def _step(move: ArrayMove, start: Array, log_prob: Array, new: float, seed: int = 1) -> tuple[State, NDArray[np.bool_]]:
    def evaluate(z: Array) -> tuple[Array, Array]:
        return np.full(len(z), new), z * 10

    random = np.random.RandomState(seed)
    return move.propose(Model(None, evaluate, None, random), State(start.copy(), log_prob=log_prob.copy(), blobs=start * 10))


def test_metropolis_probability() -> None:
    n = 20_000
    move = Shift(math.log(0.5))
    state, moved = _step(move, np.zeros((n, 1)), np.zeros(n), math.log(0.6))
    # Binomial with p = 0.3: five standard deviations, error probability 6e-7.
    assert abs(np.mean(moved) - 0.3) < 5 * math.sqrt(0.3 * 0.7 / n)
    assert (move.proposed, move.accepted) == (n, np.sum(moved))
    np.testing.assert_array_equal(state.coords[:, 0], moved)
    np.testing.assert_array_equal(state.blobs[:, 0], 10.0 * moved)
    np.testing.assert_array_equal(state.log_prob, np.where(moved, math.log(0.6), 0.0))


def test_better_is_always_accepted_and_forbidden_never() -> None:
    start = np.zeros((100, 2))
    assert np.all(_step(Shift(), start, np.full(100, -1.0), 0.0)[1])
    assert not np.any(_step(Shift(), start, np.full(100, -1.0), -math.inf)[1])
    assert not np.any(_step(Shift(-math.inf), start, np.full(100, -1.0), 0.0)[1])


def test_walkers_without_density() -> None:
    start = np.zeros((100, 2))
    assert np.all(_step(Shift(), start, np.full(100, -math.inf), -50.0)[1])  # anything is better
    assert not np.any(_step(Shift(), start, np.full(100, -math.inf), -math.inf)[1])
    assert not np.any(_step(Shift(-math.inf), start, np.full(100, -math.inf), 0.0)[1])


def test_each_walker_is_moved_once_and_the_other_half_stands_still() -> None:
    start = np.arange(7.0)[:, None]
    move = Shift()
    state, _ = _step(move, start, np.full(7, -1.0), 0.0)
    np.testing.assert_array_equal(state.coords, start + 1)
    (first, second), (later, before) = move.halves
    assert (len(first), len(second)) == (3, 4)
    np.testing.assert_array_equal(later, second)
    np.testing.assert_array_equal(before, first + 1)  # the second half sees where the first has gone
    assert sorted(np.concatenate([first, second])[:, 0]) == list(range(7))


def test_halves_may_differ_in_size() -> None:
    start = np.arange(7.0)[:, None]
    move = Shift()
    move.split = 5
    state, _ = _step(move, start, np.full(7, -1.0), 0.0)
    np.testing.assert_array_equal(state.coords, start + 1)
    (first, second), _ = move.halves
    assert (len(first), len(second)) == (5, 2)


def test_a_half_goes_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of a half see the other half as it was; each block has random numbers of its own."""
    monkeypatch.setattr(base, "_ROWS", 3)
    start = np.arange(11.0)[:, None]
    move = Shift()
    state, moved = _step(move, start, np.full(11, -1.0), 0.0)
    np.testing.assert_array_equal(state.coords, start + 1)
    np.testing.assert_array_equal(state.blobs, 10 * state.coords)
    assert moved.all()
    assert [len(some) for some, _ in move.halves] == [2, 3, 3, 3]
    np.testing.assert_array_equal(np.concatenate([some for some, _ in move.halves]), start)
    for _, other in move.halves[:2]:
        np.testing.assert_array_equal(other, start[5:])
    for _, other in move.halves[2:]:
        np.testing.assert_array_equal(other, start[:5] + 1)
    n = 9000
    monkeypatch.setattr(base, "_ROWS", 1500)
    _, moved = _step(Shift(math.log(0.5)), np.zeros((n, 1)), np.zeros(n), 0.0)
    accepted = moved.reshape(-1, 1500)
    # Binomial with p = .5; of one random number twice the accepted walkers would be the same ones.
    assert np.all(np.abs(accepted.mean(axis=1) - 0.5) < 5 * math.sqrt(0.25 / 1500))
    same = np.array([np.mean(a == b) for k, a in enumerate(accepted) for b in accepted[:k]])
    assert np.all(np.abs(same - 0.5) < 5 * math.sqrt(0.25 / 1500))


class EvenOnly(ArrayMove):
    """Rejects its own proposals for odd walkers."""

    def get_proposal(self, sample: Array, complement: Array, seed: int) -> tuple[Array, Array]:
        return sample + 1, np.where(sample[:, 0] % 2 == 0, 0.0, -math.inf)


def test_what_a_move_rejects_itself_is_not_evaluated() -> None:
    seen: list[Array] = []

    def evaluate(z: Array) -> tuple[Array, Array]:
        seen.append(z)
        return np.zeros(len(z)), z * 10

    start = np.arange(8.0)[:, None]
    model = Model(None, evaluate, None, np.random.RandomState(1))
    state, moved = EvenOnly().propose(model, State(start.copy(), log_prob=np.full(8, -1.0), blobs=start * 10))
    np.testing.assert_array_equal(np.concatenate(seen)[:, 0], [1, 3, 5, 7])
    np.testing.assert_array_equal(moved, start[:, 0] % 2 == 0)
    np.testing.assert_array_equal(state.coords, start + moved[:, None])
    np.testing.assert_array_equal(state.blobs, 10 * state.coords)  # each walker has its own proposal's parts
