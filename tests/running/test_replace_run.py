"""A run begins in a directory of its own; it replaces another one only where nobody works on that, and nothing is lost unasked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.input.errors import InputError, RunError
from lqbayes.input.small_json import read_small_json, small_json
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.running import replace_run
from lqbayes.running.engine import Engine
from lqbayes.running.ensembles import sample
from lqbayes.running.replace_run import make_way, refuse_foreign_folder
from lqbayes.running.status import EnsembleStatus, RunStatus, read_heartbeat, remove_heartbeats, write_heartbeat

ENDED = small_json(RunStatus("run", 0.0, 1.0, stage="ended"))


def _fill(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(ENDED if name == "status.json" else name, encoding="utf-8")
    return folder


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


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


RUN = ("run.toml", "session.json", "status.json", "ensemble-1/population-1.h5", "ensemble-2/population-1.checkpoint.h5")


def test_an_orphan_keeps_its_population(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replace_run, "_SECONDS_FOR_ORPHANS", 0.2)
    run = _fill(tmp_path / "run", *RUN, "ensemble-2/population-1.lock")
    with _held_elsewhere(run / "ensemble-2" / "population-1.lock") as process:
        write_heartbeat(run, EnsembleStatus(1, "sampling", process=process))
        before = _names(run)
        with pytest.raises(RunError, match=rf"process {process}\) .* ensemble-2/population-1; nothing was deleted"):
            make_way(run, True, _nothing)
        assert _names(run) == before
    make_way(run, True, _nothing)
    assert list(run.iterdir()) == []
    refuse_foreign_folder(run)


def test_an_orphan_keeps_its_population_without_force_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replace_run, "_SECONDS_FOR_ORPHANS", 0.2)
    run = _fill(tmp_path / "run", "run.toml", "status.json", "ensemble-1/population-1.lock")
    with _held_elsewhere(run / "ensemble-1" / "population-1.lock"), pytest.raises(RunError, match="still works on ensemble-1/population-1"):
        make_way(run, False, _nothing)
    make_way(run, False, _nothing)


def test_what_lqbayes_did_not_write_stays(tmp_path: Path) -> None:
    """Results may be anybody's: their folder gets another name, so that they do not pass for those of the new run."""
    mine = {"notes.txt", "ensemble-1/notes.txt", "ensemble-x/population-1.h5", "ensemble-1/population-1.h5.bak", "heartbeat/mine.json"}
    run = _fill(tmp_path / "run", *RUN, *mine, ".lqbayes-run-abcdefgh.toml", "ensemble-1/.lqbayes-population-1-abcdefgh.h5")
    _fill(run, "results/corner-headline.png", "results/thesis.tex", "heartbeat/ensemble-1-population-1.json")
    make_way(run, True, _nothing)
    assert _names(run) == mine | {"results-1/corner-headline.png", "results-1/thesis.tex"}
    _fill(run, *RUN, "results/thesis.tex")
    make_way(run, True, _nothing)
    assert _names(run) == mine | {"results-1/corner-headline.png", "results-1/thesis.tex", "results-2/thesis.tex"}


def test_a_run_of_an_older_version_is_not_replaced(tmp_path: Path) -> None:
    run = _fill(tmp_path / "run", "run.toml", "status.json", "ensemble-1.h5")
    with pytest.raises(RunError, match=r"ensemble-1\.h5 is of a run that an older lqbayes made"):
        make_way(run, True, _nothing)
    assert len(_names(run)) == 3


def test_nothing_is_deleted_before_it_is_known_that_the_run_can_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_workers(engine: Engine, folder: Path) -> None:
        raise RunError("no workers")

    run = _fill(tmp_path / "run", *RUN, "results/report.html")
    before = _names(run)
    monkeypatch.setattr(Engine, "preflight", no_workers)
    posterior = Posterior(Prior.load("calibration"), Likelihood.load("calibration"))
    with pytest.raises(RunError, match="no workers"):
        sample(posterior, run, force=True, walkers=200)
    assert before <= _names(run)


LEFT_BEHIND = (
    "run.toml",
    "session.json",
    "status.json",
    "driver",
    "run.lock",
    "ensemble-1/population-1.lock",
    ".lqbayes-status-abcdefgh.json",
)


