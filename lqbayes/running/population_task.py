"""The work on one population: annealed from the prior or from another run, then sampled at the posterior; one task owns its files."""

import math
import multiprocessing
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.model import Model
from lqbayes.posterior import Evaluation, Posterior
from lqbayes.running.session import DriverWatch
from lqbayes.running.signals import asked_to_stop, task
from lqbayes.running.source_run import bridge_of, start_of
from lqbayes.running.status import EnsembleStatus, Stage, write_heartbeat
from lqbayes.sampling.annealing import anneal, log_density
from lqbayes.sampling.bridge import Bridge
from lqbayes.sampling.emcee_parts import State
from lqbayes.sampling.impossible import ImpossibleTargetError
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.population import POSTERIOR, PRIOR, Population, Rung
from lqbayes.sampling.sampler import ArraySampler
from lqbayes.storage.configuration import FILE_NAME, RunConfiguration, current_versions, version_differences
from lqbayes.storage.population_file import (
    Origin,
    PopulationFile,
    RandomState,
    Snapshot,
    checkpoint_path,
    no_steps,
    population_path,
    remove_traces,
    write_population,
)

_SECONDS_BETWEEN_CHECKPOINTS = 5.0
_SHARE_OF_CHECKPOINTS = 0.05  # of the time, where writing one takes long beside what it saves
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
    in_turns: bool = False,
    report_status: Callable[[], None] | None = None,
    token: str | None = None,
    versions: Mapping[str, str] | None = None,
    model_file: tuple[str, str] | None = None,
) -> int | None:
    """Bring a population to a number of stored steps, from wherever its files end; less far where the time is over before.

    In turns only by one rung or step: then the rungs and steps that it has, where there is more to do.
    """
    run = Path(folder)
    if versions is not None:
        differing = version_differences(current_versions(), versions, "there", "here")  # as the session sees it
        if differing:
            raise RunError(f"a worker on {platform.node()}: its packages differ ({differing}); install the same ones everywhere")
    driver = None if token is None else DriverWatch(run, token)
    stop = partial(_must_stop, deadline, driver)
    # A cluster may give a task to a second worker while the first one, out of its sight for a while, still works on it.
    patience = _SECONDS_FOR_AN_ORPHAN if driver is None else math.inf
    with task(), _owned(population_path(run, ensemble, population), patience, stop) as owned:
        if not owned:
            return None
        configuration, posterior, bridge = read_run(run, model_file)
        origin = configuration.origin(posterior, ensemble, population)
        reporter = report_status or (lambda: None)
        return _Task(run, ensemble, population, configuration, posterior, bridge, origin, steps, in_turns, reporter, stop).work()


def read_run(run: Path, model_file: tuple[str, str] | None) -> tuple[RunConfiguration, Posterior, Bridge]:
    """Read what a run samples, once while the contents of its file stay as they are."""
    return _read_run(run, (run / FILE_NAME).read_bytes(), model_file)


@lru_cache(maxsize=1)
def _read_run(run: Path, _contents: bytes, model_file: tuple[str, str] | None) -> tuple[RunConfiguration, Posterior, Bridge]:
    configuration = RunConfiguration.read(run, *(() if model_file is None else [Model.of_file(*model_file)]))
    posterior = configuration.posterior()
    return configuration, posterior, bridge_of(run, configuration, posterior)


def _must_stop(deadline: float | None, driver: DriverWatch | None) -> bool:
    """Whether the time is over, or the session that started this task is gone, so that nobody waits for the result."""
    if driver is not None:
        orphaned = driver.gone()
    else:
        parent = multiprocessing.parent_process()
        orphaned = parent is not None and not parent.is_alive()
    return orphaned or asked_to_stop() or (deadline is not None and time.time() >= deadline)


