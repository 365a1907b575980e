from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from lqbayes.cli.app import app


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["reweight", *arguments])


def test_weights_that_are_all_alike_do_not_make_draws_of_a_run_that_has_none(tiny_run: Path) -> None:
    result = invoke(str(tiny_run / "chains" / "tiny"), "--likelihood", "paper")
    assert result.exit_code == 3
    assert "effective draws" in result.stderr
    assert result.stdout == ""


def test_too_few_draws_end_with_status_3(tiny_run: Path) -> None:
    result = invoke(str(tiny_run / "chains" / "tiny"), "--likelihood", "paper-global")
    assert result.exit_code == 3
    assert "sample the new likelihood afresh" in result.stderr
    assert result.stdout == ""


def test_wrong_likelihood(tiny_run: Path) -> None:
    result = invoke(str(tiny_run / "chains" / "tiny"), "--likelihood", "papre")
    assert result.exit_code == 2
    assert "paper" in result.output


def test_options_of_annealing_want_annealing(tiny_run: Path) -> None:
    result = invoke(str(tiny_run / "chains" / "tiny"), "--likelihood", "paper", "--seed", "2", "--force")
    assert result.exit_code == 2
    assert result.stderr.count("is for --anneal only") == 2
