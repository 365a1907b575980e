"""``lqbayes best-fit``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from lqbayes.cli.options import RunArgument, open_run
from lqbayes.results import DEFAULT_STARTS


class BestFitFormat(StrEnum):
    """Formats of the best fit."""

    terminal = "terminal"
    json = "json"
    toml = "toml"


def best_fit(
    run: RunArgument,
    starts: Annotated[int, typer.Option(help="From how many of the best draws the search starts.")] = DEFAULT_STARTS,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the search.")] = 1,
    form: Annotated[
        BestFitFormat, typer.Option("--format", help="json has everything in full precision; toml has the points, for lqbayes predict.")
    ] = BestFitFormat.terminal,
) -> None:
    """Find the maxima of the likelihood and of the posterior density, from the best draws of a run.

    Shows chi2, pulls, parameters and observables of both, compares with the model's point without new physics, and writes best-fit.toml and
    best-fit.json into the run directory.
    """
    from lqbayes.cli.consoles import output, report_end
    from lqbayes.report.best_fit import NOTES, best_fit_tables, to_json, to_toml, write_best_fit
    from lqbayes.results.best_fit import best_fit as find_best_fit
    from lqbayes.results.summary import Summary

    opened = open_run(run)
    fit = find_best_fit(opened, seed=seed, starts=starts)
    written = write_best_fit(fit, opened)
    if form is BestFitFormat.terminal:
        for part in (*best_fit_tables(fit), *NOTES):
            output().print(part)
    else:
        typer.echo(to_json(fit, opened) if form is BestFitFormat.json else to_toml(fit, opened), nl=False)
    report_end(Summary.of(opened).state, written)
