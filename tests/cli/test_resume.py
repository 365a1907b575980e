"""`lqbayes resume` and the other ways to begin again: what they refuse, what they keep, what they say."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.input.shipped import read_toml, shipped_folder
from lqbayes.report.tables import convergence_table
from lqbayes.results.summary import Summary
from lqbayes.storage.run import Run

SMALL = ("--ensembles", "2", "--walkers", "200", "--sweeps", "1", "--workers", "1", "--seed", "5")


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(autouse=True)
def _tables_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots take longer than all the rest, and other tests draw them."""

    def write(run: Run, summary: Summary, workers: int | None) -> list[Path]:
        return [convergence_table(summary, worst=False).write(run.results / "convergence.csv")]

    monkeypatch.setattr("lqbayes.report.results.write_results", write)


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run / "chains" / "tiny", tmp_path / "tiny", ignore=shutil.ignore_patterns("results")))


def _status(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "status.json").read_text(encoding="utf-8")))


def test_more_steps(run: Path) -> None:
    before = _status(run)["elapsed"]
    result = invoke("resume", str(run), "--more", "2", "--workers", "1")
    assert result.exit_code == 3, result.output
    assert Run.open(run).steps == 5
    assert "sampled 2 more steps" in result.stderr
    assert "NOT CONVERGED" in result.stdout
    status = _status(run)
    assert status["elapsed"] > before  # over both sessions
    assert [entry[1] for entry in status["history"]] == [3, 5]
    assert status["stage"] == "ended"


def test_steps_in_all(run: Path) -> None:
    assert invoke("resume", str(run), "--steps", "4", "--workers", "1").exit_code == 3
    assert Run.open(run).steps == 4


def test_a_bound_of_its_own(run: Path) -> None:
    result = invoke("resume", str(run), "--max-steps", "5", "--workers", "1")
    assert result.exit_code == 3, result.output
    assert Run.open(run).steps == 5
    session = json.loads((run / "session.json").read_text(encoding="utf-8"))
    assert (session["max_steps"], session["even_if_converged"]) == (5, False)


