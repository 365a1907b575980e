"""Options that several commands share, and the reading of their values."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from lqbayes.model import Model
    from lqbayes.storage.run import Run


COMMAND_LINE: Final = "command line"

RUNS: Final = Path("chains")

_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([smhd]?)")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Name of a run in chains/, or path of its directory.", show_default=False)]
FormulasOption = Annotated[
    str,
    typer.Option(
        "--formulas", metavar="SET", help="Formula set: 'paper' for the printed formulas, 'corrected' for an independent derivation."
    ),
]

EngineOption = Annotated[
    str, typer.Option("--engine", metavar="local|dask", help="Processes of this machine, or a dask cluster; the result is the same.")
]
SchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Address of the dask scheduler.", show_default=False)
]


PLOTS: Final = (".png", ".pdf", ".svg")
CaptionsOption = Annotated[bool, typer.Option(help="Title and notes in the figure; an article has them below it.")]


class PlotFile(StrEnum):
    """Formats of plots in the run directory."""

    png = "png"
    pdf = "pdf"


def duration(text: str) -> float | None:
    """Read a duration."""
    compact = text.strip().lower()
    if not re.fullmatch(rf"(?:{_DURATION.pattern}\s*)+", compact):
        return None
    parts = _DURATION.findall(compact)
    if len(parts) > 1 and any(not unit for _, unit in parts):
        return None
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return seconds if 0 < seconds < float("inf") else None


def run_path(name_or_path: str) -> Path:
    """Directory of a run."""
    path = Path(os.path.expanduser(name_or_path))  # which leaves a ~ of an unknown user as it is
    is_name = path.name == name_or_path != ".."
    if not is_name or (not (RUNS / path).exists() and (path / "run.toml").is_file()):
        return path
    return RUNS / path


def open_run(name_or_path: str) -> Run:
    """Open a run by its name in chains/ or the path of its directory."""
    from lqbayes.storage.run import Run

    return Run.open(run_path(name_or_path))


def output_file(output: Path | None, suffixes: tuple[str, ...] = ()) -> None:
    """Check the option ``--output`` before anything is read."""
    from lqbayes.input.errors import ArgumentError

    if output is None:
        return
    if suffixes and output.suffix not in suffixes:
        raise ArgumentError(f"--output: '{output}' is no format for plots; end it with one of {', '.join(suffixes)}")
    if not output.parent.is_dir():
        raise ArgumentError(f"--output: there is no folder '{output.parent}'; make it first")
    if output.is_dir():
        raise ArgumentError(f"--output: '{output}' is a folder; give the path of a file in it")


def chosen_model(formulas: str) -> Model:
    """Find the variant of the model that the option ``--formulas`` names."""
    from lqbayes.input.errors import InputError
    from lqbayes.input.problems import Problem, did_you_mean
    from lqbayes.model import Model

    variants = {model.variant: model for model in Model.variants()}
    if formulas not in variants:
        raise InputError([Problem(COMMAND_LINE, "--formulas", f"there is no formula set '{formulas}'", did_you_mean(formulas, variants))])
    return variants[formulas]


def where_to_work(engine: str, scheduler: str | None, workers: int | None) -> list[tuple[str, str, str]]:
    """Check the options that choose who does the work."""
    found = []
    if engine not in {"local", "dask"}:
        found.append(("--engine", f"there is no engine '{engine}'", "use local or dask"))
    elif engine == "dask" and not scheduler:
        found.append(("--scheduler", "is missing", "give the address of a dask scheduler, such as tcp://10.0.0.1:8786"))
    elif engine == "local" and scheduler:
        found.append(("--scheduler", "is for --engine dask only", "add --engine dask, or leave it out"))
    if engine == "dask" and workers is not None:
        found.append(("--workers", "is for --engine local only", "leave it out: a cluster has the workers that it has"))
    return found
