"""The work on one population: annealed from the prior, then sampled at the posterior. One task at a time owns its files."""

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
from numpy.typing import NDArray

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.model import Model
from lqbayes.posterior import Posterior
from lqbayes.running.session import DriverWatch
from lqbayes.running.signals import asked_to_stop, task
from lqbayes.running.status import EnsembleStatus, Stage, write_heartbeat
from lqbayes.sampling.annealing import anneal, log_density, sweeps_by_rung
from lqbayes.sampling.impossible import ImpossibleTargetError
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.population import POSTERIOR, PRIOR, Population, Rung
from lqbayes.sampling.sampler import ArraySampler
from lqbayes.storage.configuration import RunConfiguration, current_versions, version_differences
from lqbayes.storage.population_file import (
    Origin,
    PopulationFile,
    RandomState,
    Snapshot,
    checkpoint_path,
    no_steps,
    population_path,
    write_population,
)

_SECONDS_BETWEEN_CHECKPOINTS = 5.0
_SHARE_OF_CHECKPOINTS = 0.05  # of the time, where a population has stored so much that writing it takes long
_SECONDS_BETWEEN_HEARTBEATS = 1.0
_MOST_NAMED = 4
# A process whose starter was killed notices after some sweeps, and then leaves the files to the next one.
_SECONDS_FOR_AN_ORPHAN = 120.0


def run_population(
    folder: str,
    ensemble: int,
    population: int,
    steps: int,
    deadline: float | None,
    report_status: Callable[[], None] | None = None,
    token: str | None = None,
    versions: Mapping[str, str] | None = None,
    model_file: tuple[str, str] | None = None,
) -> None:
    """Bring a population to a number of stored steps, from wherever its files end; less far where the time is over before."""
    run = Path(folder)
    if versions is not None:
        differing = version_differences(current_versions(), versions, "there", "here")  # as the session sees it
        if differing:
            raise RunError(f"a worker on {platform.node()}: its packages differ ({differing}); install the same ones everywhere")
    driver = None if token is None else DriverWatch(run, token)
    with task(), _owned(population_path(run, ensemble, population)):
        configuration = RunConfiguration.read(run, *(() if model_file is None else [Model.of_file(*model_file)]))
        posterior = configuration.posterior()
        origin = configuration.origin(posterior, ensemble, population)
        reporter = report_status or (lambda: None)
        _Task(run, ensemble, population, configuration, posterior, origin, steps, deadline, reporter, driver).work()


