"""Where each ensemble stands, as small files that the driver reads; what the driver makes of them is status.json, for everybody else."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from lqbayes.input.errors import RunError
from lqbayes.input.small_json import read_small_json
from lqbayes.running.status import EnsembleStatus

_FOLDER = "heartbeat"


def _path(run: Path, index: int) -> Path:
    return run / _FOLDER / f"ensemble-{index + 1}.json"


def write_heartbeat(run: Path, status: EnsembleStatus) -> None:
    """Leave word of an ensemble's progress; not synced to disk, since it only matters while the run is alive."""
    path = _path(run, status.index)
    if path.parent.is_symlink():  # it may lead into a folder of somebody else's
        raise RunError(f"{path.parent}: is a link, which lqbayes never makes; remove it, then `lqbayes resume {run}`")
    try:
        path.parent.mkdir(exist_ok=True)
        aside = path.with_suffix(".new")
        aside.unlink(missing_ok=True)  # it may be a link as well
        aside.write_text(json.dumps(asdict(status)), encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        error.filename = str(path)  # which a full disk does not tell
        raise


def read_heartbeat(run: Path, index: int) -> EnsembleStatus | None:
    """Read an ensemble's progress."""
    try:
        status = EnsembleStatus(**read_small_json(_path(run, index)))
    except (RunError, ValueError, TypeError):
        return None
    return status if status.index == index else None


def remove_heartbeats(run: Path) -> None:
    """Remove the words of a run that has ended."""
    folder = run / _FOLDER
    # Nothing that is not ours: the folder may be a link, or hold what somebody else put there.
    if folder.is_dir() and not folder.is_symlink():
        for path in folder.glob("ensemble-*"):
            if path.suffix in {".json", ".new"}:
                path.unlink()
        with suppress(OSError):
            folder.rmdir()
