"""The model by its name, as the command line takes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import lqbayes
from lqbayes.cli.app import app
from lqbayes.models.singlet.model import SINGLET
from lqbayes.storage.configuration import RunConfiguration


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--model", "singlet"])
    assert result.exit_code in (0, 3), result.output
    return result.stdout


def test_it_is_found() -> None:
    assert lqbayes.Model.load("singlet") is SINGLET
    assert "s1-uniform" in invoke("list", "priors")
    assert "BR_Bc_taunu" in invoke("list", "observables")
    assert "R_D_R_Dst" in invoke("show", "s1", "--kind", "likelihood")


def test_a_run_of_its_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lqbayes.report.results.write_results", lambda *_, **__: [])
    invoke("sample", *"--ensembles 2 --walkers 64 --sweeps 1 --max-steps 2 --workers 1 --audit 0".split())
    configuration = RunConfiguration.read(tmp_path / "chains" / "s1-s1-1")
    assert (configuration.model, configuration.likelihood.name, configuration.prior.name) == (SINGLET, "s1", "s1")
    assert CliRunner().invoke(app, ["table", "s1-s1-1"]).exit_code == 0
    other = CliRunner().invoke(app, ["table", "s1-s1-1", "--model", "three-leptoquarks"])
    assert other.exit_code == 2 and "made with the model singlet, not with three-leptoquarks" in " ".join(other.output.split())
