"""Users' functions: the same numbers as in plain Python, and loops for all lanes of the processor."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from lqbayes.model.predictors import FilePredictor
from lqbayes.model.user_code import UserCode

HEAD = """
import cmath
import math
import numpy
import numpy as np
from math import exp, log as ln
ROOT, EXPONENT, VECTOR = 0.5, 2 / 7, np.array([0.1, 0.2, 0.3])
def inner(x, y=1.5):
    return exp(-x * x) * abs(x) ** y
"""
AT_ONCE = {
    "calls": "exp(-a) * ln(b * b + 1), math.log1p(a * a) + numpy.log10(2 + np.cos(b)) + math.sin(a) + math.tan(b / 4)",
    "angles": "math.atan2(a, b) + np.arctan2(b, a) + math.atan(a), np.hypot(a, b) + math.hypot(b, 2) + np.arctan(b) + math.expm1(a)",
    "powers": "abs(a) ** EXPONENT + (b * b) ** ROOT + (a * a) ** -1.5 + 2.0**b, math.pow(b * b, 0.3) + a**2 + b**-3 + np.power(abs(a), b)",
    "helpers": "inner(a) + inner(b, 2.5), inner(a * b, 0.3)",
    "complex": "abs(complex(a, b)), cmath.exp(complex(a, b)).real + cmath.phase(complex(b, a)) + np.exp(complex(a, b)).imag",
    "whole": "math.exp(2) * a + math.atan2(1, b) + 3**b, b",
    "branches": "math.exp(-a) * b if a > 0 else math.log(b - a + 1) if b > a else b, a",
}
OTHERS = {
    "arrays": "np.sum(np.exp(-a * VECTOR) ** 2.5), np.log(np.abs(VECTOR * b)).sum()",
    "loops": "sum([math.exp(-k * a * a) * math.cos(b) for k in range(7)]), inner(b)",
    "other functions": "math.lgamma(abs(a) + 1), math.erf(b) + math.exp(a)",
}


def predictor(tmp_path: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> FilePredictor:
    monkeypatch.setattr(FilePredictor, "_name", lambda *_: None)  # machine code that was kept has no text
    path = tmp_path / "own.py"
    path.write_text(f"{HEAD}def predict(a, b):\n{body}\n", encoding="utf-8")
    found = FilePredictor(UserCode(path), ("a", "b"), ("x", "y"))
    assert found.way(np.array([1.0, 2.0])) == "compiled", found.reason()
    return found


def lanes(of: FilePredictor) -> tuple[int, int]:
    """Operations of machine code with several numbers and with one."""
    (llvm,) = of._loop.inspect_llvm().values()
    at_once, single = (len(re.findall(rf" (?:fmul|fadd|fsub|fdiv) {kind} ", llvm)) for kind in (r"<\d+ x double>", "double"))
    return at_once, single


@pytest.mark.parametrize("name", [*AT_ONCE, *OTHERS])
def test_the_numbers_of_plain_python(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = predictor(tmp_path, f"    return {(AT_ONCE | OTHERS)[name]}", monkeypatch)
    points = np.random.default_rng(1).uniform(-4, 4, (333, 2))
    found = model(points)
    np.testing.assert_allclose(found, model.plain(points), rtol=1e-14, atol=1e-15)
    assert np.array_equal(found[7:8], model(points[7:8]))
    at_once, single = lanes(model)
    assert name in OTHERS or (at_once >= 2 and single == 0)


def test_branches_and_early_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = """
    if a > 1:
        return math.exp(-a) * b, a
    elif b > a:
        c = math.log(b - a)
    else:
        c = (a - b) ** 0.3
    return c, a * c
"""
    model = predictor(tmp_path, body, monkeypatch)
    points = np.random.default_rng(1).uniform(-4, 4, (333, 2))
    np.testing.assert_allclose(model(points), model.plain(points), rtol=1e-14, atol=1e-15)
    assert lanes(model)[0] > 30 and lanes(model)[1] == 0


def test_what_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = predictor(tmp_path, "    return math.log(a), math.exp(b) + a**0.3", monkeypatch)
    found = model.raw(np.array([[-1.0, 1.0], [0.0, 800.0], [2.0, -720.0]]))
    assert np.isnan(found[0]).all()
    assert found[1].tolist() == [-np.inf, np.inf]
    assert found[2].tolist() == pytest.approx([np.log(2), 2**0.3], rel=1e-15)
