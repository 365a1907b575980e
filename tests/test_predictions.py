from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lqbayes
from lqbayes.input.errors import InputError
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES
from lqbayes.points_file import parse_points, read_points

POINTS = Path(__file__).parent / "models" / "three_leptoquarks" / "data" / "reference-points.json"


@pytest.fixture(scope="module")
def references() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(POINTS.read_text(encoding="utf-8"))
    return entries


@pytest.fixture
def point(references: list[dict[str, Any]]) -> dict[str, Any]:
    return dict(references[0]["point"])


def messages(error: pytest.ExceptionInfo[InputError]) -> dict[str, str]:
    return {problem.key: f"{problem.message}; {problem.remedy}" for problem in error.value.problems}


@pytest.mark.parametrize("formulas", ["paper", "corrected"])
def test_numbers_give_numbers(references: list[dict[str, Any]], formulas: str) -> None:
    predicted = lqbayes.predict(references[0]["point"], formulas)
    assert tuple(predicted) == OBSERVABLE_NAMES
    assert all(type(value) is float for value in predicted.values())
    for name, value in references[0]["expected"][formulas].items():
        if name in predicted:
            assert predicted[name] == pytest.approx(float(value), rel=1e-7)


def test_arrays_broadcast_and_agree_with_numbers_bit_for_bit(point: dict[str, Any]) -> None:
    masses, angles = np.array([[1000.0], [2000.0]]), np.array([1e-3, 2e-3, 3e-3])
    predicted = lqbayes.predict(point | {"M_LQ": masses, "alpha_1": angles})
    assert all(value.shape == (2, 3) for value in predicted.values())
    single = lqbayes.predict(point | {"M_LQ": 2000, "alpha_1": 2e-3})
    assert {name: value[1, 1] for name, value in predicted.items()} == single


def test_many_points_are_quick(point: dict[str, Any]) -> None:
    """20 000 points take some 30 ms on an idle core; one by one they would take seconds."""
    lqbayes.predict(point)
    masses = np.linspace(1000.0, 5000.0, 20_000)
    start = time.process_time()
    predicted = lqbayes.predict(point | {"M_LQ": masses})
    assert time.process_time() - start < 0.5
    assert predicted["R_K"].shape == masses.shape


def test_the_mass_splitting_has_a_default(point: dict[str, Any]) -> None:
    without = {name: value for name, value in point.items() if name != "delta_m_B1"}
    assert lqbayes.predict(without) == lqbayes.predict(point | {"delta_m_B1": 10.0})


def test_every_problem_at_once(point: dict[str, Any]) -> None:
    del point["h_32"]
    point |= {
        "M_LG": 1.0,
        "f_11": True,
        "f_12": "x",
        "f_13": math.nan,
        "s12sq": 1.5,
        "h_22": [1.0, 2.0],
        "h_33": [1.0, 2.0, 3.0],
        "ht_11": [[1], [1, 2]],
    }
    with pytest.raises(InputError) as error:
        lqbayes.predict(point)
    found = messages(error)
    assert set(found) == {"M_LG", "h_32", "f_11", "f_12", "f_13", "s12sq", "ht_11", ""}
    assert "did you mean 'M_LQ'?" in found["M_LG"]
    assert "missing" in found["h_32"]
    assert "finite" in found["f_13"]
    assert "0 to 1" in found["s12sq"]
    assert "h_22 (2,)" in found[""]


def test_unknown_formula_set(point: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="papr"):
        lqbayes.predict(point, "papr")


def test_singular_point_is_infinite_and_not_an_error(point: dict[str, Any]) -> None:
    singular = point | {f"f_{i}{j}": 0.0 for i in (1, 2, 3) for j in (1, 2, 3)}
    predicted = lqbayes.predict(singular)
    assert predicted["g_max"] == math.inf
    assert not any(math.isnan(value) for value in predicted.values())


def toml(point: dict[str, float]) -> str:
    return "".join(f"{name} = {value!r}\n" for name, value in point.items())


@pytest.mark.parametrize("name", ["points.json", "points.toml", "standard input"])
def test_formats_agree(point: dict[str, Any], name: str) -> None:
    point = {key: float(value) for key, value in point.items()}
    other = point | {"M_LQ": 4321.0}
    texts = {"one": json.dumps(point), "many": json.dumps([point, other])}
    if name != "points.json":
        texts = {"one": toml(point), "many": f"# two\n[[point]]\n{toml(point)}[[point]]\n{toml(other)}"}
    assert parse_points(texts["one"].encode(), name, PAPER) == [point]
    assert parse_points(texts["many"].encode(), name, PAPER) == [point, other]
    assert parse_points(json.dumps([point]).encode(), "standard input", PAPER) == [point]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ('{"M_LQ": 1,\n}', "a.json", "line 2"),
        ("M_LQ = \n", "a.toml", "line 1"),
        ("[]", "a.json", "no point"),
        ('{"M_LQ": 1, "M_LQ": 2}', "a.json", "more than once in one object: M_LQ"),
        ("[1]", "a.json", r"\[1\]: must be an object"),
        ('"x"', "a.json", "must be an object"),
        ('{"M_LQ": 1e999}', "a.json", "must be finite"),
        ('{"M_LQ": ' + "1" * 400 + "}", "a.json", "must be finite"),
        ('{"M_LQ": ' + "1" * 5000 + "}", "a.json", "too many digits"),
        ("[" * 100_000, "a.json", "nested too deeply|is not JSON"),
        ("point = []", "a.toml", "must be an object"),
        ('{"M_LQ": [1]}', "a.json", "must be a number"),
        ('{"M_LQ": NaN}', "a.json", "must be finite"),
        ('{"": 1}', "a.json", "no such parameter"),
    ],
)
def test_what_is_wrong_with_a_file(text: str, name: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        parse_points(text.encode(), name, PAPER)


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_points(tmp_path / "nothing.json", PAPER)
    with pytest.raises(InputError, match="cannot be read"):
        read_points(tmp_path, PAPER)
    (tmp_path / "latin.json").write_bytes(b"{}\n\xff")
    with pytest.raises(InputError, match="line 2: is not UTF-8"):
        read_points(tmp_path / "latin.json", PAPER)


def test_problems_name_the_point(point: dict[str, Any]) -> None:
    with pytest.raises(InputError) as error:
        parse_points(json.dumps([point, point | {"M_LQ": -1}, point | {"x y": 1}]).encode(), "a.json", PAPER)
    assert [problem.key for problem in error.value.problems] == ["[2].M_LQ", '[3]."x y"']
