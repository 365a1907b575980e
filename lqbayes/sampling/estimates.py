"""Numbers of a posterior from independent ensembles, with Monte Carlo errors from the scatter between these.

The error of a quantile follows from what the ensembles say of its probability: at the end that all draws together have, each ensemble holds
its own share of draws below. The scatter of the shares is the error of the probability, and the quantiles as far above and below turn it
into one of the end. With K ensembles it has K - 1 degrees of freedom: with 8 its own relative error is 27 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from lqbayes.quantities import LEVELS

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """One number of a posterior; its ensembles are independent: their scatter is the error, however correlated walkers and steps are."""

    value: float  # Of all draws together, as tables print it
    ensembles: Array  # (ensembles,) array: of each ensemble, to first order in how far its draws differ from all
    weights: Array  # (ensembles,) array: of each ensemble among all, in proportion to its evidence, with the sum 1
    level_error: float = math.nan  # Error of the probability below a quantile

    @property
    def error(self) -> float:
        """One standard deviation, known with as many degrees of freedom as there are ensembles, less one; NaN with a single ensemble."""
        return float(jackknife_error(without_each(self.ensembles, self.weights)))


def without_each(x: Array, weights: Array) -> Array:
    """Weighted means of (ensembles, ...) values without each of the ensembles in turn."""
    others = (1 - np.eye(len(weights))) * weights
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.tensordot(others / others.sum(axis=1, keepdims=True), x, axes=1))


def jackknife_error(without: Array) -> Array:
    """Standard error of a number from its values without each ensemble in turn (Efron and Stein 1981); of a plain mean the usual one."""
    count = len(without)
    if count < 2:
        return np.full(without.shape[1:], np.nan)
    error = np.sqrt((count - 1) / count * np.sum((without - without.mean(axis=0)) ** 2, axis=0))
    return np.where(np.isnan(error), np.inf, error)  # one ensemble has all the weight: without it there is nothing


class Ordered:
    """Draws of one quantity in ascending order; sorting is what a diagnosis costs, and everything in it needs the order."""

    def __init__(self, x: Array, order: NDArray[np.intp] | None = None) -> None:
        flat = x.ravel()
        self.shape = x.shape
        self.order = np.argsort(flat) if order is None else order
        self.values = flat[self.order]

    def normal_scores(self) -> Array:
        """Scores of the ranks in the order of the draws (Vehtari et al. 2021), so that heavy tails and units do not matter."""
        starts = np.flatnonzero(self.values[1:] != self.values[:-1]) + 1
        count, scores = len(self.values), np.empty(len(self.values))
        every = _scores(count)
        if len(starts) == count - 1:
            scores[self.order] = every[::2]
        else:
            ends = np.concatenate([[0], starts, [count]])
            scores[self.order] = np.repeat(every[ends[:-1] + ends[1:] - 1], np.diff(ends))
        return scores.reshape(self.shape)

    def folded(self) -> Ordered:
        """Distances from the median, in order: their ranks see widths."""
        middle = len(self.values) // 2
        outwards = np.concatenate([np.arange(middle - 1, -1, -1), np.arange(middle, len(self.values))])
        distance = np.abs(self.values[outwards] - np.median(self.values))
        # Two rising rows, which a stable sort merges.
        result = Ordered(distance, np.argsort(distance, kind="stable"))
        result.order, result.shape = self.order[outwards][result.order], self.shape
        return result

    def ends(self, weights: Array, counts: NDArray[np.int64] | None = None) -> dict[str, Estimate]:
        """Median and interval ends, of the draws as often as `counts` has them: that gives each ensemble its weight."""
        together = self.values if counts is None else np.repeat(self.values, counts[self.order])
        levels = np.array(list(LEVELS.values()))
        values = _quantiles(together, levels)
        shares = self._shares(values, levels, weights)
        error = jackknife_error(without_each(shares, weights))
        if len(weights) < 2:
            return {name: Estimate(float(values[k]), values[k : k + 1], weights) for k, name in enumerate(LEVELS)}
        below, above = (_quantiles(together, np.clip(levels + way * error, 0, 1)) for way in (-1, 1))
        with np.errstate(invalid="ignore", divide="ignore"):
            slopes = np.where((error > 0) & (above > below), (above - below) / (2 * error), 0.0)
            each = values - (shares - weights @ shares) * slopes
        return {name: Estimate(float(values[k]), each[:, k], weights, float(error[k])) for k, name in enumerate(LEVELS)}

    def _shares(self, values: Array, levels: Array, weights: Array) -> Array:
        """Share of each ensemble's draws below each value, and so much of those at it that the weighted mean is the level."""
        draws = len(self.values) // len(weights)
        places = np.stack([np.searchsorted(self.values, values, side) for side in ("left", "right")])
        cuts = np.unique(places)
        steps = [np.bincount(self.order[a:b] // draws, minlength=len(weights)) for a, b in zip([0, *cuts[:-1]], cuts, strict=True)]
        below, up_to = np.cumsum(steps, axis=0)[np.searchsorted(cuts, places)] / draws
        low, high = below @ weights, up_to @ weights
        part = np.clip((levels - low) / np.where(high > low, high - low, 1.0), 0, 1)
        return np.asarray((below + part[:, None] * (up_to - below)).T)


def error_share(name: str, estimate: Estimate) -> float:
    """Error of a median or interval end over half the width of its interval, both in normal scores; 0 where the end itself has no error.

    For a quantity with a normal distribution that is the plain share. It is the same in any unit and for the logarithm, also where the
    width of an interval over ten decades, or of one with heavy tails, says nothing of its ends.
    """
    if estimate.error == 0:
        return 0.0
    score = float(ndtri(LEVELS[name]))
    half_width = float(ndtri(LEVELS["high95" if name.endswith("95") else "high68"]))
    return estimate.level_error * math.sqrt(2 * math.pi) * math.exp(score**2 / 2) / half_width


def share_in_units(name: str, estimates: Mapping[str, Estimate]) -> float:
    """Error of a median or interval end over half the width of its interval, both in the quantity's unit; NaN for a sign."""
    low, high = (f"{side}{'95' if name.endswith('95') else '68'}" for side in ("low", "high"))
    if low not in estimates:
        return math.nan
    half_width, error = (estimates[high].value - estimates[low].value) / 2, estimates[name].error
    return error / half_width if half_width > 0 else math.inf if error > 0 else error


def constant_estimates(value: float, weights: Array) -> Mapping[str, Estimate]:
    """Median and ends of what does not vary."""
    return dict.fromkeys(LEVELS, Estimate(value, np.full(len(weights), value), weights))


def sign_estimates(x: Array, weights: Array) -> Mapping[str, Estimate]:
    """The probability of a positive sign, under the name of the median."""
    shares = np.asarray(x.mean(axis=(1, 2)))
    return {"median": Estimate(float(weights @ shares), shares, weights)}


def _quantiles(ordered: Array, levels: Array) -> Array:
    """Quantiles of sorted values, as NumPy's with its own method."""
    place = levels * (len(ordered) - 1)
    lower = np.floor(place).astype(np.int64)
    left, right = ordered[lower], ordered[np.minimum(lower + 1, len(ordered) - 1)]
    step = np.subtract(right, left, out=np.zeros_like(left), where=left != right)  # both may be infinite
    return np.asarray(left + step * (place - lower))


@lru_cache(maxsize=2)
def _scores(count: int) -> Array:
    """Normal scores of the ranks 1, 1.5, 2, ... of so many draws: equal draws share the mean of their ranks."""
    return np.asarray(ndtri((np.arange(2, 2 * count + 1) / 2 - 0.375) / (count + 0.25)))
