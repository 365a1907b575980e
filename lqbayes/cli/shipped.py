"""Commands that show what comes with the package, and files of the user's own."""

from typing import Annotated, Literal

import typer

from lqbayes.cli import completion
from lqbayes.cli.consoles import output
from lqbayes.cli.options import ModelOption, argument, chosen_model
from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, did_you_mean

FileKind = Literal["likelihood", "prior"]


def listing(
    what: Annotated[
        Literal["parameters", "observables", "likelihoods", "priors"],
        typer.Argument(metavar="parameters|observables|likelihoods|priors", help="What to list.", show_default=False),
    ],
    model: ModelOption = None,
) -> None:
    """List the model's parameters or observables, or the shipped likelihoods or priors."""
    from lqbayes.report.tables import file_table, model_table

    chosen = chosen_model(model)
    if what == "parameters" or what == "observables":  # noqa: PLR1714 - mypy understands this one
        output().print(model_table(chosen, what))
    else:
        output().print(file_table(chosen, what))


def show(
    file: Annotated[
        str,
        argument("NAME|FILE", "Shipped name or path of a likelihood or prior file.", completion.shipped_files),
    ],
    kind: Annotated[
        FileKind | None, typer.Option(help="Which of the two is meant.", show_default="what the file is; both for a name that both have")
    ] = None,
    model: ModelOption = None,
) -> None:
    """Show a likelihood or a prior, with the sources of its numbers."""
    from lqbayes.likelihood.file import load_likelihood_set, model_of
    from lqbayes.likelihood.measurement import LikelihoodSet
    from lqbayes.prior.file import load_prior_set
    from lqbayes.report.tables import measurement_table, prior_table

    console, chosen = output(), chosen_model(model)
    kinds = [kind] if kind is not None else _kinds(file, chosen.name)
    sets = [load_likelihood_set(file, model_of(file, chosen)) if k == "likelihood" else load_prior_set(file, chosen) for k in kinds]
    for entry in sets:
        console.print(f"{entry.title}", style="bold")
        console.print(f"{entry.name}: {entry.path}", soft_wrap=True)
        if entry.description:
            console.print(" ".join(entry.description.split()))
        console.print(measurement_table(entry) if isinstance(entry, LikelihoodSet) else prior_table(entry, chosen))


def _kinds(file: str, model: str) -> list[FileKind]:
    from lqbayes.input.shipped import read_toml, resolve, shipped_names

    shipped: dict[FileKind, list[str]] = {"likelihood": shipped_names("likelihoods", model), "prior": shipped_names("priors", model)}
    named = [kind for kind, names in shipped.items() if file in names]
    if named:
        return named
    try:
        contents = read_toml(resolve("likelihoods", file, model))
    except InputError as error:
        # Neither kind has it: give advice from both.
        if any("there is no shipped" in problem.message for problem in error.problems):
            advice = did_you_mean(file, sorted({name for names in shipped.values() for name in names}))
            message = "there is no shipped likelihood or prior of this name"
            raise InputError([Problem(repr(file), "", message, f"{advice}; or give a path")]) from None
        raise
    keys: dict[FileKind, str] = {"likelihood": "measurement", "prior": "parameters"}
    kinds = [kind for kind, key in keys.items() if key in contents]
    if len(kinds) != 1:
        message = "is neither a likelihood (tables [[measurement]]) nor a prior (a table [parameters])"
        raise InputError([Problem(file, "", message, "add what is missing, or say with --kind what it is meant to be")])
    return kinds
