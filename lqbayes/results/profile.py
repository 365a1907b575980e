"""The profile likelihood of one quantity or two, beside their posterior: in each bin the best point, whatever the other parameters are.

A search, which can miss a higher point: from the best draws of each bin climb optimisers of the likelihood with a parabola that holds them
in the bin, then from the best points of the neighbouring bins, until nothing is gained. The top of likelihood and parabola is the best
point at its own value of the quantity, wherever in the bin that is, and counts as such. Every value is the likelihood of a point within the
prior's range, so that the true profile is at least as good.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.input.problems import did_you_mean
from lqbayes.posterior import Posterior
from lqbayes.prior.parameter_prior import PriorSet
from lqbayes.quantities import LEVELS, Quantity, quantities
from lqbayes.sampling.maximise import climb
from lqbayes.sampling.moves.chart import chart_of
from lqbayes.storage.run import Run

Array = NDArray[np.float64]

MASSES = (0.6827, 0.95)
_BINS = {1: 40, 2: 20}  # of each quantity
_STARTS = {1: 3, 2: 1}  # best draws of a bin that climb
_TAIL, _MARGIN = 0.001, 0.25  # of the draws that the bins leave out on either side, and what they add, in widths
_HOLD = 0.15  # width of the parabola in bins
_LEAST_GAIN = 0.05  # of ln L, for which a neighbour's point is worth a climb
_FARTHEST = 16.0  # Delta chi^2, beyond which nobody looks at a bin without draws
_MOST_PASSES = 8


@dataclass(frozen=True, slots=True)
class Axis:
    """Bins of one quantity."""

    quantity: Quantity
    edges: Array

    @property
    def centres(self) -> Array:
        """Middles of the bins."""
        return np.asarray((self.edges[1:] + self.edges[:-1]) / 2)

    @property
    def period(self) -> float:
        """Turn of a phase; infinite for other quantities."""
        return 2 * math.pi if self.quantity.kind == "phase" else math.inf

    def bins(self, x: Array) -> NDArray[np.int64]:
        """Bin of each value, -1 outside."""
        found = np.searchsorted(self.edges, x, side="right") - 1
        return np.where((x >= self.edges[0]) & (x < self.edges[-1]), found, -1)

    def distance(self, x: Array, number: int) -> Array:
        """Distance from the middle of a bin, in bins."""
        apart = np.abs(x - self.centres[number])
        return np.asarray(np.minimum(apart, self.period - apart) / (self.edges[1] - self.edges[0]))

    def beside(self, number: int) -> list[int]:
        """Neighbours of a bin."""
        count = len(self.edges) - 1
        found = (number - 1, number + 1)
        return [n % count for n in found] if self.quantity.kind == "phase" else [n for n in found if 0 <= n < count]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Profile likelihood and posterior in bins."""

    axes: tuple[Axis, ...]  # one quantity or two
    values: Array  # (k, ...): the quantities at the best point of each bin; NaN where none was found
    chi2: Array  # (...): -2 ln L there, 0 where every measurement is met exactly; infinite where no point was found
    density: Array  # (...): posterior density of the quantities in each bin, the share of the draws over the bin's size
    best: Array  # (k,): the quantities at the best point of all
    central: Array  # (k, 5): median and interval ends of the posterior, at `LEVELS`

    @property
    def delta(self) -> Array:
        """By how much chi^2 of each bin is above the smallest."""
        return np.asarray(self.chi2 - self.chi2.min())

    @property
    def levels(self) -> tuple[float, float]:
        """Delta chi^2 at the edge of the 68 % and the 95 % region: 1.00 and 3.84 of one quantity, 2.30 and 5.99 of two."""
        first, second = (float(chi2.ppf(mass, len(self.axes))) for mass in MASSES)
        return first, second

    @property
    def likely_for_volume(self) -> NDArray[np.bool_]:
        """Bins that the profile excludes at 95 %, while the posterior is as dense as in the 68 % region of a Gaussian."""
        return np.asarray((self.delta > self.levels[1]) & (self._relative_density > math.exp(-self.levels[0] / 2)))

    @property
    def unlikely_for_volume(self) -> NDArray[np.bool_]:
        """Bins in the 68 % region of the profile, where the posterior is less dense than in the 95 % region of a Gaussian."""
        return np.asarray((self.delta < self.levels[0]) & (self._relative_density < math.exp(-self.levels[1] / 2)))

    @property
    def _relative_density(self) -> Array:
        return np.asarray(self.density / self.density.max())

    def interval(self, level: float) -> tuple[float, float]:
        """Outermost values of the first quantity with Delta chi^2 up to a level, between bins by straight lines."""
        order = np.argsort(self.values[0])
        x, delta = self.values[0][order], self.delta[order]
        x, delta = x[np.isfinite(x)], delta[np.isfinite(x)]
        inside = np.flatnonzero(delta <= level)
        return _crossing(x, delta, level, int(inside[0]), -1), _crossing(x, delta, level, int(inside[-1]), 1)


