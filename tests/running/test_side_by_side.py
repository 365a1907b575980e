from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from lqbayes.running import side_by_side as module
from lqbayes.running.side_by_side import side_by_side
from lqbayes.storage.atomic import atomic_path


def _fail() -> int:
    raise ValueError("no")


@pytest.mark.parametrize("cores", [1, 2])
def test_each_job_has_its_result_or_its_error(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    monkeypatch.setattr(module, "available_cores", lambda: cores)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    jobs: dict[str, Callable[[], int]] = {"a": lambda: 1, "b": _fail, "c": partial(sum, [1, 2])}
    found = dict(side_by_side(jobs))
    assert (found["a"](), found["c"]()) == (1, 3)
    with pytest.raises(ValueError, match="no"):
        found["b"]()


@pytest.mark.skipif(os.name != "posix" or not os.path.exists("/proc/self"), reason="processes are forked on Linux alone")
def test_jobs_are_done_by_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "available_cores", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    pids = {result() for _, result in side_by_side({str(k): os.getpid for k in range(4)})}
    assert os.getpid() not in pids


@pytest.mark.skipif(os.name != "posix" or not os.path.exists("/proc/self"), reason="processes are forked on Linux alone")
def test_a_job_that_fails_leaves_no_half_files_of_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "available_cores", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)

    def write() -> None:
        with atomic_path(tmp_path / "plot.png") as temporary:
            (tmp_path / "begun").touch()
            time.sleep(0.5)
            temporary.write_text("whole")

    def fail() -> None:
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), closing(side_by_side({"a": fail, "b": write})) as found:
        for _, result in found:
            result()
    assert {path.name for path in tmp_path.iterdir()} == {"begun", "plot.png"}


CODE = """
from functools import partial
import toy_model
from lqbayes.compilation import nothing_kept
from lqbayes.running import warm_up
from lqbayes.sampling.moves.base import _accept

def fails():
    raise ValueError

posterior = toy_model.posterior()
warm_up._parts = lambda posterior: [fails, partial(warm_up._accept, posterior)]
assert nothing_kept()
warm_up.compile_first(posterior, 2)
assert not nothing_kept() and not _accept.signatures
"""


@pytest.mark.skipif(os.name != "posix" or not os.path.exists("/proc/self"), reason="processes are forked on Linux alone")
def test_the_first_command_finds_what_others_compiled(tmp_path: Path) -> None:
    environment = os.environ | {"LQBAYES_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", CODE], env=environment, check=True, timeout=120)
