"""Look for modes of a density where populations may not have been: climb from points of many kinds that no summit known so far explains.

A narrow mode shows itself only inside its own basin, so that what counts is where one looks. Single evaluations are cheap and climbs are
not: of many points only those climb that lie higher than the ellipsoids about the known summits say.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, count, zip_longest

import numpy as np

from lqbayes.sampling.maximise import Objective, climb
from lqbayes.sampling.moves.base import Array
from lqbayes.sampling.moves.chart import CIRCLE, LINE, SIGNED, Chart

_FALL = 0.5  # of the log density, one standard deviation of a Gaussian
_HALVINGS = 20
_NARROWEST, _WIDEST = 1e-9, 3.0
# Curvatures in units of those found along the coordinates; a direction that is flatter than 1/20 of them is cut there.
_FLATTEST, _SHARPEST = 0.05, 1e6
# A probe that is so far below the summit lies behind a wall; one on the other side falls off so many times later.
_WALL, _CLOSE = 50.0, 0.2
_SLOPE, _ROUNDS = 1e-2, 2
_ALONG = 49  # points of a scan along a coordinate
_UNEXPLAINED = 0.5  # of the log density
_LOOKED_AT, _FROM_DRAWS = 1000, 4  # of so many draws, so many of the best climb, and as many of any
_CANDIDATES = 64  # of each kind of starts
_LEAST_COUNT = 24  # a call for fewer points takes as long
_FRUITLESS = 30  # climbs to known summits in a row: then only the best of each kind climbs, and single evaluations look further


class BudgetOver(Exception):  # noqa: N818  nothing is wrong
    """There are no evaluations left."""


class Counted:
    """A log density that counts its evaluations, up to a limit, and climbs on it; -inf where it is not finite."""

    def __init__(self, objective: Objective, limit: int) -> None:
        self.objective = objective
        self.limit = limit
        self.evaluations = self.climbs = self.fruitless = 0  # of climbs, those in a row that have found nothing new

    def __call__(self, z: Array) -> Array:
        """Evaluate, and count."""
        count = max(len(z), _LEAST_COUNT) if len(z) else 0
        if self.evaluations + count > self.limit:
            raise BudgetOver
        self.evaluations += count
        heights = self.objective(z)
        return np.where(np.isfinite(heights), heights, -np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Summit:
    """A local maximum with the ellipsoid of its curvature: columns of `axes` are one standard deviation long, `inverse` maps back."""

    position: Array
    height: float
    axes: Array
    inverse: Array

    def squared_distance(self, z: Array, chart: Chart) -> Array:
        """Squared distance in standard deviations."""
        step = z - self.position
        step = np.where(chart.kind == CIRCLE, step - np.floor(step + 0.5), step)
        return np.asarray(np.sum((step @ self.inverse.T) ** 2, axis=1))


def summit_at(objective: Objective, chart: Chart, position: Array) -> Summit:
    """Measure the ellipsoid about a local maximum."""
    height = float(objective(position[np.newaxis])[0])
    scale = _scale(objective, chart, position, height)
    dimension, step = len(position), 0.5
    i, j = np.triu_indices(dimension, 1)
    e = step * np.diag(scale)
    heights = objective(np.concatenate([position + e, position - e, position + e[i] + e[j], position - e[i] - e[j]]))
    up, down, both_up, both_down = np.split(heights, [dimension, 2 * dimension, 2 * dimension + len(i)])
    walled = np.minimum(up, down) < height - _WALL
    # Beside a wall the function goes on as in a mirror, and is taken to know no correlation.
    up, down = np.where(up < height - _WALL, down, up), np.where(down < height - _WALL, up, down)
    curvature = np.diag((2 * height - np.maximum(up, height - _WALL) - np.maximum(down, height - _WALL)) / step**2)
    free = ~walled[i] & ~walled[j] & (np.minimum(both_up, both_down) > height - _WALL)
    i, j, both = i[free], j[free], (both_up + both_down)[free]
    curvature[i, j] = curvature[j, i] = (up[i] + up[j] + down[i] + down[j] - both - 2 * height) / (2 * step**2)
    values, vectors = np.linalg.eigh(curvature)
    roots = np.sqrt(np.clip(values, _FLATTEST, _SHARPEST))
    return Summit(position, height, scale[:, np.newaxis] * vectors / roots, (vectors * roots).T / scale)


def _scale(objective: Objective, chart: Chart, position: Array, height: float) -> Array:
    """Distance along each coordinate at which the log density has fallen by half: where it falls faster, unless that is a wall."""
    dimension = len(position)
    widths = chart.upper - chart.lower
    longest = np.where(chart.kind == LINE, np.minimum(0.5 * widths, _WIDEST), 0.5 * np.minimum(widths, 1.0))
    low, high = np.full(2 * dimension, _NARROWEST), np.tile(longest, 2)
    directions = np.concatenate([np.eye(dimension), -np.eye(dimension)])
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        fallen = ~(height - objective(position + middle[:, np.newaxis] * directions) < _FALL)
        low, high = np.where(fallen, low, middle), np.where(fallen, middle, high)
    near, far = np.sort(np.split(high, 2), axis=0)
    return np.asarray(np.where(near < _CLOSE * far, far, near))


def explained(z: Array, summits: Sequence[Summit], chart: Chart) -> Array:
    """Log density that Gaussians about the known summits predict."""
    predicted = [summit.height - 0.5 * summit.squared_distance(z, chart) for summit in summits]
    return np.asarray(np.max(predicted, axis=0)) if predicted else np.full(len(z), -np.inf)


def distinct(summits: Sequence[Summit], chart: Chart) -> list[Summit]:
    """Leave out each summit that lies inside the ellipsoid of a higher one; the highest come first."""
    kept: list[Summit] = []
    for summit in sorted(summits, key=lambda summit: -summit.height):
        z = summit.position[np.newaxis]
        if all(other.squared_distance(z, chart)[0] > len(summit.position) for other in kept):
            kept.append(summit)
    return kept


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What a search starts from."""

    chart: Chart
    prior: Array  # (n, d) draws of the prior
    draws: Array  # (n, d) draws of the populations under audit
    rungs: Sequence[Array]  # populations on rungs between the two, each (n, d)
    points: Array  # (n, d) points that somebody wants to be looked at

    def run(self, objective: Counted, evaluations: int, random: np.random.Generator, known: Sequence[Summit] = ()) -> list[Summit]:
        """Find summits with about so many evaluations, or more of them, at places that are drawn anew."""
        summits = list(known)
        with suppress(BudgetOver):
            self._extend(summits, objective, max(evaluations, 0), random)  # the budget may be spent already
        return distinct(summits, self.chart)

    def _extend(self, summits: list[Summit], objective: Counted, evaluations: int, random: np.random.Generator) -> None:
        first, known = objective.evaluations, bool(summits)

        def spent(share: float) -> bool:
            return objective.evaluations - first >= share * evaluations

        def ascend(start: Array) -> None:
            objective.climbs += 1
            objective.fruitless += 1
            top = climb(objective, self.chart, start, _ROUNDS, _SLOPE)
            z = top[np.newaxis]
            if float(objective(z)[0]) > float(explained(z, summits, self.chart)[0]) + _UNEXPLAINED:
                summits.append(summit_at(objective, self.chart, top))
                objective.fruitless = 0

        if not known:
            # What somebody points at comes first and whatever it costs; then what the populations know.
            for start in self.points[np.isfinite(objective(self.points))]:
                ascend(start)
            some = self.draws[random.choice(len(self.draws), min(len(self.draws), _LOOKED_AT), replace=False)]
            best = some[np.argsort(-objective(some), kind="stable")]
            for start in (z for pair in zip(best[:_FROM_DRAWS], some[:_FROM_DRAWS], strict=True) for z in pair):
                if spent(0.25):
                    break
                ascend(start)
            objective.fruitless = 0  # it was known where these would lead
        for number in count():
            pools = self._fresh(int(0.02 * evaluations) + 1, random)
            if number == 0 and not known:
                pools = chain(self._lines(objective, summits[:2]), self._of_rungs(int(0.3 * evaluations), random), pools)
            candidates = [self._unexplained(objective, pool, summits) for pool in pools]
            for row in zip_longest(*candidates):
                for start, height in (pair for pair in row if pair is not None):
                    if spent(1.0):
                        return
                    if height > float(explained(start[np.newaxis], summits, self.chart)[0]) + _UNEXPLAINED:
                        ascend(start)
                if objective.fruitless >= _FRUITLESS:
                    break  # what is left to look at is the best of more points
            if spent(1.0):
                return

    def _unexplained(self, objective: Objective, pool: Array, summits: Sequence[Summit]) -> list[tuple[Array, float]]:
        """The points of a pool that are worth a climb, with their heights, the most promising first."""
        heights = objective(pool)
        with np.errstate(invalid="ignore"):  # -inf less -inf: nothing is there that wants an explanation
            excess = heights - explained(pool, summits, self.chart)
        # By excess and by height in turn: far from Gaussian summits the first says little.
        order = np.stack([np.argsort(-excess, kind="stable"), np.argsort(-heights, kind="stable")], axis=1).ravel()
        order = order[excess[order] > _UNEXPLAINED]
        chosen = order[np.sort(np.unique(order, return_index=True)[1])][:_CANDIDATES]
        return [(pool[k], float(heights[k])) for k in chosen]

    def _of_rungs(self, most: int, random: np.random.Generator) -> Iterator[Array]:
        """Walkers of the rungs: a mode that loses them on the way to the posterior had some, once."""
        for rung in self.rungs:
            yield random.permutation(rung)[: most // len(self.rungs) + 1]

    def _fresh(self, each: int, random: np.random.Generator) -> Iterator[Array]:
        """New points of several kinds, one pool a kind."""

        def some(rows: Array) -> Array:
            return rows[random.integers(len(rows), size=each)]

        def factors(low: float, high: float) -> Array:
            return np.exp(random.uniform(math.log(low), math.log(high), (each, 1)))

        yield some(self.prior)
        # From the prior's middle, where a narrow mode is likelier to be hit, to its corners.
        for low, high in ((0.1, 0.3), (0.3, 0.6), (0.6, 3.0)):
            yield self._stretched(some(self.prior), self.prior, factors(low, high))
        yield self._stretched(some(self.draws), self.draws, factors(1.0, 6.0))
        # A mode that differs from the draws in some coordinates only.
        replaced = random.random((each, self.draws.shape[1])) < random.random((each, 1))
        yield np.where(replaced, some(self.prior), some(self.draws))

    def _stretched(self, z: Array, about: Array, factor: Array) -> Array:
        """Stretch points about the median of others, along lines and between walls; signs and angles stay."""
        signed = self.chart.kind == SIGNED
        magnitude, others = np.where(signed, np.abs(z), z), np.where(signed, np.abs(about), about)
        middle = np.median(others, axis=0)
        margin = np.where(np.isfinite(self.chart.upper - self.chart.lower), 1e-6 * (self.chart.upper - self.chart.lower), 0.0)
        lower = np.where(signed, 0.0, self.chart.lower) + margin
        result = np.clip(middle + factor * (magnitude - middle), lower, self.chart.upper - margin)
        result = np.where(signed, np.copysign(result, z), result)
        return np.asarray(np.where(self.chart.kind == CIRCLE, z, result))

    def _lines(self, objective: Objective, summits: Sequence[Summit]) -> Iterator[Array]:
        """Hills on the lines through summits along each coordinate, and through the prior's middle."""
        low, high = self.prior.min(axis=0), self.prior.max(axis=0)
        grid = np.linspace(low, high, _ALONG)
        for summit in summits:
            lines = np.tile(summit.position, (len(low) + 1, _ALONG, 1))
            for k in range(len(low)):
                lines[k, :, k] = grid[:, k]
            middle = np.median(self.prior, axis=0)
            beyond = summit.position + np.linspace(0.0, 3.0, _ALONG)[:, np.newaxis] * (middle - summit.position)
            lines[-1] = np.clip(beyond, low, high)
            heights = objective(lines.reshape(-1, len(low))).reshape(len(lines), _ALONG)
            padded = np.pad(heights, ((0, 0), (1, 1)), constant_values=-np.inf)
            yield lines[(heights > -np.inf) & (heights > padded[:, :-2]) & (heights >= padded[:, 2:])]