@contextmanager
def _owned(path: Path, patience: float, stop: Callable[[], bool]) -> Iterator[bool]:
    """Keep every other process off a population's files; the lock dies with this process. False where it had to stop before."""
    if path.parent.is_symlink():  # it may lead into a folder of somebody else's
        raise RunError(f"{path.parent}: is a link, which lqbayes never makes; remove it, then `lqbayes resume {path.parent.parent}`")
    path.parent.mkdir(exist_ok=True)
    lock, until = FileLock(path.with_suffix(".lock")), time.monotonic() + patience
    while not (lock.is_locked or stop()):
        with suppress(Timeout):
            lock.acquire(timeout=min(_SECONDS_BETWEEN_HEARTBEATS, patience))
        if not lock.is_locked and time.monotonic() >= until:
            what = f"another process still works on {path.parent.name}/{path.stem}"
            raise RunError(f"{path.parent.parent}: {what}; end it, then `lqbayes resume {path.parent.parent}`") from None
    try:
        yield lock.is_locked
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
    bridge: Bridge
    origin: Origin
    wanted: int
    in_turns: bool
    report_status: Callable[[], None]
    must_stop: Callable[[], bool]

    def work(self) -> int | None:
        """Go on from the files, and leave the population's file if it has all steps of a population, else a checkpoint."""
        path, checkpoint = (place(self.run, self.ensemble, self.number) for place in (population_path, checkpoint_path))
        if path.exists():
            stored = PopulationFile(path, self.origin)
            ladder, log_evidence, steps = stored.ladder, stored.log_evidence, stored.iteration
        else:
            start = self._start(checkpoint)
            random = np.random.RandomState()
            random.set_state(start.random_state)
            population = self._annealed(start, random)
            ladder, log_evidence = population.ladder, population.log_evidence
            if population.rung != POSTERIOR or (self.in_turns and len(ladder) > len(start.population.ladder)):
                return self._unfinished(len(ladder))
            now = self._sampled(self._evaluated(replace(start, population=population, random_state=_state_of(random))), random)
            steps = now.steps.iteration
            if steps < self.wanted:
                return self._unfinished(len(ladder) + steps)
            if steps >= self._size:  # written once, and never again
                write_population(path, self.origin.identity, now)
        status = self._status("done", rung=len(ladder), penalty=math.inf, beta=1.0, steps=steps, acceptance=ladder[-1][2])
        if path.exists():
            remove_traces(path)  # who waits for the lock, or makes another one, finds that there is nothing to do
        self._report(replace(status, log_evidence=log_evidence))
        return None

    def _unfinished(self, done: int) -> int | None:
        return None if self.must_stop() else done

    @property
    def _size(self) -> int:
        """Steps of a complete population."""
        return self.configuration.sampling.steps_per_population

    def _report(self, status: EnsembleStatus) -> None:
        write_heartbeat(self.run, status)
        self.report_status()

    def _status(self, stage: Stage, **more: float) -> EnsembleStatus:
        status = EnsembleStatus(self.ensemble, stage, population=self.number, process=os.getpid())
        return replace(status, **more)  # type: ignore[arg-type]

    def _start(self, checkpoint: Path) -> Snapshot:
        """Take the population from its checkpoint, from the run that this one is annealed from, or from the prior."""
        if checkpoint.exists():
            return self._evaluated(PopulationFile(checkpoint, self.origin, checkpoint=True).snapshot())
        # Seeds of each population of each ensemble: they do not depend on how often and when the run was interrupted.
        seeds = np.random.SeedSequence(self.configuration.seed, spawn_key=(self.ensemble, self.number))
        first, second, of_annealed = seeds.spawn(3)
        if self.configuration.source is None:
            positions = self.posterior.prior.sample(self.origin.walkers, np.random.Generator(np.random.PCG64(first)))
            population = Population(positions, positions, PRIOR, 0.0, ())
        else:
            second = of_annealed  # the source may have the same seed
            population = start_of(self.run, self.configuration, self.posterior, self.ensemble, self.number)
        state = _state_of(np.random.RandomState(np.random.MT19937(second)))
        start = self._evaluated(Snapshot(population, no_steps(self.origin.walkers, self.posterior.dimension), state))
        if self.configuration.source is None or Evaluation.of(start.population.evaluated).violation.any():
            return start
        # No bounds to be approached, with sweeps at the old posterior.
        return replace(start, population=replace(start.population, rung=Rung(math.inf, 0.0)))

    def _evaluated(self, snapshot: Snapshot) -> Snapshot:
        if snapshot.steps.iteration:
            return snapshot
        population = snapshot.population
        evaluate = self.posterior.evaluate if population.rung == POSTERIOR else self.bridge.evaluate
        return replace(snapshot, population=replace(population, evaluated=evaluate(population.positions)))

    def _annealed(self, start: Snapshot, random: np.random.RandomState) -> Population:
        """Lead a population to the posterior, from the rung of its checkpoint; only so far where the time is over before."""
        if start.population.rung == POSTERIOR or self.must_stop():
            return start.population
        sweeps = self.configuration.sweeps
        status = _at_rung(self._status("bounds"), start.population)
        self._report(status)
        reported = time.time()

        left_out: Snapshot | None = None  # the last rung, where it is not on the disk
        due = 0.0

        def keep(least: float = -math.inf) -> None:
            nonlocal left_out, due
            began = time.monotonic()
            if left_out is not None and began >= least:
                self._checkpoint(left_out)
                left_out, due = None, time.monotonic() + (time.monotonic() - began) / _SHARE_OF_CHECKPOINTS

        def heartbeat(rung: Rung, sweep: int) -> bool:
            nonlocal reported
            keep(due)
            if time.time() - reported >= _SECONDS_BETWEEN_HEARTBEATS:
                reported = time.time()
                self._report(replace(status, stage=rung.stage, penalty=rung.penalty, beta=rung.beta, sweep=sweep, sweeps=sweeps(rung)))
            return not self.must_stop()

        population = start.population
        moves, bridge = moves_of(self.posterior), self.bridge
        try:
            ladder = anneal(
                start.population, bridge.evaluate, moves, bridge.signals, sweeps, random, heartbeat=heartbeat, walkers=self.origin.walkers
            )
            for population in ladder:
                left_out = Snapshot(population, start.steps, _state_of(random))
                keep(-math.inf if population.rung == POSTERIOR or self.in_turns else due)
                done = sweeps(population.rung)
                status = _at_rung(replace(status, sweep=done, sweeps=done), population)
                self._report(status)
                if self.in_turns:
                    break
        except ImpossibleTargetError as error:
            raise self._named(error) from None
        keep()  # where it was stopped within a rung
        return population

    def _named(self, error: ImpossibleTargetError) -> ArgumentError:
        """Say what no walker meets."""
        likelihood, prior = self.posterior.likelihood.settings, self.posterior.prior.settings
        known = [column for column in error.columns if column < len(likelihood.measurements)]
        unmet = [likelihood.measurements[column] for column in known[:_MOST_NAMED]]
        texts = [f"{m.name} ({', '.join(map(' '.join, zip(m.observables, m.texts(), strict=True)))})" for m in unmet]
        more = len(known) - len(unmet)
        terms = "; ".join(texts + [f"and {more} more"] * (more > 0))
        return ArgumentError(
            f"{self.run}: no walker meets {terms}, nor comes nearer, {error.when}: nothing within the prior '{prior.name}' seems to meet "
            f"this, or the model has no value there; mend it in the likelihood '{likelihood.name}', or the ranges of the prior"
        )

    def _sampled(self, start: Snapshot, random: np.random.RandomState) -> Snapshot:
        """Sample at the posterior until so many steps are stored; where it has to stop before, they are in a checkpoint."""
        population, steps = start.population, start.steps
        combine = log_density(POSTERIOR, self.posterior.likelihood.signals)
        log_prob = steps.log_prob[-1] if steps.iteration else combine(population.evaluated)
        # emcee moves walkers in place.
        state = State(population.positions, log_prob=log_prob, blobs=population.evaluated, copy=True)
        moves = moves_of(self.posterior)
        walkers, dimension = population.positions.shape
        sampler = ArraySampler(walkers, dimension, self.posterior.evaluate, combine, moves, random, steps, population.split)
        status = replace(_at_rung(self._status("sampling", steps=steps.iteration), population), stage="sampling")
        self._report(status)
        written, pause = time.time(), _SECONDS_BETWEEN_CHECKPOINTS
        # A session may ask for fewer steps than the last one had stored.
        thin, more = self.configuration.sampling.thin, max(self.wanted - steps.iteration, 0)
        for _ in () if self.must_stop() else sampler.sample(state, iterations=more, thin_by=thin, skip_initial_state_check=True):
            acceptance = sum(m.accepted for m, _ in moves) / max(sum(m.proposed for m, _ in moves), 1)
            self._report(replace(status, steps=steps.iteration, acceptance=acceptance))
            stop = self.must_stop()
            last = stop or self.in_turns or steps.iteration == self.wanted
            if steps.iteration < self._size and (last or time.time() - written > pause):
                began = time.time()
                self._checkpoint(replace(start, random_state=_state_of(random)))
                written = time.time()
                pause = max(pause, (written - began) / _SHARE_OF_CHECKPOINTS)
            if last:
                break
        return replace(start, random_state=_state_of(random))

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
