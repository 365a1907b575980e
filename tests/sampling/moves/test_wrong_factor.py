"""The check of `test_invariance` has teeth: it finds every one of these errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from invariance import MIXED_CHART, Target, bent_pulls, cancelled, check, gaussian, mixed, paper_prior, posterior
from numba import njit
from numpy.typing import NDArray
from test_invariance import OPTIONS, _cancellation

from lqbayes.models.three_leptoquarks.moves.conjugation import ConjugationMove
from lqbayes.models.three_leptoquarks.moves.permutation import PermutationMove
from lqbayes.models.three_leptoquarks.moves.shear import ShearMove
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import line_chart
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.flips import FlipMove, SymmetryMove
from lqbayes.sampling.moves.refresh import RefreshMove
from lqbayes.sampling.moves.scale import ScaleMove
from lqbayes.sampling.moves.streams import normal, start, uniform
from lqbayes.sampling.moves.tangent import TangentMove
from lqbayes.sampling.moves.walk import WalkMove
from lqbayes.sampling.population import Rung

Array = NDArray[np.float64]
Change = Callable[[Array, Array, Array], tuple[Array, Array]]


class Altered(ArrayMove):
    """A move whose proposal or factor is changed: (sample, proposal, factor) to (proposal, factor)."""

    def __init__(self, move: ArrayMove, change: Change) -> None:
        super().__init__()
        self.move = move
        self.change = change

    def get_proposal(self, sample: Array, complement: Array, seed: int) -> tuple[Array, Array]:
        proposal, factor = self.move.get_proposal(sample, complement, seed)
        return self.change(sample, proposal, factor)


def _none(_: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """Without the factor, but still rejected where it is -inf."""
    return proposal, np.where(np.isfinite(factor), 0.0, -math.inf)


def _inverse(_: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    return proposal, np.where(np.isfinite(factor), -factor, -math.inf)


def _first_power_of_a(sample: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """prod |A| instead of prod |A|^2, as for real numbers."""
    names, table = posterior().coordinate_names, posterior().prior.table
    for name in ("A_12_abs", "A_13_abs", "A_23_abs"):
        column = names.index(name)
        scale = table.scale[posterior().parameter_names.index(name)]
        factor = factor + scale * (proposal[:, column] - sample[:, column])
    return proposal, factor


def _drift(_: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    return proposal + 0.05, factor


def _shrink(_: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    return 0.97 * proposal, factor


def _one_way(sample: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """A flip that goes from minus to plus more often than back."""
    back = (proposal < sample).any(axis=1)
    return proposal, np.where(back, math.log(0.5), factor)


def _grown(sample: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """What should be a change of sign alone also grows a little."""
    changed = proposal != sample
    return np.where(changed, np.clip(1.05 * proposal, -1, 1), proposal), factor


def _towards_the_end(sample: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """Mirror images of intervals that lie a little too high."""
    return np.where(proposal != sample, np.minimum(proposal + 0.05, MIXED_CHART.upper), proposal), factor


WRONG: dict[str, tuple[Callable[[], ArrayMove], Change, Callable[[], Target], dict[str, Any]]] = {
    "refresh without factor": (lambda: RefreshMove(line_chart(5)), _none, lambda: gaussian(5), {}),
    "difference with a drift": (lambda: DifferenceMove(line_chart(5)), _drift, lambda: gaussian(5), {}),
    "difference with a shrinking": (lambda: DifferenceMove(line_chart(20), 0.3), _shrink, lambda: gaussian(20), {}),
    "walk with a drift": (lambda: WalkMove(line_chart(20)), _drift, lambda: gaussian(20), {}),
    "scale with a drift": (lambda: ScaleMove(line_chart(5), np.eye(5)), _drift, lambda: gaussian(5), {}),
    "tangent with a drift": (lambda: TangentMove(line_chart(5), bent_pulls), _drift, lambda: gaussian(5), {}),
    "tangent with a shrinking": (lambda: TangentMove(line_chart(5), bent_pulls), _shrink, lambda: gaussian(5), {}),
    "flips that prefer one sign": (lambda: FlipMove(MIXED_CHART, [[2], [3]]), _one_way, mixed, {}),
    "symmetry that prefers one sign": (lambda: SymmetryMove(MIXED_CHART, [[2], [3]]), _one_way, mixed, {}),
    "symmetry with a growth": (lambda: SymmetryMove(MIXED_CHART, [[2], [3]]), _grown, mixed, {}),
    "mirror images that grow": (lambda: FlipMove(MIXED_CHART, [[4], [5]]), _towards_the_end, mixed, {}),
    "shear without factor": (lambda: ShearMove(posterior().prior.table), _none, paper_prior, {}),
    "shear with the inverse factor": (lambda: ShearMove(posterior().prior.table), _inverse, paper_prior, {}),
}


def _only_back(sample: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """A conjugation that prefers delta_CP beyond pi."""
    column = posterior().coordinate_names.index("delta_CP")
    return proposal, np.where(proposal[:, column] < sample[:, column], math.log(0.5), factor)


def _reflected_and_shrunk(sample: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """delta_CP reflected, and brought a little nearer to the prior's mode: no inverse, and a volume that shrinks."""
    column = posterior().coordinate_names.index("delta_CP")
    moved = proposal.copy()
    moved[:, column] = 0.98 * proposal[:, column]
    return moved, factor