def _crossing(x: Array, delta: Array, level: float, inside: int, way: int) -> float:
    outside = inside + way
    if not 0 <= outside < len(x):
        return float(x[inside])
    share = (level - delta[inside]) / (delta[outside] - delta[inside])
    return float(x[inside] + share * (x[outside] - x[inside]))


def profile(run: Run, names: Sequence[str], *, bins: int | None = None) -> Profile:
    """Profile the likelihood of a run over one quantity or two."""
    if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
        raise ArgumentError("a profile is of one quantity or of two different ones")
    posterior = run.posterior_target
    chosen = [_quantity(posterior, name) for name in names]
    prior = run.configuration.prior
    draws = run.draws()
    columns = [draws.values(quantity) for quantity in chosen]
    axes = tuple(_axis(q, draws.pooled(x), prior_ends(q, prior), bins or _BINS[len(names)]) for q, x in zip(chosen, columns, strict=True))
    search = _Search(posterior, axes)
    search.note(_chunks(run), [x.reshape(-1) for x in columns])
    search.climb()
    pooled = np.stack([draws.pooled(x) for x in columns], axis=1)
    counts = np.histogramdd(pooled, bins=[axis.edges for axis in axes])[0]
    size = math.prod(float(axis.edges[1] - axis.edges[0]) for axis in axes)
    heights = search.heights.reshape(search.shape)
    values = np.moveaxis(search.values.reshape(*search.shape, len(axes)), -1, 0)
    best, central = values.reshape(len(axes), -1)[:, heights.argmax()], np.quantile(pooled, list(LEVELS.values()), axis=0).T
    return Profile(axes, values, -2 * heights, counts / (len(pooled) * size), best, central)


def profiled_quantities(posterior: Posterior) -> dict[str, Quantity]:
    """Quantities that have a profile, by the names that find them: their own, and those of what they are taken from."""
    found = {q.name: q for q in quantities(posterior, logarithms=True) if q.kind != "sign"}
    return {q.source: q for q in reversed(found.values()) if q.source not in found} | found


def _quantity(posterior: Posterior, name: str) -> Quantity:
    known = profiled_quantities(posterior)
    if name not in known:
        raise ArgumentError(f"there is no quantity '{name}' that varies; {did_you_mean(name, known)}")
    return known[name]


def prior_ends(quantity: Quantity, prior: PriorSet) -> tuple[float, float]:
    """Ends of the prior's range of a quantity; infinite where it has none."""
    if quantity.origin != "parameter":
        return -math.inf, math.inf
    own = prior.parameters[quantity.column]
    low, high = (-math.inf if own.lower is None else own.lower), (math.inf if own.upper is None else own.upper)
    if quantity.transform == "log10_abs":
        return (math.log10(low) if low > 0 else -math.inf), (math.log10(high) if high > 0 else math.inf)
    if quantity.transform == "abs":
        return max(low, 0.0), high
    return {"either": (-high, high), "negative": (-high, -low)}.get(own.sign or "", (low, high))


def _axis(quantity: Quantity, x: Array, ends: tuple[float, float], bins: int) -> Axis:
    if quantity.kind == "phase":
        return Axis(quantity, np.linspace(0, 2 * math.pi, bins + 1))
    finite = x[np.isfinite(x)]
    low, high = np.quantile(finite, (_TAIL, 1 - _TAIL))
    if not high > low:
        raise ArgumentError(f"{quantity.name}: all draws have one value, so that there is nothing to profile")
    margin = _MARGIN * (high - low)
    return Axis(quantity, np.linspace(max(low - margin, ends[0]), min(high + margin, ends[1]), bins + 1))


