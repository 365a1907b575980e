"""``lqbayes resume``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import COMMAND_LINE, EngineOption, RunArgument, SchedulerOption, chosen_model, duration, run_path, where_to_work
from lqbayes.cli.progress import time_text
from lqbayes.cli.sessions import report_run, watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from lqbayes.input.problems import Problem
    from lqbayes.storage.configuration import RunConfiguration


_CHECK = "Refuse to go on unless the run was made with this {}."


def resume(
    run: RunArgument,
    steps: Annotated[
        int | None, typer.Option(help="Stored steps in all, in whole populations; converged or not.", show_default=False)
    ] = None,
    more: Annotated[int | None, typer.Option(help="The same, in addition to what is stored.", show_default=False)] = None,
    max_steps: Annotated[
        int | None, typer.Option(help="End after so many stored steps even if it has not converged, from now on.", show_default="as before")
    ] = None,
    rhat: Annotated[
        float | None, typer.Option(help="Largest nested R-hat when sampling may end, from now on.", show_default="as before")
    ] = None,
    ess_observables: Annotated[
        float | None, typer.Option(help="Smallest effective sample size of observables and of M_LQ.", show_default="as before")
    ] = None,
    ess_parameters: Annotated[
        float | None, typer.Option(help="Smallest effective sample size of the other parameters.", show_default="as before")
    ] = None,
    max_time: Annotated[
        str | None, typer.Option(metavar="TIME", help="End this session after this time: 90, 90s, 10m or 2h.", show_default="no limit")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; the result does not depend on it.", show_default="one per core")] = None,
    engine: EngineOption = "local",
    scheduler: SchedulerOption = None,
    likelihood: Annotated[str | None, typer.Option(metavar="NAME|FILE", help=_CHECK.format("likelihood"), show_default="no check")] = None,
    prior: Annotated[str | None, typer.Option(metavar="NAME|FILE", help=_CHECK.format("prior"), show_default="no check")] = None,
    formulas: Annotated[str | None, typer.Option(metavar="SET", help=_CHECK.format("formula set"), show_default="no check")] = None,
    seed: Annotated[int | None, typer.Option(help=_CHECK.format("seed"), show_default="no check")] = None,
) -> None:
    """Go on with a run as if it had never been interrupted, or with more steps or other targets; then write tables and plots.

    Exit status: 0 converged, 3 not converged, 2 wrong input or a run made from something else, 1 a run that cannot be used.
    """
    from lqbayes.input.errors import InputError
    from lqbayes.input.problems import Problem

    seconds = None if max_time is None else duration(max_time)
    whole, size = "give a whole number, 1 or more", "give a number such as 400"
    checks = (
        ("--steps", steps is None or steps >= 1, f"must be at least 1, not {steps}", whole),
        ("--more", more is None or more >= 1, f"must be at least 1, not {more}", whole),
        ("--more", steps is None or more is None, "excludes --steps", "give the number of steps in all, or the number in addition"),
        ("--max-steps", max_steps is None or max_steps >= 1, f"must be at least 1, not {max_steps}", whole),
        ("--max-steps", max_steps is None or steps is more is None, "excludes --steps and --more", "give a bound, or an exact number"),
        ("--workers", workers is None or workers >= 1, f"must be at least 1, not {workers}", whole),
        ("--rhat", rhat is None or 1 < rhat < math.inf, f"must be greater than 1, not {rhat}", "give a number such as 1.01"),
        ("--ess-observables", _positive(ess_observables), f"must be greater than 0 and finite, not {ess_observables}", size),
        ("--ess-parameters", _positive(ess_parameters), f"must be greater than 0 and finite, not {ess_parameters}", size),
        ("--max-time", max_time is None or seconds is not None, f"'{max_time}' is no time above 0", "write 90, 90s, 10m, 2h or 2h30m"),
    )
    problems = [Problem(COMMAND_LINE, option, message, remedy) for option, good, message, remedy in checks if not good]
    problems += [Problem(COMMAND_LINE, *words) for words in where_to_work(engine, scheduler, workers)]
    if problems:
        raise InputError(problems)

    from dataclasses import replace

    from lqbayes.running.ensembles import changed_versions
    from lqbayes.running.ensembles import resume as resume_run
    from lqbayes.running.session import lost_session
    from lqbayes.storage.configuration import RunConfiguration
    from lqbayes.storage.run import stored_steps

    path = run_path(run)
    configuration = RunConfiguration.read(path)
    _check_made_from(configuration, likelihood, prior, formulas, seed)
    lost = lost_session(path) if steps is None and more is None else []
    for warning in (*changed_versions(configuration), *lost):
        typer.echo(f"warning: {warning}", err=True)
    given = {"rhat": rhat, "ess_observables": ess_observables, "ess_parameters": ess_parameters}
    targets = replace(configuration.targets, **{name: value for name, value in given.items() if value is not None})
    before = min(stored_steps(path, configuration))
    more_settings: dict[str, Any] = {
        "steps": steps,
        "more": more,
        "max_steps": max_steps,
        "targets": targets,
        "max_time": seconds,
        "workers": workers,
    }
    more_settings |= {"engine": engine, "scheduler": scheduler}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said above
        found, elapsed = watched(path, lambda report: resume_run(path, report_status=report, **more_settings))
    if found.steps > before:
        first_line = f"sampled {found.steps - before} more steps in {time_text(elapsed)}"
    elif found.converged:
        first_line = f"nothing to do: already converged with {found.steps} stored steps; ask for more with --steps, --more or lower targets"
    else:
        first_line = f"nothing done: the run holds {found.steps} stored steps, its bound; ask for more with --max-steps, --steps or --more"
    report_run(found, first_line, elapsed)
    if not found.converged:
        raise typer.Exit(NOT_CONVERGED)


def _positive(size: float | None) -> bool:
    return size is None or 0 < size < math.inf


def _check_made_from(
    configuration: RunConfiguration, likelihood: str | None, prior: str | None, formulas: str | None, seed: int | None
) -> None:
    """Compare what the user names with what the run was made from; all differences are shown together."""
    from lqbayes.input.errors import InputError
    from lqbayes.input.problems import Problem
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.prior.prior import Prior
    from lqbayes.storage.differences import differences

    problems: list[Problem] = []
    model = configuration.model

    def compare(option: str, then: Any, load: Callable[[Any], Any], given: Any) -> None:
        if given is None:
            return
        try:
            found = differences(then, load(given))
        except InputError as error:
            problems.extend(error.problems)
            return
        for key, old, new in found:
            remedy = "leave the option out to go on with what the run was made from, or begin another run with `lqbayes sample`"
            problems.append(Problem(COMMAND_LINE, f"{option}{': ' * bool(key)}{key}", f"the run has {old}, not {new}", remedy))

    compare("--likelihood", configuration.likelihood.to_dict(), lambda given: Likelihood.load(given, model).settings.to_dict(), likelihood)
    compare("--prior", configuration.prior.to_dict(), lambda given: Prior.load(given, model).settings.to_dict(), prior)
    compare("--formulas", configuration.model.variant, lambda given: chosen_model(given).variant, formulas)
    compare("--seed", configuration.seed, int, seed)
    if problems:
        raise InputError(problems)
