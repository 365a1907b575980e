from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from lqbayes.cli.app import app


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["reweight", *arguments])


def test_to_the_same_likelihood_nothing_moves(tiny_run: Path) -> None:
    result = invoke(str(tiny_run / "chains" / "tiny"), "--likelihood", "paper")
    assert result.exit_code in {0, 3}
    if result.exit_code == 0:
        assert "ln Z changes by +0.00" in result.stdout
        shifts = [line.split()[-1] for line in result.stdout.splitlines() if line.strip().startswith(("C9_mu ", "log10_M_LQ "))]
        assert [float(shift) for shift in shifts] == [0.0, 0.0]
    else:
        assert "effective draws" in result.stderr


def test_too_few_draws_end_with_status_3(tiny_run: Path) -> None:
    result = invoke(str(tiny_run / "chains" / "tiny"), "--likelihood", "paper-global")
    assert result.exit_code == 3
    assert "sample the new likelihood afresh" in result.stderr
    assert result.stdout == ""


def test_wrong_likelihood(tiny_run: Path) -> None:
    result = invoke(str(tiny_run / "chains" / "tiny"), "--likelihood", "papre")
    assert result.exit_code == 2
    assert "paper" in result.output
