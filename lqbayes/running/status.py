"""What a run says about itself while it is alive: status.json for everybody, made of a small file that each population writes."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer

from lqbayes.input.errors import InputError, RunError
from lqbayes.input.printable import has_control_characters, printable
from lqbayes.input.small_json import STRICT, read_small_json, small_json
from lqbayes.storage.atomic import write_text_atomically

FILE_NAME = "status.json"
HEARTBEATS = "heartbeat"
_HEARTBEAT = "ensemble-*-population-*"
_LONGEST = 1000


def _plain(text: str) -> str:
    if has_control_characters(text):
        raise ValueError("has control characters")
    return text


# What is written may quote anything; what is read must be fit for a terminal.
Text = Annotated[
    str, Field(max_length=_LONGEST), AfterValidator(_plain), PlainSerializer(lambda text: printable(text, keep="\n\t")[:_LONGEST])
]
Whole = Annotated[int, Field(gt=-(2**63), lt=2**63)]
# JSON has no infinity: the penalty is null once the hard bounds hold.
Penalty = Annotated[float, Field(allow_inf_nan=True), BeforeValidator(lambda number: math.inf if number is None else number)]
Stage = Literal["waiting", "bounds", "likelihood", "sampling", "done"]
"""Of bounds, the population is annealed into them; in likelihood, its power rises from 0 to 1; sampling is at the posterior."""

History = tuple[tuple[float, Whole, float | None, float | None], ...]
"""One entry per diagnosis: seconds of work, stored steps, worst nested R-hat, smallest effective sample size over its target."""


@dataclass(frozen=True, slots=True)
class EnsembleStatus:
    """Where one ensemble stands, or one of its populations."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    index: Whole  # from 0
    stage: Stage = "waiting"
    rung: Whole = 0
    penalty: Penalty = 0.0
    beta: float = 0.0
    steps: Whole = 0  # stored at the posterior, of all populations of an ensemble
    sweep: Whole = 0  # of this rung
    sweeps: Whole = 0
    acceptance: float = 0.0  # share of the proposals of late
    log_evidence: float = 0.0  # collected so far by the current population
    population: Whole = 0  # from 0
    process: Whole = 0  # number of the process that works on it


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where a run stands; what no diagnosis or estimate has found yet is None."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: Text
    started: float  # seconds since the epoch
    updated: float
    elapsed: float = 0.0  # seconds of work, over all sessions of a resumed run
    time_left: float | None = None  # estimated seconds to the end
    stage: Text = "waiting"
    ensembles: tuple[EnsembleStatus, ...] = ()
    worst_quantity: Text | None = None  # that with the largest nested R-hat
    worst_rhat: float | None = None
    lowest_ess_quantity: Text | None = None  # that whose effective sample size misses its target by the largest factor
    lowest_ess: float | None = None
    lowest_ess_target: float | None = None
    missing: Whole | None = None  # quantities that miss their targets
    total: Whole | None = None
    converged: bool | None = None
    message: Text = ""  # for people
    history: History = ()
    audit: Text | None = None  # what the search for missed modes found
    interval_end: Text | None = None  # that which is known least, with its quantity
    interval_error: float | None = None  # its Monte Carlo error as a share of half the width of its interval
    badly_populated: Whole | None = None  # quantities that ensembles of larger evidence have somewhere else


def write_status(folder: Path, status: RunStatus) -> None:
    """Write status.json; not synced to disk, since it is written twice a second and matters while the run is alive."""
    write_text_atomically(folder / FILE_NAME, small_json(status), sync=False)


def read_status(folder: Path) -> RunStatus | None:
    """Read status.json where it can be read."""
    with suppress(InputError):
        return read_small_json(folder / FILE_NAME, RunStatus)
    return None


def has_ended(folder: Path) -> bool:
    """Check whether the last session of a run came to an end by itself."""
    status = read_status(folder)
    return status is not None and status.stage == "ended"


def write_heartbeat(run: Path, status: EnsembleStatus) -> None:
    """Write down a population's progress; not synced to disk either."""
    path = _heartbeat_path(run, status.index, status.population)
    if path.parent.is_symlink():  # it may lead into a folder of somebody else's
        raise RunError(f"{path.parent}: is a link, which lqbayes never makes; remove it, then `lqbayes resume {run}`")
    try:
        path.parent.mkdir(exist_ok=True)
        aside = path.with_suffix(".new")
        aside.unlink(missing_ok=True)  # it may be a link as well
        aside.write_text(small_json(status), encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        error.filename = str(path)  # which a full disk does not tell
        raise


def read_heartbeat(run: Path, ensemble: int, population: int) -> EnsembleStatus | None:
    """Read a population's progress; what cannot be read is as if it were not there."""
    with suppress(InputError):
        status = read_small_json(_heartbeat_path(run, ensemble, population), EnsembleStatus)
        return status if (status.index, status.population) == (ensemble, population) else None
    return None


def heartbeats(run: Path) -> Iterator[EnsembleStatus]:
    """Read the progress of all populations that say anything."""
    for path in sorted((run / HEARTBEATS).glob(f"{_HEARTBEAT}.json")):
        with suppress(InputError):
            yield read_small_json(path, EnsembleStatus)


def heartbeat_files(run: Path) -> list[Path]:
    """Find the files that `write_heartbeat` wrote, and no others: the folder may be a link, or hold what somebody else put there."""
    folder = run / HEARTBEATS
    if not folder.is_dir() or folder.is_symlink():
        return []
    return [path for path in sorted(folder.glob(_HEARTBEAT)) if path.suffix in {".json", ".new"} and (path.is_file() or path.is_symlink())]


def remove_heartbeats(run: Path) -> None:
    """Remove what the populations of a run said of themselves."""
    for path in heartbeat_files(run):
        path.unlink(missing_ok=True)
    if not (run / HEARTBEATS).is_symlink():
        with suppress(OSError):
            (run / HEARTBEATS).rmdir()


def _heartbeat_path(run: Path, ensemble: int, population: int) -> Path:
    return run / HEARTBEATS / f"ensemble-{ensemble + 1}-population-{population + 1}.json"
