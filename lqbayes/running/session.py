"""session.json: what the present session of a run was asked for, so that the next one can go on as if there had been no interruption."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lqbayes.input.errors import RunError
from lqbayes.input.small_json import read_small_json
from lqbayes.storage.atomic import write_text_atomically

FILE_NAME = "session.json"


@dataclass(frozen=True, slots=True)
class Session:
    """How far a run is to go.

    Attributes
    ----------
    round
        Stored steps of every ensemble at which convergence is judged next; 0 before the first round.
    most
        Stored steps at which the run ends anyway; None for no bound.
    exact
        Whether it goes on to that bound even if it has converged.
    """

    round: int = 0
    most: int | None = None
    exact: bool = False


def write_session(folder: Path, session: Session) -> None:
    """Write session.json."""
    write_text_atomically(folder / FILE_NAME, json.dumps(asdict(session)))


def read_session(folder: Path) -> Session | None:
    """Read session.json."""
    try:
        session = Session(**read_small_json(folder / FILE_NAME))
    except (RunError, TypeError):
        return None
    numbers = [session.round] if session.most is None else [session.round, session.most]
    return session if all(isinstance(n, int) and n >= 0 for n in numbers) and isinstance(session.exact, bool) else None


def lost_session(folder: Path) -> list[str]:
    """Tell whether it is not known any more how far a run was to go."""
    if read_session(folder) is not None:
        return []
    return [
        f"{folder / FILE_NAME}: is not there or cannot be read, so it is not known how far the run was to go: "
        "it is taken to go on until it has converged, or to the default bound on its steps"
    ]


def read_status(folder: Path) -> dict[str, Any] | None:
    """Read status.json as plain data."""
    try:
        return read_small_json(folder / "status.json")
    except RunError:
        return None
