"""A session of a run: rounds of more populations in every ensemble, each judged, until all quantities meet their targets."""

import math
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lqbayes.input.errors import LqbayesError, RunError, TimeOverError
from lqbayes.posterior import Posterior
from lqbayes.running.audit_of_run import audit_at_end, search_modes
from lqbayes.running.cores import available_cores
from lqbayes.running.engine import Engine
from lqbayes.running.session import Session, write_session
from lqbayes.running.signals import interrupts_unwrapped
from lqbayes.running.status import EnsembleStatus, History, RunStatus, remove_heartbeats, write_status
from lqbayes.running.status_of_run import finite, needed_growth, status_of_ensemble, status_with_diagnosis, time_left
from lqbayes.running.warm_up import warm_up, warm_up_side_by_side
from lqbayes.running.workers import SECONDS_BETWEEN_REPORTS, Task, Workplace, advance, deaths_named
from lqbayes.sampling.convergence import Convergence
from lqbayes.sampling.mode_audit import ModeAudit
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.run import Run
from lqbayes.storage.stored_draws import StoredDraws, stored_steps

_SECONDS_BETWEEN_CLOCKS = 30.0  # machines of a cluster need not agree on when a deadline is
_MOST_GROWTH = 2  # of the steps, from one judgement to the next
_NO_WORKERS = "waiting: the cluster has no workers; start some, and their tasks begin"
_TIME_OVER = "the time was over before every ensemble reached the posterior"


