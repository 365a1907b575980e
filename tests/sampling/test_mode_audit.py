from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logsumexp

from lqbayes.sampling.annealing import anneal
from lqbayes.sampling.mode_audit import Mode, ModeAudit, audit_modes
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import CIRCLE, INTERVAL, LINE, SIGNED, Chart, line_chart
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.walk import WalkMove
from lqbayes.sampling.population import PRIOR, Population
from lqbayes.sampling.settings import AUDIT_SHARE

Array = NDArray[np.float64]

TRUE_LOG_EVIDENCE = 0.0


def prior(count: int, random: np.random.Generator, dimension: int = 10) -> Array:
    return random.normal(size=(count, dimension))


def moves(chart: Chart) -> list[tuple[ArrayMove, float]]:
    return [(DifferenceMove(chart), 0.3), (DifferenceMove(chart, 0.3), 0.3), (WalkMove(chart, 3), 0.4)]


@dataclass(frozen=True)
class Gaussians:
    """Modes with given shares of an evidence of 1 under the prior N(0, 1)^10."""

    centres: Array
    widths: Array
    shares: Array

    def evaluate(self, z: Array) -> Array:
        d, square = z.shape[1], self.widths**2
        own = 0.5 * d * np.log(square / (1 + square)) - 0.5 * np.sum(self.centres**2, axis=1) / (1 + square)
        each = np.log(self.shares) - own - 0.5 * np.sum((z[:, np.newaxis] - self.centres) ** 2, axis=2) / square
        log_prior = -0.5 * np.sum(z**2, axis=1) - 0.5 * d * math.log(2 * math.pi)
        return np.column_stack([log_prior, np.zeros(len(z)), logsumexp(each, axis=1)])

    def draws(self, shares: Array, count: int = 2000) -> Array:
        """Draws of the modes' posteriors, which need not be shared out as is right."""
        random = np.random.default_rng(5)
        mode = random.choice(len(shares), size=count, p=shares)
        shrunk = 1 / (1 + self.widths**2)
        spread = (self.widths * np.sqrt(shrunk))[mode, np.newaxis]
        return (self.centres * shrunk[:, np.newaxis])[mode] + spread * random.normal(size=(count, self.centres.shape[1]))


def audited(
    evaluate: Callable[[Array], Array],
    draws: Array,
    log_evidence: float = TRUE_LOG_EVIDENCE,
    points: Array | None = None,
    seed: int = 1,
    evaluations: int = 40_000,
) -> ModeAudit:
    chart = line_chart(10)
    return audit_modes(evaluate, chart, prior, moves(chart), draws, np.array([log_evidence]), evaluations, seed, points=points)


def spike_in_slab() -> Gaussians:
    return Gaussians(np.zeros((2, 10)), np.array([0.5, 0.05]), np.array([0.1, 0.9]))


def two_modes(narrow: float = 0.1, place: float = 1.0) -> Gaussians:
    """At right angles, along no axis."""
    frame, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(10, 2)))
    return Gaussians(place * frame.T, np.array([0.4, narrow]), np.array([0.5, 0.5]))


