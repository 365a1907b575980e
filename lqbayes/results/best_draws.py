"""The best points that a run has stored, where a search for its maxima starts."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.storage.run import Run

# Height, step and walker of points, each an array; the best first.
_Places = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]


def best_points(run: Run, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find where log density and log-likelihood came highest.

    All stored steps count, those too that tables leave out: steps of a long run, walkers that pooling drops, a population that is not
    complete. One step at a time is in memory.
    """
    ensembles = run.configuration.ensembles
    each = math.ceil(count / ensembles)
    found: tuple[list[NDArray[np.float64]], ...] = ([], [])
    highest = -math.inf
    for index in range(ensembles):
        best = _best_places(run.stored_heights(index), run.configuration.sampling.steps_per_population, each)
        for points, (heights, steps, walkers) in zip(found, best, strict=True):
            highest = max(highest, float(heights.max()))
            points.append(_coordinates(run, index, steps, walkers))
    if not math.isfinite(highest):
        raise RunError(f"{run.path}: no draw has a finite likelihood, so there is nowhere to start; sample the run again")
    by_density, by_likelihood = (np.concatenate(points) for points in found)
    return by_density, by_likelihood


def _best_places(heights: Iterable[NDArray[np.float64]], block: int, count: int) -> list[_Places]:
    """Find the best places by each of several heights, (kinds, walkers) at each step; a walker counts anew in each population."""
    best: list[list[_Places]] = []
    for step, rows in enumerate(heights):
        if not best:
            best = [[] for _ in rows]
        for places, row in zip(best, rows, strict=True):
            if step % block == 0:
                # A new population: of those before it, the best are kept.
                places[:] = [_highest(places, count)] if places else []
                places.append((row.copy(), np.full(len(row), step), np.arange(len(row))))
            else:
                height, when, _ = places[-1]
                higher = row > height
                height[higher], when[higher] = row[higher], step
    return [_highest(places, count) for places in best]


def _highest(places: list[_Places], count: int) -> _Places:
    heights, steps, walkers = (np.concatenate(parts) for parts in zip(*places, strict=True))
    order = np.argsort(-heights, kind="stable")[:count]
    return heights[order], steps[order], walkers[order]


def _coordinates(run: Run, index: int, steps: NDArray[np.int64], walkers: NDArray[np.int64]) -> NDArray[np.float64]:
    result = np.empty((len(steps), run.posterior_target.dimension))
    needed = np.unique(steps)
    for step, row in zip(needed, run.stored_coordinates(index, needed.tolist()), strict=True):
        result[steps == step] = row[walkers[steps == step]]
    return result
