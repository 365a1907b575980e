"""Which files of a run directory are lqbayes's own."""

from __future__ import annotations

import re
from pathlib import Path

# Every file that a command writes into a run directory. What is not named here belongs to somebody else.
_OWN = re.compile(
    r"run\.toml|status\.json|session\.json|driver"
    r"|ensemble-\d+(\.checkpoint)?\.h5"
    r"|convergence\.csv|credible-intervals\.(csv|md|tex)|interval-errors\.csv"
    r"|(corner-[a-z0-9-]+|diagnostics|annealing)\.(png|pdf)"
    r"|best-fit\.(toml|json)|report\.html"
    r"|explain(-[a-z]+)*\.(md|csv|png|pdf)|paper-figure-[a-z0-9-]+\.(png|pdf)"
    r"|posterior\.nc|draws\.(csv|parquet)"
)
# Never deleted: who deletes a lock that another process holds lets a third one in.
ENSEMBLE_LOCK = re.compile(r"ensemble-(?P<number>\d+)\.lock")
# What a run leaves that ended before its first steps.
_NO_RESULTS = re.compile(r"run\.(toml|lock)|status\.json|session\.json|driver")
# What `lqbayes.storage.atomic` leaves when it is killed: a name between dot and eight random characters.
_ASIDE = re.compile(r"\.(?P<stem>.+)-[a-z0-9_]{8}(?P<suffix>\.[a-z0-9]+)")
_HEARTBEAT = re.compile(r"ensemble-\d+\.(json|new)")


def own_files(folder: Path) -> list[Path]:
    """Find what lqbayes wrote into a run directory."""
    found = [path for path in sorted(folder.iterdir()) if path.is_file() and _OWN.fullmatch(path.name)]
    found += leftovers(folder)
    chains_of_getdist = re.compile(re.escape(folder.resolve().name) + r"(_\d+\.txt|\.paramnames|\.ranges)")
    for inner, own in ((folder / "heartbeat", _HEARTBEAT), (folder / "getdist", chains_of_getdist)):
        if inner.is_dir() and not inner.is_symlink():  # what a link leads to is not ours
            ours = [path for path in sorted(inner.iterdir()) if own.fullmatch(path.name)]
            found += ours
            if len(ours) == len(list(inner.iterdir())):
                found.append(inner)
    return found


def leftovers(folder: Path) -> list[Path]:
    """Find files that a killed process had begun to write aside."""
    found = []
    for path in sorted(folder.iterdir()):
        match = _ASIDE.fullmatch(path.name)
        if match and path.is_file() and _OWN.fullmatch(match["stem"] + match["suffix"]):
            found.append(path)
    return found


def without_results(folder: Path) -> bool:
    """Tell whether a run directory holds nothing but what a run leaves that ended before its first steps."""
    heartbeat = folder / "heartbeat"
    plain = set(leftovers(folder))
    if heartbeat.is_dir() and not heartbeat.is_symlink():
        plain.add(heartbeat)
    return all(path in plain or _NO_RESULTS.fullmatch(path.name) or ENSEMBLE_LOCK.fullmatch(path.name) for path in folder.iterdir())


def remove_leftovers(folder: Path) -> None:
    """Remove files that a killed process had begun to write aside; the caller holds the lock of the run."""
    for path in leftovers(folder):
        path.unlink(missing_ok=True)
