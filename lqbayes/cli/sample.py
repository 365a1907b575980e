"""Commands that sample: ``lqbayes sample`` and ``lqbayes resume``, with their progress, Ctrl-C and SIGTERM, and the report at their end."""

from __future__ import annotations

import re
import signal
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from lqbayes.cli import completion, options
from lqbayes.cli.config import ConfigOption
from lqbayes.cli.consoles import errors, output, report_end
from lqbayes.cli.exit_status import INTERRUPTED, NOT_CONVERGED, TERMINATED
from lqbayes.cli.status import progress_display, time_text
from lqbayes.input.errors import InputError, RunWarning
from lqbayes.input.extends import RUN_FILE
from lqbayes.input.problems import Problem
from lqbayes.sampling.settings import AUDIT_SHARE, DEFAULT_MAX_STEPS, ConvergenceTargets, SamplingSettings, audit_problems

if TYPE_CHECKING:
    from lqbayes.posterior import Posterior
    from lqbayes.storage.configuration import RunConfiguration
    from lqbayes.storage.run import Run

T = TypeVar("T")

_DEFAULTS = SamplingSettings()
_TARGETS = ConvergenceTargets()
_CHECK = "Refuse to go on unless the run was made with this {}."


def sample(
    config: ConfigOption = None,
    model: options.ModelOption = None,
    likelihood: options.LikelihoodOption = None,
    prior: options.PriorOption = None,
    formulas: options.FormulasOption = None,
    output: Annotated[
        str | None, options.output_option("NAME|PATH", "Run directory; a name means chains/NAME.", "chains/LIKELIHOOD-PRIOR-SEED")
    ] = None,
    seed: options.SeedOption = _DEFAULTS.seed,
    ensembles: Annotated[int, typer.Option(help="Number of independent ensembles.")] = _DEFAULTS.ensembles,
    walkers: options.WalkersOption = None,
    sweeps: options.SweepsOption = None,
    rhat: Annotated[float, typer.Option(help=options.RHAT)] = _TARGETS.rhat,
    ess_observables: Annotated[float, typer.Option(help=options.ESS_OBSERVABLES)] = _TARGETS.ess_observables,
    ess_parameters: Annotated[float, typer.Option(help=options.ESS_PARAMETERS)] = _TARGETS.ess_parameters,
    interval_error: Annotated[float, typer.Option(help=options.INTERVAL_ERROR)] = _TARGETS.interval_error,
    max_time: options.MaxTimeOption = None,
    max_steps: Annotated[int, typer.Option(help="End after so many stored steps anyway, in whole populations.")] = DEFAULT_MAX_STEPS,
    workers: options.WorkersOption = None,
    engine: options.EngineOption = "local",
    scheduler: options.SchedulerOption = None,
    audit: Annotated[float, options.AUDIT] = AUDIT_SHARE,
    hard_limits: Annotated[bool, typer.Option("--hard-limits", help="Use every limit as the paper does, as a hard cut.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a run of that name; only files that lqbayes wrote are deleted.")] = False,
) -> None:
    """Sample the posterior, then write tables and plots.

    Exit status: 0 converged, 3 not converged, 2 wrong input (nothing is written then), 1 a run directory that cannot be used.
    """
    from lqbayes.compilation import nothing_kept
    from lqbayes.running import ensembles as running
    from lqbayes.running.engine import Engine
    from lqbayes.running.expected_time import expected_time
    from lqbayes.running.session import bound_problems
    from lqbayes.running.warm_up import compile_first
    from lqbayes.storage.configuration import RunConfiguration

    problems: list[Problem] = []
    kept: dict[str, int] = {}
    if config is not None and config.name == RUN_FILE:
        named = [] if model is None else [options.chosen_model(model)]
        again = RunConfiguration.read(config.parent, *named).sampling  # of a model file, the one that the run was made with
        kept = {"thin": again.thin, "steps_per_population": again.steps_per_population}  # which have no option
    posterior = options.load_posterior(model, formulas, options.Files(likelihood, prior), problems, hard_limits=hard_limits)
    seconds = options.time_limit(max_time, problems)
    dimension = 1 if posterior is None else posterior.dimension
    size = {"seed": seed, "ensembles": ensembles, "walkers": walkers, "sweeps_per_rung": sweeps}
    settings = SamplingSettings.chosen(dimension, **kept, **size)
    targets = ConvergenceTargets(rhat, ess_observables, ess_parameters, interval_error)
    found = settings.problems(dimension) + targets.problems()
    found += bound_problems(max_steps=max_steps) + Engine(engine, scheduler, workers).problems() + audit_problems(audit)
    if output is not None and not output.strip():
        found.append(("output", "is empty", "give a name or a path, or leave the option out"))
    problems += options.setting_problems(found)
    if problems or posterior is None:
        raise InputError(problems)

    path = options.run_path(output) if output is not None else options.RUNS / _default_name(posterior, seed, hard_limits)
    if nothing_kept() and (force or not (path / RUN_FILE).exists()):
        typer.echo("compiling, as after each installation", err=True)
        compile_first(posterior, workers)
    slow = expected_time(posterior, settings, workers)
    if slow:
        typer.echo(f"warning: {slow}", err=True)
    idle = posterior.idle_coordinates()
    if idle:
        typer.echo(f"warning: no measurement depends on {', '.join(idle)}: the posterior of these parameters will be their prior", err=True)
    bounds: dict[str, Any] = {"max_time": seconds, "max_steps": max_steps, "workers": workers, "engine": engine, "scheduler": scheduler}
    bounds |= {"audit": audit}
    work = partial(running.sample, posterior, path, targets=targets, force=force, **asdict(settings), **bounds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RunWarning)  # said above
        watched(path, work, lambda run, elapsed: f"sampled in {elapsed}", workers)