def test_annealing_that_misses_a_spike_is_found_out() -> None:
    target, chart = spike_in_slab(), line_chart(10)
    random = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(3)))
    z = random.normal(size=(500, 10))
    start = Population(z, target.evaluate(z), PRIOR, 0.0, ())
    rungs = list(anneal(start, target.evaluate, moves(chart), np.array([False]), lambda _: 20, random))
    last = rungs[-1]
    assert last.log_evidence < -1.5  # it has missed the spike
    evaluations = 500 * (1 + 20 * len(rungs))
    found = audit_modes(
        target.evaluate,
        chart,
        prior,
        moves(chart),
        last.positions,
        np.array([last.log_evidence]),
        int(AUDIT_SHARE * evaluations),
        1,
        [rungs[len(rungs) // 2].positions],
    )
    [spike] = found.missed
    np.testing.assert_allclose(spike.coordinates, 0.0, atol=0.01)
    # The half of the spike that is nearest to its summit: 0.45 of an evidence of 1.
    assert math.exp(spike.log_mass) == pytest.approx(0.45, rel=0.02)
    assert spike.observed < 0.01
    assert str(found).startswith("MODE MISSED: about a mode of log density 20.7 lies ")
    assert found.evaluations < AUDIT_SHARE * evaluations


@pytest.mark.parametrize("target", [Gaussians(np.full((1, 10), 0.3), np.array([0.3]), np.ones(1)), two_modes(), spike_in_slab()])
def test_silent_where_draws_are_right(target: Gaussians) -> None:
    found = audited(target.evaluate, target.draws(target.shares))
    assert not found.missed
    assert str(found).startswith("mode audit: no missed mode found")
    if target.widths[-1] != 0.05:  # the slab has no summit of its own
        assert len(found.modes) == len(target.shares)
    for mode in found.modes:
        assert mode.relative_error < 0.05
        assert mode.predicted == pytest.approx(mode.observed, abs=0.03)


def test_a_separate_narrow_mode() -> None:
    target = two_modes()
    found = audited(target.evaluate, target.draws(np.array([1.0, 0.0])), math.log(0.5), evaluations=100_000)
    [missed] = found.missed
    np.testing.assert_allclose(missed.coordinates, target.centres[1], atol=0.02)
    assert missed.predicted == pytest.approx(0.25 / 0.75, abs=0.01)


def test_a_wrong_evidence_does_not_hide_that_one_mode_has_the_draws_of_another() -> None:
    target = two_modes()
    found = audited(target.evaluate, target.draws(np.array([0.04, 0.96])), 2.0)
    [missed] = found.missed
    np.testing.assert_allclose(missed.coordinates, target.centres[0] / 1.16, atol=0.02)


def test_a_point_of_the_users_is_looked_at() -> None:
    # Where prior draws are, nothing leads to a narrow mode.
    target = two_modes(place=3.0)
    draws = target.draws(np.array([1.0, 0.0]))
    aside = target.centres[1] + 0.1
    assert not audited(target.evaluate, draws, math.log(0.5), evaluations=20_000).missed
    assert len(audited(target.evaluate, draws, math.log(0.5), aside[np.newaxis], evaluations=20_000).missed) == 1


def test_what_breaks_a_bound_is_no_mode() -> None:
    target = two_modes()

    def bounded(z: Array) -> Array:
        columns = target.evaluate(z)
        columns[:, 1] = np.maximum(z @ target.centres[1], 0.0)
        return columns

    assert not audited(bounded, target.draws(np.array([1.0, 0.0])), math.log(0.5)).missed


def test_what_a_search_before_knew() -> None:
    """A missed mode stays one until it is judged anew; clones that had no time to leave a mode say nothing against those that left it."""
    mode = Mode((0.0, 1.0), 3.0, 1.0, 0.1, 0.5, 0.0, None, True)
    near = replace(mode, coordinates=(0.01, 1.0), log_density=3.01)
    found = ModeAudit((), 10, 1)
    assert found.after([mode]).missed == (mode,)
    assert found.after([replace(mode, missed=False)]) == found
    unjudged = replace(near, log_mass=None, missed=False)
    assert replace(found, modes=(unjudged,)).after([mode]).modes == (mode,)
    populated = replace(near, observed=0.5, missed=False)
    assert replace(found, modes=(populated,)).after([mode]).modes == (populated,)
    assert replace(found, modes=(replace(populated, coordinates=(0.5, 1.0)),)).after([mode]).missed == (mode,)

    stuck = replace(near, log_mass=None, relaxed=0.0)
    left = replace(mode, log_mass=None, relaxed=0.5, missed=False)
    assert replace(found, modes=(stuck,)).after([]).missed == (stuck,)
    assert replace(found, modes=(stuck,)).after([], enough=False).missed == ()
    assert replace(found, modes=(stuck,)).after([left]).missed == ()
    assert replace(found, modes=(stuck,)).after([replace(left, relaxed=0.0, missed=True)], enough=False).missed == (stuck,)


def test_climbs_to_known_modes_end() -> None:
    """Of tails that no Gaussian explains only the highest points climb on; what is left goes to single evaluations, everywhere."""
    calls: list[int] = []

    def heavy(z: Array) -> Array:
        calls.append(len(z))
        log_prior = -0.5 * np.sum(z**2, axis=1) - 5 * math.log(2 * math.pi)
        return np.column_stack([log_prior, np.zeros(len(z)), -5.5 * np.log1p(np.sum(z**2, axis=1) / 0.01)])

    found = audited(heavy, np.random.default_rng(5).normal(size=(2000, 10)) * 0.1, evaluations=400_000)
    assert 30 < found.starts < 120
    assert 300_000 < found.evaluations <= 400_000
    assert sum(calls) < found.evaluations < sum(max(count, 24) for count in calls) + 2000  # short calls take longer than they look


def test_one_seed_one_result() -> None:
    target = two_modes()
    first, again, other = (audited(target.evaluate, target.draws(target.shares), seed=seed) for seed in (1, 1, 2))
    for a, b in zip(first.modes, again.modes, strict=True):
        np.testing.assert_array_equal(a.coordinates, b.coordinates)
        assert (a.log_mass, a.predicted, a.observed) == (b.log_mass, b.predicted, b.observed)
    assert first.evaluations == again.evaluations
    assert [m.log_mass for m in first.modes] != [m.log_mass for m in other.modes]


def test_masses_on_circles_magnitudes_and_intervals() -> None:
    """A mode over the seam of a circle, at a small magnitude, at a wall: its share by mass is that of its draws."""
    chart = Chart(np.array([CIRCLE, SIGNED, INTERVAL, LINE]), np.array([0, -1, 0, -np.inf]), np.array([1, 1, 1, np.inf]))
    random = np.random.default_rng(1)

    def some(count: int, random: np.random.Generator) -> Array:
        flat = random.random((count, 3)) * [1, 2, 1] - [0, 1, 0]
        return np.column_stack([flat, random.normal(size=count)])

    def evaluate(z: Array) -> Array:
        turn = z[:, 0] - 0.98
        turn -= np.floor(turn + 0.5)
        chi2 = (turn / 0.05) ** 2 + ((z[:, 1] - 0.1) / 0.1) ** 2 + ((z[:, 2] - 1) / 0.2) ** 2 + (z[:, 3] / 0.3) ** 2
        inside = ((z >= chart.lower) & (z <= chart.upper)).all(axis=1)
        log_prior = np.where(inside, -math.log(2) - 0.5 * z[:, 3] ** 2 - 0.5 * math.log(2 * math.pi), -np.inf)
        return np.column_stack([log_prior, np.where(inside, 0.0, np.inf), -0.5 * chi2])

    z = some(400_000, random)
    weights = np.exp(evaluate(z)[:, 2])
    draws = z[random.choice(len(z), 4000, p=weights / weights.sum())]
    log_evidence = np.array([math.log(weights.mean())])
    found = audit_modes(evaluate, chart, some, moves(chart), draws, log_evidence, 40_000, 1)
    assert not found.missed
    best = found.modes[0]
    assert best.observed > 0.1
    assert best.predicted == pytest.approx(best.observed, rel=0.1)


def test_clones_of_a_mode_that_cannot_be_weighed_stay_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.sampling.mode_audit._weigh", lambda *_: (-math.inf, math.inf))
    target = spike_in_slab()
    without = audited(target.evaluate, target.draws(np.array([1.0, 0.0])), math.log(0.1), evaluations=200_000)
    assert [mode.relaxed for mode in without.missed] == [0.0]
    assert "of clones of a mode of log density 20.7 0% come down" in str(without)
    one = Gaussians(np.zeros((1, 10)), np.array([0.3]), np.ones(1))
    right = audited(one.evaluate, one.draws(one.shares), evaluations=200_000)
    assert not right.missed
    assert right.modes[0].relaxed > 0.8
