"""Numbers that the scripts print, against draws whose answers are known."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lqbayes.sampling.annealing import Rung

comparison: Any = pytest.importorskip("comparison")


def test_interval_of_a_normal_distribution() -> None:
    x = np.random.default_rng(1).normal(3.0, 2.0, (4, 50, 1000))
    found = comparison.interval(x)
    # Independent draws: the median has the standard error sqrt(pi / 2) sigma / sqrt(n).
    error = math.sqrt(math.pi / 2) * 2 / math.sqrt(x.size)
    assert found.median == pytest.approx(3, abs=5 * error)
    assert found.half_width == pytest.approx(2 * 0.99446, rel=0.01)  # 68 %, not one standard deviation
    assert (found.low95, found.high95) == pytest.approx((3 - 3.92, 3 + 3.92), abs=0.05)
    assert error / 4 < found.error < 4 * error
    assert math.isnan(comparison.interval(x[:1]).error)


def test_shift_has_a_sign_and_a_size() -> None:
    rng = np.random.default_rng(2)
    first, second = (comparison.interval(rng.normal(centre, 1, (2, 20, 2000))) for centre in (0, 3))
    assert comparison.shift(first, second) == pytest.approx(3 / (math.sqrt(2) * 0.99446), rel=0.03)
    assert comparison.shift(second, first) == -comparison.shift(first, second)


def test_probability_and_its_error() -> None:
    hits = np.random.default_rng(3).random((50, 10, 40)) < 0.3
    share, error = comparison.probability(hits)
    expected = math.sqrt(0.3 * 0.7 / hits.size)
    assert share == pytest.approx(0.3, abs=5 * expected)
    assert error == pytest.approx(expected, rel=0.4)


def test_prior_mass_is_what_the_ladder_lost_before_the_likelihood_counts() -> None:
    def ladder(mass: float) -> tuple[tuple[Rung, float, float], ...]:
        halves = [(Rung(penalty, 0.0), math.log(mass) / 2, 0.5) for penalty in (1.0, math.inf)]
        return (*halves, (Rung(math.inf, 0.5), -20.0, 0.3), (Rung(math.inf, 1.0), -10.0, 0.3))

    run = SimpleNamespace(ladders=[ladder(1e-4), ladder(3e-4)])
    assert comparison.ln_prior_mass(run) == pytest.approx(math.log(2e-4), rel=1e-12)
