"""From the prior to the posterior by sequential Monte Carlo: a population of walkers, reweighted, resampled and moved.

The hard bounds come first: the prior times exp(-lambda v), v the powers of ten by which a point breaks them, with lambda growing to
infinity. Then the likelihood grows: limits are raised to a power beta, signals to its square root, so that walkers find the signals
while the limits still leave them room to move. Each step is as large
as keeps the effective sample size of the weights at four fifths of the walkers, and the product of the mean weights estimates the
evidence (Del Moral, Doucet and Jasra 2006): without bias on a fixed ladder, consistently on one that is chosen on the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from emcee.state import State
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import logsumexp

from lqbayes.kernel import FIRST_TERM, LOG_PRIOR, VIOLATION
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.sampler import ArraySampler

# For the same work it matters little, between 0.5 and 0.95, whether the ladder is coarse with many sweeps or fine with few
# (bench/ladder.py). A finer one loses less at a kill, and costs more checkpoints.
_SHARE = 0.8
_TINIEST = 1e-300
_SWEEPS_BETWEEN_BEATS = 10


@dataclass(frozen=True, slots=True)
class Temperature:
    """One rung of the ladder.

    Attributes
    ----------
    penalty
        lambda, the weight of the broken bounds: 0 for the prior, infinite once the bounds hold.
    power
        beta, the power of the limits; that of the signals is its square root. 1 for the posterior.
    """

    penalty: float
    power: float

    @property
    def stage(self) -> str:
        """``bounds`` while the hard bounds are approached, then ``likelihood``."""
        return "bounds" if self.penalty < math.inf else "likelihood"


HOT = Temperature(0.0, 0.0)
COLD = Temperature(math.inf, 1.0)


@dataclass(frozen=True, slots=True)
class Population:
    """Walkers at one temperature, and how they came there.

    Attributes
    ----------
    positions : (n, d) array
        Sampling coordinates.
    parts : (n, 2 + t) array
        The posterior's parts at each walker, see `lqbayes.kernel`.
    temperature
        The rung on which the walkers are distributed.
    log_evidence
        Logarithm of the product of the mean weights so far.
    ladder
        (temperature, log of the mean weight, acceptance) of each rung after the prior.
    """

    positions: NDArray[np.float64]
    parts: NDArray[np.float64]
    temperature: Temperature
    log_evidence: float
    ladder: tuple[tuple[Temperature, float, float], ...]


def log_density(parts: NDArray[np.float64], temperature: Temperature, signals: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Unnormalised log density of a rung."""
    return parts[:, LOG_PRIOR] + _exponent(parts, temperature, signals)


