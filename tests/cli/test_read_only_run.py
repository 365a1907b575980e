"""A run of somebody else's, which cannot be written: nothing is computed before that is said, and results may go elsewhere."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.results.summary import Summary

COMMANDS = ["report", "explain", "best-fit", "corner", "export --format csv", "diagnose --write"]


def _invoke(run: Path, command: str, *options: str) -> Any:
    name, *more = command.split()
    return CliRunner().invoke(app, [name, str(run), *more, *options])


@pytest.fixture
def read_only(tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Permissions do not stop root, who may run these tests."""
    run = tiny_run / "chains" / "tiny"

    def refuse(folder: Path) -> None:
        if folder.is_relative_to(run):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), f"{folder}/.lqbayes-x")

    for place in ("storage.atomic", "storage.run", "running.audit_of_run"):
        monkeypatch.setattr(f"lqbayes.{place}.check_writable", refuse)
    return run


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_said_before_anything_is_computed(read_only: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    for name in ("lqbayes.results.best_fit.best_fit", "lqbayes.report.explanation.explain"):
        monkeypatch.setattr(name, pytest.fail)
    monkeypatch.setattr(Summary, "of", pytest.fail)
    result = _invoke(read_only, command)
    assert result.exit_code == 1
    said = f"error: {read_only / 'results'}: cannot be written (Read-only file system); mend that, or write to another place"
    assert result.stderr == f"{said}{' with --output' * ('--write' not in command)}\n"


def test_no_audit_that_could_not_be_kept(read_only: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.running.audit_of_run.audit_modes", pytest.fail)
    monkeypatch.setattr("lqbayes.running.audit_of_run.read_audit", lambda *_: None)
    result = _invoke(read_only, "audit")
    assert result.exit_code == 1
    said = "the run directory cannot be written (Read-only file system), where the audit is kept; audit a copy of the run"
    assert result.stderr == f"error: {read_only}: {said}\n"


@pytest.mark.parametrize("command", COMMANDS[:3])
def test_it_is_said_of_another_place_too(read_only: Path, command: str) -> None:
    place = read_only / "report.html" if command == "report" else read_only
    result = _invoke(read_only, command, "--output", str(place))
    assert result.exit_code == 2
    assert f"--output: '{read_only}' cannot be written (Read-only file system)" in result.stderr


@pytest.mark.parametrize("command", ["report", "explain"])
def test_pages_may_go_elsewhere(read_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    written: list[Any] = []

    def write(*arguments: Any, **more: Any) -> Any:
        written.append(more.get("path", arguments[-1]))
        return [] if command == "explain" else written[-1]

    monkeypatch.setattr("lqbayes.report.page.write_page", write)
    monkeypatch.setattr("lqbayes.report.explanation.write_explanation", write)
    place = tmp_path / "page.html" if command == "report" else tmp_path
    result = _invoke(read_only, command, "--output", str(place))
    assert result.exit_code == 0, result.output
    assert written == [place]


def test_resume_advises_no_option_that_it_does_not_have(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Path(shutil.copytree(tiny_run / "chains" / "tiny", tmp_path / "tiny", ignore=shutil.ignore_patterns("results")))
    (run / "results").write_text("", encoding="utf-8")
    result = _invoke(run, "resume --steps 3 --workers 1")
    assert result.exit_code == 1
    assert f"{run / 'results'}: cannot be written (File exists)" in result.stderr
    assert "--output" not in result.stderr

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("lqbayes.running.run_lock.FileLock.acquire", refuse)
    result = _invoke(run, "resume --more 1")
    assert result.exit_code == 1
    said = "the run directory cannot be written (Read-only file system); mend that, or resume a copy of the run that can be written"
    assert result.stderr == f"error: {run}: {said}\n"
