"""From the prior to the posterior by sequential Monte Carlo: a population of walkers, reweighted, resampled and moved.

The hard bounds come first: the prior times exp(-lambda v), v the powers of ten by which a point breaks them, with lambda growing to
infinity. Then the likelihood grows: limits are raised to a power beta, signals to a root of it, so that walkers find the signals
while the limits still leave them room to move. Each step is as large as keeps the effective sample size of the weights at four fifths of
the walkers. The product of the mean weights estimates the evidence (Del Moral, Doucet and Jasra 2006), consistently, not without bias:
rungs are chosen by the walkers' own weights, and the moves propose from each other. Copies of a walker in the half that proposes to
others would make ln Z too high, so that halves are inherited: descendants of the first half are the first half again. What bias is left
bench/evidence.py measures.

Relatives part slowly where it is cold, and selection there costs most of the different ancestors, so that there are more sweeps on the
cold rungs than on the hot ones.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from lqbayes.compilation import compiled
from lqbayes.posterior import Evaluation
from lqbayes.sampling.impossible import refuse_impossible
from lqbayes.sampling.moves.base import Array
from lqbayes.sampling.population import POSTERIOR, Population, Rung
from lqbayes.sampling.sampler import ArraySampler, Moves

# For the same work it matters little, between 0.5 and 0.95, whether the ladder is coarse with many sweeps or fine with few
# (bench/ladder.py). A finer one loses less at a kill, and costs more checkpoints.
_SHARE = 0.8
_TINIEST = 1e-300
_DEAREST_STEP = 5.0  # of the logarithm of the best weight on a rung, unless it doubles
_SWEEPS_BETWEEN_HEARTBEATS = 10
# From this power on it is cold; shares of the sweeps before and after, which keep the mean on a ladder of 40 hot and 14 cold rungs.
COLD, _HOT_SHARE, _COLD_SHARE = 0.02, 0.6, 2.1
_SHARE_FROM_POSTERIOR = 5.0
# Halves may drift apart in size, not so far that one has too few walkers to take differences from.
_LEAST_HALF, _LEAST_SHARE_OF_HALF = 16, 0.05


def log_density(rung: Rung, signals: NDArray[np.int64]) -> Callable[[Array], Array]:
    """Unnormalised log density of a rung, as a function of the columns of an `Evaluation`."""
    powers = rung.powers(signals)
    return lambda columns: Evaluation.of(columns).log_prior + _exponents(columns, rung.penalty, rung.beta, powers)


def _exponent(columns: Array, rung: Rung, signals: NDArray[np.int64]) -> Array:
    """Logarithm of the rung's density over the prior."""
    return _exponents(columns, rung.penalty, rung.beta, rung.powers(signals))


@compiled
def _exponents(columns: Array, penalty: float, beta: float, powers: Array) -> Array:
    found = np.zeros(len(columns))
    for i in range(len(columns)):
        violation, terms = columns[i, 1], columns[i, 2:]
        if penalty < math.inf:
            if penalty > 0:
                found[i] = -penalty * violation
        elif violation != 0:
            found[i] = -math.inf
        elif beta > 0:
            for t in range(len(powers)):
                found[i] += powers[t] * terms[t]
    return found


def pulls(columns: Array, rung: Rung, signals: NDArray[np.int64]) -> Array:
    """Numbers (n, t), minus half the sum of whose squares is the logarithm of the rung's density over the prior."""
    _, broken, terms = Evaluation.of(columns)
    if rung.penalty < math.inf:
        return np.sqrt(2 * rung.penalty * broken)[:, np.newaxis]
    powers = rung.powers(signals)
    return np.sqrt(np.maximum(-2 * terms[:, powers > 0] * powers[powers > 0], 0.0))


@compiled
def _effective_share(new: Array, old: Array) -> float:
    """Effective sample size, over their number, of the weights between two rungs by the exponents on both; 0 where all vanish."""
    highest = -math.inf
    for i in range(len(new)):
        if old[i] > -math.inf:
            highest = max(highest, new[i] - old[i])
    if highest == -math.inf:
        return 0.0
    total = squares = 0.0
    for i in range(len(new)):
        if old[i] > -math.inf:  # a walker without weight stays so
            weight = math.exp(new[i] - old[i] - highest)
            total += weight
            squares += weight * weight
    return total * total / squares / len(new)


def next_rung(columns: Array, now: Rung, signals: NDArray[np.int64], share: float = _SHARE) -> Rung:
    """Choose the coldest rung that can be reached in one step."""
    old = _exponent(columns, now, signals)

    def effective(candidate: Rung) -> float:
        return _effective_share(_exponent(columns, candidate, signals), old)

    if now.stage == "bounds":
        inside = Rung(math.inf, 0.0)
        if effective(inside) >= share:
            return inside
        # Where all break the bounds alike, weights say nothing, and those that meet them by chance must still count when they are found.
        least = float(np.min(Evaluation.of(columns).violation))
        highest = now.penalty + max(_DEAREST_STEP / least, now.penalty) if least > 0 else math.inf
        low = min(max(now.penalty, 1e-3), 0.5 * highest)
        while 2 * low < highest and effective(Rung(2 * low, 0.0)) >= share:
            low *= 2
        return Rung(_solve(lambda x: effective(Rung(x, 0.0)) - share, max(now.penalty, 0.5 * low), min(2 * low, highest)), 0.0)
    if effective(POSTERIOR) >= share:
        return POSTERIOR

    def after(log_step: float) -> Rung:
        return Rung(math.inf, min(now.beta + math.exp(log_step), 1.0))

    least = math.log(max(now.beta, _TINIEST)) - 40.0 if now.beta > 0 else math.log(_TINIEST)
    return after(_solve(lambda x: effective(after(x)) - share, least, 0.0))


