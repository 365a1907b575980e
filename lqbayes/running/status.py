"""What a run says about itself while it is alive: the contents of ``status.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from lqbayes.input.errors import ArgumentError
from lqbayes.input.problems import shown
from lqbayes.running.status_types import check_types, is_number

STAGES = ("waiting", "bounds", "likelihood", "sampling", "done")
StatusT = TypeVar("StatusT", "EnsembleStatus", "RunStatus")


@dataclass(frozen=True, slots=True)
class EnsembleStatus:
    """Where one ensemble stands.

    Attributes
    ----------
    index
        Number of the ensemble, from 0.
    stage
        ``waiting``; ``bounds``: annealing into the hard bounds; ``likelihood``: raising the power of the likelihood from 0 to 1;
        ``sampling``: at the posterior, steps are stored; ``done``.
    rung
        Number of the current rung, from 0.
    penalty, power
        Strength of the penalty that leads into the hard bounds, and power of the likelihood.
    steps
        Steps stored at the posterior.
    sweep, sweeps
        Current and total number of sweeps at this rung.
    acceptance
        Accepted share of the proposals of late.
    log_evidence
        Natural logarithm of the evidence collected so far, by the current population.
    population
        Number of the current population, from 0.
    process
        Number of the process that works on it.
    """

    index: int
    stage: str = "waiting"
    rung: int = 0
    penalty: float = 0.0
    beta: float = 0.0
    steps: int = 0
    sweep: int = 0
    sweeps: int = 0
    acceptance: float = 0.0
    log_evidence: float = 0.0
    population: int = 0
    process: int = 0

    def __post_init__(self) -> None:
        check_types(self)
        if self.stage not in STAGES:
            raise ArgumentError(f"status: there is no stage {shown(self.stage)}; remove the file, and lqbayes writes it again")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EnsembleStatus:
        """Read what `RunStatus.to_dict` wrote."""
        known = _known(cls, data)
        return _made(cls, known | ({"penalty": math.inf} if known.get("penalty", 0.0) is None else {}))


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
    history: tuple[tuple[float, int, float | None, float | None], ...] = ()

    def __post_init__(self) -> None:
        check_types(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``status.json``."""
        # JSON has no infinity: the penalty is None once the hard bounds hold.
        ensembles = [asdict(e) | {"penalty": e.penalty if math.isfinite(e.penalty) else None} for e in self.ensembles]
        return asdict(self) | {"ensembles": ensembles, "history": [list(entry) for entry in self.history]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunStatus:
        """Read what `to_dict` wrote."""
        entries, history = data.get("ensembles", ()), data.get("history", ())
        if not isinstance(entries, list | tuple) or not all(isinstance(entry, Mapping) for entry in entries):
            raise ArgumentError("status: ensembles must be a list of objects; remove the file, and lqbayes writes it again")
        if not isinstance(history, list | tuple) or not all(_is_diagnosis(entry) for entry in history):
            raise ArgumentError("status: history must be a list of diagnoses; remove the file, and lqbayes writes it again")
        lists = {"ensembles": tuple(EnsembleStatus.from_dict(entry) for entry in entries), "history": tuple(tuple(e) for e in history)}
        return _made(cls, _known(cls, data) | lists)


def _is_diagnosis(entry: object) -> bool:
    if not isinstance(entry, list | tuple) or len(entry) != len(("elapsed", "steps", "R-hat", "share")):
        return False
    elapsed, steps, *results = entry
    numbers = [elapsed, steps, *(x for x in results if x is not None)]
    return all(is_number(x) for x in numbers) and isinstance(steps, int)


def _made(cls: type[StatusT], known: Mapping[str, Any]) -> StatusT:
    try:
        return cls(**known)
    except TypeError as error:  # a field without a default is missing
        raise ArgumentError(f"status: {error}; remove the file, and lqbayes writes it again") from None


def _known(cls: type[EnsembleStatus] | type[RunStatus], data: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: data[field.name] for field in fields(cls) if field.name in data}
