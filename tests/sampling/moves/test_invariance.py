"""Every move leaves its target as it is: see `invariance` for the check and its error probability."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from invariance import (
    MIXED_CHART,
    Outcome,
    Target,
    bent_pulls,
    cancelled,
    check,
    corner,
    gaussian,
    mixed,
    paper_prior,
    paper_prior_in_a_corner,
    posterior,
)

from lqbayes.models.three_leptoquarks.moves.cancellation import CancellationMove
from lqbayes.models.three_leptoquarks.moves.permutation import PermutationMove
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import SIGNED, Chart, chart_of
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.flips import FlipMove, SymmetryMove
from lqbayes.sampling.moves.refresh import RefreshMove
from lqbayes.sampling.moves.scale import ScaleMove
from lqbayes.sampling.moves.tangent import TangentMove
from lqbayes.sampling.moves.walk import WalkMove

# With fewer accepted steps than this, the comparison of before and after would prove little.
LEAST_MOVED, LEAST_DISPLACEMENT = 0.3, 0.03
# Two swaps, or two flips, lead back: fewer walkers are elsewhere in the end than have moved.
LEAST_SWAPPED, LEAST_FLIPPED = 0.03, 0.15

GENERIC: dict[str, Callable[[Chart], ArrayMove]] = {
    "difference": DifferenceMove,
    "difference of a third": lambda chart: DifferenceMove(chart, 0.3),
    "difference of one": lambda chart: DifferenceMove(chart, 0.01),
    "difference of groups": lambda chart: DifferenceMove(chart, groups=_groups(chart)),
    "refresh": RefreshMove,
    "refresh of one": lambda chart: RefreshMove(chart, 1),
    "refresh of many": lambda chart: RefreshMove(chart, 8),
    "refresh of groups": lambda chart: RefreshMove(chart, groups=_groups(chart)),
    "walk": WalkMove,
    "walk of three": lambda chart: WalkMove(chart, 3),
    "scale": lambda chart: ScaleMove(chart, _directions(chart)),
    "tangent": lambda chart: TangentMove(chart, bent_pulls),
}
OPTIONS = [(phases, overlap) for phases in (False, True) for overlap in (False, True)]


def _groups(chart: Chart) -> list[list[int]]:
    d = len(chart.kind)
    return [[0], list(range(min(d, 3))), list(range(d // 2, d)), list(range(0, d, 2))]


def _directions(chart: Chart) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.normal(size=(4, len(chart.kind))) * (rng.random((4, len(chart.kind))) < 0.6) + np.eye(4, len(chart.kind))


def assert_invariant(outcome: Outcome, moved: float = LEAST_MOVED, displacement: float = LEAST_DISPLACEMENT) -> None:
    assert outcome.moved >= moved
    assert outcome.displacement >= displacement
    assert outcome.invariant, outcome


@pytest.mark.parametrize("dimension", [1, 5, 20, 45])
@pytest.mark.parametrize("name", GENERIC)
def test_correlated_gaussian(name: str, dimension: int) -> None:
    target = gaussian(dimension)
    # Moves of all coordinates at once are accepted less often in many dimensions.
    outcome = check(GENERIC[name](target.chart), target, seed=dimension, walkers=50, steps=10)
    assert_invariant(outcome, displacement=0.02)


@pytest.mark.parametrize("dimension", [1, 5, 20, 45])
@pytest.mark.parametrize("kind", [FlipMove, SymmetryMove])
def test_flips_in_many_dimensions(kind: type[FlipMove], dimension: int) -> None:
    """Correlations make single signs matter; the groups of the other tests have several coordinates."""
    target = gaussian(dimension)
    outcome = check(kind(target.chart, _groups(target.chart)), target, seed=dimension, walkers=50, steps=11)
    assert_invariant(outcome, moved=LEAST_FLIPPED, displacement=0.02)


@pytest.mark.parametrize("name", GENERIC)
def test_circles_signs_and_walls(name: str) -> None:
    target = mixed()
    assert_invariant(check(GENERIC[name](target.chart), target, seed=2, steps=8))


@pytest.mark.parametrize("name", GENERIC)
def test_correlated_at_walls(name: str) -> None:
    """Steps of several coordinates, of which walls reflect only some, are not undone by the opposite steps."""
    target = corner()
    assert_invariant(check(GENERIC[name](target.chart), target, seed=3, walkers=400, steps=10), moved=0.2)


@pytest.mark.parametrize("kind", [FlipMove, SymmetryMove])
def test_flips_of_a_density_without_symmetry(kind: type[FlipMove]) -> None:
    signed = [int(k) for k in np.flatnonzero(MIXED_CHART.kind == SIGNED)]
    others = [int(k) for k in np.flatnonzero(MIXED_CHART.kind != SIGNED)]
    move = kind(MIXED_CHART, [signed, *([k] for k in signed), *zip(signed * 3, others, strict=True)])
    outcome = check(move, mixed(), seed=4)
    assert outcome.acceptance < 0.95  # the target is not symmetric
    assert_invariant(outcome)


def test_a_small_odd_ensemble() -> None:
    target = gaussian(3)
    assert_invariant(check(DifferenceMove(target.chart), target, seed=6, repetitions=300, walkers=5, steps=8))


# Odds say what a posterior gets; here every move of the mixture is on trial for itself.
MIXTURE = [f"{place}-{type(move).__name__}" for place, (move, _) in enumerate(moves_of(posterior()))]


def _fresh(name: str) -> ArrayMove:
    return moves_of(posterior())[MIXTURE.index(name)][0]


def _is_swap(move: ArrayMove) -> bool:
    return isinstance(move, CancellationMove) and move.step == _cancellation("swap", False, False).step


def _cancellation(step: str, phases: bool, overlap: bool, *, turn: bool = False) -> CancellationMove:
    names = posterior().coordinate_names
    touched = ("M_LQ", "alpha_1", "A_", "f_", "s12sq", "s23sq", "s13sq", "delta_CP", "dm", "m_lightest", "alpha_21", "alpha_31")
    if turn:  # f, A and the phases follow
        touched = ("s12sq", "s23sq", "s13sq") if step == "walk" else ("s12sq", "s23sq", "s13sq", "delta_CP", "dm", "m_lightest", "alpha_")
    columns = np.array([k for k, name in enumerate(names) if name.startswith(touched) and not (turn and name in ("alpha_1", "alpha_2"))])
    table = posterior().prior.table
    return CancellationMove(chart_of(table), table, columns, step, phases=phases, overlap=overlap, turn=turn)


@pytest.mark.parametrize("name", MIXTURE)
def test_the_mixture_on_the_prior(name: str) -> None:
    move = _fresh(name)
    if _is_swap(move):  # accepted once in two hundred steps
        assert_invariant(check(move, paper_prior(), seed=7, steps=25), moved=LEAST_SWAPPED)
    else:
        assert_invariant(check(move, paper_prior(), seed=7, steps=8))


@pytest.mark.parametrize("name", [name for name in MIXTURE if not name.endswith("CancellationMove")])
def test_the_mixture_beside_a_cancellation(name: str) -> None:
    assert_invariant(check(_fresh(name), cancelled(), seed=9, steps=8))


@pytest.mark.parametrize(("phases", "overlap"), OPTIONS)
@pytest.mark.parametrize("step", ["difference", "walk", "flip", "swap", "scale"])
def test_cancellation(step: str, phases: bool, overlap: bool) -> None:
    move = _cancellation(step, phases, overlap)
    if step == "swap":
        assert_invariant(check(move, cancelled(), seed=8, steps=25), moved=LEAST_SWAPPED)
    else:
        assert_invariant(check(move, cancelled(), seed=8, steps=8))


@pytest.mark.parametrize(("phases", "overlap"), OPTIONS)
@pytest.mark.parametrize(("step", "turn"), [("rephase", False), ("walk", True), ("difference", True)])
def test_cancellation_with_turns(step: str, turn: bool, phases: bool, overlap: bool) -> None:
    assert_invariant(check(_cancellation(step, phases, overlap, turn=turn), cancelled(), seed=8, steps=8))


@pytest.mark.parametrize("target", [paper_prior, cancelled])
def test_permutation(target: Callable[[], Target]) -> None:
    assert_invariant(check(PermutationMove(posterior().prior.table), target(), seed=8, steps=9))


@pytest.mark.parametrize("step", ["difference", "walk"])
def test_cancellation_at_walls(step: str) -> None:
    target = paper_prior_in_a_corner()
    assert_invariant(check(_cancellation(step, False, False), target, seed=10, walkers=2000, steps=30))