def test_harder_targets_have_room_beyond_the_default_bound(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.running.ensembles.DEFAULT_MAX_STEPS", 2)
    assert "nothing done" in invoke("resume", str(run), "--rhat", "1.02", "--workers", "1").stderr
    result = invoke("resume", str(run), "--rhat", "1.005", "--workers", "1")
    assert result.exit_code == 3, result.output
    assert Run.open(run).steps == 5  # three are stored
    assert "nothing done" in invoke("resume", str(run), "--rhat", "1.005", "--workers", "1").stderr


def test_weaker_targets_are_recorded_and_met(run: Path) -> None:
    weak = ("--rhat", "1e9", "--ess-observables", "1e-9", "--ess-parameters", "1e-9", "--interval-error", "1e9")
    # Until R-hat is finite, which takes walkers that differ.
    result = invoke("resume", str(run), *weak, "--workers", "1")
    assert result.exit_code == 0, result.output
    assert read_toml(run / "run.toml")["targets"] == {"rhat": 1e9, "ess_observables": 1e-9, "ess_parameters": 1e-9, "interval_error": 1e9}
    steps = Run.open(run).steps
    (run / "results" / "convergence.csv").unlink()
    again = invoke("resume", str(run), "--workers", "1")
    assert again.exit_code == 0
    assert "already converged" in again.stderr
    assert (run / "results" / "convergence.csv").exists()
    assert Run.open(run).steps == steps
    # Tighter targets than those that it has met set it to work again.
    tighter = invoke("resume", str(run), "--rhat", "1.0001", "--max-steps", str(steps + 1), "--workers", "1")
    assert tighter.exit_code == 3, tighter.output
    assert Run.open(run).steps > steps


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--seed", "6"), "--seed: the run has 5, not 6"),
        (("--formulas", "corrected"), "--formulas: the run has 'paper', not 'corrected'"),
        (("--prior", "paper-positive"), "--prior: "),
        (("--likelihood", "paper-global"), "--likelihood: "),
    ],
)
def test_refuses_a_run_made_from_something_else(run: Path, options: tuple[str, ...], message: str) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    result = invoke("resume", str(run), "--more", "1", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_a_difference_is_shown_with_its_key(run: Path, tmp_path: Path) -> None:
    text = (shipped_folder("likelihoods", "three-leptoquarks") / "paper.toml").read_text(encoding="utf-8")
    assert text.count("value = 25.1e-10") == 1
    (tmp_path / "paper.toml").write_text(text.replace("value = 25.1e-10", "value = 24.9e-10"), encoding="utf-8")
    result = invoke("resume", str(run), "--likelihood", str(tmp_path / "paper.toml"))
    assert result.exit_code == 2
    assert "delta_a_mu" in result.stderr
    assert "2.51e-09, not 2.49e-09" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 2


def test_the_same_inputs_pass(run: Path) -> None:
    checks = ("--likelihood", "paper", "--prior", "paper", "--formulas", "paper", "--seed", "5")
    assert invoke("resume", str(run), "--steps", "3", "--workers", "1", *checks).exit_code == 3


@pytest.mark.parametrize(
    "options",
    [
        ("--steps", "0"),
        ("--max-steps", "0"),
        ("--more", "1", "--max-steps", "4"),
        ("--more", "0"),
        ("--steps", "4", "--more", "1"),
        ("--rhat", "1"),
        ("--max-time", "x"),
        ("--workers", "0"),
    ],
)
def test_senseless_options(run: Path, options: tuple[str, ...]) -> None:
    result = invoke("resume", str(run), *options)
    assert result.exit_code == 2
    assert options[-2] in result.stderr


def test_not_a_run(folder: Path) -> None:
    result = invoke("resume", "nothing")
    assert result.exit_code == 1
    assert "no run.toml here" in result.stderr
    assert list(folder.iterdir()) == []


def test_another_layout_and_other_versions(run: Path) -> None:
    text = (run / "run.toml").read_text(encoding="utf-8")
    (run / "run.toml").write_text(text.replace('numpy = "', 'numpy = "0.'), encoding="utf-8")
    result = invoke("resume", str(run), "--steps", "3", "--workers", "1")
    assert result.exit_code == 3
    assert "warning: the run began with other versions (numpy 0." in result.stderr
    (run / "run.toml").write_text(text.replace("schema = 3", "schema = 2"), encoding="utf-8")
    result = invoke("resume", str(run))
    assert result.exit_code == 1
    assert "schema 2 is read by lqbayes 0.1.0" in result.stderr


@pytest.mark.parametrize("text", [None, "", '{"steps_of_round": "many"}'])
def test_a_lost_session_is_said(run: Path, text: str | None) -> None:
    (run / "session.json").unlink()
    if text is not None:
        (run / "session.json").write_text(text, encoding="utf-8")
    result = invoke("resume", str(run), "--steps", "2", "--workers", "1")
    assert "session.json" not in result.stderr  # nothing is assumed
    (run / "session.json").unlink()
    if text is not None:
        (run / "session.json").write_text(text, encoding="utf-8")
    options = ("--rhat", "1e9", "--ess-observables", "1e-9", "--ess-parameters", "1e-9", "--interval-error", "1e9", "--workers", "1")
    result = invoke("resume", str(run), *options)
    assert "warning: " in result.stderr and "session.json: is not there or cannot be read" in result.stderr
    assert "default bound" in result.stderr
    result = invoke("resume", str(run), *options)
    assert "session.json" not in result.stderr


def test_sample_names_resume(run: Path) -> None:
    result = invoke("sample", "--output", str(run), "--walkers", "200")
    assert result.exit_code == 1
    assert f"lqbayes resume {run}" in result.stderr


def test_force_replaces_the_run_and_nothing_else(run: Path) -> None:
    (run / "notes.txt").write_text("mine", encoding="utf-8")
    (run / "results").mkdir()
    (run / "results" / "corner-old.png").write_text("of the old run", encoding="utf-8")
    chain = run / "ensemble-1" / "population-1.checkpoint.h5"
    before = chain.read_bytes()
    wrong = invoke("sample", "--output", str(run), "--likelihood", "papr", "--force")
    assert wrong.exit_code == 2
    assert chain.read_bytes() == before  # nothing is deleted before the input is known to be good
    result = invoke("sample", "--output", str(run), *SMALL[:-1], "6", "--max-steps", "1", "--force")
    assert result.exit_code == 3, result.output
    assert Run.open(run).configuration.seed == 6
    assert Run.open(run).steps == 1
    assert [path.name for path in (run / "results").iterdir()] == ["convergence.csv"]
    assert (run / "results-1" / "corner-old.png").exists()
    assert (run / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("hearing_interrupts")
@pytest.mark.parametrize(("number", "status", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")])
def test_a_signal_ends_cleanly(tmp_path: Path, number: int, status: int, word: str) -> None:
    folder = tmp_path / "run"
    small = ("--ensembles", "2", "--walkers", "2000", "--sweeps", "50", "--workers", "2", "--output", str(folder))
    command = [sys.executable, "-m", "lqbayes", "sample", *small]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        deadline = time.monotonic() + 120
        while not (folder / "ensemble-1" / "population-1.checkpoint.h5").exists():
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.kill(process.pid, number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert f"{word}; `lqbayes resume {folder}` goes on" in errors
    assert "Traceback" not in errors
    found = _status(folder)
    assert found["stage"] == "ended"
    assert word in found["message"]
