"""``lqbayes best-fit``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from lqbayes.cli.options import RunArgument, run_path

# Repeated here, since the library loads slowly; a test compares them.
_STARTS, _LEAST_STARTS = 256, 8


class BestFitFormat(StrEnum):
    """Formats of the best fit."""

    terminal = "terminal"
    json = "json"
    toml = "toml"


def best_fit(
    run: RunArgument,
    starts: Annotated[int, typer.Option(min=_LEAST_STARTS, help="From how many of the best draws the search starts.")] = _STARTS,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the search.")] = 1,
    form: Annotated[
        BestFitFormat, typer.Option("--format", help="json has everything in full precision; toml has the points, for lqbayes predict.")
    ] = BestFitFormat.terminal,
) -> None:
    """Find the maxima of the likelihood and of the posterior density, from the best draws of a run.

    Shows chi2, pulls, parameters and observables of both, compares with the standard model, and writes best-fit.toml and best-fit.json into
    the run directory.
    """
    from lqbayes.cli.consoles import errors, output
    from lqbayes.report.best_fit_table import NOTES, best_fit_tables, to_json, to_toml, write_best_fit
    from lqbayes.report.terminal import state_text
    from lqbayes.results.best_fit import best_fit as find_best_fit
    from lqbayes.storage.run import Run

    opened = Run.open(run_path(run))
    fit = find_best_fit(opened, seed=seed, starts=starts)
    written = write_best_fit(fit, opened)
    if form is BestFitFormat.terminal:
        console = output()
        for table in best_fit_tables(fit):
            console.print(table)
        for note in NOTES:
            console.print(note)
    else:
        typer.echo(to_json(fit, opened) if form is BestFitFormat.json else to_toml(fit, opened), nl=False)
    messages = errors()
    for path in written:
        messages.print(f"wrote {path}")
    messages.print(state_text(opened.convergence()))
