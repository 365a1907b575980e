"""Simulation-based calibration: whether the whole chain, from the prior to posterior draws, gives posteriors that mean what they say.

Draw a point from the prior, measurements from their distribution at that point, and a sample from the posterior under these measurements.
The point is then one more draw of that posterior, so its rank among the sample is uniform (Talts et al. 2018, arXiv:1804.06788), for every
parameter and every function of parameters and data. One such function is the log-likelihood: without it, a sampler that ignored the
data and returned the prior would pass (Modrák et al. 2023, arXiv:2211.02383).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from lqbayes.calibration.result import Calibration
from lqbayes.calibration.settings import CalibrationSettings
from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.synthetic import check_can_be_drawn, synthetic_likelihood
from lqbayes.posterior import Evaluation, Posterior
from lqbayes.quantities import quantities, resampled
from lqbayes.running.signals import begin_worker
from lqbayes.sampling.annealing import anneal, log_density, sweeps_by_rung
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.population import POSTERIOR, PRIOR, Population
from lqbayes.sampling.sampler import ArraySampler
from lqbayes.sampling.settings import number_problems, refuse

LOG_LIKELIHOOD = "log_likelihood"
_CANDIDATES = 64
_MOST_CANDIDATES = 100_000
_CHUNK = 5  # repetitions of one task: short enough to spread evenly, long enough to hide what starting a task costs


Sampler = Callable[[Posterior, CalibrationSettings, np.random.SeedSequence], NDArray[np.float64]]
"""Draws from a posterior: (walkers, d) sampling coordinates."""


def posterior_draws(posterior: Posterior, settings: CalibrationSettings, seed: np.random.SeedSequence) -> NDArray[np.float64]:
    """Sample as an ensemble of a run does: anneal populations from the prior, step at the posterior, pool them by their evidences."""
    populations = [_population(posterior, settings, child) for child in seed.spawn(settings.populations)]
    union = np.concatenate([positions for positions, _ in populations])
    return union[resampled(np.array([log_evidence for _, log_evidence in populations]), settings.walkers, settings.walkers)]


def _population(posterior: Posterior, settings: CalibrationSettings, seed: np.random.SeedSequence) -> tuple[NDArray[np.float64], float]:
    """Coordinates of one population after its last step, and its log evidence."""
    first, second = seed.spawn(2)
    random = np.random.RandomState(np.random.MT19937(second))
    positions = posterior.prior.sample(settings.walkers, np.random.default_rng(first))
    population = Population(positions, posterior.evaluate(positions), PRIOR, 0.0, ())
    moves, signals = moves_of(posterior), posterior.likelihood.signals
    for rung in anneal(population, posterior.evaluate, moves, signals, sweeps_by_rung(settings.sweeps), random):
        population = rung
    combine = log_density(POSTERIOR, signals)
    sampler = ArraySampler(settings.walkers, posterior.dimension, posterior.evaluate, combine, moves, random, split=population.split)
    for state in sampler.steps(population.positions, population.evaluated, settings.steps):
        positions = state.coords
    return positions, population.log_evidence


def ranked_quantities(posterior: Posterior) -> dict[str, int]:
    """What is ranked, with its place in `_values`.

    Every reported parameter and observable that varies at all over the prior, sine and cosine for a phase, then the log-likelihood.
    """
    values = _values(posterior, posterior.prior.sample(_CANDIDATES, np.random.default_rng(0)))
    return {name: column for column, (name, x) in enumerate(values.items()) if np.any(x != x[0])}


def _values(posterior: Posterior, z: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Values of all quantities by name."""
    points = posterior.points(z)
    observables = posterior.observables(points)
    found: dict[str, NDArray[np.float64]] = {}
    for quantity in quantities(posterior):
        found |= quantity.monitored(quantity.of(points, observables))
    return found | {LOG_LIKELIHOOD: posterior.log_likelihood(z)}