@dataclass(slots=True)
class SamplingSession:
    """A session of a run: what it was asked for, and what it says about itself; the caller holds the lock of the run."""

    folder: Path
    configuration: RunConfiguration
    session: Session
    deadline: float | None  # seconds since the epoch, as `started`
    engine: Engine
    started: float
    before: float  # seconds of work in the sessions before
    history: History
    report_status: Callable[[RunStatus], None]  # called about twice a second
    _posterior: Posterior = field(init=False)
    _convergence: Convergence | None = field(default=None, init=False)
    _stored: list[int] = field(init=False)  # complete steps of each ensemble, as they were when somebody last looked
    _reported: float = field(default=0.0, init=False)
    _in_vain: tuple[Run, float, Future[ModeAudit]] | None = field(default=None, init=False)  # a search, after which the run went on

    def __post_init__(self) -> None:
        self._posterior = self.configuration.posterior()
        self._stored = stored_steps(self.folder, self.configuration)

    def run(self) -> Run:
        """Go on until the targets are met or the bounds reached."""
        self._report("compiling: some seconds after an installation, a moment later on")
        try:
            with interrupts_unwrapped():
                with self.engine.start(self.folder, self._processes()) as workplace:
                    if workplace.pool is None:
                        warm_up(self._posterior)
                    else:
                        with deaths_named(self.folder):
                            warm_up_side_by_side(workplace.pool, self.folder, self._posterior)
                    run = self._until_converged(workplace)
        except (KeyboardInterrupt, SystemExit) as error:
            what = "interrupted" if isinstance(error, KeyboardInterrupt) else "terminated"
            self._report(f"{what}; `lqbayes resume` goes on", "ended")
            raise
        except TimeOverError:
            self._report(f"{_TIME_OVER}; `lqbayes resume` goes on", "ended")
            remove_heartbeats(self.folder)
            raise
        except BaseException as error:
            with suppress(OSError):  # perhaps the error itself: what counts is the first one
                self._report(f"ended by an error: {error}", "ended")
            raise
        remove_heartbeats(self.folder)
        return run

    def _processes(self) -> int:
        """Processes of this machine: no more than populations that may ever be there."""
        settings, bound = self.configuration.sampling, self.session.max_steps
        populations = math.inf if bound is None else settings.ensembles * -(-bound // settings.steps_per_population)
        return int(min(self.engine.workers or available_cores(), populations))

    def _tasks(self) -> list[Task]:
        """Populations that lack steps, the first one of every ensemble before the second one of any: only whole rows of them are judged."""
        size, target = self.configuration.sampling.steps_per_population, self.session.target
        numbers = range(-(-target // size))
        wanted = [Task(e, p, min(target - p * size, size)) for p in numbers for e in range(len(self._stored))]
        return [task for task in wanted if self._stored[task.ensemble] < task.population * size + task.steps]

    def _until_converged(self, workplace: Workplace) -> Run:
        while True:
            # On disk before the round begins: a run that is killed in it goes on to the same number of steps before it is judged.
            write_session(self.folder, self.session)
            tasks = self._tasks()
            if tasks:
                report, file = (lambda: self._report_now_and_then(workplace)), self.configuration.model.source.file
                advance(self.folder, tasks, self.deadline, workplace, report, file)
                self._stored = stored_steps(self.folder, self.configuration)
            short = bool(self._tasks())
            if short and (self.deadline is None or time.time() < self.deadline - _SECONDS_BETWEEN_CLOCKS):
                what = "tasks came back before they had all their steps, with time left; all machines must see the same files there"
                raise RunError(f"{self.folder}: {what}; what was stored is kept: `lqbayes resume {self.folder}` goes on")
            if min(self._stored) == 0:
                raise TimeOverError(f"{self.folder}: NOT CONVERGED: {_TIME_OVER}; `lqbayes resume {self.folder}` goes on where it ended")
            run = Run.open(self.folder, self.configuration.model)
            at_bound = self.session.max_steps is not None and run.steps >= self.session.max_steps
            with deaths_named(self.folder):
                self._end_search_in_vain()
                search = self._begin_search(run, workplace) if at_bound or self._expected_to_be_last() else None
                self._report("judging convergence" + (" and searching for missed modes" if search else ""))
                self._judge(run, workplace.mapped)
            late = self.deadline is not None and (short or time.time() >= self.deadline)
            enough = run.convergence().targets_met and not self.session.even_if_converged and not short
            if late or at_bound or enough:
                self._audit(run, late and not enough, search)
                self._report(_end(run.convergence()), "ended")
                return run
            if search is not None:
                self._in_vain = run, self.session.audit, search
            self.session = replace(self.session, steps_of_round=self._next_round(run))

    def _expected_to_be_last(self) -> bool:
        """Whether a round was made as long as convergence needed, by the judgement before; of the first one it is not known."""
        return self._convergence is None or needed_growth(self._convergence) <= _MOST_GROWTH

    def _begin_search(self, run: Run, workplace: Workplace) -> Future[ModeAudit] | None:
        """Search for missed modes beside the judgement, where there are processes, and no deadline that a search might miss."""
        if workplace.pool is None or self.deadline is not None or self.session.audit == 0 or run.audit is not None:
            return None
        return workplace.pool.submit(search_modes, str(self.folder), self.session.audit, self.configuration.model.source.file)

    def _end_search_in_vain(self) -> None:
        """Write down what a search beside the last judgement has found: what it took counts. Its draws are not kept beside the new ones."""
        if self._in_vain is not None:
            audit_at_end(*self._in_vain)
            self._in_vain = None

    def _judge(self, run: Run, mapped: Callable[..., Iterable[Any]] | None) -> None:
        self._convergence = convergence = run.convergence(mapped=mapped)
        lowest, elapsed = convergence.lowest_ess, self.before + time.time() - self.started
        ratio = lowest.ess / lowest.ess_target if lowest.ess_target > 0 else math.nan
        if self.history and self.history[-1][1] == run.steps:  # judged before, perhaps with other targets
            elapsed = self.history[-1][0]
            self.history = self.history[:-1]
        self.history = (*self.history, (elapsed, run.steps, finite(convergence.worst.rhat), finite(ratio)))

    def _audit(self, run: Run, late: bool, search: Future[ModeAudit] | None) -> None:
        """Look for missed modes before the verdict, unless nobody waits for one."""
        if self.session.audit > 0 and not late:
            self._report("searching for missed modes")
            with deaths_named(self.folder):
                audit_at_end(run, self.session.audit, search)
            self._convergence = run.convergence()

    def _next_round(self, run: Run) -> int:
        """Choose the steps after which convergence can be expected: at least one more population, at most twice as many."""
        size = self.configuration.sampling.steps_per_population
        if self.session.even_if_converged and self.session.max_steps is not None:
            return self.session.max_steps
        done, growth = max(run.steps // size, 1), needed_growth(run.convergence())
        wanted = _MOST_GROWTH * done if math.isnan(growth) else math.ceil(done * min(growth, _MOST_GROWTH))
        return max(wanted, run.steps // size + 1) * size

    def _report_now_and_then(self, workplace: Workplace) -> None:
        if time.time() - self._reported >= SECONDS_BETWEEN_REPORTS:
            self._report("sampling" if workplace.count_workers() else _NO_WORKERS)

    def _report(self, message: str, stage: str = "running") -> None:
        now, size = time.time(), self.configuration.sampling.steps_per_population
        ensembles = tuple(status_of_ensemble(self.folder, index, steps, size) for index, steps in enumerate(self._stored))
        if stage == "ended":  # what is in the files counts, whatever the populations said last
            with suppress(LqbayesError, OSError):
                ensembles = self._with_steps_in_files(ensembles)
        elapsed = self.before + now - self.started
        judged = self.history[-1][1] if self.history else 0
        left = 0.0 if stage == "ended" else time_left(ensembles, self._convergence, judged, elapsed, size, self.session)
        if left is not None and self.deadline is not None:
            left = min(left, max(self.deadline - now, 0.0))
        name = self.folder.resolve().name
        status = RunStatus(name, self.started, now, elapsed, left, stage, ensembles, message=message, history=self.history)
        status = status_with_diagnosis(status, self._convergence)
        write_status(self.folder, status)
        self._reported = time.time()
        self.report_status(status)

    def _with_steps_in_files(self, ensembles: tuple[EnsembleStatus, ...]) -> tuple[EnsembleStatus, ...]:
        stored, size = StoredDraws(self.folder, self.configuration, self._posterior), self.configuration.sampling.steps_per_population
        found = []
        for status, steps in zip(ensembles, stored.counts, strict=True):
            # Of a later population, those in its checkpoint count here only.
            begun = stored.begun(status.index, steps // size) if steps >= size else None
            found.append(replace(status, steps=steps + (begun.iteration if begun is not None else 0)))
        return tuple(found)


def _end(convergence: Convergence) -> str:
    """Say how a session has ended."""
    if convergence.audit is not None and convergence.audit.missed:
        return str(convergence.audit)
    return "converged" if convergence.converged else "not converged: the run's bounds are reached"
