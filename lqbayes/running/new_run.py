"""A new run in its directory: what it is asked to do, and its first session."""

import datetime
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lqbayes.input.errors import ArgumentError, InputError, RunWarning
from lqbayes.model import ENTRY_POINTS, Model
from lqbayes.posterior import Posterior
from lqbayes.running.engine import Engine
from lqbayes.running.expected_time import expected_time
from lqbayes.running.replace_run import make_way, refuse_foreign_folder
from lqbayes.running.run_lock import locked
from lqbayes.running.sampling_session import SamplingSession
from lqbayes.running.session import Session, bound_problems, whole_populations, write_session
from lqbayes.running.status import RunStatus
from lqbayes.running.warm_up import warm_up
from lqbayes.sampling.settings import ConvergenceTargets, SamplingSettings, audit_problems, refuse
from lqbayes.storage.configuration import RunConfiguration, current_versions
from lqbayes.storage.run import Run


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a new run may go, who does the work, and who hears of it."""

    max_time: float | None
    max_steps: int | None
    place: Engine
    audit: float
    force: bool
    report_status: Callable[[RunStatus], None] | None


def asked(posterior: Posterior, settings: SamplingSettings, targets: ConvergenceTargets, bounds: Bounds) -> RunConfiguration:
    """What a run that begins now is asked to do; everything in it that makes no sense is refused."""
    problems = [*settings.problems(posterior.dimension), *targets.problems(), *bound_problems(bounds.max_time, bounds.max_steps)]
    refuse([*problems, *bounds.place.problems(), *audit_problems(bounds.audit)])
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    prior, likelihood = posterior.prior.settings, posterior.likelihood.settings
    return RunConfiguration(prior, likelihood, posterior.model, settings, targets, now, current_versions())


def begin(folder: Path, configuration: RunConfiguration, posterior: Posterior, bounds: Bounds) -> Run:
    """Begin a run in a directory."""
    slow = "" if configuration.source else expected_time(posterior, configuration.sampling, bounds.place.workers)
    started = time.time()
    refuse_foreign_folder(folder)

    def ready() -> None:
        warm_up(posterior)
        bounds.place.preflight(folder)

    _check_model(posterior.model)
    configuration.refuse_unreadable()
    if slow:
        warnings.warn(slow, RunWarning, stacklevel=3)
    with locked(folder, "choose another one, or mend that"):
        make_way(folder, bounds.force, ready)
        size, most = configuration.sampling.steps_per_population, bounds.max_steps
        session = Session(size, None if most is None else whole_populations(most, size), audit=bounds.audit)
        write_session(folder, session)  # first: with run.toml the directory holds a run that can be resumed
        configuration.write(folder)
        deadline = None if bounds.max_time is None else started + bounds.max_time
        report = bounds.report_status or (lambda _: None)
        return SamplingSession(folder, configuration, session, deadline, bounds.place, started, 0.0, (), report).run()


def _check_model(model: Model) -> None:
    """Refuse a model that a later session, or another process, would not find by its name."""
    if model.source.file is not None:
        return
    try:
        found = Model.installed(model.name, model.variant)
    except InputError as error:
        advice = f"install it with an entry point of the group {ENTRY_POINTS}, or load it from a file"
        raise ArgumentError(f"{error}; a run is opened by the name of its model: {advice}") from None
    if found is not model:
        raise ArgumentError(
            f"the model {model.name} ({model.variant}) is not the one that is installed under this name; load it with lqbayes.Model.load"
        )
