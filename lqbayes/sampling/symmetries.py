"""Signs that can be changed together without a change of anything that is predicted: exact symmetries.

Two choices of signs at one point that lead to the same value of an observable differ by a symmetry of this observable, but for chance.
Among a few thousand random choices many agree, unless the observable tells more than some 10^5 of them apart. Their differences, sets of
signs as vectors over GF(2), span the symmetries of this observable; those of all observables are the intersection of these spaces. The
next point makes its choices among what is left, so that what agreed by chance, or because it was lost in rounding, does not last.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lqbayes.model import Model
from lqbayes.posterior import Posterior
from lqbayes.prior.coordinates import LINEAR_MAGNITUDE, NORMAL
from lqbayes.prior.prior import Prior
from lqbayes.sampling.moves.chart import CIRCLE, LINE, SIGNED, chart_of, mirror

Array = NDArray[np.float64]
Bits = NDArray[np.bool_]

_SAME = 1e-10  # relative difference that rounding may make
_HUGE = 1e300  # in place of what is infinite, whose differences are numbers
_POINTS = 16
_MOST_CHOICES = 4096
_MORE_THAN_ENOUGH = 64  # choices that agree, beyond four for each unknown sign: these span all that there is
_FEW = 12  # symmetries of which all combinations are looked at for the smallest ones


def sign_symmetries(posterior: Posterior) -> list[list[int]]:
    """Find sets of coordinates, none of them implied by others, whose mirror images change neither the prior nor what was measured."""
    of_modulus: dict[str, bool] = {}
    for m in posterior.likelihood.settings.measurements:
        of_modulus |= {name: m.on_modulus and of_modulus.get(name, True) for name in m.observables}
    index = posterior.model.observable_index
    return symmetries_of(posterior.prior, posterior.model, tuple(sorted((index[name], modulus) for name, modulus in of_modulus.items())))


@lru_cache(maxsize=4)  # a calibration has many posteriors that differ in nothing but the values of the measurements
def symmetries_of(prior: Prior, model: Model, observables: tuple[tuple[int, bool], ...]) -> list[list[int]]:
    """Find the same for some observables: their columns, and whether only the modulus counts."""
    random = np.random.default_rng(0)
    columns, modulus = np.array([column for column, _ in observables]), np.array([of_modulus for _, of_modulus in observables])
    mirrored, chart = mirrored_columns(prior), chart_of(prior.table)
    basis = np.eye(len(mirrored), dtype=bool)
    for point in prior.sample(_POINTS, random):
        image = np.array([mirror(value, *geometry) for value, *geometry in zip(point, *chart, strict=True)])

        def values(signs: Bits, point: Array = point, image: Array = image) -> Array:
            y = np.tile(point, (len(signs), 1))
            y[:, mirrored] = np.where(signs, image[mirrored], point[mirrored])
            found = model.predict(prior.points(y))[:, columns]
            # Infinite where there is no such observable, which is a value as well.
            return np.nan_to_num(np.where(modulus, np.abs(found), found), nan=_HUGE, posinf=_HUGE, neginf=-_HUGE)

        # Most points only confirm what others have found.
        few = _choices(len(basis), 4 * len(basis) + _MORE_THAN_ENOUGH, random)
        if len(basis) and np.any(_classes(values(_combined(few, basis))).max(axis=0)):
            choices = _choices(len(basis), _MOST_CHOICES, random)
            basis = _combined(_common(choices, _classes(values(_combined(choices, basis))), random), basis)
    return [[mirrored[k] for k in np.flatnonzero(row)] for row in _smallest(basis)]


def mirrored_columns(prior: Prior) -> list[int]:
    """Coordinates whose prior is the same for the mirror image: either sign, normal and uniform about 0, and circles."""
    table, chart = prior.table, chart_of(prior.table)
    k = np.flatnonzero(table.column >= 0)
    normal = (table.kind == NORMAL) & (table.offset == 0) & (table.minus == table.plus) & (table.lower == -table.upper)
    uniform = (table.kind == LINEAR_MAGNITUDE) & (np.abs(2 * table.offset + table.scale) <= 1e-12 * table.scale) & (table.upper == 1)
    even = np.isin(chart.kind, (SIGNED, CIRCLE)) | np.where(chart.kind == LINE, normal[k], uniform[k])
    return [int(column) for column in np.flatnonzero(even)]


def _choices(dimension: int, most: int, random: np.random.Generator) -> Bits:
    """All vectors over GF(2), the first of them 0; of too many the unit vectors, that of all ones, and others at random."""
    if 2**dimension <= most:
        return (np.arange(2**dimension)[:, np.newaxis] >> np.arange(dimension) & 1).astype(bool)
    special = np.vstack([np.zeros(dimension), np.eye(dimension), np.ones(dimension)]).astype(bool)
    return np.vstack([special, random.random((max(most - len(special), 0), dimension)) < 0.5])


def _combined(choices: Bits, basis: Bits) -> Bits:
    """Product over GF(2)."""
    return np.asarray(choices.astype(np.int64) @ basis.astype(np.int64) % 2, dtype=bool)


def _classes(values: Array) -> NDArray[np.int64]:
    """Number, for each column, equal values alike: 0 for the lowest."""
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    other = np.diff(ordered, axis=0) > _SAME * np.abs(ordered[1:])
    classes = np.zeros(values.shape, dtype=np.int64)
    np.put_along_axis(classes, order[1:], np.cumsum(other, axis=0), axis=0)
    return classes


def _common(choices: Bits, classes: NDArray[np.int64], random: np.random.Generator) -> Bits:
    """Span of the symmetries that all observables have, those that some choices of signs reveal."""
    dimension = choices.shape[1]
    normals = [np.zeros((0, dimension), dtype=bool)]
    for column in classes.T:
        _, first, which = np.unique(column, return_index=True, return_inverse=True)
        differences = choices ^ choices[first[which]]
        differences = differences[differences.any(axis=1)]
        some = random.permutation(len(differences))[: 4 * dimension + _MORE_THAN_ENOUGH]
        normals.append(_null_space(differences[some]))
    return _null_space(np.vstack(normals))


def _null_space(rows: Bits) -> Bits:
    """Basis of the vectors over GF(2) that have an even overlap with each row."""
    left, dimension = rows.copy(), rows.shape[1]
    pivots: list[int] = []
    for k in range(dimension):
        rank = len(pivots)
        candidates = np.flatnonzero(left[rank:, k])
        if len(candidates):
            left[[rank, rank + candidates[0]]] = left[[rank + candidates[0], rank]]
            others = np.flatnonzero(left[:, k])
            others = others[others != rank]
            left[others] ^= left[rank]
            pivots.append(k)
    free = [k for k in range(dimension) if k not in pivots]
    basis = np.zeros((len(free), dimension), dtype=bool)
    for row, k in zip(basis, free, strict=True):
        row[k] = True
        row[pivots] = left[: len(pivots), k]
    return basis


def _smallest(basis: Bits) -> Bits:
    """Choose a basis of the same space whose sets are as small as they can be."""
    if len(basis) > _FEW:
        return basis
    members = _combined(_choices(len(basis), 2**_FEW, np.random.default_rng(0)), basis)[1:]
    members = members[np.lexsort((*members.T, members.sum(axis=1)))]
    chosen: Sequence[Bits] = []
    for member in members:
        if len(chosen) < len(basis) and not _spanned(member, chosen):
            chosen = [*chosen, member]
    return np.array(chosen, dtype=bool).reshape(len(basis), basis.shape[1])


def _spanned(member: Bits, rows: Sequence[Bits]) -> bool:
    return len(rows) > 0 and not np.any(_combined(_null_space(np.array(rows)), member))
