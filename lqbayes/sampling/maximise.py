"""The highest point of a function with ridges, cancellations and many modes: a population climbs, then its best members climb on alone.

The population makes the package's own moves under the function times a growing power, which is simulated annealing: the moves keep
cancellations and change signs, where a gradient sees walls. Then BFGS, inside the sign sector of each of the best members, follows the
narrow ridges that random steps miss. The walls of the sector are mirrors, and a coordinate that a climb has pressed against one stays
there while the others climb on: at the kink in the mirror a line search ends. scipy's methods that know bounds either wake the threads
of the linear algebra for their small matrices, which costs several times what the function does, or learn too little of the curvature.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lqbayes.sampling.moves.base import Array
from lqbayes.sampling.moves.chart import CIRCLE, SIGNED, Chart
from lqbayes.sampling.sampler import ArraySampler, Moves

Objective = Callable[[Array], Array]
"""Maps (n, d) coordinates to (n,) values: finite or -inf, never NaN."""

# Moves take differences between two walkers of the other half, some between several.
LEAST_STARTS = 8

_POWERS = tuple(10.0**k for k in range(7))
_SWEEPS = 400
# Members that climb by gradients, and how many of them go on until they gain nothing.
_CLIMBERS, _FINALISTS = 16, 4
_ROUNDS = 10
_LEAST_GAIN = 1e-9
# BFGS: iterations in a round, the slope at which it stops, and the half-width of the central differences in coordinates of order 1.
_ITERATIONS, _SLOPE, _STEP = 500, 1e-9, 1e-7
_WALL = 1e10


def maximise(objective: Objective, chart: Chart, moves: Moves, starts: Array, random: np.random.RandomState) -> Array:
    """Look for the maximum of a function."""
    population = _anneal(objective, moves, starts, random)
    # A hot rung may lose the best start; it climbs as well.
    members = np.concatenate([_best(objective, population, _CLIMBERS), _best(objective, starts, 1)])
    climbers = np.array([climb(objective, chart, member) for member in members])
    finalists = [climb(objective, chart, member, _ROUNDS) for member in _best(objective, climbers, _FINALISTS)]
    return np.array(_best(objective, np.concatenate([finalists, _best(objective, starts, 1)]), 1)[0])


def _best(objective: Objective, positions: Array, count: int) -> Array:
    return np.asarray(positions[np.argsort(-objective(positions), kind="stable")[:count]])


def _anneal(objective: Objective, moves: Moves, starts: Array, random: np.random.RandomState) -> Array:
    """Move a population under growing powers of the function's exponential."""
    # Shuffled, since the moves take differences between walkers of the first and the second half only.
    positions = starts[random.permutation(len(starts))]
    values = objective(positions)
    walkers, dimension = positions.shape
    for power in _POWERS:

        def combine(columns: Array, power: float = power) -> Array:
            return np.asarray(power * columns[:, 0])

        sampler = ArraySampler(walkers, dimension, lambda z: objective(z)[:, np.newaxis], combine, moves, random)
        for state in sampler.steps(positions, values[:, np.newaxis], _SWEEPS):
            positions, values = state.coords, state.blobs[:, 0]
    return positions


def climb(objective: Objective, chart: Chart, start: Array, rounds: int = 1, slope_at_end: float = _SLOPE) -> Array:
    """Climb by gradients from one point, without changing a sign."""
    lower, upper = _sector(chart, start)
    best, height = start, float(objective(start[np.newaxis])[0])
    diagonal = np.arange(len(start))

    def depth_and_slope(x: Array) -> tuple[float, Array]:
        nonlocal best, height
        y, orientation = _folded(x, lower, upper)
        probes = np.repeat(y[np.newaxis], 2 * len(y) + 1, axis=0)
        above, below = np.minimum(y + _STEP, upper), np.maximum(y - _STEP, lower)
        probes[1 + diagonal, diagonal] = above
        probes[1 + len(y) + diagonal, diagonal] = below
        probes = np.where(chart.kind == CIRCLE, np.mod(probes, 1.0), probes)
        values = objective(probes)
        if values[0] > height:
            best, height = probes[0], float(values[0])
        # A wall is not a slope: beside one, the coordinate stands still.
        finite = np.maximum(values, -_WALL)
        rise, fall = finite[1 : 1 + len(y)], finite[1 + len(y) :]
        reachable = (rise > -_WALL) & (fall > -_WALL)
        slope = orientation * np.where(reachable, rise - fall, 0.0) / (above - below)
        return -float(finite[0]), -slope

    def pressed() -> NDArray[np.bool_]:
        """Which coordinates of the best point stand at a wall and would climb through it."""
        _, fall = depth_and_slope(best)
        return np.asarray(((best >= upper - _STEP) & (fall < 0)) | ((best <= lower + _STEP) & (fall > 0)))

    from scipy.optimize import minimize  # noqa: PLC0415 - takes a third of a second

    held = pressed()
    for _ in range(rounds):
        before, held_before = height, held

        def of_the_others(x: Array, held: NDArray[np.bool_] = held) -> tuple[float, Array]:
            depth, slope = depth_and_slope(x)
            return depth, np.where(held, 0.0, slope)

        minimize(of_the_others, best, jac=True, method="BFGS", options={"maxiter": _ITERATIONS, "gtol": slope_at_end})
        held = pressed()
        if height - before < _LEAST_GAIN and np.array_equal(held, held_before):
            break
    return best


def _sector(chart: Chart, start: Array) -> tuple[Array, Array]:
    """Return the ends of a box around the point without jumps of the function: one sign of each coupling, any number of turns."""
    lower, upper = chart.lower.copy(), chart.upper.copy()
    signed, circle = chart.kind == SIGNED, chart.kind == CIRCLE
    lower[signed & (start >= 0)] = 0.0
    upper[signed & (start < 0)] = -np.finfo(float).tiny  # at 0 the sign is positive
    lower[circle], upper[circle] = -np.inf, np.inf
    return lower, upper


def _folded(x: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Reflect any point of space into a box, and say in which coordinates the reflection turned the direction round (-1)."""
    walled = np.isfinite(lower) & np.isfinite(upper)
    low, width = np.where(walled, lower, 0.0), np.where(walled, upper - lower, 1.0)
    # Position in units of the width, of a period that holds the range and its mirror image.
    position = np.mod((x - low) / width, 2.0)
    mirrored = position > 1
    inside = np.clip(low + width * np.where(mirrored, 2.0 - position, position), lower, upper)
    return np.where(walled, inside, x), np.where(walled & mirrored, -1.0, 1.0)