def calibrate(
    posterior: Posterior,
    settings: CalibrationSettings | None = None,
    *,
    workers: int = 1,
    sampler: Sampler = posterior_draws,
    report: Callable[[int], None] | None = None,
) -> Calibration:
    """Repeat the whole chain with synthetic measurements and rank the truth among the draws.

    The values of the posterior's measurements are replaced; their forms and errors count. The result does not depend on the number of
    processes; with more than one, a script needs ``if __name__ == "__main__":`` and the `sampler` that is calibrated is a function of a
    module. `report` is called with the number of repetitions that are done, now and then.
    """
    settings = settings or CalibrationSettings()
    refuse([*settings.problems(posterior.dimension), *number_problems("workers", workers, 1)])
    check_can_be_drawn(posterior.likelihood)
    chunks = [range(first, min(first + _CHUNK, settings.repetitions)) for first in range(0, settings.repetitions, _CHUNK)]
    ranked = ranked_quantities(posterior)
    columns = list(ranked.values())
    ranks = np.empty((settings.repetitions, len(columns)), dtype=np.int64)
    done = 0
    for chunk, rows in _results(posterior, settings, sampler, chunks, workers):
        ranks[chunk.start : chunk.stop] = rows[:, columns]
        done += len(chunk)
        if report is not None:
            report(done)
    return Calibration(tuple(ranked), ranks, settings.draws)


def _results(
    posterior: Posterior, settings: CalibrationSettings, sampler: Sampler, chunks: Sequence[range], workers: int
) -> Iterator[tuple[range, NDArray[np.int64]]]:
    """Chunks with their ranks, in any order."""
    if workers == 1:
        yield from ((chunk, _ranks(posterior, settings, sampler, chunk)) for chunk in chunks)
        return
    # Ctrl-C is for the main process: the others end their chunk and then find nothing more to do.
    pool = ProcessPoolExecutor(min(workers, len(chunks)), mp_context=get_context("spawn"), initializer=begin_worker)
    try:
        futures = {pool.submit(_ranks, posterior, settings, sampler, chunk): chunk for chunk in chunks}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _ranks(posterior: Posterior, settings: CalibrationSettings, sampler: Sampler, repetitions: Iterable[int]) -> NDArray[np.int64]:
    return np.stack([_ranks_of_one(posterior, settings, sampler, number) for number in repetitions])


def _ranks_of_one(posterior: Posterior, settings: CalibrationSettings, sampler: Sampler, number: int) -> NDArray[np.int64]:
    """Ranks of one repetition, whose seed depends on nothing but its number."""
    prior_seed, data_seed, sampler_seed, rank_seed = np.random.SeedSequence(settings.seed, spawn_key=(number,)).spawn(4)
    truth = _truth(posterior, np.random.default_rng(prior_seed))
    observables = posterior.observables(posterior.points(truth))[0]
    likelihood = synthetic_likelihood(posterior.likelihood, observables, np.random.default_rng(data_seed))
    target = Posterior(posterior.prior, likelihood)
    positions = sampler(target, settings, sampler_seed)
    rng = np.random.default_rng(rank_seed)
    chosen = positions[rng.choice(len(positions), settings.draws, replace=False)]
    true_values, drawn = (np.column_stack([*_values(target, z).values()]) for z in (truth, chosen))
    # Signs tie; any order of equal values is as good as the other.
    return np.asarray(np.sum(drawn < true_values, axis=0) + rng.integers(0, np.sum(drawn == true_values, axis=0), endpoint=True))


def _truth(posterior: Posterior, rng: np.random.Generator) -> NDArray[np.float64]:
    """One draw of the prior within the hard bounds, as a row."""
    for _ in range(_MOST_CANDIDATES // _CANDIDATES):
        candidates = posterior.prior.sample(_CANDIDATES, rng)
        inside = np.flatnonzero(Evaluation.of(posterior.evaluate(candidates)).violation == 0)
        if len(inside):
            return candidates[inside[:1]]
    raise ArgumentError(
        f"prior '{posterior.prior.settings.name}': none of {_MOST_CANDIDATES} draws meets the hard bounds of likelihood "
        f"'{posterior.likelihood.settings.name}'; narrow the prior or leave the bounds out"
    )
