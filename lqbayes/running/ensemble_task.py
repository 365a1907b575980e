"""The work on one ensemble: populations, each annealed and then sampled for a block of steps. One task at a time owns its files."""

from __future__ import annotations

import math
import multiprocessing
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from emcee.state import State
from filelock import FileLock, Timeout

from lqbayes.input.errors import RunError
from lqbayes.posterior import Evaluation, Posterior
from lqbayes.processes import asked_to_stop, task
from lqbayes.running.driver import DriverWatch
from lqbayes.running.heartbeat import read_heartbeat, write_heartbeat
from lqbayes.running.status import EnsembleStatus
from lqbayes.sampling.annealing import anneal, log_density
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.population import POSTERIOR, PRIOR, Population, Rung
from lqbayes.sampling.sampler import ArraySampler
from lqbayes.storage.chain_file import ChainFile
from lqbayes.storage.chains_of_run import chain_identity, chain_path
from lqbayes.storage.checkpoint import checkpoint_path, read_checkpoint, write_checkpoint
from lqbayes.storage.configuration import RunConfiguration, current_versions

_SECONDS_BETWEEN_FLUSHES = 5.0
_SECONDS_BETWEEN_WORDS = 1.0
# A process whose starter was killed notices after some sweeps, and then leaves the files to the next one.
_SECONDS_FOR_AN_ORPHAN = 120.0


def continue_ensemble(
    folder: str,
    index: int,
    steps: int,
    deadline: float | None,
    beat: Callable[[], None] | None = None,
    token: str | None = None,
    versions: Mapping[str, str] | None = None,
) -> int:
    """Bring an ensemble to a number of stored steps, from wherever its files end."""
    run = Path(folder)
    if versions is not None:
        _check_versions(versions)
    driver = None if token is None else DriverWatch(run, token)
    with task(), _owned(run, index):
        configuration = RunConfiguration.read(run)
        return _Ensemble(run, index, configuration, configuration.posterior(), deadline, beat or (lambda: None), driver).advance(steps)


def _check_versions(there: Mapping[str, str]) -> None:
    here = current_versions()
    other = [
        f"{name} {here.get(name)} there, {there.get(name)} here" for name in sorted({*here, *there}) if here.get(name) != there.get(name)
    ]
    if other:
        raise RunError(f"a worker on {platform.node()}: its packages differ ({'; '.join(other)}); install the same ones everywhere")


