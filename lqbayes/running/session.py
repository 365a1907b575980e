"""What a run directory says of the session that drives the run: how far it was asked to go, and that its tasks are still wanted.

With the first, in session.json, the next session can go on as if there had been no interruption. The second is the file driver: tasks on
a cluster go on only as long as their own session does.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, PositiveInt

from lqbayes.input.errors import InputError
from lqbayes.input.small_json import STRICT, read_small_json, small_json
from lqbayes.sampling.settings import AUDIT_SHARE, SettingProblem, number_problems
from lqbayes.storage.atomic import write_text_atomically

FILE_NAME = "session.json"
DRIVER = "driver"
_LONGEST = 64
_STOP = "stop"
# A network file system shows a new file late, and may fail for a moment: a task believes only what it has seen for so long.
_SECONDS_UNTIL_GONE = 10.0


@dataclass(frozen=True, slots=True)
class Session:
    """How far a run is to go."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    steps_of_round: PositiveInt  # stored steps of every ensemble at which convergence is judged next
    max_steps: PositiveInt | None  # at which the run ends anyway
    even_if_converged: bool = False  # whether it goes on to that bound
    audit: Annotated[float, Field(ge=0, le=AUDIT_SHARE)] = AUDIT_SHARE  # share of the evaluations for the search of missed modes

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
    write_text_atomically(folder / FILE_NAME, small_json(session))


def read_session(folder: Path) -> Session | None:
    """Read session.json; what cannot be read is as if it were not there."""
    with suppress(InputError):
        return read_small_json(folder / FILE_NAME, Session)
    return None


def lost_session(folder: Path) -> list[str]:
    """Warn where it is not known any more how far a run was to go."""
    what = "is not there or cannot be read, so it is not known how far the run was to go"
    advice = "it is taken to go on until it has converged, or to the default bound on its steps"
    return [] if read_session(folder) is not None else [f"{folder / FILE_NAME}: {what}: {advice}"]


def start_driving(folder: Path, token: str) -> None:
    """Write down which session drives a run from now on."""
    write_text_atomically(folder / DRIVER, token)


def stop_tasks(folder: Path) -> None:
    """Make all tasks stop at once, with what is complete."""
    write_text_atomically(folder / DRIVER, _STOP)


def end_driving(folder: Path) -> None:
    """Remove the file: tasks that still run stop after some seconds."""
    (folder / DRIVER).unlink(missing_ok=True)


class DriverWatch:
    """What a task sees of its session."""

    def __init__(self, folder: Path, token: str) -> None:
        self._path = folder / DRIVER
        self._token = token
        self._missed: float | None = None

    def gone(self) -> bool:
        """Check whether the session has ended, so that nobody waits for the task."""
        said = self._read()
        if said == self._token:
            self._missed = None
            return False
        now = time.monotonic()
        if self._missed is None:
            self._missed = now
        return said == _STOP or now - self._missed >= _SECONDS_UNTIL_GONE

    def _read(self) -> str | None:
        try:
            with open(self._path, encoding="ascii", errors="replace") as stream:
                return stream.read(_LONGEST)
        except FileNotFoundError:
            return None
        except OSError:  # no news
            return self._token
