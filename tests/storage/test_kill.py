"""A run that is killed again and again, at random moments of every stage, ends with the bits of one that was left alone."""

from __future__ import annotations

import os
import shutil
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from same_bits import assert_same_bits

from lqbayes import Likelihood, Model, Posterior, Prior, resume, sample
from lqbayes.input.errors import RunError
from lqbayes.report.tables import convergence_table, interval_table
from lqbayes.results.summary import Summary
from lqbayes.running.status import has_ended, read_heartbeat
from lqbayes.running.workers import Task, Workplace, advance, start_workers
from lqbayes.storage.population_file import Snapshot, write_population
from lqbayes.storage.run import Run

KILLS = int(os.environ.get("LQBAYES_KILLS", "8"))
SETTINGS: dict[str, Any] = {
    "walkers": 200,
    "sweeps_per_rung": 4,
    "thin": 3,
    "steps_per_population": 2,
    "ensembles": 2,
    "max_steps": 5,
    "workers": 1,
}


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    model = Model.load("singlet")
    return Posterior(Prior.load("s1", model), Likelihood.load("s1", model))


@pytest.fixture(scope="module")
def undisturbed(posterior: Posterior, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sample(posterior, tmp_path_factory.mktemp("runs") / "undisturbed", seed=4, **SETTINGS)


def _in_a_child(work: Any) -> int:
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def _assert_same(first: Run, second: Run) -> None:
    """To the bit, down to the tables."""
    assert_same_bits(first.path, second.path)
    summaries = [Summary.of(run) for run in (first, second)]
    tables = [(convergence_table(summary).csv(), interval_table(summary).csv()) for summary in summaries]
    assert tables[0] == tables[1]


@pytest.mark.usefixtures("undisturbed")  # after it, nothing has to be compiled that would count for the time of a run
def test_killed_and_resumed_is_the_same_to_the_bit(posterior: Posterior, tmp_path: Path) -> None:
    settings = SETTINGS | {"sweeps_per_rung": 10}  # most of the time among rungs, so that kills find checkpoints
    random = np.random.default_rng(9)
    started = time.monotonic()
    undisturbed = sample(posterior, tmp_path / "undisturbed", seed=4, **settings)
    whole = time.monotonic() - started
    killed, attempt, stages = 0, 0, set()
    folder = tmp_path / "run-0"
    while killed < KILLS:
        begun = (folder / "run.toml").exists()
        child = _in_a_child(partial(resume, folder, workers=1) if begun else partial(sample, posterior, folder, seed=4, **settings))
        # About three kills to a run.
        time.sleep(random.uniform(0.02, 0.6) * whole)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        for path in folder.glob("ensemble-*/population-*.h5"):
            with h5py.File(path) as file:  # every file opens
                stages.add((path.stem.count("checkpoint"), int(file["mcmc"].attrs["iteration"])))
        killed += os.WIFSIGNALED(status)
        if not os.WIFSIGNALED(status) or has_ended(folder):  # by a kill after its last word, too: `resume` would go on beyond the bound
            assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
            _assert_same(undisturbed, Run.open(folder))
            attempt += 1
            folder = tmp_path / f"run-{attempt}"
    if (folder / "run.toml").exists():
        _assert_same(undisturbed, resume(folder, workers=1))
    assert {(0, 2), (1, 0)} <= stages  # populations that were complete, and others among their rungs


@pytest.mark.usefixtures("forked")
def test_resumed_by_several_processes(undisturbed: Run, posterior: Posterior, tmp_path: Path) -> None:
    run = sample(posterior, tmp_path / "run", seed=4, **(SETTINGS | {"max_steps": 1}))
    assert run.steps == 1
    _assert_same(undisturbed, resume(run.path, steps=5, workers=2))


# Work for a while, so that a kill at the first sign of life finds the worker in the middle of it.
LONGER = SETTINGS | {"walkers": 1000, "sweeps_per_rung": 20, "max_steps": 2}


@pytest.mark.usefixtures("forked")
def test_a_dead_worker_is_named_and_nothing_is_lost(posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("workers", "sampling_session"):
        monkeypatch.setattr(f"lqbayes.running.{module}.SECONDS_BETWEEN_REPORTS", 0.02)
    folder = tmp_path / "run"
    victims: list[int] = []

    def kill_one(status: Any) -> None:
        working = [e for e in status.ensembles if e.process and e.stage in {"bounds", "likelihood"}]
        if working and not victims:
            victims.append(working[0].index)
            os.kill(working[0].process, signal.SIGKILL)

    with pytest.raises(RunError, match="died .signal 9, SIGKILL.*lqbayes resume") as caught:
        sample(posterior, folder, seed=4, report_status=kill_one, **(LONGER | {"workers": 2}))
    assert f"ensemble {victims[0] + 1} " in str(caught.value)
    _assert_same(sample(posterior, tmp_path / "undisturbed", seed=4, **LONGER), resume(folder, workers=1))


def test_a_worker_that_dies_between_two_rounds_is_named(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    folder = sample(posterior, tmp_path / "run", seed=4, **(SETTINGS | {"max_steps": 1})).path
    with pytest.raises(RunError, match="a process that sampled died.*lqbayes resume"), start_workers(2, "fork") as pool:
        assert pool is not None
        advance(folder, [Task(0, 0, 2), Task(1, 0, 2)], None, Workplace(pool), lambda: None)
        (idle, *_) = pool._processes.values()  # type: ignore[attr-defined]
        idle.kill()
        idle.join()
        while not pool._broken:  # type: ignore[attr-defined]
            time.sleep(0.01)
        advance(folder, [Task(0, 1, 2), Task(1, 1, 2)], None, Workplace(pool), lambda: None)
    _assert_same(undisturbed, resume(folder, steps=5, workers=1))


def test_an_older_checkpoint_changes_nothing(
    undisturbed: Run, posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a population's file is ahead of its checkpoint, the file counts."""
    folder = tmp_path / "run"
    kept: list[Path] = []

    def keep(path: Path, *arguments: Any) -> None:
        write_population(path, *arguments)
        if not kept:
            kept.append(Path(shutil.copy(path, tmp_path / "kept.h5")))

    monkeypatch.setattr("lqbayes.running.population_task.write_population", keep)
    sample(posterior, folder, seed=4, **(SETTINGS | {"max_steps": 1}))
    assert kept
    shutil.copy(kept[0], folder / "ensemble-1" / "population-1.checkpoint.h5")
    _assert_same(undisturbed, resume(folder, steps=5, workers=1))
    assert not list(folder.glob("ensemble-*/*.checkpoint.h5"))


def test_a_checkpoint_among_the_steps(posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after any of the steps at the posterior, it goes on from there."""
    settings = SETTINGS | {"steps_per_population": 5, "ensembles": 1}
    undisturbed, folder = sample(posterior, tmp_path / "undisturbed", seed=4, **settings), tmp_path / "run"
    monkeypatch.setattr("lqbayes.running.population_task._SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    monkeypatch.setattr("lqbayes.running.population_task._SHARE_OF_CHECKPOINTS", 1e9)

    def die_after(steps: int) -> Any:
        def write(path: Path, identity: str, snapshot: Snapshot) -> None:
            write_population(path, identity, snapshot)
            if snapshot.steps.iteration == steps:
                os.kill(os.getpid(), signal.SIGKILL)

        return write

    for steps in (1, 2, 4):
        monkeypatch.setattr("lqbayes.running.population_task.write_population", die_after(steps))
        begun = (folder / "run.toml").exists()
        os.waitpid(_in_a_child(partial(resume, folder, workers=1) if begun else partial(sample, posterior, folder, seed=4, **settings)), 0)
        with h5py.File(folder / "ensemble-1" / "population-1.checkpoint.h5") as file:
            assert file["mcmc/chain"].shape[0] == steps
    monkeypatch.undo()
    _assert_same(undisturbed, resume(folder, workers=1))


def test_a_first_population_that_the_time_cut_short_is_read(posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SETTINGS | {"steps_per_population": 5}
    undisturbed, folder = sample(posterior, tmp_path / "undisturbed", seed=4, **settings), tmp_path / "run"

    def after_two_steps(*_: Any) -> bool:
        return all((said := read_heartbeat(folder, index, 0)) is not None and said.steps >= 2 for index in range(2))

    with monkeypatch.context() as patch:
        patch.setattr("lqbayes.running.population_task._must_stop", after_two_steps)
        with pytest.raises(RunError, match="came back before they had all their steps"):  # the time is not over
            sample(posterior, folder, seed=4, max_time=1000, **settings)
    run = Run.open(folder)
    assert run.steps == 2
    np.testing.assert_array_equal(run.coordinates(), undisturbed.coordinates()[:, :2])
    assert not list(folder.glob("ensemble-*/population-1.h5"))  # what has this name is complete, and stays as it is
    _assert_same(undisturbed, resume(folder, workers=1))
