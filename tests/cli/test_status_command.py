"""`lqbayes status`: from status.json alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from lqbayes.cli import status as command
from lqbayes.cli.app import app
from lqbayes.running.run_lock import LOCK
from lqbayes.running.status import EnsembleStatus, RunStatus, write_status


def _write(folder: Path, **more: Any) -> Path:
    folder.mkdir(exist_ok=True)
    ensembles = (
        EnsembleStatus(0, "likelihood", 12, float("inf"), 1e-3, 5, 40, 110, 0.21, -17.5, population=1),
        EnsembleStatus(1, "sampling", 30, float("inf"), 1.0, 7, 0, 0, 0.19, -36.5, population=1),
    )
    settings: dict[str, Any] = {"stage": "running", "message": "sampling", "updated": time.time(), "time_left": 90.0}
    history = ((61.0, 5, 1.31, 0.02), (130.0, 10, 1.04, 0.4))
    status = RunStatus("r", 0.0, elapsed=140.0, ensembles=ensembles, history=history, worst_rhat=1.04, **(settings | more))
    write_status(folder, status)
    return folder


def _invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["status", *arguments], env={"COLUMNS": "150"})


def test_shows_stages_and_history(tmp_path: Path) -> None:
    result = _invoke(str(_write(tmp_path / "r")))
    assert result.exit_code == 0
    for expected in ("annealing: likelihood", "power 0.001", "40/110", "sampling", "-36.50", "1.310", "1.040", "0.40", "1 min 30 s"):
        assert expected in result.stdout, expected
    assert "no word" not in result.stdout


def test_an_old_word(tmp_path: Path) -> None:
    silent = _write(tmp_path / "r", updated=time.time() - 185)
    result = _invoke(str(silent))
    assert result.exit_code == 0
    assert "no word for 3 min" in result.stdout
    assert "lqbayes resume" in result.stdout
    assert "no word" not in _invoke(str(_write(tmp_path / "r", updated=time.time() - 185, stage="ended"))).stdout


def test_a_lock_that_nobody_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its holder was killed just now: no need to wait for a silence."""
    run = _write(tmp_path / "r")
    with FileLock(run / LOCK):
        assert "nobody works" not in _invoke(str(run)).stdout
    result = _invoke(str(run))
    assert result.exit_code == 0
    assert "nobody works on this run" in result.stdout and "lqbayes resume" in result.stdout
    monkeypatch.setattr(command.time, "sleep", pytest.fail)
    assert "nobody works on this run" in _invoke(str(run), "--watch").stdout
    assert "nobody works" not in _invoke(str(_write(tmp_path / "r", stage="ended"))).stdout


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"name": 1}', '{"ensembles": 3}', '{"ensembles": [{"index": 0, "stage": "flying"}]}'])
def test_a_corrupt_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "status.json").write_text(content, encoding="utf-8")
    result = _invoke(str(tmp_path))
    assert result.exit_code == 1
    assert "status.json" in result.stderr
    assert "lqbayes resume" in result.stderr
    assert "Traceback" not in result.output


def test_no_file(tmp_path: Path) -> None:
    result = _invoke(str(tmp_path))
    assert result.exit_code == 1
    assert "not a run directory" in result.stderr
    (tmp_path / "run.toml").touch()
    assert "has not begun" in _invoke(str(tmp_path)).stderr


def test_watch_ends_with_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _write(tmp_path / "r")
    looks = []

    def sleep(_: float) -> None:
        looks.append(1)
        _write(folder, **({"stage": "ended", "message": "converged"} if len(looks) == 3 else {}))

    monkeypatch.setattr(command.time, "sleep", sleep)
    result = _invoke(str(folder), "--watch")
    assert result.exit_code == 0
    assert len(looks) == 3
    assert "converged" in result.stdout


def test_watch_until_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command.time, "sleep", interrupt)
    assert _invoke(str(_write(tmp_path / "r")), "--watch").exit_code == 130