def _exponent(parts: NDArray[np.float64], temperature: Temperature, signals: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logarithm of the rung's density over the prior."""
    broken = parts[:, VIOLATION]
    if temperature.penalty < math.inf:
        return -temperature.penalty * broken if temperature.penalty > 0 else np.zeros(len(parts))
    allowed = np.where(broken == 0, 0.0, -math.inf)
    if temperature.power == 0:
        return allowed
    return allowed + parts[:, FIRST_TERM:] @ np.where(signals, math.sqrt(temperature.power), temperature.power)


def _effective_share(log_weights: NDArray[np.float64]) -> float:
    """Effective sample size of the weights over their number; 0 where all vanish."""
    total = logsumexp(log_weights)
    if total == -math.inf:
        return 0.0
    return math.exp(2 * total - logsumexp(2 * log_weights)) / len(log_weights)


def next_temperature(parts: NDArray[np.float64], now: Temperature, signals: NDArray[np.bool_], share: float = _SHARE) -> Temperature:
    """Choose the coldest rung that can be reached in one step."""

    def effective(candidate: Temperature) -> float:
        return _effective_share(_log_weights(parts, now, candidate, signals))

    if now.stage == "bounds":
        inside = Temperature(math.inf, 0.0)
        if effective(inside) >= share:
            return inside
        low = max(now.penalty, 1e-3)
        while effective(Temperature(2 * low, 0.0)) >= share:
            low *= 2
        penalty = _solve(lambda x: effective(Temperature(x, 0.0)) - share, max(now.penalty, 0.5 * low), 2 * low)
        return Temperature(penalty, 0.0)
    if effective(COLD) >= share:
        return COLD
    base = max(now.power, _TINIEST)
    step = _solve(
        lambda x: effective(Temperature(math.inf, min(now.power + math.exp(x), 1.0))) - share,
        math.log(base) - 40.0 if now.power > 0 else math.log(_TINIEST),
        0.0,
    )
    return Temperature(math.inf, min(now.power + math.exp(step), 1.0))


def _solve(function: Callable[[float], float], low: float, high: float) -> float:
    """Find the zero of a falling function; the upper end where there is none."""
    if function(low) <= 0:
        return high if function(high) > 0 else low * (1 + 1e-9) + 1e-12
    if function(high) >= 0:
        return high
    return float(brentq(function, low, high, xtol=1e-10, rtol=1e-6))


def _log_weights(parts: NDArray[np.float64], now: Temperature, then: Temperature, signals: NDArray[np.bool_]) -> NDArray[np.float64]:
    new, old = _exponent(parts, then, signals), _exponent(parts, now, signals)
    # A walker without weight stays so: -inf less -inf would be NaN.
    return np.where(old == -math.inf, -math.inf, new - np.where(old == -math.inf, 0.0, old))


def _resample(log_weights: NDArray[np.float64], random: np.random.RandomState) -> NDArray[np.int64]:
    """Systematic resampling: each walker appears its expected number of times, rounded up or down."""
    n = len(log_weights)
    cumulative = np.cumsum(np.exp(log_weights - logsumexp(log_weights)))
    positions = (np.arange(n) + random.random_sample()) / n
    return np.minimum(np.searchsorted(cumulative / cumulative[-1], positions, side="right"), n - 1)


def anneal(
    start: Population,
    evaluate: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    moves: Sequence[tuple[ArrayMove, float]],
    signals: NDArray[np.bool_],
    sweeps: Callable[[Temperature], int],
    random: np.random.RandomState,
    share: float = _SHARE,
    beat: Callable[[Temperature, int], bool] | None = None,
) -> Iterator[Population]:
    """Lead a population to the posterior, one rung after the other."""
    population = start
    walkers, dimension = start.positions.shape
    while population.temperature != COLD:
        temperature = next_temperature(population.parts, population.temperature, signals, share)
        log_weights = _log_weights(population.parts, population.temperature, temperature, signals)
        log_mean = float(logsumexp(log_weights) - math.log(walkers))
        # Shuffled, since the moves take differences between walkers of the first and the second half only.
        chosen = random.permutation(_resample(log_weights, random))
        combine = partial(log_density, temperature=temperature, signals=signals)
        sampler = ArraySampler(walkers, dimension, evaluate, combine, moves, random)
        parts = population.parts[chosen]
        state = State(population.positions[chosen], log_prob=combine(parts), blobs=parts)
        accepted_before, proposed_before = _counts(moves)
        steps = sampler.sample(state, iterations=sweeps(temperature), store=False, skip_initial_state_check=True)
        for sweep, moved in enumerate(steps):
            state = moved
            if beat is not None and sweep % _SWEEPS_BETWEEN_BEATS == 0 and not beat(temperature, sweep):
                return
        accepted, proposed = _counts(moves)
        acceptance = (accepted - accepted_before) / max(proposed - proposed_before, 1)
        population = replace(
            population,
            positions=state.coords,
            parts=state.blobs,
            temperature=temperature,
            log_evidence=population.log_evidence + log_mean,
            ladder=(*population.ladder, (temperature, log_mean, acceptance)),
        )
        yield population


def _counts(moves: Sequence[tuple[ArrayMove, float]]) -> tuple[int, int]:
    return sum(move.accepted for move, _ in moves), sum(move.proposed for move, _ in moves)
