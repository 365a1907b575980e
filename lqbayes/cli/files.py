"""Commands that write files from a run: plots, the page with everything, the formats of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lqbayes.cli import completion, options
from lqbayes.cli.consoles import errors, open_run, report_end, results_folder
from lqbayes.export import DEFAULT_DRAWS
from lqbayes.input.errors import ArgumentError
from lqbayes.input.problems import did_you_mean

if TYPE_CHECKING:
    from lqbayes.export.selection import Selection
    from lqbayes.results.summary import Summary
    from lqbayes.storage.run import Run

PriorOption = Annotated[bool, typer.Option("--with-prior", help="Show the prior beside the posterior.")]
ExportFormat = Literal["netcdf", "getdist", "csv", "parquet", "latex", "wcxf"]
_FEW_DRAWS = 10  # of an ensemble: a file each


def corner(
    run: options.RunArgument,
    model: options.RunModelOption = None,
    group: Annotated[
        str, typer.Option(metavar="NAME", help="Group of quantities; an unknown name shows them all.", autocompletion=completion.groups)
    ] = "headline",
    output: Annotated[
        Path | None, options.output_option("FILE", "Where to write: .png, .pdf or .svg.", "results/corner-NAME of the run")
    ] = None,
    form: Annotated[
        options.PlotFormat | None, typer.Option("--format", help="Format of the file in the run directory.", show_default="png")
    ] = None,
    captions: options.CaptionsOption = True,
    with_prior: PriorOption = False,
) -> None:
    """Draw a corner plot of a group of quantities, with the measured values."""
    options.check_output(output, options.PLOTS)
    if output is not None and form is not None:
        raise ArgumentError("--format: the ending of --output says the format already; leave one of the two out")
    opened = open_run(run, model)
    groups = opened.configuration.model.corner_groups
    if group not in groups:
        raise ArgumentError(f"--group: there is no group of quantities '{group}'; {did_you_mean(group, groups)} (all: {', '.join(groups)})")
    from lqbayes.report.plots.corner_plot import corner_figure
    from lqbayes.report.results import save_figure
    from lqbayes.results.summary import Summary

    path = output or results_folder(opened, None) / f"corner-{group}.{form or 'png'}"
    summary = Summary.of(opened)
    save_figure(corner_figure(opened, summary, group, with_prior=with_prior), path, captions=captions)
    report_end(summary.state, [path])


def figures(
    run: options.RunArgument,
    model: options.RunModelOption = None,
    output: Annotated[Path | None, options.output_option("DIR", "Folder for the figures.", "results/ of the run")] = None,
    captions: options.CaptionsOption = True,
) -> None:
    """Draw the figures that only this model has, PNG and PDF; of three-leptoquarks the paper's figures 1 and 2."""
    from lqbayes.results.summary import Summary

    options.check_output_folder(output)
    opened = open_run(run, model)
    own = opened.configuration.model
    if own.figures is None:
        raise ArgumentError(f"the model {own.name} has no figures of its own; `lqbayes corner` draws its groups of quantities")
    folder = results_folder(opened, output)
    summary = Summary.of(opened)
    report_end(summary.state, own.figures(opened, summary, folder, captions=captions))


def report(
    run: options.RunArgument,
    model: options.RunModelOption = None,
    output: Annotated[Path | None, options.output_option("FILE", "Where to write the page.", "results/report.html of the run")] = None,
    with_prior: PriorOption = False,
) -> None:
    """Write report.html into the run directory: one page with everything about the run, to be read in any browser or printed.

    Where the browser runs its script, a draw that is pointed at is shown in all plots, a range that is dragged is chosen in all of them,
    and a point can be copied for `lqbayes predict`. It needs no network.
    """
    from lqbayes.report.page import FILE_NAME, write_page
    from lqbayes.results.summary import Summary

    options.check_output(output)
    opened = open_run(run, model)
    path = output or results_folder(opened, None) / FILE_NAME
    summary = Summary.of(opened)
    report_end(summary.state, [write_page(opened, summary, path=path, with_prior=with_prior)])


def export(
    run: options.RunArgument,
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="netcdf for ArviZ, getdist for GetDist, csv or parquet of draws, latex of intervals, wcxf of SMEFT coefficients.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        options.output_option("PATH", "File to write; for getdist the root of the names, for wcxf a folder.", "in results/ of the run"),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Evenly chosen draws of each ensemble at the most; 0 for all.",
            show_default=f"{DEFAULT_DRAWS}; {_FEW_DRAWS} for wcxf",
        ),
    ] = None,
    model: options.RunModelOption = None,
) -> None:
    """Write a run in the format of another program."""
    from lqbayes.export.selection import select
    from lqbayes.results.summary import Summary

    options.check_output(output / "best-fit.json" if output and form == "wcxf" else output)
    opened = open_run(run, model)
    path = output or _default_path(opened, form)
    if draws is None:
        draws = _FEW_DRAWS if form == "wcxf" else DEFAULT_DRAWS
    selection = select(opened, draws)
    summary = Summary.of(opened)
    if form == "wcxf":
        from lqbayes.export.wcxf_files import write_wcxf

        report_end(summary.state, write_wcxf(opened, path, draws))
        return
    written = _write(opened, summary, form, path, selection)
    if form != "latex":
        _, steps, walkers = opened.draws().shape
        errors().print(f"{selection.draws} of {steps * walkers} draws of each of {selection.ensembles} ensembles (--draws 0 for all)")
    report_end(summary.state, written)


def _default_path(run: Run, form: ExportFormat) -> Path:
    results = results_folder(run, None)
    if form not in ("getdist", "wcxf"):
        return results / {"netcdf": "posterior.nc", "latex": "credible-intervals.tex"}.get(form, f"draws.{form}")
    folder = results / form
    if folder.is_symlink():  # the run may come from somebody else, and the link lead into a folder of the user's
        raise ArgumentError(f"{folder}: is a link, which lqbayes never makes; remove it, or give --output")
    folder.mkdir(exist_ok=True)
    return folder if form == "wcxf" else folder / run.name


def _write(run: Run, summary: Summary, form: ExportFormat, path: Path, selection: Selection) -> list[Path]:
    if form == "getdist":
        from lqbayes.export.getdist_files import write_getdist

        return write_getdist(run, path, selection)
    if form == "latex":
        from lqbayes.report.tables import interval_table
        from lqbayes.storage.atomic import write_text_atomically

        write_text_atomically(path, interval_table(summary).latex())
        return [path]
    from lqbayes.export import draws

    write = {"csv": draws.write_csv, "parquet": draws.write_parquet, "netcdf": draws.write_netcdf}[form]
    return [write(run, path, selection)]
