"""``lqbayes export``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lqbayes.cli.options import RunArgument, open_run, output_file
from lqbayes.export import DEFAULT_DRAWS

if TYPE_CHECKING:
    from lqbayes.export.selection import Selection
    from lqbayes.storage.run import Run


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
    draws: Annotated[
        int, typer.Option(min=0, help="Evenly chosen draws of each ensemble at the most; 0 for all that were read.")
    ] = DEFAULT_DRAWS,
) -> None:
    """Write a run in the format of another program."""
    from lqbayes.cli.consoles import errors, report_end
    from lqbayes.export.selection import select
    from lqbayes.results.summary import Summary

    output_file(output)
    opened = open_run(run)
    selection = select(opened, draws)
    written = _write(opened, form, output or _default_path(opened, form), selection)
    if form is not ExportFormat.latex:
        _, steps, walkers = opened.draws().shape
        errors().print(f"{selection.draws} of {steps * walkers} draws of each of {selection.ensembles} ensembles (--draws 0 for all)")
    report_end(Summary.of(opened).state)
    for path in written:
        typer.echo(path)


def _default_path(run: Run, form: ExportFormat) -> Path:
    from lqbayes.input.errors import ArgumentError

    if form is not ExportFormat.getdist:
        return run.results / _NAMES[form]
    folder = run.results / "getdist"
    if folder.is_symlink():  # the run may come from somebody else, and the link lead into a folder of the user's
        raise ArgumentError(f"{folder}: is a link, which lqbayes never makes; remove it, or give --output")
    folder.mkdir(exist_ok=True)
    return folder / run.name


def _write(run: Run, form: ExportFormat, path: Path, selection: Selection) -> list[Path]:
    match form:
        case ExportFormat.netcdf:
            from lqbayes.export.draws import write_netcdf

            return [write_netcdf(run, path, selection)]
        case ExportFormat.getdist:
            from lqbayes.export.getdist_files import write_getdist

            return write_getdist(run, path, selection)
        case ExportFormat.csv | ExportFormat.parquet:
            from lqbayes.export.draws import write_csv, write_parquet

            return [(write_csv if form is ExportFormat.csv else write_parquet)(run, path, selection)]
        case ExportFormat.latex:
            from lqbayes.report.tables import interval_table
            from lqbayes.results.summary import Summary
            from lqbayes.storage.atomic import write_text_atomically

            write_text_atomically(path, interval_table(Summary.of(run)).latex())
            return [path]
