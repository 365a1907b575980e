from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.sampling import maximise as module
from lqbayes.sampling.maximise import climb, maximise
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import CIRCLE, INTERVAL, LINE, SIGNED, Chart
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.flips import FlipMove

# A line, a circle, two magnitudes with a sign and an interval.
CHART = Chart(
    np.array([LINE, CIRCLE, SIGNED, SIGNED, INTERVAL]),
    np.array([-math.inf, 0.0, -1.0, -1.0, 0.0]),
    np.array([math.inf, 1.0, 1.0, 1.0, 1.0]),
)
PEAK = np.array([3.0, 0.98, -0.4, 0.7, 1.0])


def landscape(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Highest at PEAK, where it is 5: a narrow ridge, a peak across the seam of the circle, a slope into a wall, wrong signs cost."""
    ridge = -((z[:, 0] - 3.0) ** 2) - 1e4 * (z[:, 0] / 3 - np.abs(z[:, 2]) / 0.4) ** 2
    turn = np.cos(2 * math.pi * (z[:, 1] - 0.98)) - 1
    signs = -3.0 * (z[:, 2] >= 0) - 2.0 * (z[:, 3] < 0)
    value = 5 + ridge + turn - 10 * (np.abs(z[:, 3]) - 0.7) ** 2 + signs + (z[:, 4] - 1)
    inside = ((z >= CHART.lower) & (z <= CHART.upper)).all(axis=1)
    return np.where(inside, value, -math.inf)


def starts(n: int = 64) -> NDArray[np.float64]:
    rng = np.random.default_rng(2)
    z = rng.random((n, 5))
    z[:, 2:4] *= np.where(np.arange(n)[:, None] % 2 == 0, [1, -1], [1, 1])  # never both signs right
    return z


def moves() -> list[tuple[ArrayMove, float]]:
    return [(DifferenceMove(CHART), 0.4), (DifferenceMove(CHART, 0.4), 0.4), (FlipMove(CHART, [[2], [3]]), 0.2)]


def found(seed: int) -> NDArray[np.float64]:
    return maximise(landscape, CHART, moves(), starts(), np.random.RandomState(seed))


def test_finds_a_known_maximum_across_signs_ridges_seams_and_walls() -> None:
    z = found(1)
    np.testing.assert_allclose(z, PEAK, atol=1e-5)
    assert landscape(z[None])[0] == pytest.approx(5.0, abs=1e-8)


def test_one_seed_one_result() -> None:
    np.testing.assert_array_equal(found(4), found(4))


def test_climb_keeps_the_sign_and_goes_round_the_circle() -> None:
    z = climb(landscape, CHART, np.array([2.0, 0.1, 0.2, -0.1, 0.5]), rounds=10)
    np.testing.assert_allclose(z, PEAK * [1, 1, -1, -1, 1], atol=1e-5)


def test_climb_along_a_wall() -> None:
    """The others climb to the top of their ridge while one coordinate is pressed against its wall: its kink must not end the search."""
    chart = Chart(np.array([INTERVAL, LINE, LINE]), np.array([0.0, -math.inf, -math.inf]), np.array([1.0, math.inf, math.inf]))

    def ridge(z: NDArray[np.float64]) -> NDArray[np.float64]:
        value = 30 * z[:, 0] - (z[:, 1] - 3) ** 2 - 1e6 * (z[:, 1] - z[:, 2]) ** 2
        return np.where((z[:, 0] >= 0) & (z[:, 0] <= 1), value, -math.inf)

    z = climb(ridge, chart, np.array([1.0, 0.2, 0.1]), rounds=3)
    np.testing.assert_allclose(z, [1.0, 3.0, 3.0], atol=1e-5)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_climb_to_a_vanishing_magnitude_stays_in_its_sector(sign: float) -> None:
    chart = Chart(np.array([SIGNED]), np.array([-1.0]), np.array([1.0]))
    # The other sign is higher, but not connected.
    z = climb(lambda z: -np.abs(z[:, 0]) + 7.0 * (np.sign(z[:, 0]) * sign < 0), chart, np.array([0.5 * sign]), rounds=3)
    assert np.copysign(1.0, z[0]) == sign
    assert abs(z[0]) < 1e-6


def test_climb_ends_at_a_cliff_without_falling_off() -> None:
    chart = Chart(np.array([LINE, LINE]), np.full(2, -math.inf), np.full(2, math.inf))

    def cliff(z: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(z[:, 0] < 0.25, z[:, 0] - z[:, 1] ** 2, -math.inf)

    start = np.array([0.2, 0.5])
    z = climb(cliff, chart, start, rounds=5)
    assert z[0] < 0.25
    assert cliff(z[None])[0] > cliff(start[None])[0]


def test_never_lower_than_the_best_start(monkeypatch: pytest.MonkeyPatch) -> None:
    # A population that is lost, and a climber that does not move.
    monkeypatch.setattr(module, "_anneal", lambda objective, moves, starts, random: np.full((20, 5), [50.0, 0.5, 0.5, 0.5, 0.5]))
    monkeypatch.setattr("scipy.optimize.minimize", lambda *arguments, **options: None)
    z = found(1)
    best = starts()[landscape(starts()).argmax()]
    np.testing.assert_array_equal(z, best)
