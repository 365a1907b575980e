"""Numbers that the scripts print, against draws whose answers are known."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lqbayes.sampling.annealing import Rung

comparison: Any = pytest.importorskip("comparison")


def test_probability_and_its_error() -> None:
    hits = np.random.default_rng(3).random((50, 10, 40)) < 0.3
    run = SimpleNamespace(draws=lambda: SimpleNamespace(weights=np.full(50, 1 / 50)))
    share, error = comparison.probability(run, hits)
    expected = math.sqrt(0.3 * 0.7 / hits.size)
    assert share == pytest.approx(0.3, abs=5 * expected)
    assert error == pytest.approx(expected, rel=0.4)


def test_prior_mass_is_what_the_ladder_lost_before_the_likelihood_counts() -> None:
    def ladder(mass: float) -> tuple[tuple[Rung, float, float], ...]:
        halves = [(Rung(penalty, 0.0), math.log(mass) / 2, 0.5) for penalty in (1.0, math.inf)]
        return (*halves, (Rung(math.inf, 0.5), -20.0, 0.3), (Rung(math.inf, 1.0), -10.0, 0.3))

    masses = np.log([1e-4, 3e-4])
    evidences = masses - 30.0 + np.array([0.0, 0.01])  # of which nearly all the scatter is that of the masses
    run = SimpleNamespace(population_ladders=[[ladder(1e-4)], [ladder(3e-4)]], log_evidences=evidences)
    assert comparison.ln_prior_mass(run) == pytest.approx(math.log(2e-4), rel=1e-12)
    within, error = comparison.evidence_within_bounds(run)
    assert within == pytest.approx(-30 + math.log((1 + 3 * math.exp(0.01)) / 4), abs=1e-9)
    assert error == pytest.approx(0.005, rel=0.01)
