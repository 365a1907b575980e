"""``lqbayes sample``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import (
    COMMAND_LINE,
    RUNS,
    EngineOption,
    FormulasOption,
    SchedulerOption,
    chosen_model,
    duration,
    run_path,
    where_to_work,
)
from lqbayes.cli.progress import time_text
from lqbayes.cli.sessions import report_run, watched
from lqbayes.sampling.settings import DEFAULT_MAX_STEPS, ConvergenceTargets, SamplingSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from lqbayes.input.problems import Problem
    from lqbayes.posterior import Posterior


_DEFAULTS = SamplingSettings()
_TARGETS = ConvergenceTargets()


def sample(
    likelihood: Annotated[str, typer.Option(metavar="NAME|FILE", help="Measurements: a shipped name or a TOML file.")] = "paper",
    prior: Annotated[str, typer.Option(metavar="NAME|FILE", help="Prior: a shipped name or a TOML file.")] = "paper",
    formulas: FormulasOption = "paper",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="NAME|PATH",
            help="Run directory; a name means chains/NAME.",
            show_default="chains/LIKELIHOOD-PRIOR-SEED",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Every random number follows from it.")] = _DEFAULTS.seed,
    ensembles: Annotated[int, typer.Option(help="Number of independent ensembles.")] = _DEFAULTS.ensembles,
    walkers: Annotated[int, typer.Option(help="Walkers of each population of an ensemble.")] = _DEFAULTS.walkers,
    sweeps: Annotated[int, typer.Option(help="Steps at each temperature of the annealing.")] = _DEFAULTS.sweeps_per_rung,
    rhat: Annotated[float, typer.Option(help="Largest nested R-hat of any quantity when sampling may end.")] = _TARGETS.rhat,
    ess_observables: Annotated[
        float, typer.Option(help="Smallest effective sample size of observables and of M_LQ.")
    ] = _TARGETS.ess_observables,
    ess_parameters: Annotated[
        float, typer.Option(help="Smallest effective sample size of the other parameters.")
    ] = _TARGETS.ess_parameters,
    max_time: Annotated[
        str | None, typer.Option(metavar="TIME", help="End after this time anyway: 90, 90s, 10m or 2h.", show_default="no limit")
    ] = None,
    max_steps: Annotated[int, typer.Option(help="End after so many stored steps anyway, in whole populations.")] = DEFAULT_MAX_STEPS,
    workers: Annotated[int | None, typer.Option(help="Processes; the result does not depend on it.", show_default="one per core")] = None,
    engine: EngineOption = "local",
    scheduler: SchedulerOption = None,
    hard_limits: Annotated[bool, typer.Option("--hard-limits", help="Use every limit as the paper does, as a hard cut.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a run of that name; only files that lqbayes wrote are deleted.")] = False,
) -> None:
    """Sample the posterior, then write tables and plots.

    Exit status: 0 converged, 3 not converged, 2 wrong input (nothing is written then), 1 a run directory that cannot be used.
    """
    from lqbayes.input.errors import InputError
    from lqbayes.input.problems import Problem

    problems: list[Problem] = []

    def refuse(option: str, message: str, remedy: str) -> None:
        problems.append(Problem(COMMAND_LINE, option, message, remedy))

    posterior = _posterior(likelihood, prior, formulas, hard_limits, problems)
    least_walkers = 2 if posterior is None else 4 * posterior.dimension
    for option, value, least in (
        ("--seed", seed, 0),
        ("--ensembles", ensembles, 1),
        ("--walkers", walkers, least_walkers),
        ("--sweeps", sweeps, 1),
        ("--max-steps", max_steps, 1),
        ("--workers", workers, 1),
    ):
        if value is not None and value < least:
            refuse(option, f"must be at least {least}, not {value}", f"give a whole number, {least} or more")
    for option, message, remedy in where_to_work(engine, scheduler, workers):
        refuse(option, message, remedy)
    if not 1 < rhat < math.inf:
        refuse("--rhat", f"must be greater than 1, not {rhat:g}", "give a number such as 1.01")
    for option, size in (("--ess-observables", ess_observables), ("--ess-parameters", ess_parameters)):
        if not 0 < size < math.inf:
            refuse(option, f"must be greater than 0 and finite, not {size:g}", "give a number such as 400")
    seconds = None if max_time is None else duration(max_time)
    if max_time is not None and seconds is None:
        refuse("--max-time", f"'{max_time}' is no time above 0", "write 90, 90s, 10m, 2h or 2h30m")
    if output is not None and not output.strip():
        refuse("--output", "is empty", "give a name or a path, or leave the option out")
    if problems or posterior is None:
        raise InputError(problems)

    path = run_path(output) if output is not None else RUNS / _default_name(posterior, seed, hard_limits)
    settings = {"seed": seed, "ensembles": ensembles, "walkers": walkers, "sweeps_per_rung": sweeps}
    _warn_of_idle(posterior)
    from lqbayes.running.ensembles import sample as sample_posterior

    bounds = {"max_time": seconds, "max_steps": max_steps, "workers": workers, "engine": engine, "scheduler": scheduler, "force": force}
    more: dict[str, Any] = settings | bounds | {"targets": ConvergenceTargets(rhat, ess_observables, ess_parameters)}
    run, elapsed = watched(path, lambda report: sample_posterior(posterior, path, report_status=report, **more))
    report_run(run, f"sampled in {time_text(elapsed)}", elapsed)
    if not run.converged:
        raise typer.Exit(NOT_CONVERGED)


def _posterior(likelihood: str, prior: str, formulas: str, hard_limits: bool, problems: list[Problem]) -> Posterior | None:
    """Load everything; what is wrong with any of it is added to the problems."""
    from lqbayes.input.errors import InputError
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.posterior import Posterior
    from lqbayes.prior.prior import Prior

    def attempt(load: Callable[[], Any]) -> Any:
        try:
            return load()
        except InputError as error:
            problems.extend(error.problems)
            return None

    chosen = attempt(lambda: chosen_model(formulas))
    loaded_likelihood = attempt(lambda: Likelihood.load(likelihood, chosen))
    loaded_prior = attempt(lambda: Prior.load(prior, chosen))
    if loaded_likelihood is None or loaded_prior is None or chosen is None:
        return None
    if hard_limits:
        loaded_likelihood = loaded_likelihood.with_hard_limits()
    return Posterior(loaded_prior, loaded_likelihood)


def _default_name(posterior: Posterior, seed: int, hard_limits: bool) -> str:
    parts = [posterior.likelihood.settings.name, posterior.prior.settings.name]
    if posterior.model.variant != "paper":
        parts.append(posterior.model.variant)
    if hard_limits:
        parts.append("hard-limits")
    # A name from a file may hold anything; a directory should not.
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", "-".join([*parts, str(seed)])).lstrip(".")


def _warn_of_idle(posterior: Posterior) -> None:
    idle = posterior.idle_coordinates()
    if idle:
        typer.echo(f"warning: no measurement depends on {', '.join(idle)}: the posterior of these parameters will be their prior", err=True)
