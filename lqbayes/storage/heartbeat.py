"""Where each ensemble stands, as small files that the driver reads; what the driver makes of them is status.json, for everybody else."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from lqbayes.inference.status import EnsembleStatus

__all__ = ["read_heartbeat", "remove_heartbeats", "write_heartbeat"]

_FOLDER = "heartbeat"


def _path(run: Path, index: int) -> Path:
    return run / _FOLDER / f"ensemble-{index + 1}.json"


def write_heartbeat(run: Path, status: EnsembleStatus) -> None:
    """Leave word of an ensemble's progress; not synced to disk, since it only matters while the run is alive.

    Parameters
    ----------
    run
        The run directory.
    status
        Where the ensemble stands.
    """
    path = _path(run, status.index)
    path.parent.mkdir(exist_ok=True)
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(asdict(status)), encoding="utf-8")
    aside.replace(path)


def read_heartbeat(run: Path, index: int) -> EnsembleStatus | None:
    """Read an ensemble's progress.

    Parameters
    ----------
    run
        The run directory.
    index
        Number of the ensemble, from 0.

    Returns
    -------
    EnsembleStatus or None
        Where it stands; None before its first word.
    """
    try:
        return EnsembleStatus(**json.loads(_path(run, index).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remove_heartbeats(run: Path) -> None:
    """Remove the words of a run that has ended.

    Parameters
    ----------
    run
        The run directory.
    """
    folder = run / _FOLDER
    if folder.is_dir():
        for path in (*folder.glob("ensemble-*.json"), *folder.glob("ensemble-*.new")):
            path.unlink(missing_ok=True)
        if not any(folder.iterdir()):  # nobody else's file is in it
            folder.rmdir()
