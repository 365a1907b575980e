"""What the prior does to the posterior: its density tilted, and the ends of its ranges moved inwards.

Power scaling raises the density of a parameter to a power (Kallioinen et al. 2024, arXiv:2107.14054): p(x)^a. It depends on the variable
whose density is raised, and that is x itself, not a sampling coordinate, in which most priors are flat. So a log-uniform density, 1/|x|,
becomes |x|^-a: a = 0 is the uniform prior on the same range, and the derivative at a = 1 says what a step from the one to the other does.
A uniform density would stay as it is for any power; it takes the same step, the factor |x|^(1 - a), which is the way from it to the
log-uniform one. A normal density becomes one whose errors are smaller by sqrt(a). Angles that are flat have nothing to tilt.

Ranges: draws beyond a narrower end are dropped, which is exact. No weights make draws beyond a wider one. To first order a small step
outwards does the opposite of one inwards, and what lies near an end shows whether a wider range would hold more.
"""

import math
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lqbayes.prior.coordinates import LINEAR_MAGNITUDE, LOG_MAGNITUDE, NORMAL
from lqbayes.prior.parameter_prior import ParameterPrior
from lqbayes.prior.support import spans
from lqbayes.quantities import Quantity, resampled
from lqbayes.results.importance import Weights, importance_weights, smallest_ess
from lqbayes.results.influence import MedianShift, headline_values, weights_of_draws
from lqbayes.sampling.convergence import Convergence
from lqbayes.storage.run import Run

POWERS = (1.25, 1.1, 1.05, 1.01)
"""A prior is raised to the first of these powers, and to its inverse, for which the weights can be used."""

NOTABLE = 0.05
"""Distances below this one are small (Kallioinen et al. 2024); of shifts, a twentieth of half the width of the 68 % interval."""

EDGES = (0.1, 0.03, 0.01)
"""An end moves inwards by the first of these shares of its range, in the variable in which the prior is flat, that leaves enough draws."""

# Draws that are taken: many times as many as are effective.
_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class PriorGroup:
    """Parameters whose priors are one statement: the same numbers from the same source."""

    name: str
    text: str  # Distribution and numbers
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriorScaling:
    """What the power of some parameters' priors does."""

    group: PriorGroup
    power: float  # The larger of the two powers
    k: float  # The worse of both weights: Pareto k, its bound, effective sample size
    k_limit: float
    ess: float
    # For each headline quantity, NaN where the weights cannot be used: cumulative Jensen-Shannon distance for each doubling of the power,
    # the largest that chance makes of weights that have nothing to do with the quantity (NaN too where the distance is small), shift of the
    # median for each doubling
    sensitivities: tuple[float, ...]
    chances: tuple[float, ...]
    shifts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RangeEnd:
    """What one end of some parameters' ranges does."""

    group: PriorGroup
    end: Literal["lower", "upper"]
    value: float  # Of the modulus where the prior has a sign
    narrowed: float  # Where it is moved to
    share: float  # Posterior probability of what is between both over the prior's, of the parameter in the group that has most there
    fullest: str  # That parameter
    ess: float  # Effective sample size that the narrower ranges of the whole group leave
    shifts: tuple[float, ...]  # Of the medians of the headline quantities, in half widths; NaN where too few draws are left
    chances: tuple[float, ...]  # The largest shift that chance makes; NaN too where the shift is small


@dataclass(frozen=True, slots=True)
class PriorSensitivity:
    """What the prior does to the headline quantities."""

    quantities: tuple[Quantity, ...]
    scalings: tuple[PriorScaling, ...]
    ends: tuple[RangeEnd, ...]