def test_a_run_without_results_makes_way(tmp_path: Path) -> None:
    run = _fill(tmp_path / "run", *LEFT_BEHIND)
    _fill(run / "heartbeat", "ensemble-1-population-1.json")
    make_way(run, False, _nothing)
    assert set(LEFT_BEHIND) <= _names(run)


@pytest.mark.parametrize(
    "name", ["results/report.html", "ensemble-1/notes.txt", "ensemble-1/population-1.checkpoint.h5", "heartbeat/mine.json", "notes.txt"]
)
def test_anything_else_keeps_its_place(tmp_path: Path, name: str) -> None:
    run = _fill(tmp_path / "run", *LEFT_BEHIND, name)
    with pytest.raises(RunError, match="there is a run here already"):
        make_way(run, False, _nothing)


def test_what_a_link_leads_to_is_not_ours(tmp_path: Path) -> None:
    run = _fill(tmp_path / "run", *RUN[:3])
    elsewhere = _fill(tmp_path / "elsewhere", "ensemble-1-population-1.json", "population-1.h5", ".lqbayes-a")
    for name in ("heartbeat", "ensemble-1", "results"):
        (run / name).symlink_to(elsewhere)
    with pytest.raises(RunError, match="is a link"):
        write_heartbeat(run, EnsembleStatus(0))
    make_way(run, True, _nothing)
    assert len(_names(elsewhere)) == 3
    assert _names(run) == {"heartbeat", "ensemble-1", "results-1"}


def test_sample_refuses_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    options = ["sample", "--prior", "calibration", "--likelihood", "calibration", "--walkers", "200", "--output", str(tmp_path)]
    result = CliRunner().invoke(app, options)
    assert result.exit_code == 1
    assert "thesis.tex" in result.stderr and "--output" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("names", [[], ["run.lock"], [".lqbayes-run-x1.toml"], ["results-1"], ["run.toml", "notes.txt"]])
def test_folders_that_are_not_refused(tmp_path: Path, names: list[str]) -> None:
    refuse_foreign_folder(tmp_path / "new")
    for name in names:
        (tmp_path / name).touch()
    refuse_foreign_folder(tmp_path)


@pytest.mark.parametrize("name", ["a.txt", "ensemble-1", "results", "run.toml.bak"])
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
    with pytest.raises(InputError):
        read_small_json(tmp_path / "a\0b", RunStatus)


def test_a_pipe_is_no_status_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "status.json")
    with pytest.raises(InputError, match="not a regular file"):
        read_small_json(tmp_path / "status.json", RunStatus)


def test_heartbeats_that_are_removed_are_ours(tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    run.mkdir()
    elsewhere.mkdir()
    (elsewhere / "ensemble-1-population-1.json").touch()
    (run / "heartbeat").symlink_to(elsewhere)
    remove_heartbeats(run)
    assert (elsewhere / "ensemble-1-population-1.json").exists()
    (run / "heartbeat").unlink()
    write_heartbeat(run, EnsembleStatus(0))
    assert read_heartbeat(run, 0, 0) == EnsembleStatus(0)
    (run / "heartbeat" / "notes.txt").touch()
    remove_heartbeats(run)
    assert [path.name for path in (run / "heartbeat").iterdir()] == ["notes.txt"]


def test_a_heartbeat_does_not_write_through_a_link(tmp_path: Path) -> None:
    run, precious = tmp_path / "run", tmp_path / "precious.txt"
    (run / "heartbeat").mkdir(parents=True)
    precious.write_text("mine", encoding="utf-8")
    (run / "heartbeat" / "ensemble-1-population-1.new").symlink_to(precious)
    write_heartbeat(run, EnsembleStatus(0))
    assert precious.read_text(encoding="utf-8") == "mine"
    assert read_heartbeat(run, 0, 0) == EnsembleStatus(0)


@pytest.mark.parametrize("stem", ["~nobody-of-this-name/x", "~"])
def test_home_directories_that_do_not_exist(stem: str) -> None:
    result = CliRunner().invoke(app, ["diagnose", stem])
    assert result.exit_code == 1
    assert "not a run directory" in result.stderr


def test_control_characters_of_arguments_do_not_reach_the_terminal() -> None:
    result = CliRunner().invoke(app, ["diagnose", "\x1b[2J"])
    assert result.exit_code == 1
    assert "\x1b" not in result.stderr and "\\x1b[2J" in result.stderr
