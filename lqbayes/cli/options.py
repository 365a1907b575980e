"""Arguments and options that several commands share, and the reading of their values."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import typer

from lqbayes.input.errors import ArgumentError, InputError
from lqbayes.input.problems import Problem

if TYPE_CHECKING:
    from lqbayes.model import Model
    from lqbayes.posterior import Posterior
    from lqbayes.sampling.settings import SettingProblem

T = TypeVar("T")

RUNS: Final = Path("chains")
PLOTS: Final = (".png", ".pdf", ".svg")
RHAT: Final = "Largest nested R-hat of any quantity when sampling may end."
ESS_OBSERVABLES: Final = "Smallest effective sample size of observables and of headline parameters."
ESS_PARAMETERS: Final = "Smallest effective sample size of the other parameters."
INTERVAL_ERROR: Final = "Largest Monte Carlo error of any printed median or interval end, as a share of half the interval's width."
COMMAND_LINE: Final = "command line"
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([smhd]?)")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


PlotFormat = Literal["png", "pdf"]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Name of a run in chains/, or path of its directory.", show_default=False)]
LikelihoodOption = Annotated[str, typer.Option(metavar="NAME|FILE", help="Measurements: a shipped name or a TOML file.")]
PriorOption = Annotated[str, typer.Option(metavar="NAME|FILE", help="Prior: a shipped name or a TOML file.")]
FormulasOption = Annotated[
    str, typer.Option(metavar="SET", help="Formula set: 'paper' for the printed formulas, 'corrected' for an independent derivation.")
]
SeedOption = Annotated[int, typer.Option(help="Every random number follows from it.")]
WalkersOption = Annotated[int, typer.Option(help="Walkers of each population of an ensemble.")]
SweepsOption = Annotated[int, typer.Option(help="Steps at each temperature of the annealing.")]
MaxTimeOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="End this session after this time: 90, 90s, 10m or 2h.", show_default="no limit")
]
WorkersOption = Annotated[int | None, typer.Option(help="Processes; the result does not depend on it.", show_default="one per core")]
EngineOption = Annotated[
    str, typer.Option(metavar="local|dask", help="Processes of this machine, or a dask cluster; the result is the same.")
]
SchedulerOption = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address of the dask scheduler.", show_default=False)]
TopOption = Annotated[int, typer.Option(min=0, help="How many quantities to show, the worst first; 0 for all.")]
CaptionsOption = Annotated[bool, typer.Option(help="Title and notes in the figure; an article has them below it.")]


def output_option(metavar: str, help_text: str, default: str | bool = False) -> Any:
    """Declare the option ``--output`` of a command."""
    return typer.Option("--output", "-o", metavar=metavar, help=help_text, show_default=default)


def setting_problems(found: Iterable[SettingProblem]) -> list[Problem]:
    """Say what is wrong with settings by the names of their options."""
    options = ((f"--{name.removesuffix('_per_rung').replace('_', '-')}", *words) for name, *words in found)
    return [Problem(COMMAND_LINE, *words) for words in options]


def attempt(problems: list[Problem], load: Callable[[], T]) -> T | None:
    """Load something; what is wrong with it is added to the problems."""
    try:
        return load()
    except InputError as error:
        problems.extend(error.problems)
        return None


def load_posterior(likelihood: str, prior: str, formulas: str, problems: list[Problem], *, hard_limits: bool = False) -> Posterior | None:
    """Load everything; what is wrong with any of it is added to the problems."""
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.posterior import Posterior
    from lqbayes.prior.prior import Prior

    model = attempt(problems, lambda: chosen_model(formulas))
    measured = attempt(problems, lambda: Likelihood.load(likelihood, model))
    known = attempt(problems, lambda: Prior.load(prior, model))
    if model is None or measured is None or known is None:
        return None
    return Posterior(known, measured.with_hard_limits() if hard_limits else measured)


def chosen_model(formulas: str) -> Model:
    """Find the variant of the model that the option ``--formulas`` names."""
    from lqbayes.model import Model

    try:
        return Model.load(variant=formulas)
    except InputError as error:
        raise InputError(replace(problem, file=COMMAND_LINE, key="--formulas") for problem in error.problems) from None


def time_limit(text: str | None, problems: list[Problem]) -> float | None:
    """Read the option ``--max-time``."""
    seconds = None if text is None else duration(text)
    if text is not None and seconds is None:
        problems += setting_problems([("max_time", f"'{text}' is no time above 0", "write 90, 90s, 10m, 2h or 2h30m")])
    return seconds


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


def check_output(output: Path | None, suffixes: tuple[str, ...] = ()) -> None:
    """Check the option ``--output`` before anything is read."""
    if output is None:
        return
    if suffixes and output.suffix not in suffixes:
        raise ArgumentError(f"--output: '{output}' is no format for plots; end it with one of {', '.join(suffixes)}")
    if not output.parent.is_dir():
        raise ArgumentError(f"--output: there is no folder '{output.parent}'; make it first")
    if output.is_dir():
        raise ArgumentError(f"--output: '{output}' is a folder; give the path of a file in it")
