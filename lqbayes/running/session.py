"""session.json: what the present session of a run was asked for, so that the next one can go on as if there had been no interruption."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from lqbayes.input.errors import RunError
from lqbayes.input.small_json import read_small_json
from lqbayes.sampling.settings import SettingProblem, number_problems
from lqbayes.storage.atomic import write_text_atomically

FILE_NAME = "session.json"


@dataclass(frozen=True, slots=True)
class Session:
    """How far a run is to go."""

    steps_of_round: int = 0  # stored steps of every ensemble at which convergence is judged next; 0 before the first round
    max_steps: int | None = None  # at which the run ends anyway
    even_if_converged: bool = False  # whether it goes on to that bound

    @property
    def target(self) -> int:
        """Stored steps of every ensemble at which the round ends."""
        return self.steps_of_round if self.max_steps is None else min(self.steps_of_round, self.max_steps)


def bound_problems(
    max_time: float | None = None, max_steps: int | None = None, steps: int | None = None, more: int | None = None
) -> list[SettingProblem]:
    """Find bounds on a session that cannot work, or do not go together."""
    found = [] if max_time is None else number_problems("max_time", max_time, 0, whole=False)
    for name, value in (("steps", steps), ("more", more), ("max_steps", max_steps)):
        found += [] if value is None else number_problems(name, value, 1)
    if steps is not None and more is not None:
        found.append(("more", "excludes steps", "give the number of steps in all, or the number in addition"))
    if max_steps is not None and (steps is not None or more is not None):
        found.append(("max_steps", "excludes steps and more", "give a bound for sampling until convergence, or an exact number"))
    return found


def whole_populations(steps: int, steps_per_population: int) -> int:
    """Round a number of steps up to whole populations, since only these are read; less than one may be asked for."""
    return int(steps if steps <= steps_per_population else steps_per_population * -(-steps // steps_per_population))


def write_session(folder: Path, session: Session) -> None:
    """Write session.json."""
    write_text_atomically(folder / FILE_NAME, json.dumps(asdict(session)))


def read_session(folder: Path) -> Session | None:
    """Read session.json; what cannot be read is as if it were not there."""
    try:
        data = read_small_json(folder / FILE_NAME)
    except RunError:
        return None
    if data.keys() != {field.name for field in fields(Session)}:
        return None
    session = Session(**data)
    numbers = [session.steps_of_round] if session.max_steps is None else [session.steps_of_round, session.max_steps]
    return session if all(type(n) is int and n >= 0 for n in numbers) and isinstance(session.even_if_converged, bool) else None


def lost_session(folder: Path) -> list[str]:
    """Warn where it is not known any more how far a run was to go."""
    if read_session(folder) is not None:
        return []
    return [
        f"{folder / FILE_NAME}: is not there or cannot be read, so it is not known how far the run was to go: "
        "it is taken to go on until it has converged, or to the default bound on its steps"
    ]
