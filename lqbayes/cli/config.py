"""``lqbayes sample --config FILE``: options of the command as TOML; the run.toml of a run works as one."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from lqbayes.input.errors import InputError
from lqbayes.input.extends import RUN_FILE, read_of_run
from lqbayes.input.problems import Problem, problems_from_validation
from lqbayes.input.shipped import read_toml


def use_config(context: typer.Context, file: Path | None) -> Path | None:
    """Take the options of a file for those that the command line does not have."""
    if file is None or context.resilient_parsing:
        return file
    given = _options_of_run(file) if file.name == RUN_FILE else read_toml(file)
    context.default_map = {**(context.default_map or {}), **_checked(given, file, context.command.callback)}
    return file


def _checked(given: Mapping[str, Any], file: Path, command: Callable[..., Any] | None) -> dict[str, Any]:
    from pydantic import ConfigDict, ValidationError, create_model

    hints = {name: hint for name, hint in get_type_hints(command).items() if name not in {"config", "return"}}
    fields: dict[str, Any] = {name.replace("_", "-"): (hint, None) for name, hint in hints.items()}
    values = {key.replace("_", "-"): value for key, value in given.items()}
    try:
        create_model("Options", __config__=ConfigDict(strict=True, extra="forbid"), **fields)(**values)
    except ValidationError as error:
        raise InputError(problems_from_validation(error, file=str(file), data=values, fields=fields)) from None
    return {key.replace("-", "_"): value for key, value in values.items()}


def _options_of_run(file: Path) -> dict[str, Any]:
    """What a run was asked to do, as options."""
    data = read_of_run(file)
    sampling, targets, model = (data.get(name) for name in ("sampling", "targets", "model"))
    if not (isinstance(sampling, Mapping) and isinstance(targets, Mapping) and isinstance(model, Mapping)):
        raise InputError([Problem(str(file), "", "is not the run.toml of a run", "give one, or a file of options under another name")])
    # A model file is named by the user alone: what stands in run.toml is never run.
    own = {} if "sha256" in model else {"model": model.get("name"), "formulas": model.get("variant")}
    size = {key.removesuffix("_per_rung"): sampling[key] for key in ("seed", "ensembles", "walkers", "sweeps_per_rung") if key in sampling}
    return {"likelihood": str(file), "prior": str(file), **own, **size, **targets}


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        is_eager=True,
        callback=use_config,
        help="Options as TOML: seed = 2, max-time = '2h'; or the run.toml of a run. What is said here on the command line wins.",
        show_default=False,
    ),
]