def _default_name(posterior: Posterior, seed: int, hard_limits: bool) -> str:
    parts = [posterior.likelihood.settings.name, posterior.prior.settings.name]
    model = posterior.model
    if model.source.file is None and model is not type(model).installed(model.name):
        parts.append(model.variant)
    if hard_limits:
        parts.append("hard-limits")
    return plain_name([*parts, str(seed)])


def plain_name(parts: Iterable[str]) -> str:
    """Name for a run directory; a name from a file may hold anything."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", "-".join(parts)).lstrip(".")


def resume(
    run: options.RunArgument,
    model: options.RunModelOption = None,
    steps: Annotated[
        int | None, typer.Option(help="Stored steps in all, in whole populations; converged or not.", show_default=False)
    ] = None,
    more: Annotated[int | None, typer.Option(help="The same, in addition to what is stored.", show_default=False)] = None,
    max_steps: Annotated[
        int | None, typer.Option(help="End after so many stored steps even if it has not converged, from now on.", show_default="as before")
    ] = None,
    rhat: Annotated[float | None, typer.Option(help=options.RHAT, show_default="as before")] = None,
    ess_observables: Annotated[float | None, typer.Option(help=options.ESS_OBSERVABLES, show_default="as before")] = None,
    ess_parameters: Annotated[float | None, typer.Option(help=options.ESS_PARAMETERS, show_default="as before")] = None,
    interval_error: Annotated[float | None, typer.Option(help=options.INTERVAL_ERROR, show_default="as before")] = None,
    max_time: options.MaxTimeOption = None,
    workers: options.WorkersOption = None,
    engine: options.EngineOption = "local",
    scheduler: options.SchedulerOption = None,
    audit: Annotated[float | None, options.AUDIT] = None,
    likelihood: Annotated[str | None, options.file_option(_CHECK.format("likelihood"), "no check", completion.likelihoods)] = None,
    prior: Annotated[str | None, options.file_option(_CHECK.format("prior"), "no check", completion.priors)] = None,
    formulas: Annotated[str | None, typer.Option(metavar="SET", help=_CHECK.format("formula set"), show_default="no check")] = None,
    seed: Annotated[int | None, typer.Option(help=_CHECK.format("seed"), show_default="no check")] = None,
) -> None:
    """Go on with a run as if it had never been interrupted, or with more steps or other targets; then write tables and plots.

    Exit status: 0 converged, 3 not converged, 2 wrong input or a run made from something else, 1 a run that cannot be used.
    """
    from lqbayes.running import ensembles as running
    from lqbayes.running.engine import Engine
    from lqbayes.running.session import bound_problems, lost_session
    from lqbayes.storage.configuration import RunConfiguration
    from lqbayes.storage.stored_draws import stored_steps

    path = options.run_path(run)
    models = [] if model is None else [options.chosen_model(model)]
    configuration = RunConfiguration.read(path, *models)
    problems: list[Problem] = []
    seconds = options.time_limit(max_time, problems)
    given = {"rhat": rhat, "ess_observables": ess_observables, "ess_parameters": ess_parameters, "interval_error": interval_error}
    targets = replace(configuration.targets, **{name: value for name, value in given.items() if value is not None})
    found = bound_problems(None, max_steps, steps, more) + targets.problems() + Engine(engine, scheduler, workers).problems()
    found += [] if audit is None else audit_problems(audit)
    problems += options.setting_problems(found)
    problems += _differences(configuration, likelihood, prior, formulas, seed)
    if problems:
        raise InputError(problems)

    before = min(stored_steps(path, configuration))
    lost = lost_session(path) if steps is None and more is None else []
    for warning in (*running.changed_versions(configuration), *lost):
        typer.echo(f"warning: {warning}", err=True)

    bounds: dict[str, Any] = {"steps": steps, "more": more, "max_steps": max_steps, "max_time": seconds}
    bounds |= {"workers": workers, "engine": engine, "scheduler": scheduler, "audit": audit}
    bounds |= {"model": configuration.model}

    def first_line(found: Run, elapsed: str) -> str:
        if found.steps > before:
            return f"sampled {found.steps - before} more steps in {elapsed}"
        if found.converged:
            return f"nothing to do: already converged with {found.steps} stored steps; ask for more with --steps, --more or lower targets"
        return f"nothing done: the run holds {found.steps} stored steps, its bound; ask for more with --max-steps, --steps or --more"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RunWarning)  # said above
        watched(path, partial(running.resume, path, targets=targets, **bounds), first_line, workers)


def _differences(
    configuration: RunConfiguration, likelihood: str | None, prior: str | None, formulas: str | None, seed: int | None
) -> list[Problem]:
    """Compare what the user names with what the run was made from."""
    from lqbayes.likelihood.file import load_likelihood_set
    from lqbayes.prior.file import load_prior_set
    from lqbayes.storage.differences import differences

    model, remedy = configuration.model, "leave the option out to go on with the run, or begin another one with `lqbayes sample`"
    problems: list[Problem] = []

    def compare(option: str, given: T | None, then: Any, load: Callable[[T], Any]) -> None:
        now = None if given is None else options.attempt(problems, lambda: load(given))
        for key, old, new in [] if now is None else differences(then, now):
            problems.append(Problem(options.COMMAND_LINE, f"{option}{': ' * bool(key)}{key}", f"the run has {old}, not {new}", remedy))

    compare("--likelihood", likelihood, configuration.likelihood.to_dict(), lambda given: load_likelihood_set(given, model).to_dict())
    compare("--prior", prior, configuration.prior.to_dict(), lambda given: load_prior_set(given, model).to_dict())
    compare("--formulas", formulas, model.variant, lambda given: options.chosen_model(model.address, given).variant)
    compare("--seed", seed, configuration.seed, int)
    return problems


def watched(path: Path, work: Callable[..., Run], first_line: Callable[[Run, str], str], workers: int | None) -> None:
    """Sample with a display of the progress, write tables and plots of the run, show the intervals, and exit with the run's status."""
    started = time.monotonic()
    run = _interruptible(path, work)
    elapsed = time_text(time.monotonic() - started)
    errors().print(f"{first_line(run, elapsed)}; writing tables and plots")
    from lqbayes.report.results import write_results
    from lqbayes.report.tables import interval_table, mode_table
    from lqbayes.results.summary import Summary

    summary = Summary.of(run)
    files = write_results(run, summary, workers=workers)
    console = output()
    console.print(interval_table(summary))
    console.print(f"ln Z = {summary.evidence_text}; {summary.size}, {summary.steps} stored steps; {elapsed}")
    if summary.convergence.audit is not None:
        console.print(mode_table(summary) if summary.convergence.audit.missed else str(summary.convergence.audit))
    report_end(summary.state, on=console)
    console.print(f"{len(files)} tables and plots are in {run.results}: {', '.join(path.name for path in files)}", soft_wrap=True)
    if not summary.converged:
        raise typer.Exit(NOT_CONVERGED)


def _interruptible(path: Path, work: Callable[..., Run]) -> Run:
    from lqbayes.running.signals import exit_by_signal

    # As Ctrl-C does, so that the processes of the ensembles end too.
    before = signal.signal(signal.SIGTERM, exit_by_signal)
    try:
        with progress_display(errors()) as report:
            return work(report_status=report)
    except (KeyboardInterrupt, SystemExit) as error:
        if isinstance(error, SystemExit) and error.code != TERMINATED:
            raise
        word, status = ("terminated", TERMINATED) if isinstance(error, SystemExit) else ("interrupted", INTERRUPTED)
        typer.echo(f"{word}; `lqbayes resume {path}` goes on where it ended", err=True)
        raise typer.Exit(status) from None
    finally:
        signal.signal(signal.SIGTERM, before)
