"""Which directories a run may begin in."""

from __future__ import annotations

import itertools
from pathlib import Path

from lqbayes.input.errors import RunError
from lqbayes.storage.run_files import ENSEMBLE_LOCK

_RUN_FILE, _LOCK = "run.toml", "run.lock"
_SHOWN = 3


def refuse_foreign_folder(folder: Path) -> None:
    """Refuse a directory that holds files of somebody else's, before anything is written there."""
    if "\0" in str(folder):
        raise RunError(f"{str(folder)!r}: no directory can have this name; choose another one with --output")
    try:
        if (folder / _RUN_FILE).is_file() or not folder.is_dir():
            return
        # Locks stay behind when a run could not begin; a name with a dot in front may be an unfinished run.toml.
        names_there = (path.name for path in folder.iterdir())
        others = (name for name in names_there if name != _LOCK and not ENSEMBLE_LOCK.fullmatch(name) and not name.startswith("."))
        found = sorted(itertools.islice(others, _SHOWN + 1))
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: the run directory cannot be used ({error}); choose another one with --output") from None
    if found:
        names = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
        raise RunError(
            f"{folder}: the directory holds files that are no run of lqbayes ({names}); choose another one with --output, or empty it"
        )