@contextmanager
def _owned(path: Path) -> Iterator[None]:
    """Keep every other process off a population's files; the lock dies with this process."""
    if path.parent.is_symlink():  # it may lead into a folder of somebody else's
        raise RunError(f"{path.parent}: is a link, which lqbayes never makes; remove it, then `lqbayes resume {path.parent.parent}`")
    path.parent.mkdir(exist_ok=True)
    lock = FileLock(path.with_suffix(".lock"))
    try:
        lock.acquire(timeout=_SECONDS_FOR_AN_ORPHAN)
    except Timeout:
        what = f"another process still works on {path.parent.name}/{path.stem}"
        raise RunError(f"{path.parent.parent}: {what}; end it, then `lqbayes resume {path.parent.parent}`") from None
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True, slots=True)
class _Task:
    """One population on its way."""

    run: Path
    ensemble: int
    number: int
    configuration: RunConfiguration
    posterior: Posterior
    origin: Origin
    wanted: int
    deadline: float | None
    report_status: Callable[[], None]
    driver: DriverWatch | None

    def work(self) -> None:
        """Go on from the files, and leave either the population's file or a checkpoint."""
        path, checkpoint = (place(self.run, self.ensemble, self.number) for place in (population_path, checkpoint_path))
        stored = PopulationFile(path, self.origin) if path.exists() else None
        if stored is None or stored.iteration < self.wanted:
            now = self._start(stored, checkpoint)
            random = np.random.RandomState()
            random.set_state(now.random_state)
            population = self._annealed(now, random)
            if population.rung != POSTERIOR:
                return
            now = self._sampled(replace(now, population=population, random_state=_state_of(random)), random)
            # Where the time is over, a first population that has fewer steps than it was to have makes a run that can be read.
            in_time = self.deadline is None or time.time() < self.deadline
            if now.steps.iteration < self.wanted and (in_time or self.number or not now.steps.iteration):
                return
            write_population(path, self.origin.identity, now)
            stored = PopulationFile(path, self.origin)
        checkpoint.unlink(missing_ok=True)
        acceptance = stored.ladder[-1][2]
        done = self._status("done", rung=len(stored.ladder), penalty=math.inf, beta=1.0, steps=stored.iteration, acceptance=acceptance)
        self._report(replace(done, log_evidence=stored.log_evidence))
        path.with_suffix(".lock").unlink(missing_ok=True)  # who waits for it, or makes another one, finds that there is nothing to do

    def _must_stop(self) -> bool:
        """Whether the time is over, or the session that started this one is gone, so that nobody waits for the result."""
        if self.driver is not None:
            orphaned = self.driver.gone()
        else:
            parent = multiprocessing.parent_process()
            orphaned = parent is not None and not parent.is_alive()
        return orphaned or asked_to_stop() or (self.deadline is not None and time.time() >= self.deadline)

    def _report(self, status: EnsembleStatus) -> None:
        write_heartbeat(self.run, status)
        self.report_status()

    def _status(self, stage: Stage, **more: float) -> EnsembleStatus:
        status = EnsembleStatus(self.ensemble, stage, population=self.number, process=os.getpid())
        return replace(status, **more)  # type: ignore[arg-type]

    def _start(self, stored: PopulationFile | None, checkpoint: Path) -> Snapshot:
        """Take the population from where it has come furthest: its checkpoint, a file of fewer steps, or the prior."""
        if checkpoint.exists():
            found = PopulationFile(checkpoint, self.origin, checkpoint=True)
            if stored is None or found.iteration > stored.iteration:
                return self._evaluated(found.snapshot())
        if stored is not None:
            return stored.snapshot()
        # Seeds of each population of each ensemble: they do not depend on how often and when the run was interrupted.
        seeds = np.random.SeedSequence(self.configuration.seed, spawn_key=(self.ensemble, self.number))
        first, second = seeds.spawn(2)
        positions = self.posterior.prior.sample(self.origin.walkers, np.random.Generator(np.random.PCG64(first)))
        state = _state_of(np.random.RandomState(np.random.MT19937(second)))
        return self._evaluated(Snapshot(Population(positions, positions, PRIOR, 0.0, ()), no_steps(*positions.shape), state))

    def _evaluated(self, snapshot: Snapshot) -> Snapshot:
        if snapshot.steps.iteration:
            return snapshot
        population = snapshot.population
        return replace(snapshot, population=replace(population, evaluated=self.posterior.evaluate(population.positions)))

    def _annealed(self, start: Snapshot, random: np.random.RandomState) -> Population:
        """Lead a population to the posterior, from its last complete rung; only so far where the time is over before."""
        if start.population.rung == POSTERIOR or self._must_stop():
            return start.population
        sweeps = sweeps_by_rung(self.configuration.sampling.sweeps_per_rung)
        status = _at_rung(self._status("bounds"), start.population)
        self._report(status)
        reported = time.time()

        def heartbeat(rung: Rung, sweep: int) -> bool:
            nonlocal reported
            if time.time() - reported >= _SECONDS_BETWEEN_HEARTBEATS:
                reported = time.time()
                self._report(replace(status, stage=rung.stage, penalty=rung.penalty, beta=rung.beta, sweep=sweep, sweeps=sweeps(rung)))
            return not self._must_stop()

        population = start.population
        moves, signals = moves_of(self.posterior), self.posterior.likelihood.signals
        try:
            for population in anneal(start.population, self.posterior.evaluate, moves, signals, sweeps, random, heartbeat=heartbeat):
                self._checkpoint(Snapshot(population, start.steps, _state_of(random)))
                done = sweeps(population.rung)
                status = _at_rung(replace(status, sweep=done, sweeps=done), population)
                self._report(status)
        except ImpossibleTargetError as error:
            raise self._named(error) from None
        return population

    def _named(self, error: ImpossibleTargetError) -> ArgumentError:
        """Say what no walker meets."""
        likelihood, prior = self.posterior.likelihood.settings, self.posterior.prior.settings
        unmet = [likelihood.measurements[column] for column in error.columns[:_MOST_NAMED]]
        texts = [f"{m.name} ({', '.join(map(' '.join, zip(m.observables, m.texts(), strict=True)))})" for m in unmet]
        more = len(error.columns) - len(unmet)
        terms = "; ".join(texts + [f"and {more} more"] * (more > 0))
        return ArgumentError(
            f"{self.run}: no walker meets {terms}, nor comes nearer, {error.when}: nothing within the prior '{prior.name}' seems to meet "
            f"this, or the model has no value there; mend it in the likelihood '{likelihood.name}', or the ranges of the prior"
        )

    def _sampled(self, start: Snapshot, random: np.random.RandomState) -> Snapshot:
        """Sample at the posterior until so many steps are stored; where it has to stop before, they are in a checkpoint."""
        population, steps = start.population, start.steps
        signals = self.posterior.likelihood.signals

        def combine(columns: NDArray[np.float64]) -> NDArray[np.float64]:
            return log_density(columns, POSTERIOR, signals)

        log_prob = steps.log_prob[-1] if steps.iteration else combine(population.evaluated)
        # emcee moves walkers in place.
        state = State(population.positions, log_prob=log_prob, blobs=population.evaluated, random_state=start.random_state, copy=True)
        moves = moves_of(self.posterior)
        walkers, dimension = population.positions.shape
        sampler = ArraySampler(walkers, dimension, self.posterior.evaluate, combine, moves, random, steps, population.split)
        status = replace(_at_rung(self._status("sampling", steps=steps.iteration), population), stage="sampling")
        self._report(status)
        written, pause = time.time(), _SECONDS_BETWEEN_CHECKPOINTS
        # A session may ask for fewer steps than the last one had stored.
        thin, more = self.configuration.sampling.thin, max(self.wanted - steps.iteration, 0)
        for _ in () if self._must_stop() else sampler.sample(state, iterations=more, thin_by=thin, skip_initial_state_check=True):
            acceptance = sum(m.accepted for m, _ in moves) / max(sum(m.proposed for m, _ in moves), 1)
            self._report(replace(status, steps=steps.iteration, acceptance=acceptance))
            stop = self._must_stop()
            if steps.iteration < self.wanted and (stop or time.time() - written > pause):
                began = time.time()
                self._checkpoint(replace(start, random_state=steps.random_state))
                written = time.time()
                pause = max(pause, (written - began) / _SHARE_OF_CHECKPOINTS)
            if stop:
                break
        return replace(start, random_state=steps.random_state) if steps.iteration else start

    def _checkpoint(self, snapshot: Snapshot) -> None:
        write_population(checkpoint_path(self.run, self.ensemble, self.number), self.origin.identity, snapshot)


def _state_of(random: np.random.RandomState) -> RandomState:
    return tuple(random.get_state(legacy=True))


def _at_rung(status: EnsembleStatus, population: Population) -> EnsembleStatus:
    """Say where a population stands between two rungs."""
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
