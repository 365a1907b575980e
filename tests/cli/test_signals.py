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
import numpy as np
import pytest

from lqbayes import Likelihood, Posterior, Prior, resume, sample
from lqbayes.errors import TimeOverError
from lqbayes.storage.chains_of_run import chain_path

SETTINGS: dict[str, Any] = {"walkers": 200, "sweeps": 2, "thin": 100, "block": 400, "ensembles": 2, "seed": 4, "workers": 1}
SEEN = 5


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return Posterior(Prior.load("calibration"), Likelihood.load("calibration"))


def _steps_in_files(folder: Path) -> list[int]:
    steps = []
    for index in range(SETTINGS["ensembles"]):
        path = chain_path(folder, index)
        if path.exists():
            with h5py.File(path, "r") as file:
                steps.append(int(file["mcmc"].attrs["iteration"]))
        else:
            steps.append(0)
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
        for index in range(SETTINGS["ensembles"]):
            with h5py.File(chain_path(folder, index)) as a, h5py.File(chain_path(other.path, index)) as b:
                for name in ("chain", "log_prob", "blobs", "accepted_so_far"):
                    np.testing.assert_array_equal(a["mcmc"][name][:steps], b["mcmc"][name][:steps], err_msg=name)
