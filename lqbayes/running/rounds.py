"""Rounds of a run: more populations in every ensemble, then a judgement, until all quantities meet their targets."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from lqbayes.input.errors import LqbayesError, RunError, TimeOverError
from lqbayes.processes import interrupts_unwrapped
from lqbayes.running.engine import Engine, Workplace
from lqbayes.running.heartbeat import remove_heartbeats
from lqbayes.running.session import Session, write_session
from lqbayes.running.status import RunStatus
from lqbayes.running.status_of_run import History, needed_growth, status_of_run
from lqbayes.running.warm_up import warm_up
from lqbayes.running.workers import advance
from lqbayes.sampling.convergence import Convergence
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.chains_of_run import stored_steps
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.run import Run

_SECONDS_BETWEEN_REPORTS = 0.5
_SECONDS_BETWEEN_CLOCKS = 30.0  # machines of a cluster need not agree on when a deadline is
_NO_WORKERS = "waiting: the cluster has no workers; start some, and their tasks begin"


@dataclass(slots=True)
class Rounds:
    """A session of a run: what it was asked for, and what it says about itself.

    Attributes
    ----------
    folder
        The run directory, whose lock the caller holds.
    configuration
        The contents of its run.toml.
    session
        How far the run is to go.
    deadline
        When the session ends at the latest, in seconds since the epoch.
    engine
        Where the work is done.
    started
        When the session began, in seconds since the epoch.
    before
        Seconds of work in the sessions before.
    history
        Diagnoses so far.
    report
        Called about twice a second.
    """

    folder: Path
    configuration: RunConfiguration
    session: Session
    deadline: float | None
    engine: Engine
    started: float
    before: float
    history: History
    report: Callable[[RunStatus], None]
    convergence: Convergence | None = field(default=None, init=False)
    _told: float = field(default=0.0, init=False)

    def until_converged(self) -> Run:
        """Run rounds until the targets are met or the bounds reached."""
        settings = self.configuration.sampling
        self._tell("compiling: half a minute after an installation, a moment later on")
        try:
            with interrupts_unwrapped():
                warm_up(self.configuration.posterior())
                with self.engine.start(self.folder, min(self.engine.workers or os.cpu_count() or 1, settings.ensembles)) as workplace:
                    run = self._rounds(workplace)
        except KeyboardInterrupt:
            self._tell("interrupted; `lqbayes resume` goes on", "ended")
            raise
        except SystemExit:
            self._tell("terminated; `lqbayes resume` goes on", "ended")
            raise
        except TimeOverError:
            self._tell("the time was over before every ensemble reached the posterior; `lqbayes resume` goes on", "ended")
            remove_heartbeats(self.folder)
            raise
        except BaseException as error:
            with suppress(OSError):  # perhaps the error itself: what counts is the first one
                self._tell(f"ended by an error: {error}", "ended")
            raise
        remove_heartbeats(self.folder)
        return run

    def _rounds(self, workplace: Workplace) -> Run:
        settings = self.configuration.sampling
        if self.session.round == 0:
            self.session = replace(self.session, round=settings.block)
        while True:
            most = self.session.most
            # On disk before the round begins: a run that is killed in it goes on to the same number of steps before it is judged.
            write_session(self.folder, self.session)
            target = self.session.round if most is None else min(self.session.round, most)
            if min(stored_steps(self.folder, self.configuration)) < target:
                executor, token = workplace.executor, workplace.token
                advance(
                    self.folder,
                    settings.ensembles,
                    target,
                    self.deadline,
                    executor,
                    lambda: self._tell_now_and_then("sampling" if workplace.has_workers() else _NO_WORKERS),
                    token,
                )
            short = min(stored_steps(self.folder, self.configuration)) < target
            if short and (self.deadline is None or time.time() < self.deadline - _SECONDS_BETWEEN_CLOCKS):
                what = (
                    "tasks came back before they had all their steps, with time left; all machines must see the same files in this folder"
                )
                raise RunError(f"{self.folder}: {what}; what was stored is kept: `lqbayes resume {self.folder}` goes on")
            if min(stored_steps(self.folder, self.configuration)) == 0:
                message = "the time was over before every ensemble reached the posterior"
                raise TimeOverError(f"{self.folder}: NOT CONVERGED: {message}; `lqbayes resume {self.folder}` goes on where it ended")
            self._tell("judging convergence")
            run = Run.open(self.folder)
            self._judge(run)
            converged = run.converged
            late = self.deadline is not None and (short or time.time() >= self.deadline)
            if late or (most is not None and run.steps >= most) or (converged and not self.session.exact and run.steps >= target):
                self._tell("converged" if converged else "not converged: the run's bounds are reached", "ended")
                return run
            if run.steps >= target:
                self.session = replace(self.session, round=self._next_round(run.steps))

    def _judge(self, run: Run) -> None:
        self.convergence = convergence = run.convergence()
        ratio = convergence.lowest_ess.ess / convergence.lowest_ess.ess_target if convergence.lowest_ess.ess_target > 0 else math.nan
        worst = convergence.worst.rhat
        elapsed = self.before + time.time() - self.started
        if self.history and self.history[-1][1] == run.steps:  # judged before, perhaps with other targets
            elapsed = self.history[-1][0]
            self.history = self.history[:-1]
        entry = (elapsed, run.steps, worst if math.isfinite(worst) else None, ratio if math.isfinite(ratio) else None)
        self.history = (*self.history, entry)

    def _next_round(self, steps: int) -> int:
        """Choose the steps after which convergence can be expected: at least one more population, at most twice as many."""
        block = self.configuration.sampling.block
        done = max(steps // block, 1)
        assert self.convergence is not None  # it was just judged
        growth = needed_growth(self.convergence)
        wanted = 2 * done if not math.isfinite(growth) else min(max(math.ceil(done * growth), done + 1), 2 * done)
        return max(wanted, steps // block + 1) * block

    def _tell_now_and_then(self, message: str) -> None:
        if time.time() - self._told >= _SECONDS_BETWEEN_REPORTS:
            self._tell(message)

    def _tell(self, message: str, stage: str = "running") -> None:
        status = status_of_run(
            self.folder,
            self.configuration,
            self.convergence,
            self.started,
            self.before,
            self.deadline,
            stage,
            message,
            self.session,
            self.history,
        )
        if stage == "ended":  # what is in the files counts, whatever the ensembles said last
            with suppress(LqbayesError, OSError):
                stored = stored_steps(self.folder, self.configuration)
                status = replace(status, ensembles=tuple(replace(e, steps=stored[e.index]) for e in status.ensembles))
        write_text_atomically(self.folder / "status.json", json.dumps(status.to_dict()))
        self._told = time.time()
        self.report(status)
