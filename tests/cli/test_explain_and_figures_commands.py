from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.report import explanation
from lqbayes.storage.run import Run


@pytest.fixture(scope="module", autouse=True)
def _explained_once() -> Iterator[None]:
    """What a run says of itself, and the files of it, are the same whatever a command shows of it."""
    write, files = explanation.write_explanation, dict[Any, list[Path]]()

    def written(run: Run, found: explanation.Explanation, folder: Path) -> list[Path]:
        return files.get(folder) or files.setdefault(folder, write(run, found, folder))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "open", cache(Run.open))
        patch.setattr(explanation, "explain", cache(explanation.explain))
        patch.setattr(explanation, "write_explanation", written)
        yield


def test_explain_writes_into_the_run(tiny_run: Path) -> None:
    run = tiny_run / "chains" / "tiny"
    result = CliRunner().invoke(app, ["explain", str(run)])
    assert result.exit_code == 0, result.output
    assert "BR_mu_egamma" in result.stdout
    assert "NOT CONVERGED" in result.stderr
    assert "**NOT CONVERGED" in (run / "results" / "explain.md").read_text(encoding="utf-8")
    for name in ("predictive", "terms", "information", "prior"):
        assert (run / "results" / f"explain-{name}.png").read_bytes().startswith(b"\x89PNG")


def test_explain_shows_what_the_prior_does(tiny_run: Path) -> None:
    result = CliRunner().invoke(app, ["explain", str(tiny_run / "chains" / "tiny"), "--prior"])
    assert result.exit_code == 0, result.output
    assert "Jensen-Shannon" in result.stdout
    assert "1e-05 -> " in result.stdout
    assert "BR_mu_egamma" in result.stdout


def test_explain_weights_for_another_prior(tiny_run: Path, tmp_path: Path) -> None:
    run = str(tiny_run / "chains" / "tiny")
    for name, ends in (("narrow", "2000, 4000"), ("wide", "500, 5000")):
        line = f'M_LQ = {{ range = [{ends}], source = "test" }}'
        (tmp_path / f"{name}.toml").write_text(f'extends = "paper"\ntitle = "{name}"\n\n[parameters]\n{line}\n', encoding="utf-8")
    narrow = CliRunner().invoke(app, ["explain", run, "--prior", str(tmp_path / "narrow.toml")])
    assert narrow.exit_code == 3  # too few draws for anything
    assert "effective draws are left; sample the new prior afresh" in narrow.stderr
    assert narrow.stdout == ""
    wide = CliRunner().invoke(app, ["explain", run, "--prior", str(tmp_path / "wide.toml")])
    assert wide.exit_code == 2
    assert "allows or fixes values of M_LQ where paper has no draws" in wide.stderr
    assert CliRunner().invoke(app, ["explain", run, "paper"]).exit_code == 2


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
