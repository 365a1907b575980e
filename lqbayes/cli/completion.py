"""Names that the shell completes: of runs, shipped files, models, formula sets and quantities (``lqbayes --install-completion``)."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import typer

from lqbayes.input.errors import LqbayesError

if TYPE_CHECKING:
    from lqbayes.input.shipped import Kind
    from lqbayes.storage.configuration import RunConfiguration


def runs(incomplete: str) -> list[str]:
    """Complete the name of a run in chains/."""
    from lqbayes.cli.options import RUNS
    from lqbayes.input.extends import RUN_FILE

    return sorted(path.parent.name for path in RUNS.glob(f"*/{RUN_FILE}") if path.parent.name.startswith(incomplete))


def likelihoods(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a shipped measurement set of the model."""
    return _shipped("likelihoods", context, incomplete)


def priors(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a shipped prior of the model."""
    return _shipped("priors", context, incomplete)


def shipped_files(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a shipped measurement set or prior of the model."""
    return sorted({*likelihoods(context, incomplete), *priors(context, incomplete)})


def models(incomplete: str) -> list[str]:
    """Complete the name of a model that is built in or installed."""
    from lqbayes.model import ENTRY_POINTS

    return sorted(name for name in entry_points(group=ENTRY_POINTS).names if name.startswith(incomplete))


def formulas(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of one of the model's formula sets."""
    from lqbayes.model import Model

    with suppress(LqbayesError):
        return [model.variant for model in Model.variants(_model_name(context)) if model.variant.startswith(incomplete)]
    return []


def groups(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a group of quantities of a run's model."""
    with suppress(LqbayesError):
        return [name for name in _asked(context).model.corner_groups if name.startswith(incomplete)]
    return []


def profiled(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a quantity of a run that has a profile likelihood."""
    from lqbayes.results.profile import profiled_quantities

    with suppress(LqbayesError):
        return [name for name in profiled_quantities(_asked(context).posterior()) if name.startswith(incomplete)]
    return []


def _asked(context: typer.Context) -> RunConfiguration:
    """What the run was asked that the line has so far."""
    from lqbayes.cli.options import run_path
    from lqbayes.storage.configuration import RunConfiguration

    return RunConfiguration.read(run_path(_run(context)))


def _run(context: typer.Context) -> str:
    """Name of that run; while the value of an option is completed, arguments have not been told apart."""
    if all(parameter.name != "run" for parameter in context.command.params):
        return ""
    return str(context.params.get("run") or next(iter(context.args), ""))


def _shipped(kind: Kind, context: typer.Context, incomplete: str) -> list[str]:
    from lqbayes.input.shipped import shipped_names

    with suppress(LqbayesError):
        return [name for name in shipped_names(kind, _model_name(context)) if name.startswith(incomplete)]
    return []


def _model_name(context: typer.Context) -> str:
    """The model that the line has so far, by itself or by a run; a file is not run for this."""
    from lqbayes.model import DEFAULT_MODEL

    return _asked(context).model.name if _run(context) else str(context.params.get("model") or DEFAULT_MODEL)
