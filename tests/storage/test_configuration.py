"""run.toml: a round trip keeps everything, and the identity covers all that decides the draws."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tomli_w

import lqbayes
from lqbayes import compilation
from lqbayes.compilation import source_hash
from lqbayes.input.errors import InputError, RunError
from lqbayes.input.shipped import read_toml
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model
from lqbayes.prior.prior import Prior
from lqbayes.running.ensembles import changed_versions
from lqbayes.sampling.settings import ConvergenceTargets, SamplingSettings
from lqbayes.storage.configuration import FILE_NAME, RunConfiguration, current_versions
from lqbayes.version import __version__


def configuration(prior: str = "paper", likelihood: str = "paper", formulas: str = "paper") -> RunConfiguration:
    model = Model.load("three-leptoquarks", formulas)
    return RunConfiguration(
        Prior.load(prior, model).settings,
        Likelihood.load(likelihood, model).settings,
        model,
        SamplingSettings(seed=3, ensembles=2, walkers=500, sweeps_per_rung=7, thin=4, steps_per_population=6),
        ConvergenceTargets(1.02, 300.0, 100.0, 0.2),
        "2026-01-02T03:04:05+00:00",
        {"python": "3.11.7", "lqbayes": "0"},
    )


@pytest.mark.parametrize("formulas", ["paper", "corrected"])
@pytest.mark.parametrize(("prior", "likelihood"), [("paper", "paper"), ("paper-inverted", "paper-global"), ("paper-positive", "paper")])
def test_round_trip(tmp_path: Path, prior: str, likelihood: str, formulas: str) -> None:
    written = configuration(prior, likelihood, formulas)
    written.write(tmp_path)
    read = RunConfiguration.read(tmp_path)
    assert read == written
    assert read.identity == written.identity
    assert (read.seed, read.ensembles, read.walkers) == (3, 2, 500)
    # The posterior that comes back is the same to the last bit.
    z = Prior.load(prior).sample(50, np.random.default_rng(1))
    np.testing.assert_array_equal(read.posterior().evaluate(z), written.posterior().evaluate(z))


def test_writing_again_gives_the_same_text(tmp_path: Path) -> None:
    configuration().write(tmp_path)
    text = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    RunConfiguration.read(tmp_path).write(tmp_path)
    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("field", ["seed", "ensembles", "walkers", "sweeps_per_rung", "thin", "steps_per_population"])
def test_identity_covers_the_sampling(field: str) -> None:
    base = configuration()
    other = replace(base, sampling=replace(base.sampling, **{field: getattr(base.sampling, field) + 1}))
    assert other.identity != base.identity


def test_identity_covers_prior_likelihood_and_formulas() -> None:
    settings = [
        ("paper", "paper", "paper"),
        ("paper-inverted", "paper", "paper"),
        ("paper", "paper-global", "paper"),
        ("paper", "paper", "corrected"),
    ]
    assert len({configuration(*names).identity for names in settings}) == 4


def test_identity_leaves_out_what_does_not_decide_the_draws() -> None:
    base = configuration()
    for other in (replace(base, targets=ConvergenceTargets(2.0, 1.0, 1.0)), replace(base, created="later"), replace(base, versions={})):
        assert other.identity == base.identity


def _edited(folder: Path, edit: Callable[[dict], object]) -> Path:
    configuration().write(folder)
    data = read_toml(folder / FILE_NAME)
    edit(data)
    (folder / FILE_NAME).write_text(tomli_w.dumps(data), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (lambda data: data["sampling"].update(seed=4), " (what changed: [sampling])"),
        (lambda data: data["prior"].update(title="mine"), " (what changed: [prior])"),
        (lambda data: data["likelihood"].update(title="mine"), " (what changed: [likelihood])"),
        (lambda data: data["model"].update(variant="corrected"), " (what changed: [model])"),
        (lambda data: (data["sampling"].update(seed=4), data["prior"].update(title="mine")), " (what changed: [prior], [sampling])"),
        (lambda data: data.update(identity="f" * 64), ""),
    ],
)
def test_edited(tmp_path: Path, edit: Callable[[dict], object], named: str) -> None:
    with pytest.raises(RunError, match=re.escape(f"edited after the run began{named}; restore it")):
        RunConfiguration.read(_edited(tmp_path, edit))


@pytest.mark.parametrize(
    ("edit", "key"),
    [
        (lambda data: data["sampling"].pop("thin"), "thin"),
        (lambda data: data["sampling"].update(sweeps_per_rung=0), "sweeps_per_rung"),
        (lambda data: data["sampling"].update(walkers="many"), "walkers"),
        (lambda data: data["sampling"].update(walkers=179), "walkers: must be at least 180"),
        (lambda data: (data["sampling"].update(seed=-1), data["targets"].update(rhat=1.0)), "seed.*\n.*rhat"),
        (lambda data: data["sampling"].update(colour=1), "colour"),
        (lambda data: data["targets"].update(rhat=1.0), "rhat"),
        (lambda data: data.pop("created"), "created"),
        (lambda data: data["prior"].pop("parameters"), "parameters"),
    ],
)
def test_damaged(tmp_path: Path, edit: Callable[[dict], object], key: str) -> None:
    with pytest.raises(InputError, match=key) as error:
        RunConfiguration.read(_edited(tmp_path, edit))
    assert FILE_NAME in str(error.value)


@pytest.mark.parametrize(
    ("schema", "advice"),
    [
        (0, "use the version"),
        (2, r"schema 2 is read by lqbayes 0\.1\.0"),
        (99, "use the version"),
        ("3", "use the"),
        (3.0, "use the"),
        ([2], "use"),
    ],
)
def test_another_schema(tmp_path: Path, schema: object, advice: str) -> None:
    with pytest.raises(RunError, match=f"schema .*; {advice}"):
        RunConfiguration.read(_edited(tmp_path, lambda data: data.update(schema=schema)))


def test_not_toml(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("schema = ", encoding="utf-8")
    with pytest.raises(InputError, match=FILE_NAME):
        RunConfiguration.read(tmp_path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run directory"):
        RunConfiguration.read(tmp_path)


def test_versions() -> None:
    versions = current_versions()
    assert versions["python"] == platform.python_version()
    assert versions["lqbayes"] == __version__
    assert versions["numpy"] == np.__version__
    assert versions["sources"] == source_hash()


def test_the_sources_are_those_that_decide_the_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(Path(lqbayes.__file__).parent, tmp_path / "lqbayes", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(compilation, "_PACKAGE", tmp_path / "lqbayes")
    fresh = source_hash.__wrapped__
    assert fresh() == source_hash()
    words, change = "\n    # said otherwise\n\n", "CHANGED = 1\n"
    for name, text, decides in (
        ("report/page.py", change, False),
        ("models/three_leptoquarks/loops.py", change, True),
        ("sampling/moves/walk.py", change, True),
        ("compilation.py", change, True),
        ("vector_math.py", change, True),
        ("models/three_leptoquarks/loops.py", words, False),
        ("compilation.py", words, False),
    ):
        before = fresh()
        with open(tmp_path / "lqbayes" / name, "a", encoding="utf-8") as stream:
            stream.write(text)
        assert (fresh() != before) is decides, name
        then = replace(configuration(), versions=current_versions() | {"sources": before})
        monkeypatch.setattr("lqbayes.storage.configuration.source_hash", fresh)
        assert any("sources" in warning for warning in changed_versions(then)) is decides
