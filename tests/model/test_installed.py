"""Models of installed packages: what an entry point may be, what is said of a wrong one, and a package that changes under a run."""

import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import lqbayes
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.model import installed
from lqbayes.prior.file import parse_prior_set
from lqbayes.running.engine import Engine
from lqbayes.running.ensembles import changed_versions
from lqbayes.running.new_run import Bounds, asked
from lqbayes.sampling.settings import ConvergenceTargets, SamplingSettings

FILE = """
from lqbayes import Observable, Parameter
PARAMETERS = [Parameter("a"), Parameter("b")]
OBSERVABLES = [Observable("total")]
def predict(a, b):
    return a + b
"""
MODEL = """
from lqbayes import Model, Observable, Parameter
ONE = Model("{name}", "first", (Parameter("a"), Parameter("b")), (Observable("total"),), lambda points: points.sum(axis=1, keepdims=True))
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Put a package of one module with an entry point where Python looks for packages, as pip does."""
    monkeypatch.syspath_prepend(tmp_path)
    names: list[str] = []

    def install(name: str, text: str, value: str, version: str = "1.0") -> str:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        metadata = tmp_path / f"{name}_dist.dist-info"
        metadata.mkdir(exist_ok=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: {version}\n", encoding="utf-8")
        (metadata / "entry_points.txt").write_text(f"[lqbayes.models]\n{name} = {value}\n", encoding="utf-8")
        names.append(name)
        return name

    yield install
    installed.installed_models.cache_clear()
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("value", ["{}:ONE", "{}:MANY", "{}:LIST"])
def test_a_model_or_its_variants(install: Callable[..., str], value: str) -> None:
    name = f"own_{value[3:].lower()}"
    text = MODEL.format(name=name) + "from dataclasses import replace\nMANY = (ONE, replace(ONE, variant='second'))\nLIST = [ONE]\n"
    model = lqbayes.Model.load(install(name, text, value.format(name)))
    assert (model.name, model.variant) == (name, "first")
    assert pickle.loads(pickle.dumps(model)) is model
    assert model.predict(np.array([[1.0, 2.0]])).tolist() == [[3.0]]


def test_a_module_that_is_a_model_file(install: Callable[..., str]) -> None:
    model = lqbayes.Model.load(install("own_module", FILE, "own_module"))
    assert (model.name, model.source.kind, model.source.place) == ("own_module", "package", "own_module")
    assert model.predict(np.array([[1.0, 2.0]])).tolist() == [[3.0]] and model.uncompiled is not None and model.uncompiled() == ""
    assert lqbayes.Model.load("own_module") is model is pickle.loads(pickle.dumps(model))
    with pytest.raises(lqbayes.InputError, match=r"bad_module.py: line 5: the arguments of predict are not the parameters"):
        lqbayes.Model.load(install("bad_module", FILE.replace("(a, b)", "(a, c)"), "bad_module"))


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("import nothing_there\n", "{}:ONE", "cannot be loaded: ModuleNotFoundError: No module named 'nothing_there'; mend the package"),
        ("ONE = 1\n", "{}:TWO", "cannot be loaded: AttributeError: "),
        ("ONE = 1\n", "{}:ONE", "is 1; let the entry point be a lqbayes.Model"),
        ("ONE = ()\n", "{}:ONE", "is (); let the entry point be a lqbayes.Model"),
    ],
)
def test_a_wrong_one(install: Callable[..., str], text: str, value: str, expected: str) -> None:
    name = f"wrong_{abs(hash((text, value)))}"
    with pytest.raises(lqbayes.InputError) as caught:
        lqbayes.Model.load(install(name, text, value.format(name)))
    assert f"entry point {value.format(name)}, package {name}-dist: the model {name} {expected}" in str(caught.value)


def test_a_package_that_changes_under_a_run(install: Callable[..., str], tmp_path: Path) -> None:
    """Its version and its sources are noted, and a run that goes on with others says so."""
    model = lqbayes.Model.load(install("own_changed", FILE, "own_changed"))
    entry = {"distribution": "normal", "value": 0.0, "error": 1.0, "unit": "1", "source": "test"}
    prior = lqbayes.Prior(parse_prior_set({"title": "p", "parameters": {"a": entry, "b": entry}}, "p.toml", model), model)
    measured = {
        "name": "m",
        "observable": "total",
        "form": "gaussian",
        "value": 0,
        "error": 1,
        "unit": "1",
        "source": "test",
        "data": ["d"],
    }
    likelihood = parse_likelihood_set({"title": "l", "data": {"d": "test"}, "measurement": [measured]}, "l.toml", model)
    posterior = lqbayes.Posterior(prior, lqbayes.Likelihood(likelihood, model))
    bounds = Bounds(None, 2, Engine("local", None, 1), 0.0, False, None)
    begun = asked(posterior, SamplingSettings.chosen(2), ConvergenceTargets(), bounds)
    assert begun.versions["own_changed-dist"] == "1.0" and not changed_versions(begun)
    install("own_changed", FILE.replace("a + b", "a - b"), "own_changed")
    (warning,) = changed_versions(begun)
    assert "own_changed-dist sources" in warning and "own_changed-dist 1.0" not in warning
    install("own_changed", FILE, "own_changed", "1.1")
    assert "own_changed-dist 1.0 then, 1.1 now" in changed_versions(begun)[0]
