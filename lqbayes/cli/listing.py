"""``lqbayes list``."""

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
    from lqbayes.model import Model
    from lqbayes.report.tables import file_table, model_table

    model = Model.load()
    match what.value:
        case "parameters" | "observables" as kind:
            output().print(model_table(model, kind))
        case "likelihoods" | "priors" as kind:
            output().print(file_table(model, kind))
