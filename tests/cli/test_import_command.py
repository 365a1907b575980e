"""``lqbayes import`` and ``lqbayes check data``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.importing.flavio_database import FlavioDatabase
from lqbayes.importing.measurement_file import Origin
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.model import Model

with_pdg = pytest.mark.skipif(importlib.util.find_spec("pdg") is None, reason="pdg is not installed")


class GaussianUpperLimit:
    limit, confidence_level = 4.2e-13, 0.9


class DeltaDistribution:
    pass


@pytest.fixture
def database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of one measurement in the place of flavio's."""
    file = folder / "measurements.yml"
    file.write_text("numbers", encoding="utf-8")
    constraints = [(GaussianUpperLimit(), ["BR(mu->egamma)"]), (DeltaDistribution(), ["x"])]
    found = SimpleNamespace(name="MEG 2016", experiment="MEG", inspire="MEG:2016", url="", description="", _constraints=constraints)
    made = FlavioDatabase(Origin("flavio 0.0", file), {"MEG 2016": found})
    monkeypatch.setattr(FlavioDatabase, "load", classmethod(lambda _: made))


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


def test_file_that_a_model_reads(folder: Path, database: None) -> None:
    options = ("--as", "BR(mu->egamma)=BR_mu_egamma", "--output", "mine.toml")
    result = invoke("import", "flavio", "MEG 2016", "--model", "three-leptoquarks", *options)
    assert result.exit_code == 0, result.output
    assert "left out: x of 'MEG 2016': there is no form for flavio's DeltaDistribution" in result.stderr
    assert "1 measurements are in mine.toml" in result.stderr and result.stdout == ""
    (measurement,) = load_likelihood_set(folder / "mine.toml", Model.load()).measurements
    assert (measurement.observables, measurement.texts()) == (("BR_mu_egamma",), ("< 4.2e-13 (90 % CL)",))


def test_list_and_standard_output(database: None) -> None:
    assert invoke("import", "flavio").stdout == "MEG 2016 | MEG | MEG:2016 | BR(mu->egamma), x\n"
    assert 'observable = "BR_mu_egamma"' in invoke("import", "flavio", "MEG 2016").stdout


def test_nothing_is_overwritten(folder: Path, database: None) -> None:
    (folder / "mine.toml").write_text("mine", encoding="utf-8")
    result = invoke("import", "flavio", "MEG 2016", "--output", "mine.toml")
    assert result.exit_code == 2 and "nothing of it is overwritten" in " ".join(result.output.split())
    assert (folder / "mine.toml").read_text(encoding="utf-8") == "mine"
    assert invoke("import", "flavio", "MEG 2016", "--output", "mine.toml", "--force").exit_code == 0
    assert "BR_mu_egamma" in (folder / "mine.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("pair", ["x", "=y", "x=", "x=a b", "x=1"])
def test_pairs_of_names(database: None, pair: str) -> None:
    result = invoke("import", "flavio", "MEG 2016", "--as", pair)
    assert result.exit_code == 2 and "is no pair of names" in result.output


@pytest.mark.parametrize(
    ("package", "arguments"), [("flavio", ("import", "flavio")), ("pdg", ("import", "pdg", "S004R3")), ("pdg", ("check", "data", "paper"))]
)
def test_without_the_package(package: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    result = invoke(*arguments)
    assert result.exit_code != 0 and "pip install 'lqbayes[physics]'" in " ".join(result.output.split())


@with_pdg
def test_pdg(folder: Path) -> None:
    result = invoke("import", "pdg", "S004R3", "--as", "S004R3=BR_mu_egamma", "--output", "mine.toml", "--model", "three-leptoquarks")
    assert result.exit_code == 0, result.output
    result = invoke("check", "data", "mine.toml")
    assert result.exit_code == 0 and "0 of 1 are superseded; 0 have no PDG identifier" in result.stdout


@with_pdg
def test_superseded_is_status_3() -> None:
    result = invoke("check", "data", "paper")
    assert result.exit_code == 3 and "SUPERSEDED" in result.stdout and "2 of 3 are superseded; 8 have no PDG identifier" in result.stdout
