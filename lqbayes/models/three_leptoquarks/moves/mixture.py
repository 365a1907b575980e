"""The mixture of moves that samples a leptoquark posterior under a prior."""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.moves import recipes
from lqbayes.models.three_leptoquarks.moves.cancellation import CancellationMove
from lqbayes.models.three_leptoquarks.moves.conjugation import ConjugationMove
from lqbayes.models.three_leptoquarks.moves.permutation import PermutationMove
from lqbayes.models.three_leptoquarks.moves.recipes import Powers, Recipe
from lqbayes.models.three_leptoquarks.moves.shear import ShearMove
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX
from lqbayes.prior.coordinates import LOG_MAGNITUDE, CoordinateTable
from lqbayes.prior.prior import Prior
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import SIGNED, Chart, chart_of
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.flips import FlipMove, SymmetryMove
from lqbayes.sampling.moves.refresh import RefreshMove
from lqbayes.sampling.moves.scale import ScaleMove
from lqbayes.sampling.moves.walk import WalkMove


def moves_with(prior: Prior, recipe: Recipe) -> list[tuple[ArrayMove, float]]:
    """Choose moves with their odds; they adapt to which parameters are sampled and which have a free sign."""
    table, names = prior.table, prior.coordinate_names
    chart = chart_of(table)
    free = [name for name, kind in zip(names, chart.kind, strict=True) if kind == SIGNED]
    all_at_once, many = recipe.difference_odds
    few_anew, signals_anew = recipe.refresh_odds
    moves: list[tuple[ArrayMove, float]] = [
        (DifferenceMove(chart), all_at_once),
        (DifferenceMove(chart, 0.3), many),
        (DifferenceMove(chart, 0.1), 0.10),
        (DifferenceMove(chart, 2 / len(names)), 0.12),
        (RefreshMove(chart), few_anew),
        (WalkMove(chart), 0.06),
    ]
    if signals := _sampled(recipes.SIGNALS, names):
        moves.append((RefreshMove(chart, groups=signals), signals_anew))
    if coupled := [group for group in _sampled(recipes.COUPLED, names) if len(group) > 1]:
        moves.append((DifferenceMove(chart, groups=coupled), 0.10))
    if flips := _sampled(_all_in(recipes.FLIPS, free), names):
        moves.append((FlipMove(chart, flips), 0.10))
    if symmetries := _sampled(_all_in(recipe.symmetries, free), names):
        moves.append((SymmetryMove(chart, symmetries), recipe.symmetry_odds))
    if ConjugationMove.applies(table):
        moves.append((ConjugationMove(table), 0.02))
    if directions := _directions(table, names, recipe.scales):
        moves.append((ScaleMove(chart, directions), recipe.scale_odds))
    if ShearMove.applies(table):
        moves.append((ShearMove(table), 0.20))
    if PermutationMove.applies(table):
        moves.append((PermutationMove(table), recipe.permutation_odds))
    moves += _cancellations(table, chart, names, recipe)
    return [(move, odds) for move, odds in moves if odds > 0]


def _cancellations(table: CoordinateTable, chart: Chart, names: Sequence[str], recipe: Recipe) -> Iterator[tuple[ArrayMove, float]]:
    def columns(*groups: Sequence[str]) -> NDArray[np.int64]:
        return np.array([k for k, name in enumerate(names) if any(name in group for group in groups)], dtype=np.int64)

    coupled = columns(recipes.F, recipes.LOOP, recipes.A_ABS, recipes.A_ARG, recipes.NEUTRINO)
    for phases, overlap, step, odds in recipe.cancellations:
        if CancellationMove.applies(table, phases=phases or step == "rephase"):
            move = CancellationMove(chart, table, coupled, step, phases=phases, overlap=overlap)
            if len(move.columns):
                yield move, odds
    if CancellationMove.applies(table) and ShearMove.applies(table):  # f has both signs
        for step, group, odds in zip(("walk", "difference"), (recipes.ANGLES, recipes.NEUTRINO), recipe.turn_odds, strict=True):
            if len(chosen := columns(group)):
                yield CancellationMove(chart, table, chosen, step, turn=True), odds


def _all_in(groups: Iterable[Sequence[str]], names: Sequence[str]) -> list[Sequence[str]]:
    return [group for group in groups if all(name in names for name in group)]


def _sampled(groups: Iterable[Sequence[str]], names: Sequence[str]) -> list[list[int]]:
    """Columns of the sampled members of each group that has any."""
    columns = ([names.index(name) for name in group if name in names] for group in groups)
    return [group for group in columns if group]


def _directions(table: CoordinateTable, names: Sequence[str], scales: Sequence[Powers]) -> list[list[float]]:
    """Rows of powers of ten over the width of each coordinate's range, towards larger magnitudes."""
    step = {}
    for name in names:
        k = PARAMETER_INDEX[name]
        if table.kind[k] == LOG_MAGNITUDE:
            step[name] = (-1.0 if table.upper[k] == 0 else 1.0, table.scale[k] / math.log(10))
    directions = [direction for direction in scales if all(name in step for name in direction)]
    return [[step[name][0] * direction[name] / step[name][1] if name in direction else 0.0 for name in names] for direction in directions]