def prior_sensitivity(run: Run, convergence: Convergence) -> PriorSensitivity:
    """Find what the prior does to the headline quantities."""
    points, ensembles = run.draws().points, run.draws().weights
    every = max(math.prod(points.shape[:3]) // _DRAWS, 1)
    points, run_ess = points[:, :, ::every], smallest_ess(convergence)
    shown = {quantity: x[:, :, ::every] for quantity, x in headline_values(run).items()}
    values, groups, scores = list(shown.values()), _groups(run), _scores(run, points)
    tilted = [(group, [scores[name] for name in group.parameters]) for group in groups if group.parameters[0] in scores]
    for kind, names in _kinds(run, scores).items():
        everything = PriorGroup(f"all {kind}", "", names)
        if not any(everything.parameters == group.parameters for group, _ in tilted):
            tilted.append((everything, [scores[name] for name in names]))
    scalings = tuple(_scaling(group, np.sum(score, axis=0), ensembles, values, run_ess) for group, score in tilted)
    positions = _positions(run, points)
    walls = [group for group in groups if group.parameters[0] in positions]
    ends: list[RangeEnd] = []
    for group in walls:
        inward = {name: positions[name] for name in group.parameters}
        ends += [_end(run, group, "lower", inward, ensembles, values, run_ess)]
        ends += [_end(run, group, "upper", {name: 1 - x for name, x in inward.items()}, ensembles, values, run_ess)]
    return PriorSensitivity(tuple(shown), scalings, tuple(ends))


def _groups(run: Run) -> tuple[PriorGroup, ...]:
    found: dict[tuple[object, ...], list[ParameterPrior]] = {}
    for p in run.posterior_target.prior.settings.parameters:
        if p.distribution != "fixed":
            found.setdefault((p.distribution, p.lower, p.upper, p.sign, p.value, p.plus, p.minus, p.unit, p.source), []).append(p)
    members = [tuple(p.name for p in priors) for priors in found.values()]
    names, texts = [_common_name(group) for group in members], [f"{p[0].distribution} {p[0].text}".strip() for p in found.values()]
    often = Counter(names)
    ends = [f"{p[0].lower:g} .. {p[0].upper:g}" if p[0].lower is not None else p[0].text for p in found.values()]
    names = [name if often[name] == 1 else f"{name} ({end})" for name, end in zip(names, ends, strict=True)]
    return tuple(PriorGroup(*group) for group in zip(names, texts, members, strict=True))


def _common_name(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return names[0]
    first = os.path.commonprefix(names)
    last = os.path.commonprefix([name[len(first) :][::-1] for name in names])[::-1]
    return f"{first}*{last}" if first or last else f"{names[0]}, ..."


def _kinds(run: Run, scores: dict[str, NDArray[np.float64]]) -> dict[str, tuple[str, ...]]:
    """Parameters of each kind of prior together."""
    kinds: dict[str, tuple[str, ...]] = {}
    for prior in run.posterior_target.prior.settings.parameters:
        if prior.name in scores:
            kind = prior.distribution.removeprefix("split-")
            kinds[kind] = (*kinds.get(kind, ()), prior.name)
    return {kind: names for kind, names in kinds.items() if len(names) > 1}


def _scores(run: Run, points: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Logarithm of what each parameter's density is multiplied by for one more power, but for a constant."""
    prior, result = run.posterior_target.prior, {}
    densities = prior.log_densities(points.reshape(-1, points.shape[-1]))
    for k, parameter in enumerate(prior.model.parameters):
        if prior.table.kind[k] == NORMAL:
            score = densities[:, k]
        elif prior.table.kind[k] == LOG_MAGNITUDE or (prior.table.kind[k] == LINEAR_MAGNITUDE and not parameter.periodic):
            score = -np.log(np.maximum(np.abs(points[..., k]), np.finfo(float).tiny)).ravel()
        else:
            continue
        result[parameter.name] = score.reshape(points.shape[:-1])
    return result


def _positions(run: Run, points: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Where in its range each parameter is, from 0 at the lower end to 1 at the upper one; of those that have ends."""
    prior = run.posterior_target.prior
    y, table = prior.coordinates(points.reshape(-1, points.shape[-1])).reshape(*points.shape[:-1], -1), prior.table
    lines = zip(prior.model.parameters, prior.settings.parameters, strict=True)
    walled = [k for k, (p, line) in enumerate(lines) if line.lower is not None and math.isfinite(spans(line, p)[0][0])]
    return {prior.model.parameters[k].name: np.abs(y[..., table.column[k]]) for k in walled}


def _scaling(
    group: PriorGroup, score: NDArray[np.float64], ensembles: NDArray[np.float64], values: list[NDArray[np.float64]], run_ess: float
) -> PriorScaling:
    for power in POWERS:
        lower, upper = (importance_weights((a - 1) * score, run_ess=run_ess, ensembles=ensembles) for a in (1 / power, power))
        if lower.usable and upper.usable:
            break
    both, nothing = (lower, upper), (math.nan,) * len(values)
    measured = (group, power, max(w.k for w in both), min(w.k_limit for w in both), min(w.ess for w in both))
    if not (lower.usable and upper.usable):
        return PriorScaling(*measured, nothing, nothing, nothing)
    medians = [MedianShift(x, weights_of_draws(ensembles, x.size)) for x in values]
    shifts = [(median.under(upper) - median.under(lower)) / (2 * math.log2(power)) for median in medians]

    def distance(x: NDArray[np.float64]) -> float:
        return _distance(x, lower, upper, power, ensembles)

    found = [distance(x) for x in values]
    chances = [_chance(value, x, distance) for value, x in zip(found, values, strict=True)]
    return PriorScaling(*measured, tuple(found), tuple(chances), tuple(shifts))


def _end(
    run: Run,
    group: PriorGroup,
    end: Literal["lower", "upper"],
    inward: dict[str, NDArray[np.float64]],
    ensembles: NDArray[np.float64],
    values: list[NDArray[np.float64]],
    run_ess: float,
) -> RangeEnd:
    for edge in EDGES:
        kept = np.all([x >= edge for x in inward.values()], axis=0)
        weights = importance_weights(np.where(kept, 0.0, -np.inf), run_ess=run_ess, ensembles=ensembles)
        if weights.usable:
            break
    shares = {name: float(ensembles @ np.mean(x < edge, axis=(1, 2))) / edge for name, x in inward.items()}
    fullest = max(shares, key=lambda name: shares[name])
    prior = run.posterior_target.prior
    k = prior.model.parameter_index[fullest]
    places = np.array([0.0, edge] if end == "lower" else [1.0, 1.0 - edge])
    ends = prior.table.offset[k] + prior.table.scale[k] * places
    value, narrowed = np.exp(ends) if prior.table.kind[k] == LOG_MAGNITUDE else ends

    def shifted(x: NDArray[np.float64]) -> float:
        return MedianShift(x, weights_of_draws(ensembles, x.size)).under(weights)

    shifts = [shifted(x) for x in values]
    chances = [_chance(value, x, shifted) for value, x in zip(shifts, values, strict=True)]
    return RangeEnd(group, end, float(value), float(narrowed), shares[fullest], fullest, weights.ess, tuple(shifts), tuple(chances))


def notable(value: float, chance: float) -> bool:
    """Whether a distance or a shift is neither small nor what chance makes."""
    return abs(value) > NOTABLE and not abs(value) <= chance


def _chance(value: float, x: NDArray[np.float64], measure: Callable[[NDArray[np.float64]], float]) -> float:
    """The largest value that the weights make of other ensembles' draws in each one's place, which have nothing to do with them."""
    if not abs(value) > NOTABLE:
        return math.nan
    return max((abs(measure(np.roll(x, by, axis=0))) for by in range(1, len(x))), default=math.nan)


def _distance(x: NDArray[np.float64], lower: Weights, upper: Weights, power: float, ensembles: NDArray[np.float64]) -> float:
    from lqbayes.storage.datatree import power_scale_sensitivity  # noqa: PLC0415 - ArviZ takes two seconds to load

    # ArviZ takes the draws before weighting as alike: some of equal weight, with what the power alone makes of each.
    with np.errstate(divide="ignore"):
        rows = resampled(np.log(ensembles), x.size // len(ensembles), x.size)
    alone = weights_of_draws(ensembles, x.size)[rows]
    return power_scale_sensitivity(x.ravel()[rows], lower.values[rows] / alone, upper.values[rows] / alone, (1 / power, power))
