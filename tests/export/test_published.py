"""A run that is published, and what is found in it afterwards."""

from __future__ import annotations

import csv
import json
import re
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

import numpy as np
import pytest
from typer.testing import CliRunner

import lqbayes
from lqbayes.cli.app import app
from lqbayes.export.archive import pack
from lqbayes.export.published import HASHES, publish, regular_files, sha256_of
from lqbayes.export.research_object import METADATA
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.model import Model
from lqbayes.prior.file import load_prior_set
from lqbayes.storage.population_file import PopulationFile, write_population
from lqbayes.storage.run import Run

MODELS = Path(__file__).parents[1] / "cli" / "own_models"
CANARY = 'open(__file__ + ".ran", "w").close()\n'
TEXT = CANARY + (MODELS / "ridge.py").read_text(encoding="utf-8")


def invoke(*arguments: object, status: int = 0) -> str:
    result = CliRunner().invoke(app, [str(word) for word in arguments])
    assert result.exit_code == status, (arguments, result.output, result.exception)
    return result.output


def hash_anew(folder: Path) -> None:
    """What somebody does who wants a change to go unseen."""
    lines = [f"{sha256_of(path)}  {name}\n" for name, path in regular_files(folder) if name != HASHES]
    (folder / HASHES).write_text("".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of a user's model, with its file, in a folder."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "ridge.py").write_text(TEXT, encoding="utf-8")
    model = Model.load(folder / "ridge.py")
    posterior = lqbayes.Posterior(
        lqbayes.Prior.load(MODELS / "ridge-prior.toml", model), lqbayes.Likelihood.load(MODELS / "ridge.toml", model)
    )
    settings: dict[str, Any] = {"walkers": 100, "sweeps_per_rung": 2, "steps_per_population": 2, "ensembles": 2, "max_steps": 4}
    lqbayes.sample(posterior, folder / "short", seed=5, workers=1, **settings)
    return folder


@pytest.fixture(scope="module")
def whole(own: Path) -> Path:
    invoke("publish", own / "short", "--model", own / "ridge.py", "--output", own / "published", "--author", "A. Person")
    return own / "published"


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "renamed"))


def test_what_is_published_is_as_it_was(copy: Path, own: Path) -> None:
    said = invoke("verify", copy, "--model", own / "ridge.py")
    assert "as published: every hash, and 9 files" in said
    assert "NOT CONVERGED" in said  # of a run that is short, and of which all is right
    assert "# Posterior of the run short\n" in (copy / "results/credible-intervals.md").read_text(encoding="utf-8")
    assert str(own) not in (copy / "run.toml").read_text(encoding="utf-8")
    model = Model.load(own / "ridge.py")
    run, original = Run.open(copy, model), Run.open(own / "short", model)
    assert load_prior_set(copy / "prior.toml", model) == original.configuration.prior
    assert load_likelihood_set(copy / "likelihood.toml", model) == original.configuration.likelihood
    np.testing.assert_array_equal(run.coordinates(), original.coordinates())
    assert f"numpy=={np.__version__}\n" in (copy / "requirements.txt").read_text(encoding="utf-8")
    assert "not overwritten" not in invoke("publish", copy, "--model", own / "ridge.py", "--output", copy, status=2)


def test_it_is_a_research_object(copy: Path) -> None:
    graph = {entity["@id"]: entity for entity in json.loads((copy / METADATA).read_text(encoding="utf-8"))["@graph"]}
    assert graph[METADATA]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"} and graph[METADATA]["about"] == {"@id": "./"}
    root = graph["./"]
    assert {"name", "description", "datePublished", "license"} <= set(root) and root["@type"] == "Dataset"
    parts = {unquote(part["@id"]) for part in root["hasPart"]}
    assert parts == {name for name, _ in regular_files(copy)} - {METADATA}
    assert {graph[part["@id"]]["@type"] for part in root["hasPart"]} == {"File"}
    assert root["creativeWorkStatus"] == "not converged" and "NOT CONVERGED" in root["description"]
    assert graph[root["author"][0]["@id"]]["name"] == "A. Person"


def test_another_reader_of_research_objects(copy: Path) -> None:
    crate = pytest.importorskip("rocrate.rocrate").ROCrate(copy)
    assert {entity.id for entity in crate.data_entities} >= {"run.toml", "ensemble-1/population-1.h5", "results/report.html"}


