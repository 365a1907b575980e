"""``lqbayes show``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from lqbayes.likelihood.measurement import LikelihoodSet
    from lqbayes.prior.parameter_prior import PriorSet


class FileKind(StrEnum):
    """Kinds of files."""

    likelihood = "likelihood"
    prior = "prior"


def show(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Shipped name or path of a likelihood or prior file.", show_default=False)],
    kind: Annotated[
        FileKind | None, typer.Option(help="Which of the two is meant.", show_default="what the file is; both for a name that both have")
    ] = None,
) -> None:
    """Show a likelihood or a prior, with the sources of its numbers."""
    from lqbayes.cli.consoles import output
    from lqbayes.likelihood.file import load_likelihood_set, model_of
    from lqbayes.likelihood.measurement import LikelihoodSet
    from lqbayes.model import Model
    from lqbayes.prior.file import load_prior_set

    console, model = output(), Model.load()
    kinds = [kind] if kind is not None else _kinds(file, model.name)
    sets = [load_likelihood_set(file, model_of(file, model)) if k is FileKind.likelihood else load_prior_set(file, model) for k in kinds]
    for entry in sets:
        _heading(console, entry)
        if isinstance(entry, LikelihoodSet):
            _show_likelihood(console, entry)
        else:
            _show_prior(console, entry)


def _kinds(file: str, model: str) -> list[FileKind]:
    from lqbayes.input.errors import InputError
    from lqbayes.input.problems import Problem, did_you_mean
    from lqbayes.input.shipped import read_toml, resolve, shipped_names

    likelihoods, priors = shipped_names("likelihoods", model), shipped_names("priors", model)
    named = [kind for kind, names in ((FileKind.likelihood, likelihoods), (FileKind.prior, priors)) if file in names]
    if named:
        return named
    try:
        path = resolve("likelihoods", file, model)
    except InputError as error:
        # Neither kind has it: give advice from both.
        if any("there is no shipped" in problem.message for problem in error.problems):
            names = sorted({*likelihoods, *priors})
            problem = Problem(
                repr(file), "", "there is no shipped likelihood or prior of this name", f"{did_you_mean(file, names)}; or give a path"
            )
            raise InputError([problem]) from None
        raise
    contents = read_toml(path)
    kinds = [kind for kind, key in ((FileKind.likelihood, "measurement"), (FileKind.prior, "parameters")) if key in contents]
    if len(kinds) != 1:
        message = "is neither a likelihood (tables [[measurement]]) nor a prior (a table [parameters])"
        raise InputError([Problem(file, "", message, "add what is missing, or tell with --kind what it is meant to be")])
    return kinds


def _heading(console: Console, entry: LikelihoodSet | PriorSet) -> None:
    console.print(f"{entry.title}", style="bold")
    console.print(f"{entry.name}: {entry.path}")
    if entry.description:
        console.print(" ".join(entry.description.split()))


def _show_likelihood(console: Console, entry: LikelihoodSet) -> None:
    from lqbayes.likelihood.forms.correlated_gaussian import CorrelatedGaussian
    from lqbayes.report.terminal import new_table

    table = new_table()
    for heading in ("measurement", "observable", "measured", "unit", "form", "source"):
        table.add_column(heading, overflow="fold")
    for m in entry.measurements:
        for k, (observable, text) in enumerate(zip(m.observables, m.texts(), strict=True)):
            unit = "" if m.unit == "1" else m.unit or ""
            table.add_row(m.name if k == 0 else "", observable, text, unit, m.form if k == 0 else "", m.source if k == 0 else "")
        for i, row in enumerate(m.correlation if isinstance(m, CorrelatedGaussian) else ()):
            for j in range(i):
                table.add_row("", "", f"correlation {row[j]:g} of {m.observables[j]}, {m.observables[i]}")
    console.print(table)


def _show_prior(console: Console, entry: PriorSet) -> None:
    from lqbayes.report.terminal import new_table

    table = new_table()
    for heading in ("parameter", "distribution", "numbers", "unit", "source"):
        table.add_column(heading, overflow="fold")
    for prior in entry.parameters:
        table.add_row(prior.name, prior.distribution, prior.text, "" if prior.unit == "1" else prior.unit, prior.source)
    console.print(table)
