"""Check whether populations have missed a mode: search independently of them, weigh what is found, compare with the draws there.

Populations that all miss the same narrow mode agree with each other, so that no comparison between them can see it. The mass of a mode is
the mean of importance weights in the ellipsoid of its curvature. Where that fails, beside walls and along flat directions, clones of
the summit move under the posterior: they come down to where the draws are unless they sit in a mode of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict
from scipy.special import gammaincinv, logsumexp

from lqbayes.input.small_json import STRICT
from lqbayes.posterior import Evaluation
from lqbayes.sampling.evidence import log_mean
from lqbayes.sampling.mode_search import Counted, Search, Summit
from lqbayes.sampling.moves.base import Array, ArrayMove
from lqbayes.sampling.moves.chart import CIRCLE, Chart
from lqbayes.sampling.sampler import ArraySampler

_MOST_EVALUATIONS = 2_000_000  # more would find little more
# Shares of the evaluations after which the search pauses for the weighing, and what weighing may take each time.
_SEARCHED, _WEIGHED = (0.6, 0.85), 0.2
_MODES = 16
_LEVEL = 0.5  # of a Gaussian's mass that the ellipsoid holds
_WEIGHTS = (256, 768, 1024)
_PRECISE = 0.02
_WORTH_WEIGHING = 0.005
_WEIGHABLE, _WELL_WEIGHED, _WELL_POPULATED = 0.3, 0.1, 0.1  # relative error of the mass, and share of the draws
# A mode is missed if it holds more than this share, and its odds are as many times those among the draws.
_LEAST_SHARE, _FACTOR = 0.02, 3.0
_NOT_WEIGHED = (-math.inf, math.inf)
_CLONES, _MOST_RELAXED = 64, 4
# Sweeps of all clones, and of those that do not come down in them.
_SWEEPS, _MOST_SWEEPS = 300, 9600  # in 45 dimensions a clone may take thousands
_LEAST_RELAXED = 0.1
_RANGE = (0.01, 0.99)
ENOUGH_DRAWS = 20_000
_DRAWS_FOR_HEIGHTS, _PRIOR_DRAWS = 2000, 20_000
_CLOSE = 0.05  # climbs to one summit end so near to each other
MODE_MISSED = "MODE MISSED"


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode that the audit has found."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    coordinates: tuple[float, ...]  # sampling coordinates of its summit
    log_density: float  # unnormalised, of the posterior there
    log_mass: float | None  # logarithm of the density's integral over the ellipsoid about the summit; None if it could not be weighed
    relative_error: float | None  # of that integral
    predicted: float  # share of the posterior in the ellipsoid, by that integral
    observed: float  # share of the draws there
    relaxed: float | None  # share of clones of the summit that came down to where the draws are; None if not tried
    missed: bool  # by the draws

    def is_the_same(self, other: Mode) -> bool:
        """Whether both are one summit, to which two searches have climbed."""
        close = np.allclose(self.coordinates, other.coordinates, rtol=0, atol=_CLOSE)
        return close and abs(self.log_density - other.log_density) < _CLOSE

    def _beside(self, before: Mode | None, enough: bool) -> Mode:
        """Take what clones say with what was known of the mode before."""
        if not self.missed or self.log_mass is not None:
            return self
        if before is not None and before.relaxed is not None and not before.missed:
            return replace(self, relaxed=before.relaxed, missed=False)
        return self if before is not None or enough else replace(self, relaxed=None, missed=False)

    def __str__(self) -> str:
        place = f"a mode of log density {self.log_density:.1f}"
        if self.relaxed is None:
            return f"about {place} lies {self.predicted:.1%} of the posterior, of the draws {self.observed:.1%}"
        return f"of clones of {place} {self.relaxed:.0%} come down to where the draws are"


@dataclass(frozen=True, slots=True)
class ModeAudit:
    """What the audit says."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    modes: tuple[Mode, ...]  # the highest first
    evaluations: int  # that it took
    starts: int  # from which it climbed

    @property
    def missed(self) -> tuple[Mode, ...]:
        """Modes that the draws have missed; the run is wrong if there are any."""
        return tuple(mode for mode in self.modes if mode.missed)

    def after(self, known: Sequence[Mode], *, enough: bool = True) -> ModeAudit:
        """Take along what a search before knew: a mode that was missed stays so until it has been judged anew.

        Clones that have once left a mode need not again. Where there were not `enough` evaluations, clones that have not yet left a new
        one say nothing.
        """
        modes = [mode._beside(next((old for old in known if old.is_the_same(mode)), None), enough) for mode in self.modes]
        judged = [mode for mode in modes if mode.log_mass is not None or mode.relaxed is not None]
        kept = [old for old in known if old.missed and not any(old.is_the_same(mode) for mode in judged)]
        modes = [*kept, *(mode for mode in modes if not any(old.is_the_same(mode) for old in kept))]
        return replace(self, modes=tuple(sorted(modes, key=lambda mode: -mode.log_density)))

    def __str__(self) -> str:
        if self.missed:
            return f"{MODE_MISSED}: " + "; ".join(str(mode) for mode in self.missed)
        weighed = sum(mode.log_mass is not None for mode in self.modes)
        relaxed = sum(mode.relaxed is not None for mode in self.modes)
        tried = f"{self.starts} starts, {len(self.modes)} summits, {weighed} weighed, {relaxed} left by clones"
        return f"mode audit: no missed mode found ({tried})"


