"""Where each population stands, as small files that the session reads; what it makes of them is status.json, for everybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.input.small_json import read_small_json
from lqbayes.running.status import EnsembleStatus

FOLDER = "heartbeat"
_PATTERN = "ensemble-*-population-*"


def _path(run: Path, ensemble: int, population: int) -> Path:
    return run / FOLDER / f"ensemble-{ensemble + 1}-population-{population + 1}.json"


def write_heartbeat(run: Path, status: EnsembleStatus) -> None:
    """Write down a population's progress; not synced to disk, since it only matters while the run is alive."""
    path = _path(run, status.index, status.population)
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


def read_heartbeat(run: Path, ensemble: int, population: int) -> EnsembleStatus | None:
    """Read a population's progress; what cannot be read is as if it were not there."""
    status = _read(_path(run, ensemble, population))
    return status if status is not None and (status.index, status.population) == (ensemble, population) else None


def heartbeats(run: Path) -> Iterator[EnsembleStatus]:
    """Read the progress of all populations that say anything."""
    for path in sorted((run / FOLDER).glob(f"{_PATTERN}.json")):
        status = _read(path)
        if status is not None:
            yield status


def _read(path: Path) -> EnsembleStatus | None:
    try:
        return EnsembleStatus.from_dict(read_small_json(path))
    except (RunError, ArgumentError):
        return None


def heartbeat_files(run: Path) -> list[Path]:
    """Find the files that `write_heartbeat` wrote, and no others: the folder may be a link, or hold what somebody else put there."""
    folder = run / FOLDER
    if not folder.is_dir() or folder.is_symlink():
        return []
    return [path for path in sorted(folder.glob(_PATTERN)) if path.suffix in {".json", ".new"} and (path.is_file() or path.is_symlink())]


def remove_heartbeats(run: Path) -> None:
    """Remove what the populations of a run said of themselves."""
    for path in heartbeat_files(run):
        path.unlink(missing_ok=True)
    if not (run / FOLDER).is_symlink():
        with suppress(OSError):
            (run / FOLDER).rmdir()