class _Search:
    """The best point of each bin among the tops of all climbs."""

    def __init__(self, posterior: Posterior, axes: tuple[Axis, ...]) -> None:
        self.posterior, self.axes = posterior, axes
        self.shape = tuple(len(axis.edges) - 1 for axis in axes)
        count = math.prod(self.shape)
        self.heights = np.full(count, -math.inf)
        self.values = np.full((count, len(axes)), math.nan)
        self.points = np.full((count, posterior.dimension), math.nan)
        self._starts: list[list[tuple[float, Array]]] = [[] for _ in range(count)]

    def cells(self, x: Array) -> NDArray[np.int64]:
        """Bin of each row of values, of all axes together; -1 outside."""
        each = [axis.bins(x[:, k]) for k, axis in enumerate(self.axes)]
        inside = np.all([found >= 0 for found in each], axis=0)
        return np.where(inside, np.ravel_multi_index([np.maximum(found, 0) for found in each], self.shape), -1)

    def note(self, chunks: Iterator[tuple[Array, Array]], columns: Sequence[Array]) -> None:
        """Take the best draws of each bin for starts."""
        first, most = 0, _STARTS[len(self.axes)]
        for z, heights in chunks:
            x = np.stack([column[first : first + len(z)] for column in columns], axis=1)
            first += len(z)
            cells = self.cells(x)
            order = np.lexsort((-heights, cells))
            starts = np.searchsorted(cells[order], np.arange(len(self.heights)))
            for cell, begin in enumerate(starts):
                rows = [row for row in order[begin : begin + most] if cells[row] == cell and np.isfinite(heights[row])]
                kept = [*self._starts[cell], *((float(heights[row]), z[row]) for row in rows)]
                self._starts[cell] = sorted(kept, key=lambda start: -start[0])[:most]

    def climb(self) -> None:
        """Climb in every bin, from its own best draws and from its neighbours' best points, until nothing is gained."""
        for cell, starts in enumerate(self._starts):
            for _, z in starts:
                self._climb(cell, z)
        if not np.isfinite(self.heights).any():
            raise RunError("no draw in these bins has a finite likelihood, so there is nowhere to start; sample the run again")
        tried: dict[tuple[int, int], float] = {}
        for _ in range(_MOST_PASSES):
            before = self.heights.copy()
            for cell, neighbour in self._pairs():
                height = self.heights[neighbour]
                better = height > self.heights[cell] + _LEAST_GAIN and 2 * (self.heights.max() - height) < _FARTHEST
                if better and height > tried.get((cell, neighbour), -math.inf) + _LEAST_GAIN:
                    tried[cell, neighbour] = height
                    self._climb(cell, self.points[neighbour])
            if not np.any(self.heights > before + _LEAST_GAIN):
                break
        self._climb(None, self.points[self.heights.argmax()])

    def _pairs(self) -> Iterator[tuple[int, int]]:
        for place in product(*map(range, self.shape)):
            for k, axis in enumerate(self.axes):
                for number in axis.beside(place[k]):
                    beside = (*place[:k], number, *place[k + 1 :])
                    yield int(np.ravel_multi_index(place, self.shape)), int(np.ravel_multi_index(beside, self.shape))

    def _climb(self, cell: int | None, start: Array) -> None:
        """Climb, held in a bin or free, and keep the top where it is the best of its bin."""

        def objective(z: Array) -> Array:
            heights, x = self._look(z)
            held = np.zeros(len(z)) if cell is None else self._away(cell, x) / _HOLD**2
            return np.asarray(np.where(heights > -math.inf, heights - 0.5 * held, -math.inf))

        if not np.isfinite(objective(start[np.newaxis])[0]):
            return
        top = climb(objective, chart_of(self.posterior.prior.table), start)
        heights, x = self._look(top[np.newaxis])
        there = int(self.cells(x)[0])
        if there >= 0 and heights[0] > self.heights[there]:
            self.heights[there], self.values[there], self.points[there] = heights[0], x[0], top

    def _look(self, z: Array) -> tuple[Array, Array]:
        """Log-likelihoods and quantities of points; -inf where a quantity is not defined."""
        heights = self.posterior.log_likelihood(z)
        points = self.posterior.points(z)
        needed = any(axis.quantity.origin == "observable" for axis in self.axes)
        observables = self.posterior.observables(points) if needed else points
        x = np.stack([axis.quantity.of(points, observables) for axis in self.axes], axis=1)
        return np.where(np.isfinite(x).all(axis=1), heights, -math.inf), x

    def _away(self, cell: int, x: Array) -> Array:
        """Squared distance from the middle of a bin, in bins."""
        place = np.unravel_index(cell, self.shape)
        return np.asarray(np.sum([axis.distance(x[:, k], int(place[k])) ** 2 for k, axis in enumerate(self.axes)], axis=0))


def _chunks(run: Run) -> Iterator[tuple[Array, Array]]:
    """Coordinates and log-likelihoods of the draws, an ensemble at a time."""
    terms = run.terms().sum(axis=-1)
    for index in range(run.configuration.ensembles):
        z = run.ensemble_coordinates(index)
        yield z.reshape(-1, z.shape[-1]), terms[index].reshape(-1)
