"""``lqbayes list``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Listed(StrEnum):
    """What can be listed."""

    parameters = "parameters"
    observables = "observables"
    likelihoods = "likelihoods"
    priors = "priors"


def listing(
    what: Annotated[Listed, typer.Argument(metavar="parameters|observables|likelihoods|priors", help="What to list.", show_default=False)],
) -> None:
    """List the model's parameters or observables, or the shipped likelihoods or priors."""
    from lqbayes.cli.consoles import output
    from lqbayes.report.terminal import new_table

    table = new_table()
    headings, rows = _contents(what)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    output().print(table)


def _contents(what: Listed) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    from lqbayes.model import Model

    model = Model.load()
    match what:
        case Listed.parameters:
            return ("parameter", "unit", "meaning"), [(p.name, p.unit, p.description) for p in model.parameters]
        case Listed.observables:
            return ("observable", "unit", "meaning"), [(o.name, o.unit, o.description) for o in model.observables]
        case Listed.likelihoods:
            from lqbayes.input.shipped import shipped_names
            from lqbayes.likelihood.file import load_likelihood_set, model_of

            likelihoods = [load_likelihood_set(name, model_of(name, model)) for name in shipped_names("likelihoods", model.name)]
            return ("likelihood", "terms", "title"), [(s.name, str(len(s.measurements)), s.title) for s in likelihoods]
        case Listed.priors:
            from lqbayes.input.shipped import shipped_names
            from lqbayes.prior.file import load_prior_set

            priors = [load_prior_set(name, model) for name in shipped_names("priors", model.name)]
            return ("prior", "sampled", "title"), [
                (s.name, str(sum(p.distribution != "fixed" for p in s.parameters)), s.title) for s in priors
            ]
