"""mode-audit.json: what the search for missed modes found, for the draws that it looked at."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from lqbayes.input.errors import InputError
from lqbayes.input.small_json import STRICT, read_small_json, small_json
from lqbayes.sampling.mode_audit import Mode, ModeAudit
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.configuration import RunConfiguration

FILE_NAME = "mode-audit.json"


@dataclass(frozen=True, slots=True)
class _AuditFile:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    identity: str  # of the run
    steps: int  # stored steps of each ensemble
    share: Annotated[float, Field(ge=0, le=1)]  # of the run's evaluations
    audit: ModeAudit
    spent: Annotated[int, Field(ge=0)] = 0  # evaluations of the searches that the run has made by itself, this one and those before


def write_audit(folder: Path, configuration: RunConfiguration, steps: int, share: float, audit: ModeAudit, spent: int = 0) -> None:
    """Write what was found with a share of the run's evaluations, when each ensemble had so many steps."""
    write_text_atomically(folder / FILE_NAME, small_json(_AuditFile(configuration.identity, steps, share, audit, spent)))


def read_audit(folder: Path, configuration: RunConfiguration, steps: int, share: float = 0.0) -> ModeAudit | None:
    """Read what was found for these steps, with at least this share; None where nobody has looked yet."""
    found = _read(folder, configuration)
    return found.audit if found is not None and found.steps == steps and share <= found.share else None


def read_spent(folder: Path, configuration: RunConfiguration) -> tuple[int, float, tuple[Mode, ...]]:
    """Read of a run's own searches, whatever steps it had: evaluations, the share that they were allowed, and the last one's modes."""
    found = _read(folder, configuration)
    return (0, 0.0, ()) if found is None else (found.spent, found.share, found.audit.modes)


def _read(folder: Path, configuration: RunConfiguration) -> _AuditFile | None:
    with suppress(InputError):
        found = read_small_json(folder / FILE_NAME, _AuditFile)
        sizes = {len(mode.coordinates) for mode in found.audit.modes}
        return found if found.identity == configuration.identity and sizes <= {configuration.posterior().dimension} else None
    return None
