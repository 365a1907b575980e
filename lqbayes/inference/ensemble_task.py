"""The work on one ensemble: annealing, then a block of steps. One task at a time owns the ensemble's file."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from emcee.state import State

from lqbayes.inference.annealing import COLD, HOT, Population, Temperature, anneal, log_density
from lqbayes.inference.kernel import FIRST_TERM
from lqbayes.inference.moves.defaults import default_moves
from lqbayes.inference.posterior import Posterior
from lqbayes.inference.sampler import ArraySampler
from lqbayes.inference.status import EnsembleStatus
from lqbayes.storage.chain_file import ChainFile
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.heartbeat import write_heartbeat
from lqbayes.storage.run import chain_identity, chain_path

__all__ = ["continue_ensemble"]

_SECONDS_BETWEEN_FLUSHES = 5.0


def continue_ensemble(folder: str, index: int, steps: int, deadline: float | None) -> int:
    """Bring an ensemble to a number of stored steps, from wherever its file ends.

    Parameters
    ----------
    folder
        The run directory.
    index
        Number of the ensemble, from 0.
    steps
        How many steps are to be stored in all.
    deadline
        Seconds since the epoch at which to stop, with what is complete.

    Returns
    -------
    int
        How many steps are stored; 0 where the deadline came during the annealing.
    """
    run = Path(folder)
    configuration = RunConfiguration.read(run)
    posterior = configuration.posterior()
    chain = ChainFile(chain_path(run, index))
    if not chain.initialized:
        population, random = _annealed(run, index, configuration, posterior, deadline)
        if population.temperature != COLD:
            return 0
        chain.create(
            configuration.walkers, posterior.dimension, FIRST_TERM + len(posterior.term_names), chain_identity(configuration, index)
        )
        chain.write_population(population)
        log_prob = log_density(population.parts, COLD, posterior.likelihood.signals)
        state = State(population.positions, log_prob=log_prob, blobs=population.parts, random_state=random.get_state())
    else:
        chain.check_identity(chain_identity(configuration, index))
        random = np.random.RandomState()
        state = chain.read_last()
    return _sample(run, index, configuration, posterior, chain, state, random, steps, deadline)


def _must_stop(deadline: float | None) -> bool:
    """Tell whether the time is over, or the process that started this one is gone, so that nobody waits for the result."""
    parent = multiprocessing.parent_process()
    orphaned = parent is not None and not parent.is_alive()
    return orphaned or (deadline is not None and time.time() >= deadline)


def _seeds(configuration: RunConfiguration, index: int) -> tuple[np.random.SeedSequence, np.random.SeedSequence]:
    """Seeds of an ensemble's prior draws and of its moves."""
    first, second = np.random.SeedSequence(configuration.seed).spawn(configuration.ensembles)[index].spawn(2)
    return first, second


def _annealed(
    run: Path, index: int, configuration: RunConfiguration, posterior: Posterior, deadline: float | None
) -> tuple[Population, np.random.RandomState]:
    first, second = _seeds(configuration, index)
    random = np.random.RandomState(np.random.MT19937(second))
    positions = posterior.prior.sample(configuration.walkers, np.random.Generator(np.random.PCG64(first)))
    sweeps = configuration.sampling.sweeps
    status = EnsembleStatus(index, "bounds", 0, 0.0, 0.0, 0, 0, sweeps, 0.0, 0.0)
    write_heartbeat(run, status)

    def beat(temperature: Temperature, sweep: int) -> bool:
        write_heartbeat(run, replace(status, stage=temperature.stage, penalty=temperature.penalty, power=temperature.power, sweep=sweep))
        return not _must_stop(deadline)

    start = Population(positions, posterior.evaluate(positions), HOT, 0.0, ())
    population = start
    moves, signals = default_moves(posterior), posterior.likelihood.signals
    for population in anneal(start, posterior.evaluate, moves, signals, lambda _: sweeps, random, beat=beat):
        temperature = population.temperature
        status = replace(
            status,
            stage=temperature.stage,
            rung=len(population.ladder),
            penalty=temperature.penalty,
            power=temperature.power,
            sweep=sweeps,
            acceptance=population.ladder[-1][2],
            log_evidence=population.log_evidence,
        )
        write_heartbeat(run, status)
    return population, random


def _sample(
    run: Path,
    index: int,
    configuration: RunConfiguration,
    posterior: Posterior,
    chain: ChainFile,
    state: State,
    random: np.random.RandomState,
    steps: int,
    deadline: float | None,
) -> int:
    settings = configuration.sampling
    done = chain.iteration
    moves = default_moves(posterior)
    signals = posterior.likelihood.signals
    sampler = ArraySampler(
        settings.walkers, posterior.dimension, posterior.evaluate, lambda parts: log_density(parts, COLD, signals), moves, random, chain
    )
    status = EnsembleStatus(
        index, "sampling", len(chain.read_ladder()), float("inf"), 1.0, done, 0, settings.thin, 0.0, chain.read_log_evidence()
    )
    write_heartbeat(run, status)
    flushed, acceptance = time.time(), 0.0
    remaining = max(steps - done, 0)
    if remaining:
        for _ in sampler.sample(state, iterations=remaining, thin_by=settings.thin, skip_initial_state_check=True):
            done += 1
            now = time.time()
            if now - flushed > _SECONDS_BETWEEN_FLUSHES:
                chain.flush()
                flushed = now
            acceptance = sum(m.accepted for m, _ in moves) / max(sum(m.proposed for m, _ in moves), 1)
            write_heartbeat(run, replace(status, steps=done, acceptance=acceptance))
            if _must_stop(deadline):
                break
    chain.flush()
    write_heartbeat(run, replace(status, stage="done", steps=done, acceptance=acceptance))
    return done
