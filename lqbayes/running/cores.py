"""How many processes can work side by side."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def available_cores() -> int:
    """Count the cores that this process may use: those that the system lets it have, within the share of its container or batch job."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min([allowed, *_shares()]), 1)


def _shares() -> list[int]:
    """Whole cores that the control groups of this process, each within the next, leave it."""
    found = []
    with suppress(OSError, ValueError):  # another system, or another layout of its files
        own = [line[3:] for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines() if line.startswith("0::")]
        group = _CGROUPS / (own[0] if own else "").strip("/")
        for folder in (group, *group.parents):
            if folder.is_relative_to(_CGROUPS) and (folder / "cpu.max").is_file():
                quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
                found += [] if quota == "max" else [int(quota) // int(period)]
    return found
