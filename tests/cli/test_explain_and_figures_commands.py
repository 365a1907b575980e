from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app


def test_explain_writes_into_the_run(tiny_run: Path) -> None:
    run = tiny_run / "chains" / "tiny"
    result = CliRunner().invoke(app, ["explain", str(run)])
    assert result.exit_code == 0, result.output
    assert "BR_mu_egamma" in result.stdout
    assert "NOT CONVERGED" in result.stderr
    assert "**NOT CONVERGED" in (run / "results" / "explain.md").read_text(encoding="utf-8")
    for name in ("predictive", "terms", "information"):
        assert (run / "results" / f"explain-{name}.png").read_bytes().startswith(b"\x89PNG")


def test_figures_go_where_they_are_asked_to(tiny_run: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["figures", str(tiny_run / "chains" / "tiny"), "--output", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert len(list(tmp_path.iterdir())) == 8
    assert "NOT CONVERGED" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "status"), [(("explain", "nothing"), 1), (("figures", "nothing"), 1), (("figures", "x", "-o", "no"), 2)]
)
def test_wrong_input(folder: Path, arguments: tuple[str, ...], status: int) -> None:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == status
    assert "Traceback" not in result.output
    assert list(folder.iterdir()) == []
