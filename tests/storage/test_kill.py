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

from lqbayes import Likelihood, Posterior, Prior, resume, sample
from lqbayes.input.errors import RunError
from lqbayes.report.tables import convergence_table, interval_table
from lqbayes.results.summary import Summary
from lqbayes.running.workers import advance, start_workers
from lqbayes.storage.chains_of_run import chain_path
from lqbayes.storage.checkpoint import write_checkpoint
from lqbayes.storage.run import Run

KILLS = int(os.environ.get("LQBAYES_KILLS", "8"))
SETTINGS: dict[str, Any] = {"walkers": 200, "sweeps": 4, "thin": 3, "block": 2, "ensembles": 2, "max_steps": 5, "workers": 1}


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return Posterior(Prior.load("calibration"), Likelihood.load("calibration"))


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


def _tables(run: Run) -> tuple[str, str]:
    convergence = run.convergence()
    return convergence_csv(convergence, ""), to_csv(credible_intervals(run.draws(), convergence), "")


def _assert_same_bits(first: Run, second: Run) -> None:
    assert first.steps == second.steps
    for index in range(SETTINGS["ensembles"]):
        with h5py.File(chain_path(first.path, index)) as a, h5py.File(chain_path(second.path, index)) as b:
            for name in ("chain", "log_prob", "blobs", "accepted_so_far", "random_keys", "random_place"):
                np.testing.assert_array_equal(a["mcmc"][name][: first.steps], b["mcmc"][name][: first.steps], err_msg=name)
            np.testing.assert_array_equal(a["mcmc/accepted"][...], b["mcmc/accepted"][...])
    assert first.population_ladders == second.population_ladders
    np.testing.assert_array_equal(first.population_log_evidences, second.population_log_evidences)
    assert _tables(first) == _tables(second)


def test_killed_and_resumed_is_the_same_to_the_bit(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    started = time.monotonic()
    sample(posterior, tmp_path / "timed", seed=4, **SETTINGS)
    whole = time.monotonic() - started
    killed, attempt, stages = 0, 0, set()
    folder = tmp_path / "run-0"
    while killed < KILLS:
        begun = (folder / "run.toml").exists()
        child = _in_a_child(partial(resume, folder, workers=1) if begun else partial(sample, posterior, folder, seed=4, **SETTINGS))
        # About three kills to a run.
        time.sleep(random.uniform(0.02, 0.6) * whole)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        chains = sorted(folder.glob("ensemble-?.h5"))
        for path in folder.glob("ensemble-*.h5"):
            with h5py.File(path) as file:  # every file opens
                stages.add((path.name.count("checkpoint"), int(file["mcmc"].attrs["iteration"]) if path in chains else None))
        killed += os.WIFSIGNALED(status)
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0
            _assert_same_bits(undisturbed, Run.open(folder))
            attempt += 1
            folder = tmp_path / f"run-{attempt}"
    if (folder / "run.toml").exists():
        _assert_same_bits(undisturbed, resume(folder, workers=1))
    assert len(stages) > 2  # kills during annealing and among the steps


def test_resumed_by_several_processes(undisturbed: Run, posterior: Posterior, tmp_path: Path) -> None:
    run = sample(posterior, tmp_path / "run", seed=4, **(SETTINGS | {"max_steps": 1}))
    assert run.steps == 1
    _assert_same_bits(undisturbed, resume(run.path, steps=5, workers=2))


# Work for seconds, so that a kill at the first sign of life finds the worker in the middle of it.
LONGER = SETTINGS | {"walkers": 2000, "sweeps": 40, "max_steps": 2}


def test_a_dead_worker_is_named_and_nothing_is_lost(posterior: Posterior, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    victims: list[int] = []

    def kill_one(status: Any) -> None:
        working = [e for e in status.ensembles if e.process and e.stage in {"bounds", "likelihood"}]
        if working and not victims:
            victims.append(working[0].index)
            os.kill(working[0].process, signal.SIGKILL)

    with pytest.raises(RunError, match="died .signal 9, SIGKILL.*lqbayes resume") as caught:
        sample(posterior, folder, seed=4, report=kill_one, **(LONGER | {"workers": 2}))
    assert f"ensemble {victims[0] + 1} " in str(caught.value)
    _assert_same_bits(sample(posterior, tmp_path / "undisturbed", seed=4, **LONGER), resume(folder, workers=1))


def test_a_worker_that_dies_between_two_rounds_is_told(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    folder = sample(posterior, tmp_path / "run", seed=4, **(SETTINGS | {"max_steps": 1})).path
    with pytest.raises(RunError, match="a process that sampled died.*lqbayes resume"), start_workers(2) as pool:
        assert pool is not None
        advance(folder, 2, 2, None, pool, lambda: None)
        (idle, *_) = pool._processes.values()  # type: ignore[attr-defined]
        idle.kill()
        idle.join()
        while not pool._broken:  # type: ignore[attr-defined]
            time.sleep(0.01)
        advance(folder, 2, 4, None, pool, lambda: None)
    _assert_same_bits(undisturbed, resume(folder, steps=5, workers=1))


def test_an_older_checkpoint_changes_nothing(
    undisturbed: Run, posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the chain file is ahead of the checkpoint, the chain file counts."""
    folder = tmp_path / "run"
    kept: list[Path] = []

    def keep(path: Path, *arguments: Any) -> None:
        write_checkpoint(path, *arguments)
        if not kept:
            kept.append(Path(shutil.copy(path, tmp_path / "kept.h5")))

    monkeypatch.setattr("lqbayes.running.ensemble_task.write_checkpoint", keep)
    sample(posterior, folder, seed=4, **(SETTINGS | {"max_steps": 3, "walkers": 200}))
    assert kept
    shutil.copy(kept[0], folder / "ensemble-1.checkpoint.h5")
    _assert_same_bits(undisturbed, resume(folder, steps=5, workers=1))