def _solve(function: Callable[[float], float], low: float, high: float) -> float:
    """Find the zero of a falling function; the upper end where there is none."""
    if function(low) <= 0:
        return high if function(high) > 0 else low * (1 + 1e-9) + 1e-12
    if function(high) >= 0:
        return high
    from scipy.optimize import brentq  # noqa: PLC0415 - takes a third of a second

    return float(brentq(function, low, high, xtol=1e-10, rtol=1e-6))


def _log_weights(columns: Array, now: Rung, then: Rung, signals: NDArray[np.int64]) -> Array:
    new, old = _exponent(columns, then, signals), _exponent(columns, now, signals)
    # A walker without weight stays so: -inf less -inf would be NaN.
    return np.where(old == -math.inf, -math.inf, new - np.where(old == -math.inf, 0.0, old))


def _resample(log_weights: Array, random: np.random.RandomState, count: int | None = None) -> NDArray[np.int64]:
    """Systematic resampling: of so many, each walker appears its expected number of times, rounded up or down."""
    count = count or len(log_weights)
    cumulative = np.cumsum(np.exp(log_weights - logsumexp(log_weights)))
    positions = (np.arange(count) + random.random_sample()) / count
    return np.minimum(np.searchsorted(cumulative / cumulative[-1], positions, side="right"), len(log_weights) - 1)


def _resample_halves(
    log_weights: Array, split: int, random: np.random.RandomState, count: int | None = None
) -> tuple[NDArray[np.int64], int]:
    """Resample all walkers at once, those of the first half in front again; return who was chosen, and the size of that half."""
    count = count or len(log_weights)
    order = np.concatenate([random.permutation(split), split + random.permutation(len(log_weights) - split)])
    chosen = order[_resample(log_weights[order], random, count)]
    size = int(np.count_nonzero(chosen < split))
    if min(size, count - size) < max(_LEAST_HALF, _LEAST_SHARE_OF_HALF * count):
        return random.permutation(chosen), count // 2
    return np.concatenate([random.permutation(chosen[:size]), random.permutation(chosen[size:])]), size


def sweeps_by_rung(sweeps: int, *, from_posterior: bool = False) -> Callable[[Rung], int]:
    """Share out sweeps: .6 of a number on the hot rungs, 2.1 of it on those with at least a fiftieth of the likelihood's power.

    From another posterior it is five times the number on all rungs: these are few, and so are the walkers.
    """
    shares = (_SHARE_FROM_POSTERIOR, _SHARE_FROM_POSTERIOR) if from_posterior else (_HOT_SHARE, _COLD_SHARE)
    hot, cold = (max(round(share * sweeps), 1) for share in shares)
    return lambda rung: cold if rung.beta >= COLD else hot


def anneal(
    start: Population,
    evaluate: Callable[[Array], Array],
    moves: Moves,
    signals: NDArray[np.int64],
    sweeps: Callable[[Rung], int],
    random: np.random.RandomState,
    share: float = _SHARE,
    heartbeat: Callable[[Rung, int], bool] | None = None,
    walkers: int | None = None,
) -> Iterator[Population]:
    """Lead a population to the posterior, one rung after the other; it may start with more positions than `walkers`, to choose from."""
    population = start
    begun, dimension = start.positions.shape
    walkers = walkers or begun
    while population.rung != POSTERIOR:
        refuse_impossible(population, _exponent(population.evaluated, population.rung, signals))
        from_all = len(population.positions)
        rung = next_rung(population.evaluated, population.rung, signals, share * walkers / from_all)
        log_weights = _log_weights(population.evaluated, population.rung, rung, signals)
        log_mean = float(logsumexp(log_weights) - math.log(from_all))
        chosen, split = _resample_halves(log_weights, from_all // 2 if population.split is None else population.split, random, walkers)
        sampler = ArraySampler(walkers, dimension, evaluate, log_density(rung, signals), moves, random, split=split, rung=rung)
        accepted_before, proposed_before = _counts(moves)
        for sweep, moved in enumerate(sampler.steps(population.positions[chosen], population.evaluated[chosen], sweeps(rung))):
            state = moved
            if heartbeat is not None and sweep % _SWEEPS_BETWEEN_HEARTBEATS == 0 and not heartbeat(rung, sweep):
                return
        accepted, proposed = _counts(moves)
        acceptance = (accepted - accepted_before) / max(proposed - proposed_before, 1)
        population = replace(
            population,
            positions=state.coords,
            evaluated=state.blobs,
            rung=rung,
            log_evidence=population.log_evidence + log_mean,
            ladder=(*population.ladder, (rung, log_mean, acceptance)),
            split=split,
        )
        yield population


def _counts(moves: Moves) -> tuple[int, int]:
    return sum(move.accepted for move, _ in moves), sum(move.proposed for move, _ in moves)
