from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.report import comparison
from lqbayes.results.agreement import Agreement, Comparison, Spread


def test_a_run_with_itself(tiny_run: Path, tmp_path: Path) -> None:
    run = str(tiny_run / "chains" / "tiny")
    result = CliRunner().invoke(app, ["compare", run, run, "--output", str(tmp_path / "both.png")])
    assert result.exit_code == 0, result.output
    assert "no test of agreement" in result.stdout
    assert "+0.00" in result.stdout
    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")
    assert "NOT CONVERGED" in result.stderr


def test_runs_of_one_name_are_told_apart_by_their_paths(tiny_run: Path, tmp_path: Path) -> None:
    run = tiny_run / "chains" / "tiny"
    copy = Path(shutil.copytree(run, tmp_path / "tiny"))
    result = CliRunner().invoke(app, ["compare", str(run), str(copy)], env={"COLUMNS": "400"})
    assert result.exit_code == 0, result.output
    assert f"{run} and {copy}" in result.stdout
    assert f"{copy}:" in result.stderr


def test_one_run_is_not_enough(tiny_run: Path) -> None:
    result = CliRunner().invoke(app, ["compare", str(tiny_run / "chains" / "tiny")])
    assert result.exit_code == 2
    assert "at least two" in result.output


@pytest.mark.parametrize(("difference", "mean_square", "status"), [(0.1, 1.0, 0), (0.9, 1.0, 3), (0.1, 9.0, 3)])
def test_disagreement_is_an_exit_status(
    tiny_run: Path, monkeypatch: pytest.MonkeyPatch, difference: float, mean_square: float, status: int
) -> None:
    found = Agreement(
        (Comparison("ln Z", "value", -20.0, -20.0 + difference, 0.1, 14.0),), Spread(mean_square, np.linspace(0.5, 2.0, 2000))
    )
    monkeypatch.setattr(comparison, "agreement", lambda first, second: found)
    run = str(tiny_run / "chains" / "tiny")
    result = CliRunner().invoke(app, ["compare", run, run])
    assert result.exit_code == status, result.output
    assert ("DISAGREE" in result.stdout) == (status == 3)


def test_help_says_what_the_statuses_mean() -> None:
    text = " ".join(CliRunner().invoke(app, ["compare", "--help"]).stdout.split())
    assert "Exit status" in text
    assert "DISAGREE" in text
