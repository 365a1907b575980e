"""Runs on a real dask cluster, with a scheduler and workers that are processes of their own."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
from dask_cluster import DaskCluster
from same_bits import assert_same_bits

from lqbayes.input.errors import ArgumentError, RunError, TimeOverError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.running.ensembles import resume, sample
from lqbayes.running.population_task import run_population
from lqbayes.running.session import DriverWatch, end_driving, start_driving, stop_tasks
from lqbayes.running.status import RunStatus, heartbeats
from lqbayes.running.workers import Task, Workplace, advance
from lqbayes.storage.configuration import current_versions

KilledWorker = pytest.importorskip("distributed").KilledWorker

TINY: dict[str, Any] = {"walkers": 60, "sweeps_per_rung": 12, "thin": 2, "steps_per_population": 2, "ensembles": 3, "max_steps": 4}
MODEL = Model.load("singlet")
POSTERIOR = Posterior(Prior.load("s1", MODEL), Likelihood.load("s1", MODEL))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    cluster = DaskCluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.end()


def test_a_cluster_without_workers(cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = cluster.have(0)
    monkeypatch.setattr("lqbayes.running.engine._SECONDS_FOR_WORKERS", 2)
    with pytest.raises(RunError, match="has no workers"):
        sample(POSTERIOR, tmp_path / "run", engine="dask", scheduler=address, **TINY)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample(POSTERIOR, tmp_path_factory.mktemp("runs") / "local", seed=3, workers=1, **TINY).path


def test_gives_the_same_bits_as_local_processes(local: Path, cluster: DaskCluster, tmp_path: Path) -> None:
    run = sample(POSTERIOR, tmp_path / "run", seed=3, engine="dask", scheduler=cluster.have(2), **TINY)
    assert_same_bits(local, run.path)
    assert not (run.path / "driver").exists()


def test_what_a_cluster_began_goes_on_here(local: Path, cluster: DaskCluster, tmp_path: Path) -> None:
    sample(POSTERIOR, tmp_path / "run", seed=3, engine="dask", scheduler=cluster.have(2), **TINY | {"max_steps": 2})
    resume(tmp_path / "run", steps=4, workers=1)
    assert_same_bits(local, tmp_path / "run")


def test_a_worker_that_dies_costs_nothing(local: Path, cluster: DaskCluster, tmp_path: Path) -> None:
    folder, address = tmp_path / "run", cluster.have(2)
    killed: list[int] = []

    def kill() -> None:
        pids = {worker.pid for worker in cluster.workers}
        while not killed:
            for status in heartbeats(folder):
                # In mid-annealing, so that there is something to lose.
                if status.process in pids and status.stage == "likelihood" and status.rung > 3:
                    os.kill(status.process, signal.SIGKILL)
                    killed.append(status.index)
                    return
            time.sleep(0.01)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    run = sample(POSTERIOR, folder, seed=3, engine="dask", scheduler=address, **TINY)
    assert killed, "no worker was killed: the test shows nothing"
    assert_same_bits(local, run.path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": "mpi"}, "there is no engine 'mpi'"),
        ({"engine": "dask"}, "scheduler: is missing"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "scheduler: is for the engine dask only"),
        ({"engine": "dask", "scheduler": "tcp://127.0.0.1:1", "workers": 2}, "workers: is for the engine local only"),
    ],
)
def test_settings_that_do_not_go_together(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        sample(POSTERIOR, tmp_path / "run", **TINY | settings)
    assert not (tmp_path / "run").exists()


def test_an_address_at_which_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.running.engine._SECONDS_FOR_WORKERS", 1)
    with pytest.raises(RunError, match="no dask scheduler answers"):
        sample(POSTERIOR, tmp_path / "run", engine="dask", scheduler="tcp://127.0.0.1:1", **TINY)


def test_a_task_does_not_believe_one_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = DriverWatch(tmp_path, "a")
    assert not watch.gone()  # the file may not be visible yet
    start_driving(tmp_path, "a")
    assert not watch.gone()
    monkeypatch.setattr("lqbayes.running.session._SECONDS_UNTIL_GONE", 0.1)
    end_driving(tmp_path)
    assert not watch.gone()
    time.sleep(0.11)
    assert watch.gone()
    (tmp_path / "driver").mkdir()  # not to be read
    assert not watch.gone()
    (tmp_path / "driver").rmdir()
    monkeypatch.setattr("lqbayes.running.session._SECONDS_UNTIL_GONE", 1000)
    start_driving(tmp_path, "b")
    assert not watch.gone()
    stop_tasks(tmp_path)
    assert watch.gone()


def test_tasks_that_come_back_early_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.running.sampling_session.advance", lambda *_: None)
    with pytest.raises(RunError, match="came back before they had all their steps"):
        sample(POSTERIOR, tmp_path / "run", seed=3, workers=1, **TINY)


def test_a_worker_with_other_packages_is_refused_whenever_it_joins(local: Path) -> None:
    with pytest.raises(RunError, match=r"its packages differ \(numpy .* there, 0.1 here\)"):
        run_population(str(local), 0, 0, 2, None, versions=current_versions() | {"numpy": "0.1"})


def _report_nothing() -> None:
    pass


class _Deadly(Executor):
    """A cluster on which a number of tasks end as those whose workers died too often do."""

    def __init__(self, deaths: int) -> None:
        self.deaths = deaths

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.deaths:
            self.deaths -= 1
            future.set_exception(KilledWorker("task", "tcp://10.0.0.1:1", 3))
        else:
            future.set_result(fn(*arguments, **more))
        return future


def test_tasks_whose_workers_died_too_often_are_given_out_again(local: Path, tmp_path: Path) -> None:
    start_driving(local, "a")
    advance(local, [Task(0, 0, 2)], None, Workplace(_Deadly(20), "a"), _report_nothing)
    with pytest.raises(RunError, match="die again and again while they work on ensemble 1.*lqbayes resume"):
        advance(local, [Task(0, 0, 2)], None, Workplace(_Deadly(21), "a"), _report_nothing)
    end_driving(local)


def test_tasks_that_nobody_takes_up_do_not_keep_a_session_from_its_deadline(
    cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: set[str] = set()
    address, clock, hours = cluster.have(1), time.time, [0.0]
    monkeypatch.setattr("lqbayes.running.workers.time.time", lambda: clock() + 3600 * hours[0])

    def watch(status: RunStatus) -> None:
        said.add(status.message)
        if status.message == "sampling":
            cluster.have(0)
        if "the cluster has no workers" in status.message:
            hours[0] = 2.0  # later

    with pytest.raises(TimeOverError):
        sample(
            POSTERIOR,
            tmp_path / "run",
            engine="dask",
            scheduler=address,
            max_time=3600,
            report_status=watch,
            **TINY | {"sweeps_per_rung": 2000},
        )
    assert any("the cluster has no workers" in message for message in said)
