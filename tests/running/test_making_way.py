"""A new run takes the place of an old one only where nobody works on it, and nothing is lost unasked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lqbayes.running.foreign_folder import refuse_foreign_folder
from lqbayes.running.making_way import make_way

from lqbayes.input.errors import RunError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.running import making_way
from lqbayes.running.engine import Engine
from lqbayes.running.ensembles import sample
from lqbayes.running.heartbeat import write_heartbeat
from lqbayes.running.status import EnsembleStatus

ENDED = '{"stage": "ended"}'


def _fill(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(ENDED if name == "status.json" else name, encoding="utf-8")
    return folder


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _nothing() -> None:
    pass


@contextmanager
def _held_elsewhere(lock: Path) -> Iterator[int]:
    code = "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process.pid
        process.communicate("")


def test_an_orphan_keeps_its_ensemble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making_way, "_SECONDS_FOR_ORPHANS", 0.2)
    run = _fill(tmp_path / "run", "run.toml", "status.json", "ensemble-1.h5", "ensemble-2.h5", "ensemble-1.lock", "ensemble-2.lock")
    before = os.stat(run / "ensemble-2.lock").st_ino
    with _held_elsewhere(run / "ensemble-2.lock") as process:
        write_heartbeat(run, EnsembleStatus(1, "sampling", process=process))
        with pytest.raises(RunError, match=rf"process {process}\) .* ensemble 2; nothing was deleted"):
            make_way(run, True, _nothing)
        assert {"run.toml", "ensemble-1.h5", "ensemble-2.h5", "heartbeat"} <= _names(run)
    make_way(run, True, _nothing)
    assert _names(run) <= {"ensemble-1.lock", "ensemble-2.lock"}
    if (run / "ensemble-2.lock").exists():
        assert os.stat(run / "ensemble-2.lock").st_ino == before
    refuse_foreign_folder(run)  # a kill at this moment leaves a folder in which a run can begin


def test_nothing_is_deleted_before_it_is_known_that_the_run_can_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_workers(engine: Engine, folder: Path) -> None:
        raise RunError("no workers")

    run = _fill(tmp_path / "run", "run.toml", "status.json", "ensemble-1.h5", "report.html")
    before = _names(run)
    monkeypatch.setattr(Engine, "preflight", no_workers)
    posterior = Posterior(Prior.load("calibration"), Likelihood.load("calibration"))
    with pytest.raises(RunError, match="no workers"):
        sample(posterior, run, force=True, walkers=200)
    assert before <= _names(run)


LEFT_BEHIND = ("run.toml", "session.json", "status.json", "driver", "run.lock", "ensemble-1.lock", ".status-abcdefgh.json")


def test_a_run_without_results_makes_way(tmp_path: Path) -> None:
    run = _fill(tmp_path / "run", *LEFT_BEHIND)
    _fill(run / "heartbeat", "ensemble-1.json")
    make_way(run, False, _nothing)
    assert set(LEFT_BEHIND) <= _names(run)


@pytest.mark.parametrize("name", ["credible-intervals.csv", "report.html", "corner-headline.png", "best-fit.toml", "notes.txt"])
def test_results_stay_where_the_chains_were_moved_away(tmp_path: Path, name: str) -> None:
    run = _fill(tmp_path / "run", *LEFT_BEHIND, name)
    with pytest.raises(RunError, match="there is a run here already"):
        make_way(run, False, _nothing)


def test_what_a_link_leads_to_is_not_ours(tmp_path: Path) -> None:
    run = _fill(tmp_path / "run", "run.toml", "ensemble-1.h5")
    elsewhere = _fill(tmp_path / "elsewhere", "ensemble-1.json")
    (run / "heartbeat").symlink_to(elsewhere)
    with pytest.raises(RunError, match="is a link"):
        write_heartbeat(run, EnsembleStatus(0))
    make_way(run, True, _nothing)
    assert (elsewhere / "ensemble-1.json").read_text(encoding="utf-8") == "ensemble-1.json"
    assert _names(run) == {"heartbeat"}


def test_an_old_export_goes_with_its_run(tmp_path: Path) -> None:
    """Chains for GetDist that stay would pass for those of the new run; what somebody put beside them stays."""
    run = _fill(tmp_path / "run", "run.toml", "status.json", "ensemble-1.h5")
    export = _fill(run / "getdist", "run_1.txt", "run_12.txt", "run.paramnames", "run.ranges", "run.ini")
    make_way(run, True, _nothing)
    assert _names(export) == {"run.ini"}
    _fill(run, "run.toml", "status.json", "ensemble-1.h5")
    (export / "run.ini").unlink()
    _fill(export, "run_1.txt")
    make_way(run, True, _nothing)
    assert _names(run) == set()
