"""``lqbayes resume``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import COMMAND_LINE, RunArgument, duration, formula_set, run_path
from lqbayes.cli.progress import time_text
from lqbayes.cli.sessions import report_run, watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from lqbayes.problems import Problem
    from lqbayes.storage.configuration import RunConfiguration

__all__ = ["resume"]

_CHECK = "Refuse to go on unless the run was made with this {}."


def resume(
    run: RunArgument,
    steps: Annotated[int | None, typer.Option(help="Sample so many stored steps in all, converged or not.", show_default=False)] = None,
    more: Annotated[int | None, typer.Option(help="The same, in addition to what is stored.", show_default=False)] = None,
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
    likelihood: Annotated[str | None, typer.Option(metavar="NAME|FILE", help=_CHECK.format("likelihood"), show_default="no check")] = None,
    prior: Annotated[str | None, typer.Option(metavar="NAME|FILE", help=_CHECK.format("prior"), show_default="no check")] = None,
    formulas: Annotated[str | None, typer.Option(metavar="SET", help=_CHECK.format("formula set"), show_default="no check")] = None,
    seed: Annotated[int | None, typer.Option(help=_CHECK.format("seed"), show_default="no check")] = None,
) -> None:
    """Go on with a run as if it had never been interrupted, or with more steps or other targets; then write tables and plots.

    Exit status: 0 converged, 3 not converged, 2 wrong input or a run made from something else, 1 a run that cannot be used.
    """
    from lqbayes.errors import InputError
    from lqbayes.problems import Problem

    problems: list[Problem] = []

    def refuse(option: str, message: str, remedy: str) -> None:
        problems.append(Problem(COMMAND_LINE, option, message, remedy))

    for option, value in (("--steps", steps), ("--more", more), ("--workers", workers)):
        if value is not None and value < 1:
            refuse(option, f"must be at least 1, not {value}", "give a whole number, 1 or more")
    if steps is not None and more is not None:
        refuse("--more", "excludes --steps", "give the number of steps in all, or the number in addition")
    if rhat is not None and not 1 < rhat < math.inf:
        refuse("--rhat", f"must be greater than 1, not {rhat:g}", "give a number such as 1.01")
    for option, size in (("--ess-observables", ess_observables), ("--ess-parameters", ess_parameters)):
        if size is not None and not 0 < size < math.inf:
            refuse(option, f"must be greater than 0 and finite, not {size:g}", "give a number such as 400")
    seconds = None if max_time is None else duration(max_time)
    if max_time is not None and seconds is None:
        refuse("--max-time", f"'{max_time}' is no time above 0", "write 90, 90s, 10m, 2h or 2h30m")
    if problems:
        raise InputError(problems)

    from dataclasses import replace

    from lqbayes.inference.ensembles import changed_versions
    from lqbayes.inference.ensembles import resume as resume_run
    from lqbayes.storage.configuration import RunConfiguration
    from lqbayes.storage.run import stored_steps

    path = run_path(run)
    configuration = RunConfiguration.read(path)
    _check_made_from(configuration, likelihood, prior, formulas, seed)
    for warning in changed_versions(configuration):
        typer.echo(f"warning: {warning}", err=True)
    given = {"rhat": rhat, "ess_observables": ess_observables, "ess_parameters": ess_parameters}
    targets = replace(configuration.targets, **{name: value for name, value in given.items() if value is not None})
    before = min(stored_steps(path, configuration))
    more_settings: dict[str, Any] = {"steps": steps, "more": more, "targets": targets, "max_time": seconds, "workers": workers}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said above
        found, elapsed = watched(path, lambda report: resume_run(path, report=report, **more_settings))
    if found.steps > before:
        first_line = f"sampled {found.steps - before} more steps in {time_text(elapsed)}"
    elif found.converged:
        first_line = f"nothing to do: already converged with {found.steps} stored steps; ask for more with --steps, --more or lower targets"
    else:
        first_line = f"nothing done: the run holds {found.steps} stored steps, its bound; ask for more with --steps or --more"
    report_run(found, first_line, elapsed)
    if not found.converged:
        raise typer.Exit(NOT_CONVERGED)


def _check_made_from(
    configuration: RunConfiguration, likelihood: str | None, prior: str | None, formulas: str | None, seed: int | None
) -> None:
    """Compare what the user names with what the run was made from; all differences are shown together."""
    from lqbayes.errors import InputError
    from lqbayes.inference.likelihood import Likelihood
    from lqbayes.inference.prior import Prior
    from lqbayes.problems import Problem
    from lqbayes.storage.differences import differences

    problems: list[Problem] = []

    def compare(option: str, then: Any, now: Callable[[], Any]) -> None:
        try:
            found = differences(then, now())
        except InputError as error:
            problems.extend(error.problems)
            return
        for key, old, new in found:
            remedy = "leave the option out to go on with what the run was made from, or begin another run with `lqbayes sample`"
            problems.append(Problem(COMMAND_LINE, f"{option}{': ' * bool(key)}{key}", f"the run has {old}, not {new}", remedy))

    if likelihood is not None:
        compare("--likelihood", configuration.likelihood.to_dict(), lambda: Likelihood.load(likelihood).settings.to_dict())
    if prior is not None:
        compare("--prior", configuration.prior.to_dict(), lambda: Prior.load(prior).settings.to_dict())
    if formulas is not None:
        compare("--formulas", configuration.formulas, lambda: formula_set(formulas).name.lower())
    if seed is not None:
        compare("--seed", configuration.seed, lambda: seed)
    if problems:
        raise InputError(problems)
