"""How many processes can work side by side."""

import os
from contextlib import suppress
from pathlib import Path

_CGROUPS, _OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def available_cores() -> int:
    """Count the cores that this process may use: those that the system lets it have, within the share of its container or batch job."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min([allowed, *_shares()]), 1)


def _shares() -> list[int]:
    """Whole cores that the control groups of this process, each within the next, leave it."""
    found = []
    with suppress(OSError):  # another system
        for line in _OWN_GROUPS.read_text(encoding="utf-8").splitlines():
            _, controllers, group = line.split(":", 2)
            if not controllers or "cpu" in controllers.split(","):  # of the second version of control groups, or of the first
                top = _CGROUPS / ("cpu" if controllers else "")
                folder = top / group.strip("/")  # in a container perhaps not there, but the top is
                found += [share for place in (folder, *folder.parents) if place.is_relative_to(top) for share in _share(place)]
    return found


def _share(group: Path) -> list[int]:
    """Whole cores that a control group has, where it is limited."""
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        with suppress(OSError, ValueError):  # no such file, or no limit: max or -1
            quota, period = (int(word) for name in names for word in (group / name).read_text(encoding="ascii").split())
            return [quota // period] if quota > 0 and period > 0 else []
    return []
