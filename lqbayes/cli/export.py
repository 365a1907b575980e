"""``lqbayes export``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lqbayes.cli.options import RunArgument, run_path

if TYPE_CHECKING:
    from lqbayes.export.selection import Selection
    from lqbayes.storage.run import Run


_DRAWS = 10_000  # lqbayes.export.selection.DEFAULT_DRAWS, whose import would make --help slow; a test compares them


class ExportFormat(StrEnum):
    """Formats of other programs."""

    netcdf = "netcdf"
    getdist = "getdist"
    csv = "csv"
    parquet = "parquet"
    latex = "latex"


_NAMES = {
    ExportFormat.netcdf: "posterior.nc",
    ExportFormat.csv: "draws.csv",
    ExportFormat.parquet: "draws.parquet",
    ExportFormat.latex: "credible-intervals.tex",
}


def export(
    run: RunArgument,
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="netcdf for ArviZ, getdist for GetDist, csv or parquet for anything that reads tables of draws, latex for the intervals.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="File to write; for getdist the root of the files' names.",
            show_default="in results/ of the run: posterior.nc, getdist/NAME, draws.csv, draws.parquet, credible-intervals.tex",
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=0, help="Evenly chosen draws of each ensemble at the most; 0 for all that were read.")] = _DRAWS,
) -> None:
    """Write a run in the format of another program."""
    from lqbayes.cli.consoles import errors
    from lqbayes.export.selection import select
    from lqbayes.input.errors import ArgumentError
    from lqbayes.report.terminal import state_text
    from lqbayes.storage.run import Run

    if output is not None and not output.parent.is_dir():
        raise ArgumentError(f"--output: there is no folder '{output.parent}'; make it first")
    if output is not None and output.is_dir():
        raise ArgumentError(f"--output: '{output}' is a folder; give the path of a file in it")
    opened = Run.open(run_path(run))
    if output is None and form is ExportFormat.getdist:
        folder = opened.results / "getdist"
        if folder.is_symlink():  # the run may come from somebody else, and the link lead into a folder of the user's
            raise ArgumentError(f"{folder}: is a link, which lqbayes never makes; remove it, or give --output")
        folder.mkdir(exist_ok=True)
    target = output or (opened.results / "getdist" / opened.name if form is ExportFormat.getdist else opened.results / _NAMES[form])
    selection = select(opened, draws)
    written = _write(opened, form, target, selection)
    messages = errors()
    if form is not ExportFormat.latex:
        _, steps, walkers = opened.draws().shape
        messages.print(f"{selection.draws} of {steps * walkers} draws of each of {selection.ensembles} ensembles (--draws 0 for all)")
    messages.print(state_text(opened.convergence()))
    for path in written:
        typer.echo(path)


def _write(run: Run, form: ExportFormat, path: Path, selection: Selection) -> list[Path]:
    match form:
        case ExportFormat.netcdf:
            from lqbayes.export.netcdf import write_netcdf

            return [write_netcdf(run, path, selection)]
        case ExportFormat.getdist:
            from lqbayes.export.getdist_files import write_getdist

            return write_getdist(run, path, selection)
        case ExportFormat.csv:
            from lqbayes.export.draws_table import write_csv

            return [write_csv(run, path, selection)]
        case ExportFormat.parquet:
            from lqbayes.export.draws_table import write_parquet

            return [write_parquet(run, path, selection)]
        case ExportFormat.latex:
            return [_write_latex(run, path)]


def _write_latex(run: Run, path: Path) -> Path:
    from lqbayes.report.interval_files import to_latex
    from lqbayes.results.intervals import credible_intervals
    from lqbayes.results.state import state_sentence
    from lqbayes.storage.atomic import write_text_atomically

    convergence = run.convergence()
    rows = credible_intervals(run.draws(), convergence)
    write_text_atomically(path, to_latex(rows, state_sentence(convergence), f"Posterior of the run {run.name}"))
    return path
