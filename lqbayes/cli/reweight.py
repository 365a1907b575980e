"""What a run says under another likelihood: ``lqbayes reweight``, by weights of its draws or by annealing them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lqbayes.cli import completion, options
from lqbayes.cli.consoles import errors, open_run, output, report_end
from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.sample import plain_name, watched
from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem
from lqbayes.sampling.settings import AUDIT_SHARE

if TYPE_CHECKING:
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.results.importance import Weights
    from lqbayes.storage.run import Run


def reweight(
    run: options.RunArgument,
    likelihood: Annotated[str, options.file_option("Likelihood to change to: name or file.", False, completion.likelihoods)],
    model: options.RunModelOption = None,
    anneal: Annotated[
        bool, typer.Option("--anneal", help="Anneal the draws to the new likelihood, into a run of its own; the options below are for it.")
    ] = False,
    place: Annotated[
        str | None, options.output_option("NAME|PATH", "Run directory; a name means chains/NAME.", "chains/RUN-to-LIKELIHOOD")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the new run.", show_default="that of the run")] = None,
    max_time: options.MaxTimeOption = None,
    workers: options.WorkersOption = None,
    engine: Annotated[
        str | None, typer.Option(metavar="local|dask", help="Processes of this machine, or a dask cluster.", show_default="local")
    ] = None,
    scheduler: options.SchedulerOption = None,
    audit: Annotated[float | None, options.AUDIT] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a run of that name; only files that lqbayes wrote are deleted.")] = False,
) -> None:
    """Show what a run says under another likelihood, by Pareto-smoothed importance sampling, or by annealing its draws (--anneal).

    Without --anneal: exit status 3, without a table, where the two posteriors are too far apart (Pareto k above the bound for the run's
    effective draws, at most 0.7). With it: a run like any other, exit status 3 where it has not converged. It says how many evaluations
    that took beside those of the old run, and has as many populations; `lqbayes resume` goes on with more. What the new likelihood wants
    and the old run has few draws of is known worse than from a fresh run. A likelihood that lacks a hard bound or cut of the run's, or has
    it looser, is refused: the run has no draws beyond it.
    """
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.results import reweighting

    given: dict[str, Any] = {"--output": place, "--seed": seed, "--max-time": max_time, "--workers": workers, "--engine": engine}
    given |= {"--scheduler": scheduler, "--audit": audit, "--force": force or None}
    idle = [name for name, value in given.items() if value is not None]
    if idle and not anneal:
        raise InputError([Problem(options.COMMAND_LINE, name, "is for --anneal only", "add --anneal, or leave it out") for name in idle])
    opened = open_run(run, model)
    new = Likelihood.load(likelihood, opened.configuration.model)
    if anneal:
        problems: list[Problem] = []
        seconds = options.time_limit(max_time, problems)
        if problems:
            raise InputError(problems)
        path = options.run_path(place or plain_name([opened.name, "to", new.settings.name]))
        bounds = {"max_time": seconds, "workers": workers, "engine": engine or "local", "scheduler": scheduler}
        _anneal(opened, new, path, seed=seed, force=force, audit=AUDIT_SHARE if audit is None else audit, **bounds)
        return
    show_reweighted(opened, reweighting.reweight(opened, new), "likelihood", opened.configuration.likelihood.name, new.settings.name)


def _anneal(opened: Run, new: Likelihood, path: Path, **settings: Any) -> None:
    """Anneal the draws of a run, with a display of the progress, and say how the evidence has changed."""
    from lqbayes.results.evidence_ratios import annealed_ratio
    from lqbayes.running.annealed_run import anneal_from
    from lqbayes.running.audit_of_run import evaluations_of

    before = opened.convergence()
    if not before.converged:
        typer.echo(f"warning: the run that is annealed: {before.state}", err=True)

    def first_line(found: Run, elapsed: str) -> str:
        count, of_old = evaluations_of(found), evaluations_of(opened)
        cost = f"{count / 1e6:.3g} million evaluations, {count / of_old:.0%} of those of {opened.name}"
        more = "" if found.converged else f"; NOT CONVERGED, `lqbayes resume {found.path} --more {found.steps}` adds populations"
        return f"annealed from {opened.name} in {elapsed}: {cost}; ln Z changes by {annealed_ratio(found).text}{more}"

    watched(path, partial(anneal_from, opened, new, path, **settings), first_line, settings["workers"])


def show_reweighted(run: Run, weights: Weights, changed: Literal["likelihood", "prior"], before: str, after: str) -> None:
    """Show what a run says with these weights."""
    from lqbayes.report.comparison import shift_table
    from lqbayes.results.reweighting import reweighted_rows, verdict
    from lqbayes.results.summary import Summary

    said = verdict(weights, changed)
    if not weights.usable:
        errors().print(said, style="bold red")
        raise typer.Exit(NOT_CONVERGED)
    summary = Summary.of(run)
    output().print(shift_table(reweighted_rows(run, summary, weights, changed), before, after if after != before else f"{after} (new)"))
    output().print(f"{said}; ln Z changes by {weights.log_evidence_ratio:+.2f}")
    report_end(summary.state)
