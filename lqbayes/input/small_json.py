"""Small JSON files that a run directory holds: read within bounds, whoever wrote them."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any, Final

from lqbayes.input.errors import RunError

# status.json with a thousand ensembles has 200 kB.
MAXIMUM_BYTES: Final = 10_000_000


def read_small_json(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise RunError(f"{path}: is not a regular file; remove it, and lqbayes writes it again")
        with open(path, "rb") as stream:
            raw = stream.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise RunError(f"{path}: cannot be read ({reason}); check that this is the directory of a run") from None
    if len(raw) > MAXIMUM_BYTES:
        raise RunError(f"{path}: is larger than {MAXIMUM_BYTES // 1_000_000} MB; remove it, and lqbayes writes it again")
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, an integer of thousands of digits; brackets without end
        data = None
    if not isinstance(data, dict):
        raise RunError(f"{path}: is not a JSON object; remove it, and lqbayes writes it again")
    return data
