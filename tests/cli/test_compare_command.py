from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from lqbayes.cli.app import app


def test_a_run_with_itself(tiny_run: Path, tmp_path: Path) -> None:
    run = str(tiny_run / "chains" / "tiny")
    result = CliRunner().invoke(app, ["compare", run, run, "--output", str(tmp_path / "both.png")])
    assert result.exit_code == 0, result.output
    assert "no test of agreement" in result.stdout
    assert "+0.00" in result.stdout
    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")
    assert "NOT CONVERGED" in result.stderr


def test_one_run_is_not_enough(tiny_run: Path) -> None:
    result = CliRunner().invoke(app, ["compare", str(tiny_run / "chains" / "tiny")])
    assert result.exit_code == 2
    assert "at least two" in result.output
