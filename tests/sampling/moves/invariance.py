"""The check that a move leaves a distribution invariant, and distributions of which exact draws can be had.

Walkers start as exact draws and make some steps. If the move is right, they are exact draws again, independent of each other, whatever
the move does with the other half. Each statistic is compared before and after: its mean over the walkers of one ensemble changes by an
amount whose expectation is zero, and the scatter of that amount between independent ensembles gives the error: Student's t. Marginal
distributions are compared with the exact ones by Kolmogorov and Smirnov. All p-values of one check are combined by Bonferroni's inequality.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from emcee.state import State
from numpy.typing import NDArray
from scipy import stats

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.prior.coordinates import NORMAL, CoordinateTable
from lqbayes.prior.prior import Prior
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import CIRCLE, INTERVAL, LINE, SIGNED, Chart, chart_of, line_chart
from lqbayes.sampling.population import Rung
from lqbayes.sampling.sampler import ArraySampler

Array = NDArray[np.float64]

# Probability that a right move fails one check, if its seed is changed. There are about 130 checks of right moves: with the seeds that are
# fixed here, all pass, and another choice of all seeds would make one of them fail with a probability of about 1e-3.
ERROR_PROBABILITY = 1e-5


@dataclass(frozen=True)
class Target:
    """A distribution."""

    chart: Chart
    draw: Callable[[int, np.random.Generator], Array]
    log_prob: Callable[[Array], Array]
    statistics: Callable[[Array], Array]
    cdf: Callable[[Array], Array] | None = None  # (n, d) coordinates to (n, d) probabilities


@dataclass(frozen=True)
class Outcome:
    """What a check has found."""

    p_value: float
    worst: int  # column of the statistics, or -1 - column of the coordinates
    acceptance: float
    moved: float  # share of walkers that are elsewhere in the end
    displacement: float  # mean squared displacement of the features over twice their variance, the largest of all: 1 when forgotten

    @property
    def invariant(self) -> bool:
        return self.p_value > ERROR_PROBABILITY


def check(
    move: ArrayMove | Sequence[tuple[ArrayMove, float]],
    target: Target,
    *,
    seed: int,
    repetitions: int = 40,
    walkers: int = 100,
    steps: int = 6,
    starts: Array | None = None,
) -> Outcome:
    """Start many ensembles from exact draws (or from given ones), make steps, compare."""
    rng = np.random.default_rng(seed)
    if starts is None:
        starts = target.draw(repetitions * walkers, rng)
    if len(starts) < repetitions * walkers:
        raise ValueError("not enough exact draws")
    moves = [(move, 1.0)] if isinstance(move, ArrayMove) else list(move)
    before = starts[: repetitions * walkers].reshape(repetitions, walkers, -1)
    after = np.empty_like(before)
    for index in range(repetitions):
        random = np.random.RandomState(rng.integers(2**32))
        sampler = ArraySampler(
            walkers, before.shape[2], lambda z: target.log_prob(z)[:, None], lambda parts: parts[:, 0].copy(), moves, random
        )
        log_prob = target.log_prob(before[index])
        state = State(before[index].copy(), log_prob=log_prob, blobs=log_prob[:, None])
        *_, last = sampler.sample(state, iterations=steps, store=False, skip_initial_state_check=True)
        after[index] = last.coords
    return _compare([move for move, _ in moves], target, before, after)


def _compare(moves: Sequence[ArrayMove], target: Target, before: Array, after: Array) -> Outcome:
    repetitions, walkers, dimension = before.shape
    old = target.statistics(before.reshape(-1, dimension)).reshape(repetitions, walkers, -1)
    new = target.statistics(after.reshape(-1, dimension)).reshape(repetitions, walkers, -1)
    change = np.mean(new - old, axis=1)
    error = np.std(change, axis=0, ddof=1) / math.sqrt(repetitions)
    rounding = 1e-12 * np.max(np.abs(old), axis=(0, 1))
    tested = error > rounding  # what the move leaves alone has neither change nor error
    assert np.all(np.abs(np.mean(change, axis=0))[~tested] <= rounding[~tested])
    p_values = np.ones(change.shape[1])
    p_values[tested] = 2 * stats.t.sf(np.abs(np.mean(change, axis=0))[tested] / error[tested], repetitions - 1)
    worst = int(np.argmin(p_values))
    count, smallest = len(p_values), float(p_values[worst])
    if target.cdf is not None:
        probabilities = target.cdf(after.reshape(-1, dimension))
        marginal = [stats.kstest(column, "uniform").pvalue for column in probabilities.T]
        count += dimension
        if min(marginal) < smallest:
            smallest, worst = min(marginal), -1 - int(np.argmin(marginal))
    variance = np.var(old, axis=(0, 1))
    varied = variance > 1e-20
    displacement = np.mean((new - old) ** 2, axis=(0, 1))[varied] / (2 * variance[varied])
    moved = float(np.mean(np.any(before != after, axis=2)))
    acceptance = sum(move.accepted for move in moves) / sum(move.proposed for move in moves)
    return Outcome(min(smallest * count, 1.0), worst, acceptance, moved, float(np.max(displacement)))


# Distributions on plain vector spaces and on small charts.


def gaussian(dimension: int) -> Target:
    """Correlated normal distribution with scales from 0.5 to 2 about a point that is not the origin."""
    rng = np.random.default_rng(dimension)
    factor = 0.5 * np.tril(rng.normal(size=(dimension, dimension))) / math.sqrt(dimension)
    factor[np.diag_indices(dimension)] = np.geomspace(0.5, 2, dimension)
    mean = np.linspace(0.5, -0.5, dimension)
    inverse = np.linalg.inv(factor)
    neighbours = np.arange(dimension - 1)

    def statistics(z: Array) -> Array:
        u = z - mean
        pairs = [u[:, neighbours] * u[:, neighbours + 1], u[:, neighbours // 2] * u[:, neighbours + 1]]
        return np.hstack([u, u * u, *pairs])

    return Target(
        line_chart(dimension),
        lambda n, generator: mean + generator.normal(size=(n, dimension)) @ factor.T,
        lambda z: -0.5 * np.sum(((z - mean) @ inverse.T) ** 2, axis=1),
        statistics,
        lambda z: stats.norm.cdf((z - mean) / np.sqrt(np.sum(factor**2, axis=1))),
    )


MIXED_CHART = Chart(
    np.array([CIRCLE, CIRCLE, SIGNED, SIGNED, INTERVAL, INTERVAL, LINE, LINE]),
    np.array([0.0, 0.0, -1.0, -1.0, -1.0, 2.0, -math.inf, -math.inf]),
    np.array([1.0, 1.0, 1.0, 1.0, 2.0, 2.5, math.inf, math.inf]),
)


def _mixed_weight(z: Array) -> Array:
    """Density over the uniform and normal one, at most 1."""
    c1, c2, s1, s2, i1, i2, x1, _ = z.T
    weight = (1 + 0.9 * np.cos(2 * math.pi * (c1 - c2) + 2 * s1)) / 1.9
    weight *= (1 + 0.8 * np.sin(2 * math.pi * c1)) / 1.8
    weight *= np.where(s2 > 0, 0.2 + 0.8 * s2, 0.6 + 0.4 * s2) * np.exp(-np.abs(s1))
    weight *= np.exp(-1.5 * (i1 + 1) * (i2 - 2)) * (1 - 0.5 * np.tanh(x1) * (i1 - 0.5) / 1.5) / 1.5
    return np.asarray(weight)


def mixed() -> Target:
    """Two circles, two signed magnitudes, two intervals and two lines that all depend on each other."""
    bounded = np.isfinite(MIXED_CHART.lower)

    def base(n: int, rng: np.random.Generator) -> Array:
        z = rng.normal(size=(n, len(bounded)))
        z[:, bounded] = rng.uniform(MIXED_CHART.lower[bounded], MIXED_CHART.upper[bounded], (n, int(np.sum(bounded))))
        return z

    def draw(n: int, rng: np.random.Generator) -> Array:
        pieces: list[Array] = []
        while sum(map(len, pieces)) < n:
            z = base(4 * n, rng)
            pieces.append(z[rng.random(len(z)) < _mixed_weight(z)])
        return np.concatenate(pieces)[:n]

    def log_prob(z: Array) -> Array:
        inside = np.all((z >= MIXED_CHART.lower) & (z <= MIXED_CHART.upper), axis=1)
        with np.errstate(divide="ignore"):
            return np.where(inside, np.log(np.where(inside, _mixed_weight(z), 1.0)) - 0.5 * np.sum(z[:, 6:] ** 2, axis=1), -math.inf)

    def statistics(z: Array) -> Array:
        features = _features(z, MIXED_CHART)
        rows, columns = np.triu_indices(features.shape[1])
        return np.hstack([features, features[:, rows] * features[:, columns]])

    return Target(MIXED_CHART, draw, log_prob, statistics)


_CORNER_CHART = Chart(np.array([SIGNED, SIGNED, INTERVAL, INTERVAL]), np.array([-1.0, -1.0, 2.0, -3.0]), np.array([1.0, 1.0, 2.5, 1.0]))


def _log_corner(u: Array) -> Array:
    """Density on the unit cube that piles up in a corner, where all coordinates are tied together."""
    return np.asarray(-0.5 * np.sum((np.diff(u, axis=1) / 0.1) ** 2, axis=1) - 5 * np.sum(u, axis=1))


def _draw_corner(n: int, dimension: int, rng: np.random.Generator) -> Array:
    """Exact draws by rejection from independent exponentials between 0 and 1."""
    pieces: list[Array] = []
    while sum(map(len, pieces)) < n:
        u = -np.log1p(rng.random((4 * n, dimension)) * math.expm1(-5)) / 5
        pieces.append(u[np.log(rng.random(len(u))) < _log_corner(u) + 5 * np.sum(u, axis=1)])
    return np.concatenate(pieces)[:n]


def corner() -> Target:
    """Two signed magnitudes and two intervals, correlated and with their weight at walls."""
    lower, width = np.where(_CORNER_CHART.kind == SIGNED, 0, _CORNER_CHART.lower), _CORNER_CHART.upper - _CORNER_CHART.lower
    width[_CORNER_CHART.kind == SIGNED] = 1

    def unit(z: Array) -> Array:
        return (np.where(_CORNER_CHART.kind == SIGNED, np.abs(z), z) - lower) / width

    def draw(n: int, rng: np.random.Generator) -> Array:
        return (lower + width * _draw_corner(n, 4, rng)) * np.where(rng.random((n, 4)) < 0.5 * (_CORNER_CHART.kind == SIGNED), -1, 1)

    def log_prob(z: Array) -> Array:
        u = unit(z)
        return np.where(np.all((u >= 0) & (u <= 1), axis=1), _log_corner(u), -math.inf)

    def statistics(z: Array) -> Array:
        u = unit(z)
        rows, columns = np.triu_indices(4)
        return np.hstack([u, u[:, rows] * u[:, columns], u < 0.05, np.sign(z[:, :2])])

    return Target(_CORNER_CHART, draw, log_prob, statistics)


def bent_pulls(z: Array, _: Rung) -> Array:
    """Pulls whose derivatives differ from place to place: of products of neighbours, and of all coordinates together."""
    return np.hstack([2 * np.sin(3 * z[:, 1:] * z[:, :-1]), np.sum(z, axis=1, keepdims=True) ** 2])


def _features(z: Array, chart: Chart) -> Array:
    """Sine and cosine on circles, the magnitude and the value itself where there is a sign."""
    columns = []
    for k, kind in enumerate(chart.kind):
        y = z[:, k]
        if kind == CIRCLE:
            columns += [np.sin(2 * math.pi * y), np.cos(2 * math.pi * y)]
        elif kind == SIGNED:
            columns += [y, np.abs(y) - 0.5, np.sign(y)]
        else:
            columns.append(y)
    return np.stack(columns, axis=1)


# Distributions of the model's parameters.


@cache
def posterior() -> Posterior:
    return Posterior(Prior.load("paper"), Likelihood.load("paper"))


@cache
def _pairs(count: int) -> NDArray[np.int64]:
    """Pairs of features whose products are compared: neighbours, and some at random."""
    rng = np.random.default_rng(5)
    near = np.stack([np.arange(count - 1), np.arange(1, count)])
    far = rng.integers(count, size=(2, 200))
    return np.concatenate([near, far], axis=1)


def _model_statistics(z: Array) -> Array:
    features = _features(z, chart_of(posterior().prior.table))
    first, second = _pairs(features.shape[1])
    return np.hstack([features, features**2, features[:, first] * features[:, second]])


def _prior_cdf(table: CoordinateTable, z: Array) -> Array:
    sampled = np.flatnonzero(table.column >= 0)
    u = np.empty_like(z)
    for k in sampled:
        y, lower, upper = z[:, table.column[k]], table.lower[k], table.upper[k]
        if table.kind[k] == NORMAL:
            below = (stats.norm.cdf(np.minimum(y, 0) * table.minus[k]) - stats.norm.cdf(lower * table.minus[k])) / table.minus[k]
            above = (stats.norm.cdf(np.maximum(y, 0) * table.plus[k]) - 0.5) / table.plus[k]
            total = (0.5 - stats.norm.cdf(lower * table.minus[k])) / table.minus[k]
            total += (stats.norm.cdf(upper * table.plus[k]) - 0.5) / table.plus[k]
            u[:, table.column[k]] = (below + above) / total
        else:
            u[:, table.column[k]] = (y - lower) / (upper - lower)
    return u


def paper_prior() -> Target:
    """All 45 coordinates under the prior of the paper: the likelihood is switched off."""
    prior = posterior().prior
    return Target(chart_of(prior.table), prior.sample, prior.log_density, _model_statistics, lambda z: _prior_cdf(prior.table, z))


def paper_prior_in_a_corner() -> Target:
    """The prior of the paper, but for the magnitudes of one row of f, which are tied together and small."""
    prior = posterior().prior
    columns = [prior.coordinate_names.index(name) for name in ("f_21", "f_22", "f_23")]

    def draw(n: int, rng: np.random.Generator) -> Array:
        z = prior.sample(n, rng)
        z[:, columns] = np.copysign(_draw_corner(n, 3, rng), z[:, columns])
        return z

    def statistics(z: Array) -> Array:
        u = np.abs(z[:, columns])
        return np.hstack([u, u**2, np.prod(u, axis=1, keepdims=True), u < 0.05])

    return Target(chart_of(prior.table), draw, lambda z: prior.log_density(z) + _log_corner(np.abs(z[:, columns])), statistics)


def couplings(points: Array) -> tuple[NDArray[np.complex128], Array]:
    """g of (II.7) by plain arrays, and the size of the terms that cancel in it, (n, 3, 3) each; in the precision of the points."""
    index = {name: k for k, name in enumerate(posterior().parameter_names)}

    def of(name: str) -> Array:
        return points[:, index[name]]

    f = np.stack([np.stack([of(f"f_{i}{j}") for j in (1, 2, 3)], axis=1) for i in (1, 2, 3)], axis=1)
    cofactors = np.stack([np.cross(f[:, (i + 1) % 3], f[:, (i + 2) % 3]) for i in range(3)], axis=1)
    determinant = np.sum(f[:, 0] * cofactors[:, 0], axis=1)
    r = 3 * np.sin(2 * of("alpha_1")) / (2 * (4 * np.pi) ** 2) * np.log1p(of("delta_m_B1") / of("M_LQ"))
    down_masses = np.array([4.67e-3, 0.093, 4.18], dtype=points.dtype)
    weights = cofactors / (2 * (determinant * r)[:, None, None] * down_masses[:, None])

    s12, s23, s13 = (np.sqrt(of(name)) for name in ("s12sq", "s23sq", "s13sq"))
    c12, c23, c13 = (np.sqrt(1 - of(name)) for name in ("s12sq", "s23sq", "s13sq"))
    e = np.exp(1j * of("delta_CP"))
    rows = [
        [c12 * c13, s12 * c13, s13 / e],
        [-s12 * c23 - c12 * s23 * s13 * e, c12 * c23 - s12 * s23 * s13 * e, s23 * c13],
        [s12 * s23 - c12 * c23 * s13 * e, -c12 * s23 - s12 * c23 * s13 * e, c23 * c13],
    ]
    v = np.stack([np.stack([x + 0j for x in row], axis=1) for row in rows], axis=1)
    m1 = of("m_lightest")
    m2, m3 = np.sqrt(m1**2 + of("dm21")), np.sqrt(m1**2 + of("dm3l"))  # normal ordering
    d = 1e-9 * np.stack([m1 + 0j, m2 * np.exp(1j * of("alpha_21")), m3 * np.exp(1j * of("alpha_31"))], axis=1)
    matrix = np.einsum("nak,nk,nbk->nab", v, d, v)
    for name, (a, b) in {"A_12": (0, 1), "A_13": (0, 2), "A_23": (1, 2)}.items():
        entry = of(f"{name}_abs") * np.exp(1j * of(f"{name}_arg"))
        matrix[:, a, b] += entry
        matrix[:, b, a] -= entry
    g = np.einsum("nik,nkj->nij", weights + 0j, matrix)
    return g, np.einsum("nik,nkj->nij", np.abs(weights), np.abs(matrix))


def overlap_of(g: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """X = sum_a g*_2a g_1a."""
    return np.sum(np.conj(g[:, 1]) * g[:, 0], axis=1)


def _kept_quantities(z: Array) -> Array:
    """log10 of max|g|, |g_11|, |g_12|, |g_13| and |X|."""
    g = couplings(posterior().points(z))[0]
    sizes = [np.max(np.abs(g), axis=(1, 2)), *np.abs(g[:, 0]).T, np.abs(overlap_of(g))]
    return np.log10(np.stack(sizes, axis=1))


def _log_weight(z: Array) -> Array:
    """Log density of `cancelled` over the prior, at most 0: prefers small couplings, and depends on what the moves change."""
    g_max, g_11, g_12, g_13, overlap = _kept_quantities(z).T
    total = -0.5 * ((g_max - 3.5) / 1.0) ** 2 - 0.5 * ((overlap - 3.0) / 2.5) ** 2 - 0.5 * ((g_11 + g_12 - 2 * g_13) / 4) ** 2
    names = posterior().coordinate_names
    turn = z[:, names.index("A_13_arg")] + z[:, names.index("alpha_21")] - z[:, names.index("delta_CP")] / 6
    total -= 0.5 * (1 - np.cos(2 * math.pi * turn)) + 0.5 * np.abs(z[:, names.index("A_23_abs")])
    return np.asarray(total - 0.5 * z[:, names.index("f_22")] ** 2 - 0.3 * (1 - np.sign(z[:, names.index("f_31")])))


@cache
def _cancelled_pool(n: int) -> Array:
    """Exact draws by rejection."""
    rng = np.random.default_rng(17)
    pieces: list[Array] = []
    while sum(map(len, pieces)) < n:
        z = posterior().prior.sample(20_000, rng)
        pieces.append(z[np.log(rng.random(len(z))) < _log_weight(z)])
    return np.concatenate(pieces)[:n]


def cancelled(pool: int = 4000) -> Target:
    """The prior times a broad function of what the cancellation moves keep and of what they change; all checks share one set of draws."""
    prior = posterior().prior

    def log_prob(z: Array) -> Array:
        result = prior.log_density(z)
        inside = np.isfinite(result)
        if np.any(inside):
            result[inside] += _log_weight(z[inside])
        return result

    return Target(
        chart_of(prior.table),
        lambda n, _: _cancelled_pool(pool)[:n],
        log_prob,
        lambda z: np.hstack([_model_statistics(z), (k := _kept_quantities(z)), k**2]),
    )