def test_a_model_in_it_does_not_run_by_itself(copy: Path, own: Path) -> None:
    for path in (*copy.glob("*.ran"), *own.glob("*.ran")):
        path.unlink()
    said = invoke("verify", copy, status=2)
    assert "--model" in said and "read it first" in " ".join(said.split())
    assert not [*copy.glob("*.ran"), *own.glob("*.ran")]
    assert CANARY in (copy / "ridge.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("rehashed", [False, True])
def test_a_changed_number_is_named(copy: Path, own: Path, rehashed: bool) -> None:
    path = copy / "results/credible-intervals.csv"
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    before, rows[2][2] = rows[2][2], "0.123"
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    if rehashed:
        hash_anew(copy)
    said = invoke("verify", copy, "--model", own / "ridge.py", status=3)
    named = f"results/credible-intervals.csv: row 3 ({rows[2][0]}), column median: 0.123 is published, the draws give {before}"
    assert named in said.replace("\n", "")
    assert ("has changed since it was published" in said) is not rehashed


def test_changed_draws_are_found_by_the_tables(copy: Path, own: Path) -> None:
    run = Run.open(copy, Model.load(own / "ridge.py"))
    file = run.files[0]
    snapshot = file.snapshot()
    snapshot.steps.chain[..., 0] *= 0.9
    write_population(file.path, file.identity, snapshot)
    hash_anew(copy)
    said = invoke("verify", copy, "--model", own / "ridge.py", status=3)
    assert re.search(r"results/credible-intervals\.csv: row \d+ \(log10_abs_g\), column median", said)
    assert "evidence.csv" not in said  # which does not follow from these numbers


def test_a_damaged_file_of_draws_is_named(copy: Path, own: Path) -> None:
    path = copy / "ensemble-1/population-1.h5"
    path.write_bytes(path.read_bytes()[:-8] + b"changed!")
    said = invoke("verify", copy, "--model", own / "ridge.py", status=3)
    assert said.count("ensemble-1/population-1.h5") >= 1 and "NOT as it was published" in said


def test_damage_of_each_file_of_a_folder_is_named(whole: Path, own: Path, tmp_path: Path) -> None:
    for name, file in regular_files(whole):
        copy = Path(shutil.copytree(whole, tmp_path / "copy"))
        (copy / name).write_bytes(with_one_bit_changed(file.read_bytes(), file.stat().st_size // 2))
        result = CliRunner().invoke(app, ["verify", str(copy), "--model", str(own / "ridge.py")])
        assert result.exit_code == 3 and "NOT as it was published" in result.output, (name, result.output)
        assert f"{name}: " in result.output
        shutil.rmtree(copy)


def test_damage_of_each_file_of_a_zip_is_named(whole: Path, tmp_path: Path) -> None:
    pack(whole, tmp_path / "sound.zip")
    raw, damaged = (tmp_path / "sound.zip").read_bytes(), tmp_path / "damaged.zip"
    with ZipFile(tmp_path / "sound.zip") as archive:
        entries = archive.infolist()
    assert len(entries) > 15
    for entry in entries:
        name_and_more = sum(struct.unpack_from("<2H", raw, entry.header_offset + 26))
        place = entry.header_offset + 30 + name_and_more + entry.compress_size // 2
        damaged.write_bytes(with_one_bit_changed(raw, place))
        said = invoke("verify", damaged, status=1)
        assert f"1 of its files are damaged; fetch it again\n{entry.filename}: " in said.replace(": \n", ": ")


def with_one_bit_changed(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def _extra(folder: Path) -> str:
    (folder / "more.txt").write_text("x", encoding="utf-8")
    return "more.txt: was not published"


def _missing(folder: Path) -> str:
    (folder / "README.md").unlink()
    return "README.md: is missing"


def _link(folder: Path) -> str:
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to("run.toml")
    return "README.md: is no regular file"


def _no_hash(folder: Path) -> str:
    with open(folder / HASHES, "a", encoding="utf-8") as stream:
        stream.write("abc  ../../x\n")
    return f"{HASHES}: line"


@pytest.mark.parametrize("change", [_extra, _missing, _link, _no_hash])
def test_other_files_are_named(copy: Path, own: Path, change: Callable[[Path], str]) -> None:
    expected = change(copy)
    assert expected in invoke("verify", copy, "--model", own / "ridge.py", status=3)


def test_one_walker_in_so_many(own: Path, tmp_path: Path) -> None:
    again, target = ("--model", own / "ridge.py"), tmp_path / "thin.zip"
    invoke("publish", own / "short", *again, "--output", target, "--thin", "5")
    said = invoke("verify", target, *again)
    assert "one walker in 5" in said
    shutil.unpack_archive(target, tmp_path / "thin")
    model = Model.load(own / "ridge.py")
    thin, original = Run.open(tmp_path / "thin", model), Run.open(own / "short", model)
    places = [PopulationFile(file.path, file._origin).snapshot().steps.chain for file in (thin.files[0], original.files[0])]
    np.testing.assert_array_equal(places[0], places[1][:, ::5])
    assert thin.evidence == original.evidence and thin.name == "short"
    assert "one walker in 5" in invoke("resume", tmp_path / "thin", *again, status=1)
    assert "publish the whole run" in invoke("publish", tmp_path / "thin", *again, "--output", tmp_path / "x", status=2)
    assert "--thin" in invoke("publish", own / "short", *again, "--output", tmp_path / "x", "--thin", "51", status=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thin", "thin.zip"]


def test_a_built_in_model_needs_no_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.export.published.write_page", lambda *_, path: path.write_text("<html>", encoding="utf-8"))
    publish(run, tmp_path / "built-in")
    invoke("verify", tmp_path / "built-in")
    asked = Run.open(tmp_path / "built-in").configuration
    assert replace(asked, published=None) == run.configuration
    assert not list((tmp_path / "built-in").glob("*.py"))


def test_what_was_not_published_is_refused(run: Run, tmp_path: Path) -> None:
    assert HASHES in invoke("verify", run.path, status=1)
    with ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a", "b")
    assert f"{tmp_path / 'other.zip'}: there is no {HASHES} here" in invoke("verify", tmp_path / "other.zip", status=1)
    assert "no folder or zip" in invoke("verify", tmp_path / "nowhere", status=2)