def audit_modes(
    evaluate: Callable[[Array], Array],
    chart: Chart,
    prior: Callable[[int, np.random.Generator], Array],
    moves: Sequence[tuple[ArrayMove, float]],
    draws: Array,
    log_evidences: Array,
    evaluations: int,  # at the most: a tenth of those that the populations took
    seed: int,
    rungs: Sequence[Array] = (),  # populations between prior and posterior, if they are at hand
    points: Array | None = None,
) -> ModeAudit:
    """Look for modes that the draws of populations, which have these evidences, have missed; points are looked at on a suspicion."""
    budget = min(evaluations, _MOST_EVALUATIONS)
    by_search, by_weighing, by_relaxing = np.random.SeedSequence(seed).spawn(3)
    random, weighing = np.random.default_rng(by_search), np.random.default_rng(by_weighing)
    draws = draws[random.permutation(len(draws))[:ENOUGH_DRAWS]]

    def log_density(z: Array) -> Array:
        found = Evaluation.of(evaluate(z))
        return np.asarray(np.where(found.violation == 0, found.log_prior + found.terms.sum(axis=1), -np.inf))

    objective = Counted(log_density, budget)
    search = Search(chart, prior(_PRIOR_DRAWS, random), draws, rungs, np.empty((0, draws.shape[1])) if points is None else points)
    log_evidence = float(log_mean(log_evidences))
    summits: list[Summit] = []
    observed: dict[Summit, float] = {}
    masses: dict[Summit, tuple[float, float]] = {}
    for share in _SEARCHED:
        summits = search.run(objective, int(share * budget) - objective.evaluations, random, summits)[:_MODES]
        for s in summits:
            observed[s] = float(np.mean(s.squared_distance(draws, chart) <= 2 * gammaincinv(0.5 * len(chart.kind), _LEVEL)))
        best = max(summits, key=observed.__getitem__, default=None)
        # The best known mode is the measure of the others; of them, those without draws matter most.
        for s in sorted(summits, key=lambda s: -1.0 if s is best else observed[s]):
            if s not in masses and objective.evaluations < (share + _WEIGHED) * budget:
                masses[s] = log_mass, error = _weigh(objective, chart, s, log_evidence, weighing)
                if error < _WELL_WEIGHED and observed[s] > _WELL_POPULATED:
                    # Too high an evidence would hide that one mode has the draws of another.
                    log_evidence = min(log_evidence, log_mass - math.log(observed[s]))
        found = [(s, masses.get(s, _NOT_WEIGHED), observed[s]) for s in summits]
        modes = [_mode(*entry, log_evidence) for entry in found]
        if any(mode.log_mass is None for mode in modes):
            break  # what is left is for clones
    # Clones that are slow to come down are no missed mode: they may go on for longer than more search would pay.
    objective.limit = min(evaluations, _MOST_EVALUATIONS + _MOST_RELAXED * 2 * _CLONES * _MOST_SWEEPS)
    some = draws[:_DRAWS_FOR_HEIGHTS]
    source = np.random.RandomState(np.random.MT19937(by_relaxing))
    heights = np.empty(0)
    for k in [k for k, mode in enumerate(modes) if mode.log_mass is None][:_MOST_RELAXED]:
        sweeps = (objective.limit - objective.evaluations - len(some)) // (2 * _CLONES) - 1
        if sweeps < _SWEEPS:
            break
        heights = heights if len(heights) else objective(some)
        relaxed = _relax(objective, moves, summits[k], draws, heights, min(sweeps, _MOST_SWEEPS), source)
        modes[k] = _mode(*found[k], log_evidence, relaxed)
    return ModeAudit(tuple(modes), objective.evaluations, objective.climbs)


