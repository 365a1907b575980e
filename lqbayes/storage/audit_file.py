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
class OwnSearches:
    """What the searches that a run has made by itself, at its end and before it went on, have taken together."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    evaluations: Annotated[int, Field(ge=0)] = 0
    share: Annotated[float, Field(ge=0, le=1)] = 0.0  # the largest that one of them was allowed, of the run's evaluations


@dataclass(frozen=True, slots=True)
class _AuditFile:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    identity: str  # of the run
    steps: int  # stored steps of each ensemble
    share: Annotated[float, Field(ge=0, le=1)]  # of the run's evaluations
    audit: ModeAudit
    own: OwnSearches | None = None


def write_audit(
    folder: Path, configuration: RunConfiguration, steps: int, share: float, audit: ModeAudit, own: OwnSearches | None = None
) -> None:
    """Write what was found with a share of the run's evaluations, when each ensemble had so many steps."""
    write_text_atomically(folder / FILE_NAME, small_json(_AuditFile(configuration.identity, steps, share, audit, own)))


def read_audit(folder: Path, configuration: RunConfiguration, steps: int, share: float = 0.0) -> ModeAudit | None:
    """Read what was found for these steps, with at least this share; None where nobody has looked yet."""
    found = _read(folder, configuration)
    return found.audit if found is not None and found.steps == steps and share <= found.share else None


def read_searched(folder: Path, configuration: RunConfiguration) -> tuple[OwnSearches, tuple[Mode, ...]]:
    """Read what a run's own searches have taken so far, and the modes that are known, whatever steps it had."""
    found = _read(folder, configuration)
    if found is None:
        return OwnSearches(), ()
    return found.own or OwnSearches(found.audit.evaluations, found.share), found.audit.modes


def _read(folder: Path, configuration: RunConfiguration) -> _AuditFile | None:
    with suppress(InputError):
        found = read_small_json(folder / FILE_NAME, _AuditFile)
        sizes = {len(mode.coordinates) for mode in found.audit.modes}
        return found if found.identity == configuration.identity and sizes <= {configuration.posterior().dimension} else None
    return None
