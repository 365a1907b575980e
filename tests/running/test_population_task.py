"""One task at a time owns a population's files, and with a deadline tasks take turns."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import pytest
from same_bits import assert_same_bits

from lqbayes import Likelihood, Model, Posterior, Prior, Run, resume, sample
from lqbayes.input.errors import RunError
from lqbayes.running import population_task, workers
from lqbayes.running.population_task import run_population
from lqbayes.running.session import end_driving, start_driving
from lqbayes.running.status import EnsembleStatus
from lqbayes.storage.population_file import Snapshot, checkpoint_path, population_path, write_population

SETTINGS: dict[str, Any] = {
    "seed": 4, "walkers": 60, "sweeps_per_rung": 2, "thin": 1, "steps_per_population": 3, "ensembles": 2, "max_steps": 3, "workers": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    model = Model.load("singlet")
    return Posterior(Prior.load("s1", model), Likelihood.load("s1", model))


@pytest.fixture(scope="module")
def undisturbed(posterior: Posterior, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sample(posterior, tmp_path_factory.mktemp("runs") / "undisturbed", **SETTINGS)


@contextmanager
def _held_elsewhere(lock: Path) -> Iterator[subprocess.Popen[str]]:
    code = "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process
        process.communicate("")


def test_a_population_is_written_once(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    """With fewer steps it is a checkpoint, which is read all the same."""
    folder = sample(posterior, tmp_path / "run", **SETTINGS | {"max_steps": 2}).path
    assert not population_path(folder, 0, 0).exists()
    assert (Run.open(folder).coordinates() == undisturbed.coordinates()[:, :2]).all()
    resume(folder, steps=3, workers=1)
    assert_same_bits(undisturbed.path, folder)
    assert not checkpoint_path(folder, 0, 0).exists()
    before = population_path(folder, 0, 0).stat()
    resume(folder, steps=6, workers=1)
    after = population_path(folder, 0, 0).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_with_a_deadline_all_ensembles_are_equally_far(
    posterior: Posterior, undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = [0, 0]

    def note(folder: str, ensemble: int, *more: Any, **named: Any) -> int | None:
        assert far[ensemble] == min(far)
        done = run_population(folder, ensemble, *more, **named)
        assert done is None or done == far[ensemble] + 1  # a rung, or a step
        far[ensemble] = 10**6 if done is None else done
        return done

    monkeypatch.setattr(workers, "run_population", note)
    run = sample(posterior, tmp_path / "run", max_time=1000, **SETTINGS)
    assert far == [10**6] * 2
    assert_same_bits(undisturbed.path, run.path)


def test_where_rungs_are_short_the_last_one_is_kept_all_the_same(
    posterior: Posterior, undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the others only the first, where writing one takes as long as all of them; and the last one is kept where the task is stopped."""
    rungs, asked = [], False

    def note(path: Path, identity: str, snapshot: Snapshot) -> None:
        rungs.append(len(snapshot.population.ladder))
        write_population(path, identity, snapshot)

    def told(folder: Path, status: EnsembleStatus) -> None:
        nonlocal asked
        asked = asked or status.rung == 5

    monkeypatch.setattr(population_task, "_SHARE_OF_CHECKPOINTS", 1e-9)
    monkeypatch.setattr(population_task, "write_population", note)
    run = sample(posterior, tmp_path / "run", **SETTINGS)
    assert_same_bits(undisturbed.path, run.path)
    ladders = run.ladders
    assert rungs == [number for ladder in ladders for number in (1, len(ladder), len(ladder))]  # the last one is the population's file
    shutil.rmtree(run.path / "ensemble-1")
    monkeypatch.setattr(population_task, "write_heartbeat", told)
    monkeypatch.setattr(population_task, "asked_to_stop", lambda: asked)
    rungs.clear()
    assert run_population(str(run.path), 0, 0, 3, None) is None
    assert rungs == [1, 5]
    monkeypatch.undo()
    assert run_population(str(run.path), 0, 0, 3, None) is None
    assert_same_bits(undisturbed.path, run.path)


@pytest.mark.usefixtures("forked")
def test_processes_take_turns_too(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    run = sample(posterior, tmp_path / "run", max_time=1000, **SETTINGS | {"workers": 2})
    assert_same_bits(undisturbed.path, run.path)


def test_when_the_time_is_over_the_steps_of_first_populations_count(
    posterior: Posterior, undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, folder = time.time, tmp_path / "run"

    def late() -> float:
        """A day passes with each step that the second ensemble stores."""
        path = checkpoint_path(folder, 1, 0)
        if not path.exists():
            return clock()
        with h5py.File(path, locking=False) as file:
            return clock() + 86400.0 * int(file["mcmc"].attrs["iteration"])

    monkeypatch.setattr("lqbayes.running.population_task.time.time", late)
    run = sample(posterior, folder, max_time=1.5 * 86400.0, **SETTINGS)
    assert run.steps == 2
    assert (run.coordinates() == undisturbed.coordinates()[:, :2]).all()
    monkeypatch.undo()
    resume(folder, workers=1)
    assert_same_bits(undisturbed.path, folder)


def test_a_task_given_twice_waits_for_its_double(undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a cluster it neither ends the session nor disturbs who works on the population."""
    folder = Path(shutil.copytree(undisturbed.path, tmp_path / "run"))
    population_path(folder, 0, 0).unlink()
    monkeypatch.setattr(population_task, "_SECONDS_FOR_AN_ORPHAN", 0.2)
    start_driving(folder, "a")
    lock = population_path(folder, 0, 0).with_suffix(".lock")
    with _held_elsewhere(lock) as double:
        with pytest.raises(RunError, match="another process still works on ensemble-1/population-1"):
            run_population(str(folder), 0, 0, 3, None)  # an orphan of a session here
        ender = threading.Timer(1.5, double.kill)
        ender.start()
        assert run_population(str(folder), 0, 0, 3, None, token="a") is None
        assert double.poll() is not None
    assert_same_bits(undisturbed.path, folder)
    with _held_elsewhere(lock):
        assert run_population(str(folder), 0, 0, 3, time.time() - 1, token="a") is None  # too late to wait
    end_driving(folder)


def test_what_a_kill_leaves_of_a_complete_population_is_removed(undisturbed: Run, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(undisturbed.path, tmp_path / "run"))
    shutil.copy(population_path(folder, 0, 0), checkpoint_path(folder, 0, 0))
    population_path(folder, 0, 0).with_suffix(".lock").touch()
    resume(folder, steps=3, workers=1)
    assert sorted(path.name for path in (folder / "ensemble-1").iterdir()) == ["population-1.h5"]
