"""What a run says about itself while it is alive: the contents of ``status.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.input.printable import has_control_characters, printable
from lqbayes.input.problems import shown
from lqbayes.input.small_json import read_small_json
from lqbayes.storage.atomic import write_text_atomically

FILE_NAME = "status.json"
STAGES = ("waiting", "bounds", "likelihood", "sampling", "done")
StatusT = TypeVar("StatusT", "EnsembleStatus", "RunStatus")
History = tuple[tuple[float, int, float | None, float | None], ...]

_LARGEST = 2**63
_LONGEST = 1000
_MEND = "remove the file, and lqbayes writes it again"


@dataclass(frozen=True, slots=True)
class EnsembleStatus:
    """Where one ensemble stands, or one of its populations."""

    index: int  # from 0
    # waiting; bounds: annealing into the hard bounds; likelihood: raising its power from 0 to 1; sampling: at the posterior; done
    stage: str = "waiting"
    rung: int = 0
    penalty: float = 0.0
    beta: float = 0.0
    steps: int = 0  # stored at the posterior, of all populations of an ensemble
    sweep: int = 0  # of this rung
    sweeps: int = 0
    acceptance: float = 0.0  # share of the proposals of late
    log_evidence: float = 0.0  # collected so far by the current population
    population: int = 0  # from 0
    process: int = 0  # number of the process that works on it

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EnsembleStatus:
        """Read what `RunStatus.to_dict` wrote."""
        status = _read(cls, dict(data) | ({"penalty": math.inf} if data.get("penalty", 0.0) is None else {}))
        if status.stage not in STAGES:
            raise ArgumentError(f"status: there is no stage {shown(status.stage)}; {_MEND}")
        return status


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where a run stands.

    Attributes
    ----------
    name
        Name of the run.
    started, updated
        Times in seconds since the epoch.
    elapsed
        Seconds of work, over all sessions of a resumed run.
    time_left
        Estimated seconds to the end; None while there is no estimate.
    stage
        The stage of the ensemble that is furthest behind, or what the run does as a whole, in a word.
    ensembles
        One status each.
    worst_quantity, worst_rhat
        The quantity with the largest nested R-hat; None before the first diagnosis.
    lowest_ess_quantity, lowest_ess, lowest_ess_target
        The quantity whose effective sample size misses its target by the largest factor, and its target.
    missing, total
        How many quantities miss their targets, and out of how many.
    converged
        Whether all targets are met; None before the first diagnosis.
    message
        A sentence for people.
    history
        One entry per diagnosis: seconds of work, stored steps, worst nested R-hat (None where there is none), and the smallest ratio of an
        effective sample size to its target.
    """

    name: str
    started: float
    updated: float
    elapsed: float = 0.0
    time_left: float | None = None
    stage: str = "waiting"
    ensembles: tuple[EnsembleStatus, ...] = ()
    worst_quantity: str | None = None
    worst_rhat: float | None = None
    lowest_ess_quantity: str | None = None
    lowest_ess: float | None = None
    lowest_ess_target: float | None = None
    missing: int | None = None
    total: int | None = None
    converged: bool | None = None
    message: str = ""
    history: History = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``status.json``."""
        # JSON has no infinity: the penalty is None once the hard bounds hold. A message may quote anything.
        ensembles = [asdict(e) | {"penalty": e.penalty if math.isfinite(e.penalty) else None} for e in self.ensembles]
        words = {name: printable(getattr(self, name), keep="\n\t")[:_LONGEST] for name in ("name", "message")}
        return asdict(self) | words | {"ensembles": ensembles, "history": [list(entry) for entry in self.history]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunStatus:
        """Read what `to_dict` wrote; a display or an estimate can compute with what comes out."""
        entries, history = data.get("ensembles", []), data.get("history", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ArgumentError(f"status: ensembles must be a list of objects; {_MEND}")
        if not isinstance(history, list) or not all(_is_diagnosis(entry) for entry in history):
            raise ArgumentError(f"status: history must be a list of diagnoses; {_MEND}")
        lists = {"ensembles": tuple(EnsembleStatus.from_dict(entry) for entry in entries), "history": tuple(tuple(e) for e in history)}
        return _read(cls, dict(data) | lists)


def write_status(folder: Path, status: RunStatus) -> None:
    """Write status.json; not synced to disk, since it is written twice a second and matters while the run is alive."""
    write_text_atomically(folder / FILE_NAME, json.dumps(status.to_dict()), sync=False)


def read_status(folder: Path) -> RunStatus | None:
    """Read status.json where it can be read."""
    try:
        return RunStatus.from_dict(read_small_json(folder / FILE_NAME))
    except (RunError, ArgumentError):
        return None


def has_ended(folder: Path) -> bool:
    """Whether the last session of a run came to an end by itself."""
    status = read_status(folder)
    return status is not None and status.stage == "ended"


def _is_diagnosis(entry: object) -> bool:
    if not isinstance(entry, list) or len(entry) != len(("elapsed", "steps", "R-hat", "share")):
        return False
    elapsed, steps, *results = entry
    return all(_fits(x, {float}) for x in (elapsed, steps)) and isinstance(steps, int) and all(_fits(x, {float, NoneType}) for x in results)


def _read(cls: type[StatusT], data: Mapping[str, Any]) -> StatusT:
    """Take the fields that are known, each of which must be of the type that it declares."""
    hints = get_type_hints(cls)
    known: dict[str, Any] = {}
    for field in fields(cls):
        if field.name not in data:
            if field.default is MISSING:
                raise ArgumentError(f"status: {field.name} is missing; {_MEND}")
            continue
        known[field.name] = value = data[field.name]
        kinds = set(get_args(hints[field.name])) or {hints[field.name]}
        if not isinstance(value, tuple) and not _fits(value, kinds):
            words = " or ".join(sorted(getattr(kind, "__name__", "list").replace("NoneType", "None") for kind in kinds))
            raise ArgumentError(f"status: {field.name} must be {words}, not {shown(value)}; {_MEND}")
    return cls(**known)


def _fits(value: object, kinds: set[Any]) -> bool:
    if isinstance(value, str):
        return str in kinds and len(value) <= _LONGEST and not has_control_characters(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return bool(kinds & {int, float}) and -_LARGEST < value < _LARGEST
    return type(value) in kinds
