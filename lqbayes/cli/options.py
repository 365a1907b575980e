"""Arguments and options that several commands share, and the reading of their values."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, TypeVar

import typer

from lqbayes.cli import completion
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
INTERVAL_ERROR: Final = (
    "Largest Monte Carlo error of any printed median or interval end, as a share of half the interval's width, both in normal scores."
)
COMMAND_LINE: Final = "command line"
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([smhd]?)")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def output_option(metavar: str, help_text: str, default: str | bool = False) -> Any:
    """Declare the option ``--output`` of a command."""
    return typer.Option("--output", "-o", metavar=metavar, help=help_text, show_default=default)


def argument(metavar: str, help_text: str, complete: Callable[..., list[str]]) -> Any:
    """Declare an argument that the shell completes."""
    return typer.Argument(metavar=metavar, help=help_text, show_default=False, autocompletion=complete)


def file_option(help_text: str, default: str | bool, complete: Callable[..., list[str]]) -> Any:
    """Declare an option that takes the name of a shipped file or the path of another."""
    return typer.Option(metavar="NAME|FILE", help=help_text, show_default=default, autocompletion=complete)


PlotFormat = Literal["png", "pdf"]
RunArgument = Annotated[str, argument("RUN", "Name of a run in chains/, or path of its directory.", completion.runs)]
_OF_THE_MODEL = "paper, or the model's own; of MODEL.py: MODEL{}.toml beside it"
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="FILE|NAME",
        help="Model: a Python file of yours, or one built in or installed.",
        show_default="three-leptoquarks",
        autocompletion=completion.models,
    ),
]
RunModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="FILE", help="The model file that the run was made with; its contents must be the same.", show_default=False
    ),
]
_MEASUREMENTS, _PRIOR = ("Measurements: a shipped name or a TOML file.", "Prior: a shipped name or a TOML file.")
LikelihoodOption = Annotated[str | None, file_option(_MEASUREMENTS, _OF_THE_MODEL.format(""), completion.likelihoods)]
PriorOption = Annotated[str | None, file_option(_PRIOR, _OF_THE_MODEL.format("-prior"), completion.priors)]
FormulasOption = Annotated[
    str | None,
    typer.Option(
        metavar="SET",
        help="Formula set of the model: 'paper' for the printed formulas, 'corrected' for an independent derivation, 'full' for all that "
        "constrains it.",
        show_default="the model's first",
        autocompletion=completion.formulas,
    ),
]
SeedOption = Annotated[int, typer.Option(help="Every random number follows from it.")]
_BY_DIMENSION = "by the number of free parameters"
WalkersOption = Annotated[int | None, typer.Option(help="Walkers of each population of an ensemble.", show_default=_BY_DIMENSION)]
SweepsOption = Annotated[int | None, typer.Option(help="Steps at each temperature of the annealing.", show_default=_BY_DIMENSION)]
MaxTimeOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="End this session after this time: 90, 90s, 10m or 2h.", show_default="no limit")
]
WorkersOption = Annotated[
    int | None, typer.Option(help="Processes that sample and draw; the result does not depend on it.", show_default="one per core")
]
EngineOption = Annotated[
    str, typer.Option(metavar="local|dask", help="Processes of this machine, or a dask cluster; the result is the same.")
]
SchedulerOption = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Address of the dask scheduler.", show_default=False)]
AUDIT: Final[Any] = typer.Option(
    metavar="SHARE", help="Share of the evaluations for a search of missed modes at the end, at most 0.1; 0 for none.", show_default="0.1"
)
TopOption = Annotated[int, typer.Option(min=0, help="How many quantities to show, the worst first; 0 for all.")]
CaptionsOption = Annotated[bool, typer.Option(help="Title and notes in the figure; an article has them below it.")]


class Files(NamedTuple):
    """Measurements and prior that a user names."""

    likelihood: str | None
    prior: str | None
    made_for: str = ""  # Name of shipped files that a command prefers to those that are usual


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


def load_posterior(
    model: str | None, formulas: str | None, files: Files, problems: list[Problem], *, hard_limits: bool = False
) -> Posterior | None:
    """Load everything; what is wrong with any of it is added to the problems."""
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.posterior import Posterior
    from lqbayes.prior.prior import Prior

    chosen = attempt(problems, lambda: chosen_model(model, formulas))
    # With a wrong formula set the files can still be checked.
    known = chosen if chosen is not None or formulas is None else attempt([], lambda: chosen_model(model))
    if known is None:
        return None
    measured = attempt(problems, lambda: Likelihood.load(chosen_file(known, "likelihood", files.likelihood, files.made_for), known))
    prior = attempt(problems, lambda: Prior.load(chosen_file(known, "prior", files.prior, files.made_for), known))
    if chosen is None or measured is None or prior is None:
        return None
    return Posterior(prior, measured.with_hard_limits() if hard_limits else measured)


def chosen_model(model: str | None, formulas: str | None = None) -> Model:
    """Find the model and its variant that the options ``--model`` and ``--formulas`` name."""
    from lqbayes.model import DEFAULT_MODEL, Model

    try:
        return Model.load(DEFAULT_MODEL if model is None else os.path.expanduser(model), formulas)
    except InputError as error:
        named = ((p, p.file == "arguments") for p in error.problems)
        raise InputError(replace(p, file=COMMAND_LINE, key=f"--{p.key}") if here else p for p, here in named) from None


def chosen_file(model: Model, kind: Literal["likelihood", "prior"], given: str | None, made_for: str = "") -> str:
    """The measurements or the prior that an option names, else what belongs to the model: shipped with it, or beside its file."""
    from lqbayes.input.shipped import shipped_names

    shipped = made_for if made_for in shipped_names("likelihoods" if kind == "likelihood" else "priors", model.name) else model.shipped_set
    if given is not None or shipped:
        return given if given is not None else shipped
    ending = {"likelihood": ".toml", "prior": "-prior.toml"}[kind]
    beside = Path(f"{model.address.removesuffix('.py')}{ending}")
    if model.source.file is not None and beside.is_file():
        return str(beside)
    where = f" and there is no {beside.name} beside it" if model.source.file is not None else ""
    what = f"the model {model.name} comes without a {kind}{where}"
    raise InputError([Problem(COMMAND_LINE, f"--{kind}", what, f"give a file with --{kind}")])


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


def check_output_folder(output: Path | None) -> None:
    """Check the option ``--output`` of a command that writes several files, before anything is read."""
    if output is None:
        return
    if not output.is_dir():
        raise ArgumentError(f"--output: there is no folder '{output}'; make it first")
    from lqbayes.storage.atomic import check_writable

    try:
        check_writable(output)
    except OSError as error:
        raise ArgumentError(f"--output: '{output}' cannot be written ({error.strerror}); choose another place") from None


def check_output(output: Path | None, suffixes: tuple[str, ...] = ()) -> None:
    """Check the option ``--output`` of a command that writes one file, before anything is read."""
    if output is None:
        return
    if suffixes and output.suffix not in suffixes:
        raise ArgumentError(f"--output: '{output}' is no format for plots; end it with one of {', '.join(suffixes)}")
    check_output_folder(output.parent)
    if output.is_dir():
        raise ArgumentError(f"--output: '{output}' is a folder; give the path of a file in it")
