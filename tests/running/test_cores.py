from __future__ import annotations

import os
from pathlib import Path

import pytest

from lqbayes.running import cores


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        ("0::/", {}, 16),
        ("0::/job", {"job/cpu.max": "400000 100000"}, 4),
        ("0::/job/step", {"job/cpu.max": "300000 100000", "job/step/cpu.max": "max 100000"}, 3),
        ("0::/of/the/host", {"cpu.max": "250000 100000"}, 2),  # as in a container
        ("0::/job", {"job/cpu.max": "50000 100000"}, 1),
        ("12:cpu,cpuacct:/job\n1:memory:/", {"cpu/job/cpu.cfs_quota_us": "500000", "cpu/job/cpu.cfs_period_us": "100000"}, 5),
        ("12:cpu,cpuacct:/of/host\n0::/", {"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, 2),
        ("12:cpu,cpuacct:/job", {"cpu/job/cpu.cfs_quota_us": "-1", "cpu/job/cpu.cfs_period_us": "100000"}, 16),
        ("0::/job", {"job/cpu.max": "no number"}, 16),
        ("", {}, 16),
    ],
)
@pytest.mark.usefixtures("allowed")
def test_shares_of_control_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, files: dict[str, str], expected: int) -> None:
    groups = tmp_path / "cgroup"
    for name, text in files.items():
        (groups / name).parent.mkdir(parents=True, exist_ok=True)
        (groups / name).write_text(f"{text}\n", encoding="ascii")
    (tmp_path / "own").write_text(own, encoding="utf-8")
    monkeypatch.setattr(cores, "_CGROUPS", groups)
    monkeypatch.setattr(cores, "_OWN_GROUPS", tmp_path / "own")
    assert cores.available_cores() == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="a system without affinity")
def test_only_the_cores_that_this_process_may_use() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert cores.available_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