WRONG["conjugation that prefers one side"] = (lambda: ConjugationMove(posterior().prior.table), _only_back, paper_prior, {})
WRONG["conjugation with a shrinking"] = (
    lambda: ConjugationMove(posterior().prior.table),
    _reflected_and_shrunk,
    paper_prior,
    {"steps": 16},
)


def _one_permutation(sample: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """A permutation that prefers f_11 larger than before."""
    column = posterior().coordinate_names.index("f_11")
    return proposal, np.where(np.abs(proposal[:, column]) < np.abs(sample[:, column]), math.log(0.5), factor)


def _permuted_and_shrunk(sample: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """A permutation with a change of scale."""
    columns = [posterior().coordinate_names.index(name) for name in ("f_11", "A_12_abs")]
    moved = proposal.copy()
    moved[:, columns] *= 0.97
    return moved, factor


WRONG["permutation that prefers one order"] = (lambda: PermutationMove(posterior().prior.table), _one_permutation, paper_prior, {})
WRONG["permutation with a shrinking"] = (lambda: PermutationMove(posterior().prior.table), _permuted_and_shrunk, paper_prior, {})


class Unwrapped(DifferenceMove):
    """Differences of circles and of signed magnitudes as if they were lines, the end point clipped."""

    def get_proposal(self, sample: Array, complement: Array, seed: int) -> tuple[Array, Array]:
        rng = np.random.default_rng(seed)
        a, b = rng.integers(len(complement), size=(2, len(sample)))
        step = 0.5 * (complement[a] - complement[b])
        return np.clip(sample + step, self.chart.lower, self.chart.upper), np.zeros(len(sample))


@pytest.mark.parametrize("name", WRONG)
def test_found(name: str) -> None:
    make, change, target, options = WRONG[name]
    options = {"steps": 8} | options
    assert not check(Altered(make(), change), target(), seed=5, **options).invariant
    # It is the change that is found, not the wrapper.
    assert check(Altered(make(), lambda _, proposal, factor: (proposal, factor)), target(), seed=5, **options).invariant


class OfTheWalker(TangentMove):
    """A step whose covariance is that at the walker itself, without the factor for the different one at the other end."""

    def get_proposal(self, sample: Array, complement: Array, seed: int) -> tuple[Array, Array]:
        rows = [super(OfTheWalker, self).get_proposal(walker[None], walker[None], seed + i) for i, walker in enumerate(sample)]
        return np.concatenate([proposal for proposal, _ in rows]), np.zeros(len(sample))


@pytest.mark.parametrize("kind", [OfTheWalker, TangentMove])
def test_the_covariance_must_be_of_the_other_half(kind: type[TangentMove]) -> None:
    """On a line: where the target is narrow, so is the step."""

    def pulls(z: Array, _: Rung) -> Array:
        return 3 * np.exp(z)

    outcome = check(kind(line_chart(1), pulls), gaussian(1), seed=5, steps=8)
    assert outcome.invariant == (kind is TangentMove), outcome


def test_clipping_at_walls_is_found() -> None:
    target = mixed()
    assert not check(Unwrapped(target.chart), target, seed=5, steps=8).invariant


@pytest.mark.parametrize("change", [_none, _inverse, _first_power_of_a])
@pytest.mark.parametrize(("phases", "overlap"), OPTIONS)
@pytest.mark.parametrize("step", ["difference", "walk", "flip", "scale"])
def test_cancellation_with_a_wrong_factor_is_found(step: str, phases: bool, overlap: bool, change: Change) -> None:
    assert not check(Altered(_cancellation(step, phases, overlap), change), cancelled(), seed=5, steps=8).invariant


def _without_turn(sample: Array, proposal: Array, factor: Array) -> tuple[Array, Array]:
    """Without the change of volume in log |f|."""
    names, table = posterior().coordinate_names, posterior().prior.table
    for name in ("f_21", "f_22", "f_23", "f_31", "f_32", "f_33"):
        column = names.index(name)
        scale = table.scale[posterior().parameter_names.index(name)]
        factor = factor + scale * (np.abs(proposal[:, column]) - np.abs(sample[:, column]))
    return proposal, factor


@pytest.mark.parametrize("change", [_none, _inverse, _first_power_of_a])
@pytest.mark.parametrize(("phases", "overlap"), [OPTIONS[0], OPTIONS[-1]])
def test_rephase_with_a_wrong_factor_is_found(phases: bool, overlap: bool, change: Change) -> None:
    assert not check(Altered(_cancellation("rephase", phases, overlap), change), cancelled(), seed=5, steps=8).invariant


@pytest.mark.parametrize("change", [_none, _inverse, _first_power_of_a, _without_turn])
@pytest.mark.parametrize("step", ["walk", "difference"])
def test_turn_with_a_wrong_factor_is_found(step: str, change: Change) -> None:
    assert not check(Altered(_cancellation(step, False, False, turn=True), change), cancelled(), seed=5, steps=8).invariant


@pytest.mark.parametrize("change", [_none, _inverse, _first_power_of_a])
@pytest.mark.parametrize(("phases", "overlap"), [OPTIONS[0], OPTIONS[-1]])
def test_swap_with_a_wrong_factor_is_found(phases: bool, overlap: bool, change: Change) -> None:
    """A swap is accepted seldom: more steps, as in the check of the right one."""
    assert not check(Altered(_cancellation("swap", phases, overlap), change), cancelled(), seed=5, steps=25).invariant


@njit
def _log_lambda(seed: int, walkers: int) -> Array:
    out = np.empty(walkers)
    for i in range(walkers):
        stream = start(seed, i)
        out[i] = math.exp(math.log(0.01) * uniform(stream)) * normal(stream)
    return out


class WithoutStretch(ArrayMove):
    """The scale step without its power of |lambda|, which is drawn again from the walker's stream."""

    def __init__(self, phases: bool, power: int) -> None:
        super().__init__()
        self.move = _cancellation("scale", phases, False)
        self.power = power

    def get_proposal(self, sample: Array, complement: Array, seed: int) -> tuple[Array, Array]:
        proposal, factor = self.move.get_proposal(sample, complement, seed)
        return proposal, factor - self.power * _log_lambda(seed, len(sample))


@pytest.mark.parametrize(("phases", "power"), [(False, 4), (True, 6)])
def test_scale_without_the_power_of_lambda_is_found(phases: bool, power: int) -> None:
    assert not check(WithoutStretch(phases, power), cancelled(), seed=5, steps=8).invariant
    assert check(WithoutStretch(phases, 0), cancelled(), seed=5, steps=8).invariant
