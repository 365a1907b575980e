"""What a check of a model finds, each on a model that has just this fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.calibration.model_check import Finding, check_model
from lqbayes.model import Model, Observable, Parameter
from lqbayes.models.singlet.model import SINGLET
from lqbayes.prior.file import parse_prior_set
from lqbayes.prior.prior import Prior

Array = NDArray[np.float64]
HEAD = """import math
from lqbayes import Observable, Parameter
PARAMETERS = [Parameter("a"), Parameter("b"), Parameter("c")]
OBSERVABLES = [Observable("x"), Observable("y")]
CALLS = [0]
"""
LINES: dict[str, Any] = {
    "a": {"distribution": "uniform", "range": [-1.0, 1.0], "unit": "1", "source": "choice"},
    "b": {"distribution": "normal", "value": 0.0, "error": 1.0, "unit": "1", "source": "choice"},
    "c": {"distribution": "log-uniform", "range": [0.1, 1.0], "sign": "either", "unit": "1", "source": "choice"},
}


def findings(folder: Path, body: str, **lines: Any) -> dict[str, Finding]:
    path = folder / "own.py"
    path.write_text(f"{HEAD}def predict(a, b, c):\n    {body}\n", encoding="utf-8")
    model = Model.load(path)
    found = check_model(Prior(parse_prior_set({"title": "p", "parameters": LINES | lines}, "p.toml", model), model), draws=200)
    return {finding.subject: finding for finding in found}


def test_nothing_wrong(tmp_path: Path) -> None:
    found = findings(tmp_path, "return a * b, c + 2")
    assert not [finding for finding in found.values() if finding.wrong]
    assert found["predictions"].text == "compiled"
    assert found["time"].text.endswith(" us a point")
    assert found["exact sign symmetries"].text == "a b"


@pytest.mark.parametrize(
    ("body", "subject", "text"),
    [
        ("return a * b, math.log(c)", "prior draws", "points have NaN: y at a = "),
        ("return a * b + c, math.asin(0.999 * a + 0.002 * abs(c) / c)", "ends of ranges", "points have NaN: y at a = "),
        ("if c < 0:\n        raise ValueError('no')\n    return a * b, c", "prior draws", "raise an exception: "),
        ("return a * b * c, 3.0", "observables that nothing moves", "y"),
        ("return a * b, a", "parameters that move nothing", "c"),
        ("CALLS[0] += 1\n    return a * b, c + CALLS[0]", "two calls", "differ in y: the function must depend on its arguments alone"),
        # Integers of machine code have 64 bits.
        ("return a * b, c + (7 if 2**70 > 0 else 8)", "machine code and plain Python", "differ in y"),
    ],
)
def test_each_fault(tmp_path: Path, body: str, subject: str, text: str) -> None:
    found = findings(tmp_path, body)[subject]
    assert text in found.text
    assert found.wrong


def test_arithmetic_that_fails_in_plain_python(tmp_path: Path) -> None:
    found = findings(tmp_path, "return a * b, float(f'{c:.3g}') / (c + abs(c))")
    assert "plain Python" in found["predictions"].text
    assert "own.py: line 7: predict failed at a = " in found["prior draws"].text and "ZeroDivisionError" in found["prior draws"].text


def test_an_infinite_prediction_is_said_and_not_wrong(tmp_path: Path) -> None:
    found = findings(tmp_path, "return a * b, c / max(a - 0.5, 0.0)")["prior draws"]
    assert "points have an infinite prediction: y at a = " in found.text and not found.wrong


def test_exceptions_of_many_points_name_one(tmp_path: Path) -> None:
    many = "if c < 0:\n        raise ValueError('no')\n    return a * b, c"
    body = f"return float(f'{{a}}'), c\ndef predict_many(points):\n    a, b, c = points.T\n    {many.replace('c < 0', '(c < 0).any()')}"
    found = findings(tmp_path, body)["prior draws"]
    assert "raise an exception: " in found.text and "own.py: line 11: predict_many failed at a = " in found.text and found.wrong


def test_exceptions_of_a_model_that_is_no_file() -> None:
    def predict(points: Array) -> Array:
        if np.any(points[:, 0] < 0):
            raise ValueError("no")
        return points

    model = Model("own", "", (Parameter("a"),), (Observable("x"),), predict)
    found = check_model(Prior(parse_prior_set({"title": "p", "parameters": {"a": LINES["a"]}}, "p.toml", model), model), draws=200)
    texts = {finding.subject: finding.text for finding in found if finding.wrong}
    assert "points raise an exception: own: predict failed at a = -" in texts["prior draws"] and "ValueError: no" in texts["prior draws"]


@pytest.mark.parametrize(
    ("reference", "text"),
    [("{'a': 0, 'b': 0, 'c': 0}", "there is no y"), ("{'a': 2, 'b': 0, 'c': 1}", "own.py: line 8: predict failed at a = 2, b = 0, c = 1")],
)
def test_the_reference(tmp_path: Path, reference: str, text: str) -> None:
    body = f"if a > 1.5:\n        raise ValueError('no')\n    return a * b, c + 1 / c\nREFERENCE = {reference}"
    found = findings(tmp_path, body)["reference"]
    assert text in found.text and found.wrong
    good = findings(tmp_path, body.replace("1.5", "2.5").replace("'c': 0", "'c': 1"))["reference"]
    assert good.text == "finite" and not good.wrong


def test_symmetries_are_those_of_the_prior_too(tmp_path: Path) -> None:
    body = "return a * a, b * b * c * c"
    assert findings(tmp_path, body)["exact sign symmetries"].text == "a; b; c"
    lopsided = {"a": LINES["a"] | {"range": [-1.0, 2.0]}, "c": LINES["c"] | {"sign": "positive"}}
    assert findings(tmp_path, body, **lopsided)["exact sign symmetries"].text == "b"


def test_a_symmetry_of_many_signs() -> None:
    """Products of neighbours along a chain: only all signs together, of which there are too many to try."""
    names = [f"g{k}" for k in range(14)]
    observables = tuple(Observable(f"o{k}") for k in range(13))
    model = Model("chain", "", tuple(map(Parameter, names)), observables, lambda points: points[:, 1:] * points[:, :-1])
    prior = Prior(parse_prior_set({"title": "p", "parameters": dict.fromkeys(names, LINES["c"])}, "p.toml", model), model)
    found = {finding.subject: finding.text for finding in check_model(prior, draws=200)}
    assert found["exact sign symmetries"] == " ".join(names)


def test_symmetries_of_the_singlet() -> None:
    found = {finding.subject: finding.text for finding in check_model(Prior.load("s1", SINGLET), draws=200)}
    assert found["exact sign symmetries"] == "yL_22 yL_32 yR_32; yL_23 yL_33 yR_23 yR_33"
