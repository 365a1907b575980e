"""mode-audit.json: what the search for missed modes found, for the draws that it looked at."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from lqbayes.input.errors import InputError
from lqbayes.input.small_json import STRICT, read_small_json, small_json
from lqbayes.sampling.mode_audit import ModeAudit
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


def write_audit(folder: Path, configuration: RunConfiguration, steps: int, share: float, audit: ModeAudit) -> None:
    """Write what was found with a share of the run's evaluations, when each ensemble had so many steps."""
    write_text_atomically(folder / FILE_NAME, small_json(_AuditFile(configuration.identity, steps, share, audit)))


def read_audit(folder: Path, configuration: RunConfiguration, steps: int, share: float | None = None) -> ModeAudit | None:
    """Read what was found for these steps, and with this share if one is asked for; None where nobody has looked yet."""
    with suppress(InputError):
        found = read_small_json(folder / FILE_NAME, _AuditFile)
        ours = (found.identity, found.steps) == (configuration.identity, steps) and share in {None, found.share}
        sizes = {len(mode.coordinates) for mode in found.audit.modes}
        return found.audit if ours and sizes <= {configuration.posterior().dimension} else None
    return None