def _mode(summit: Summit, mass: tuple[float, float], observed: float, log_evidence: float, relaxed: float | None = None) -> Mode:
    """Judge a summit."""
    log_mass, error = mass
    # Of the true evidence the populations know what lies outside the ellipsoid.
    log_outside = log_evidence + math.log(max(1 - observed, 1e-12))
    predicted = math.exp(log_mass - float(np.logaddexp(log_mass, log_outside)))
    weighable = error <= _WEIGHABLE and log_mass > -math.inf
    sure = predicted * (1 - 2 * error) if weighable else 0.0
    missed = sure > _LEAST_SHARE and sure * (1 - observed) > _FACTOR * observed * (1 - sure)
    return Mode(
        coordinates=tuple(summit.position.tolist()),
        log_density=summit.height,
        log_mass=log_mass if weighable else None,
        relative_error=error if weighable else None,
        predicted=predicted,
        observed=observed,
        relaxed=relaxed,
        missed=missed or (relaxed is not None and relaxed < _LEAST_RELAXED),
    )


def _weigh(objective: Counted, chart: Chart, summit: Summit, log_evidence: float, random: np.random.Generator) -> tuple[float, float]:
    """Integrate the density over the summit's ellipsoid: the logarithm, and the relative error; few weights where they suffice."""
    weights = np.empty(0)
    log_mass, error = _NOT_WEIGHED
    for count in _WEIGHTS:
        if objective.evaluations + count > objective.limit:
            break
        weights = np.concatenate([weights, _log_weights(objective, chart, summit, count, random)])
        log_mass, error = _log_mean_and_error(weights)
        if error < _PRECISE or log_mass + math.log1p(3 * error) < log_evidence + math.log(_WORTH_WEIGHING):
            break
    return log_mass, error


def _log_weights(objective: Counted, chart: Chart, summit: Summit, count: int, random: np.random.Generator) -> Array:
    """Density over that of a Gaussian cut at the ellipsoid, at draws of the latter."""
    dimension = len(summit.position)
    squared_radius = 2 * gammaincinv(0.5 * dimension, _LEVEL * random.random(count))
    direction = random.normal(size=(count, dimension))
    direction *= np.sqrt(squared_radius)[:, np.newaxis] / np.linalg.norm(direction, axis=1, keepdims=True)
    step = direction @ summit.axes.T
    circle = chart.kind == CIRCLE
    z = summit.position + step
    z = np.where(circle, np.mod(z, 1.0), z)
    # Half a turn away a circle closes: what is beyond has been counted on the other side.
    inside = np.all((z >= chart.lower) & (z <= chart.upper) & (~circle | (np.abs(step) <= 0.5)), axis=1)
    heights = np.full(count, -np.inf)
    heights[inside] = objective(z[inside])
    log_volume = float(np.linalg.slogdet(summit.axes)[1]) + 0.5 * dimension * math.log(2 * math.pi) + math.log(_LEVEL)
    return np.asarray(heights + 0.5 * squared_radius + log_volume)


def _log_mean_and_error(log_weights: Array) -> tuple[float, float]:
    """Logarithm of the mean weight, and its relative error."""
    total = float(logsumexp(log_weights))
    if total == -math.inf:
        return _NOT_WEIGHED
    square = math.exp(float(logsumexp(2 * log_weights)) - 2 * total)
    return total - math.log(len(log_weights)), math.sqrt(max(square - 1 / len(log_weights), 0.0))


def _relax(
    objective: Counted,
    moves: Sequence[tuple[ArrayMove, float]],
    summit: Summit,
    draws: Array,
    heights: Array,
    sweeps: int,
    random: np.random.RandomState,
) -> float:
    """Move clones of a summit at the posterior, among as many draws that lend them their differences, and count those that come down.

    By their density alone: a pocket as high as the draws, off their range in some coordinate, may be one of many that hold nothing.
    """
    positions = np.repeat(summit.position[np.newaxis], 2 * _CLONES, axis=0)
    clones = np.arange(2 * _CLONES) % 4 < 2  # in both halves, in pairs
    positions[~clones] = draws[random.choice(len(draws), _CLONES)]
    sampler = ArraySampler(len(positions), len(summit.position), lambda z: objective(z)[:, np.newaxis], lambda x: x[:, 0], moves, random)
    low, high = np.quantile(heights, _RANGE)
    relaxed = math.nan
    for sweep, moved in enumerate(sampler.steps(positions, objective(positions)[:, np.newaxis], sweeps), 1):
        if sweep % _SWEEPS == 0:
            reached = moved.log_prob[clones]
            relaxed = float(np.mean((reached >= low) & (reached <= high)))
            if relaxed >= _LEAST_RELAXED:
                break
    return relaxed