@contextmanager
def _owned(run: Path, index: int) -> Iterator[None]:
    """Keep every other process off an ensemble's files; the lock dies with this process."""
    lock = FileLock(run / f"ensemble-{index + 1}.lock")
    try:
        lock.acquire(timeout=_SECONDS_FOR_AN_ORPHAN)
    except Timeout:
        raise RunError(f"{run}: another process still works on ensemble {index + 1}; end it, then `lqbayes resume {run}`") from None
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True, slots=True)
class _Ensemble:
    """One ensemble on its way."""

    run: Path
    index: int
    configuration: RunConfiguration
    posterior: Posterior
    deadline: float | None
    beat: Callable[[], None]
    driver: DriverWatch | None

    @property
    def chain(self) -> ChainFile:
        return ChainFile(chain_path(self.run, self.index))

    @property
    def identity(self) -> str:
        return chain_identity(self.configuration, self.index)

    def advance(self, steps: int) -> int:
        """Anneal and sample one population after the other, until the steps are stored or the time is over."""
        block = self.configuration.sampling.block
        chain = self.chain
        done = 0
        if chain.initialized:
            chain.check_identity(self.identity)
            chain.check_layout(self.configuration.walkers, self.posterior.dimension, Evaluation.width(len(self.posterior.term_names)))
            done = chain.iteration
            chain.make_room(steps, -(-steps // block))
        random = np.random.RandomState()
        while done < steps and not self._must_stop():
            number = done // block
            if done % block == 0:
                population = self._annealed(number, random)
                if population.rung != POSTERIOR:
                    return done
                state = self._begun(chain, number, population, random, steps)
            else:
                state = chain.read_last()
            done = self._sample(chain, number, state, random, min(steps, (number + 1) * block))
        if done >= steps:
            checkpoint_path(self.run, self.index).unlink(missing_ok=True)
            last = read_heartbeat(self.run, self.index) or self._status("done", (done - 1) // block)
            self._tell(replace(last, stage="done", steps=done))
        return done

    def _must_stop(self) -> bool:
        """Tell whether the time is over, or the session that started this one is gone, so that nobody waits for the result."""
        if self.driver is not None:
            orphaned = self.driver.gone()
        else:
            parent = multiprocessing.parent_process()
            orphaned = parent is not None and not parent.is_alive()
        return orphaned or asked_to_stop() or (self.deadline is not None and time.time() >= self.deadline)

    def _tell(self, status: EnsembleStatus) -> None:
        write_heartbeat(self.run, status)
        self.beat()

    def _status(self, stage: str, population: int, **more: float) -> EnsembleStatus:
        status = EnsembleStatus(self.index, stage, population=population, process=os.getpid())
        return replace(status, **more)  # type: ignore[arg-type]

    def _annealed(self, number: int, random: np.random.RandomState) -> Population:
        """Lead a population to the posterior, from its last complete rung; only so far where the time is over before."""
        sweeps = self.configuration.sampling.sweeps
        start = self._start(number, random)
        status = _at_rung(self._status("bounds", number, sweeps=sweeps, steps=number * self.configuration.sampling.block), start)
        self._tell(status)

        told = time.time()

        def beat(rung: Rung, sweep: int) -> bool:
            nonlocal told
            if time.time() - told >= _SECONDS_BETWEEN_WORDS:
                told = time.time()
                self._tell(replace(status, stage=rung.stage, penalty=rung.penalty, beta=rung.beta, sweep=sweep))
            return not self._must_stop()

        population = start
        moves, signals = moves_of(self.posterior), self.posterior.likelihood.signals
        for population in anneal(start, self.posterior.evaluate, moves, signals, lambda _: sweeps, random, heartbeat=beat):
            write_checkpoint(checkpoint_path(self.run, self.index), self.identity, number, population, random)
            status = _at_rung(replace(status, sweep=sweeps), population)
            self._tell(status)
        return population

    def _start(self, number: int, random: np.random.RandomState) -> Population:
        """Take a population from its checkpoint, else from the prior; sets the random generator."""
        shape = (self.configuration.walkers, self.posterior.dimension)
        checkpoint = read_checkpoint(checkpoint_path(self.run, self.index), self.identity, shape)
        if checkpoint is not None and checkpoint.number == number:
            random.set_state(checkpoint.random_state)
            return replace(checkpoint.population, evaluated=self.posterior.evaluate(checkpoint.population.positions))
        # Seeds of each population of each ensemble: they do not depend on how often and when the run was interrupted.
        seeds = np.random.SeedSequence(self.configuration.seed, spawn_key=(self.index, number))
        first, second = seeds.spawn(2)
        random.set_state(np.random.RandomState(np.random.MT19937(second)).get_state())
        positions = self.posterior.prior.sample(self.configuration.walkers, np.random.Generator(np.random.PCG64(first)))
        return Population(positions, self.posterior.evaluate(positions), PRIOR, 0.0, ())

    def _begun(self, chain: ChainFile, number: int, population: Population, random: np.random.RandomState, steps: int) -> State:
        """Give a population its place in the chain file, which the first one makes."""
        if not chain.initialized:
            room = (steps, -(-steps // self.configuration.sampling.block))
            parts = Evaluation.width(len(self.posterior.term_names))
            chain.create(self.configuration.walkers, self.posterior.dimension, parts, self.identity, room)
        chain.expect(self.identity, number * self.configuration.sampling.block)
        chain.write_population(number, population)
        log_prob = log_density(population.evaluated, POSTERIOR, self.posterior.likelihood.signals)
        # emcee moves walkers in place.
        return State(population.positions, log_prob=log_prob, blobs=population.evaluated, random_state=random.get_state(), copy=True)

    def _sample(self, chain: ChainFile, number: int, state: State, random: np.random.RandomState, steps: int) -> int:
        """Sample at the posterior until the file holds so many steps."""
        settings = self.configuration.sampling
        done = chain.iteration
        chain.expect(self.identity, done)
        moves = moves_of(self.posterior)
        signals = self.posterior.likelihood.signals
        sampler = ArraySampler(
            settings.walkers,
            self.posterior.dimension,
            self.posterior.evaluate,
            lambda parts: log_density(parts, POSTERIOR, signals),
            moves,
            random,
            chain,
        )
        ladder = chain.read_ladder(number)
        status = self._status(
            "sampling", number, rung=len(ladder), penalty=math.inf, beta=1.0, log_evidence=chain.read_log_evidence(number), steps=done
        )
        self._tell(status)
        flushed = time.time()
        try:
            for _ in sampler.sample(state, iterations=steps - done, thin_by=settings.thin, skip_initial_state_check=True):
                done += 1
                acceptance = sum(m.accepted for m, _ in moves) / max(sum(m.proposed for m, _ in moves), 1)
                if time.time() - flushed > _SECONDS_BETWEEN_FLUSHES:
                    chain.flush()
                    flushed = time.time()
                self._tell(replace(status, steps=done, acceptance=acceptance))
                if self._must_stop():
                    break
        finally:  # after Ctrl-C too
            chain.flush()
        return done


def _at_rung(status: EnsembleStatus, population: Population) -> EnsembleStatus:
    """Tell where a population stands between two rungs."""
    rung = population.rung
    return replace(
        status,
        stage=rung.stage,
        rung=len(population.ladder),
        penalty=rung.penalty,
        beta=rung.beta,
        log_evidence=population.log_evidence,
        acceptance=population.ladder[-1][2] if population.ladder else 0.0,
    )
