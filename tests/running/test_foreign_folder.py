"""A run begins in a directory of its own, and touches nobody else's files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lqbayes.running.foreign_folder import refuse_foreign_folder
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.input.small_json import read_small_json
from lqbayes.running.heartbeat import read_heartbeat, remove_heartbeats, write_heartbeat
from lqbayes.running.status import EnsembleStatus, RunStatus


def test_sample_refuses_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    options = ["sample", "--prior", "calibration", "--likelihood", "calibration", "--walkers", "200", "--output", str(tmp_path)]
    result = CliRunner().invoke(app, options)
    assert result.exit_code == 1
    assert "thesis.tex" in result.stderr and "--output" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("names", [[], ["run.lock"], [".run-x1.toml"], ["run.toml", "ensemble-1.h5", "notes.txt"]])
def test_folders_that_are_not_refused(tmp_path: Path, names: list[str]) -> None:
    refuse_foreign_folder(tmp_path / "new")
    for name in names:
        (tmp_path / name).touch()
    refuse_foreign_folder(tmp_path)


@pytest.mark.parametrize("name", ["a.txt", "ensemble-1.h5", "run.toml.bak"])
def test_folders_that_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(RunError, match=name):
        refuse_foreign_folder(tmp_path)


def test_a_run_toml_that_is_a_folder_makes_no_run(tmp_path: Path) -> None:
    (tmp_path / "run.toml").mkdir()
    with pytest.raises(RunError):
        refuse_foreign_folder(tmp_path)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(RunError):
        refuse_foreign_folder(tmp_path / "a\0b")
    with pytest.raises(RunError):
        read_small_json(tmp_path / "a\0b")


def test_a_pipe_is_no_status_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "status.json")
    with pytest.raises(RunError, match="not a regular file"):
        read_small_json(tmp_path / "status.json")


def test_heartbeats_that_are_removed_are_ours(tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    run.mkdir()
    elsewhere.mkdir()
    (elsewhere / "ensemble-1.json").touch()
    (run / "heartbeat").symlink_to(elsewhere)
    remove_heartbeats(run)
    assert (elsewhere / "ensemble-1.json").exists()
    (run / "heartbeat").unlink()
    write_heartbeat(run, EnsembleStatus(0))
    assert read_heartbeat(run, 0) == EnsembleStatus(0)
    (run / "heartbeat" / "notes.txt").touch()
    remove_heartbeats(run)
    assert [path.name for path in (run / "heartbeat").iterdir()] == ["notes.txt"]


def test_a_heartbeat_does_not_write_through_a_link(tmp_path: Path) -> None:
    run, precious = tmp_path / "run", tmp_path / "precious.txt"
    (run / "heartbeat").mkdir(parents=True)
    precious.write_text("mine", encoding="utf-8")
    (run / "heartbeat" / "ensemble-1.new").symlink_to(precious)
    write_heartbeat(run, EnsembleStatus(0))
    assert precious.read_text(encoding="utf-8") == "mine"
    assert read_heartbeat(run, 0) == EnsembleStatus(0)


@pytest.mark.parametrize("stem", ["~nobody-of-this-name/x", "~"])
def test_home_directories_that_do_not_exist(stem: str) -> None:
    result = CliRunner().invoke(app, ["diagnose", stem])
    assert result.exit_code == 1
    assert "not a run directory" in result.stderr


def test_control_characters_of_arguments_do_not_reach_the_terminal() -> None:
    result = CliRunner().invoke(app, ["diagnose", "\x1b[2J"])
    assert result.exit_code == 1
    assert "\x1b" not in result.stderr and "\\x1b[2J" in result.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"name": 1},
        {"started": "x"},
        {"started": True},
        {"updated": 10**400},
        {"message": "\x1b"},
        {"message": "a" * 2000},
        {"ensembles": 5},
    ],
)
def test_a_status_has_the_types_that_it_declares(change: dict[str, object]) -> None:
    good = json.loads(json.dumps(RunStatus("a", 0.0, 1, ensembles=(EnsembleStatus(0),)).to_dict()))
    assert RunStatus.from_dict(good).to_dict() == good
    with pytest.raises(ArgumentError, match="status: "):
        RunStatus.from_dict(good | change)
