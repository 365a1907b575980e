"""Names that the shell completes: of runs, shipped files, models, formula sets and quantities (``lqbayes --install-completion``)."""

from contextlib import suppress
from importlib.metadata import entry_points

import typer

from lqbayes.input.errors import LqbayesError


def runs(incomplete: str) -> list[str]:
    """Complete the name of a run in chains/."""
    from lqbayes.cli.options import RUNS
    from lqbayes.input.extends import RUN_FILE

    return sorted(path.parent.name for path in RUNS.glob(f"*/{RUN_FILE}") if path.parent.name.startswith(incomplete))


def likelihoods(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a shipped measurement set of the model."""
    from lqbayes.input.shipped import shipped_names

    return [name for name in shipped_names("likelihoods", _model_name(context)) if name.startswith(incomplete)]


def priors(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a shipped prior of the model."""
    from lqbayes.input.shipped import shipped_names

    return [name for name in shipped_names("priors", _model_name(context)) if name.startswith(incomplete)]


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
    from lqbayes.cli.options import run_path
    from lqbayes.storage.configuration import RunConfiguration

    with suppress(LqbayesError):
        found = RunConfiguration.read(run_path(str(context.params.get("run") or ""))).model.corner_groups
        return [name for name in found if name.startswith(incomplete)]
    return []


def profiled(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a quantity of a run that has a profile likelihood."""
    from lqbayes.cli.options import run_path
    from lqbayes.results.profile import profiled_quantities
    from lqbayes.storage.configuration import RunConfiguration

    with suppress(LqbayesError):
        found = profiled_quantities(RunConfiguration.read(run_path(str(context.params.get("run") or ""))).posterior())
        return [name for name in found if name.startswith(incomplete)]
    return []


def _model_name(context: typer.Context) -> str:
    """The model that the line has so far; a file is not run for this."""
    from lqbayes.model import DEFAULT_MODEL

    return str(context.params.get("model") or DEFAULT_MODEL)
