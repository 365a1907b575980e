"""The same physics as a user's file: examples/singlet/s1.py in plain Python, against the built-in model."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from machine_code import operations

from lqbayes import Model, Prior
from lqbayes.compilation import name_of
from lqbayes.model.point_loop import LOOP, loop_over_points
from lqbayes.model.predictors import FilePredictor
from lqbayes.model.user_code import UserCode
from lqbayes.models.singlet.model import SINGLET
from lqbayes.models.singlet.observables import observables_of_point

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "singlet"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("s1_example", EXAMPLE / "s1.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_names_units_and_kinds_are_those_of_the_model(example: ModuleType) -> None:
    for ours, theirs in ((SINGLET.parameters, example.PARAMETERS), (SINGLET.observables, example.OBSERVABLES)):
        assert [(entry.name, entry.unit, entry.symbol, entry.headline) for entry in ours] == [
            (entry.name, entry.unit, entry.symbol, entry.headline) for entry in theirs
        ]
    assert [(entry.support, entry.logarithmic) for entry in SINGLET.observables] == [
        (entry.support, entry.logarithmic) for entry in example.OBSERVABLES
    ]
    assert [(entry.lower, entry.upper) for entry in SINGLET.parameters] == [(entry.lower, entry.upper) for entry in example.PARAMETERS]
    assert {name for names in example.GROUPS.values() for name in names} <= {*SINGLET.parameter_names, *SINGLET.observable_names}


@pytest.mark.parametrize("prior", ["s1", "s1-uniform"])
def test_the_same_bits_where_both_are_compiled(example: ModuleType, prior: str) -> None:
    loaded = Prior.load(prior, SINGLET)
    points = loaded.points(loaded.sample(300, np.random.default_rng(2)))
    found = [example.predict(**dict(zip(SINGLET.parameter_names, point, strict=True))) for point in points.tolist()]
    np.testing.assert_allclose(found, SINGLET.predict(points), rtol=1e-12, atol=1e-15)  # dipoles cancel
    compiled = Model.load(str(EXAMPLE / "s1.py")).predict(points)
    assert np.ascontiguousarray(compiled).tobytes() == np.ascontiguousarray(SINGLET.predict(points)).tobytes()


def test_its_loop_is_compiled_for_several_points_at_once() -> None:
    predictor = FilePredictor(UserCode(EXAMPLE / "s1.py"), SINGLET.parameter_names, SINGLET.observable_names)
    assert predictor.way() == "compiled"
    built_in = loop_over_points(observables_of_point, 8, len(SINGLET.observables), name_of(observables_of_point))
    built_in.compile(LOOP)
    for loop in (predictor._loop, built_in):
        at_once, single = operations(loop)
        assert at_once > 300
        assert single < 0.02 * at_once


def test_its_reference_is_that_of_the_model(example: ModuleType) -> None:
    assert SINGLET.reference is not None
    np.testing.assert_allclose(example.predict(**example.REFERENCE), SINGLET.reference(), rtol=1e-15)


@pytest.mark.parametrize(("copy", "shipped"), [("s1.toml", "likelihoods"), ("s1-prior.toml", "priors")])
def test_its_data_are_those_of_the_model(copy: str, shipped: str) -> None:
    assert (EXAMPLE / copy).read_text("utf-8") == (ROOT / shipped / "singlet" / "s1.toml").read_text("utf-8")
