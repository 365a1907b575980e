"""Commands that show the numbers of a run."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lqbayes.cli import completion
from lqbayes.cli.consoles import open_run, output, report_end, results_folder
from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import (
    PLOTS,
    PlotFormat,
    RunArgument,
    RunModelOption,
    TopOption,
    argument,
    check_output,
    check_output_folder,
    output_option,
)
from lqbayes.cli.reweight import show_reweighted
from lqbayes.input.errors import ArgumentError
from lqbayes.input.printable import printable
from lqbayes.results import DEFAULT_STARTS

if TYPE_CHECKING:
    from lqbayes.results.summary import Summary
    from lqbayes.storage.run import Run


def table(
    run: RunArgument,
    model: RunModelOption = None,
    form: Annotated[
        Literal["csv", "markdown", "md", "latex", "terminal"], typer.Option("--format", help="Format of the table; csv has full precision.")
    ] = "terminal",
) -> None:
    """Show the posterior medians and credible intervals of a run."""
    from lqbayes.report.tables import interval_table
    from lqbayes.results.summary import Summary

    summary = Summary.of(open_run(run, model))
    intervals = interval_table(summary)
    if form == "terminal":
        output().print(intervals)
    else:
        typer.echo({"csv": intervals.csv, "latex": intervals.latex}.get(form, intervals.markdown)(), nl=False)
    report_end(summary.state)


def diagnose(
    run: RunArgument,
    model: RunModelOption = None,
    top: TopOption = 15,
    write: Annotated[bool, typer.Option("--write", help="Write the run's tables and plots again.")] = False,
    form: Annotated[PlotFormat, typer.Option("--format", help="Format of the plots that --write writes.")] = "png",
) -> None:
    """Show what is judged of each quantity of a run; exit status 3 if it has not converged."""
    from lqbayes.report.results import write_results
    from lqbayes.report.tables import convergence_table, mode_table
    from lqbayes.results.summary import Summary

    opened = open_run(run, model)
    if write:
        _ = opened.results  # which says where it cannot be written, before anything is computed
    summary = Summary.of(opened)
    output().print(convergence_table(summary, top or None))
    if summary.convergence.audit is not None:
        output().print(mode_table(summary) if summary.convergence.audit.missed else str(summary.convergence.audit))
    output().print(f"{summary.name}: {summary.size}, {summary.steps} stored steps; ln Z = {summary.evidence_text}")
    report_end(summary.state, beside=write_results(opened, summary, form=form) if write else (), on=output())
    if not summary.converged:
        raise typer.Exit(NOT_CONVERGED)


def compare(
    runs: Annotated[
        list[str],
        argument("RUN RUN...", "Names or paths of two or more runs.", completion.runs),
    ],
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model", metavar="FILE", help="A model file that some of the runs were made with; may be repeated.", show_default=False
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        output_option(
            "FILE", "Overlaid corner plot of the headline group: .png, .pdf or .svg; or a page with the tables and all groups: .html."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show every quantity, not only observables and headline parameters.")] = False,
) -> None:
    """Compare runs: shifts of intervals, Bayes factors, tensions, and whether runs of one posterior with other seeds agree.

    They agree where every median, 68 % end and ln Z differs by no more than its Monte Carlo error (interval-errors.csv) lets chance do.
    Exit status: 0; 3 where runs of one posterior DISAGREE, which chance does once in a hundred; 2 wrong input; 1 a run that cannot be used.
    """
    from lqbayes.report.comparison import comparison_report
    from lqbayes.results.summary import Summary

    if len(runs) < 2:
        raise ArgumentError("compare needs at least two runs; name another one")
    check_output(picture, (*PLOTS, ".html"))
    opened = [_open_one(name, models or []) for name in runs]
    summaries = [Summary.of(run) for run in opened]
    if len({summary.name for summary in summaries}) < len(summaries):
        summaries = [dataclasses.replace(summary, name=printable(str(run.path))) for summary, run in zip(summaries, opened, strict=True)]
    report = comparison_report(summaries, everything=everything)
    for part in report.parts:
        output().print(part)
    if picture is not None and picture.suffix == ".html":
        from lqbayes.report.comparison_page import write_comparison_page

        typer.echo(write_comparison_page(opened, summaries, report, picture))
    elif picture is not None:
        _draw_comparison(opened, summaries, picture)
    for summary in summaries:
        report_end(summary.state, name=summary.name)
    if not report.agree:
        raise typer.Exit(NOT_CONVERGED)  # both say: the answer is not to be trusted


def _draw_comparison(runs: list[Run], summaries: list[Summary], path: Path) -> None:
    from lqbayes.report.results import plot_attempts, save_figure

    def plot() -> Path:
        from lqbayes.report.plots.corner_plot import overlaid_corner_figure

        return save_figure(overlaid_corner_figure(runs, summaries), path)

    with plot_attempts() as attempt:
        if drawn := attempt(path.name, plot):
            typer.echo(drawn)


def _open_one(name: str, models: list[str]) -> Run:
    """Open one of several runs, of which some may be of models that have names."""
    try:
        return open_run(name)
    except ArgumentError:
        if not models:
            raise
        return open_run(name, *models)


def best_fit(
    run: RunArgument,
    model: RunModelOption = None,
    starts: Annotated[int, typer.Option(help="From how many of the best draws the search starts.")] = DEFAULT_STARTS,
    seed: Annotated[int, typer.Option(help="Seed of the search.")] = 1,
    form: Annotated[
        Literal["terminal", "json", "toml"],
        typer.Option("--format", help="json has everything in full precision; toml has the points, for lqbayes predict."),
    ] = "terminal",
    place: Annotated[Path | None, output_option("DIR", "Folder for best-fit.toml and best-fit.json.", "results/ of the run")] = None,
) -> None:
    """Find the maxima of the likelihood and of the posterior density, from the best draws of a run.

    Shows chi2, pulls, parameters and observables of both, compares with the model's point without new physics, and writes best-fit.toml and
    best-fit.json into the run directory.
    """
    from lqbayes.report.best_fit import NOTES, best_fit_tables, to_json, to_toml, write_best_fit
    from lqbayes.results.best_fit import best_fit as find_best_fit

    check_output_folder(place)
    opened = open_run(run, model)
    folder = results_folder(opened, place)
    fit = find_best_fit(opened, seed=seed, starts=starts)
    written = write_best_fit(fit, opened, folder)
    if form == "terminal":
        for part in (*best_fit_tables(fit), *NOTES):
            output().print(part)
    else:
        typer.echo(to_json(fit, opened) if form == "json" else to_toml(fit, opened), nl=False)
    report_end(opened.convergence().state, beside=written)


def explain(
    run: RunArgument,
    other: Annotated[
        str | None,
        argument("[NAME|FILE]", "After --prior: another prior, name or file.", completion.priors),
    ] = None,
    prior: Annotated[
        bool, typer.Option("--prior", help="Show what the prior does; or, with another one, what the run says under that.")
    ] = False,
    model: RunModelOption = None,
    place: Annotated[Path | None, output_option("DIR", "Folder for the files.", "results/ of the run")] = None,
) -> None:
    """Explain a posterior: pulls, what each measurement and the prior do, and what was learned about each parameter.

    Writes explain.md, tables as CSV and plots as PNG and PDF into the run directory. With another prior it weights the draws for that one
    and writes nothing. Exit status 3, without a table, where the two are too far apart; what reaches beyond the run's ranges is refused,
    since the run has no draws there.
    """
    from lqbayes.report import explanation, prior_tables

    check_output_folder(place)
    if other is not None:
        if not prior:
            raise ArgumentError(f"one run is explained, and '{other}' is another argument; a prior to change to follows --prior")
        from lqbayes.prior.prior import Prior
        from lqbayes.results.reweighting import reweight_prior

        opened = open_run(run, model)
        new = Prior.load(other, opened.configuration.model)
        show_reweighted(opened, reweight_prior(opened, new), "prior", opened.configuration.prior.name, new.settings.name)
        return
    opened = open_run(run, model)
    folder = results_folder(opened, place)
    found = explanation.explain(opened)
    written = explanation.write_explanation(opened, found, folder)
    if prior:
        for table, note in (
            (prior_tables.scaling_table(found.prior, found.state), prior_tables.SCALING_NOTE),
            (prior_tables.range_table(found.prior, found.state), prior_tables.RANGE_NOTE),
        ):
            output().print(table, note)
    else:
        output().print(explanation.measurement_table(found))
        output().print(explanation.term_table(found))
    report_end(found.state, beside=written)
