"""Ctrl-C and SIGTERM among the steps: every complete step is stored, the status tells no more, and the run goes on with the same bits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import pytest
from same_bits import assert_same_bits

from lqbayes import Likelihood, Model, Posterior, Prior, resume, sample
from lqbayes.input.errors import TimeOverError
from lqbayes.storage.population_file import checkpoint_path, population_path

SETTINGS: dict[str, Any] = {
    "walkers": 200,
    "sweeps_per_rung": 2,
    "thin": 40,
    "steps_per_population": 400,
    "ensembles": 2,
    "seed": 4,
    "workers": 1,
    "audit": 0,
}
SEEN = 5


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    model = Model.load("singlet")
    return Posterior(Prior.load("s1", model), Likelihood.load("s1", model))


def _steps_in_files(folder: Path) -> list[int]:
    """Steps of each ensemble's only population, complete or in its checkpoint."""
    steps = []
    for index in range(SETTINGS["ensembles"]):
        paths = [path(folder, index, 0) for path in (population_path, checkpoint_path)]
        found = [path for path in paths if path.exists()]
        if not found:
            steps.append(0)
            continue
        with h5py.File(found[0], "r") as file:
            steps.append(int(file["mcmc"].attrs["iteration"]))
    return steps


@pytest.mark.usefixtures("hearing_interrupts")
@pytest.mark.parametrize(
    ("number", "workers", "group"),
    [(signal.SIGINT, 1, False), (signal.SIGTERM, 2, False), (signal.SIGTERM, 2, True)],
)
def test_no_complete_step_is_lost(posterior: Posterior, tmp_path: Path, number: int, workers: int, group: bool) -> None:
    folder = tmp_path / "run"
    with pytest.raises(TimeOverError):
        sample(posterior, folder, max_steps=400, max_time=0.001, **SETTINGS)
    command = [sys.executable, "-m", "lqbayes", "resume", str(folder), "--workers", str(workers)]
    seen = [0]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        deadline = time.monotonic() + 120
        while max(seen) < SEEN:
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
            with suppress(OSError, ValueError):
                seen = [entry["steps"] for entry in json.loads((folder / "status.json").read_text(encoding="utf-8"))["ensembles"]]
        (os.killpg if group else os.kill)(process.pid, number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number, errors
    stored = _steps_in_files(folder)
    status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
    assert status["stage"] == "ended"
    assert [entry["steps"] for entry in status["ensembles"]] == stored
    assert all(now >= then for now, then in zip(stored, seen, strict=True))

    if not group:
        steps = max(stored) + 2
        resume(folder, steps=steps, workers=1)
        other = sample(posterior, tmp_path / "undisturbed", max_steps=steps, **SETTINGS)
        assert_same_bits(folder, other.path)


def test_workers_outlive_a_killed_session_by_a_moment_only(posterior: Posterior, tmp_path: Path) -> None:
    """SIGKILL of the main process alone: its workers end by themselves, and the next session waits for their files."""
    folder = tmp_path / "run"
    with pytest.raises(TimeOverError):
        sample(posterior, folder, max_steps=400, max_time=0.001, **SETTINGS)
    with subprocess.Popen(
        [sys.executable, "-m", "lqbayes", "resume", str(folder), "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 120
        status: dict[str, Any] = {"ensembles": []}
        while not status["ensembles"] or min(entry["steps"] for entry in status["ensembles"]) < SEEN:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
            with suppress(OSError, ValueError):
                status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
        workers = [entry["process"] for entry in status["ensembles"]]
        assert len({*workers, process.pid}) == 3
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    steps = max(_steps_in_files(folder)) + 10
    resume(folder, steps=steps, workers=1)
    for worker in workers:
        while _runs(worker):
            assert time.monotonic() < deadline, "a worker waits for a session that is gone"
            time.sleep(0.05)
    other = sample(posterior, tmp_path / "undisturbed", max_steps=steps, **SETTINGS)
    assert_same_bits(folder, other.path)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # it ended just now, or a system without /proc
        return not Path("/proc").exists()
    return state != "Z"
