"""TOML and JSON made to harm, too large for files of their own: each is refused in little memory and time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from isolation import outcome
from loaders import LOADERS

# In a run of the suite, one kind of file stands for the others, which are read by the same functions.
LONG = bool(os.environ.get("LQBAYES_FUZZ"))
SCALE = 1 if LONG else 10
KINDS = ["likelihood", "prior", "run", "points"] if LONG else ["likelihood"]

SHIPPED = Path(__file__).parents[2]
LIKELIHOOD = (SHIPPED / "likelihoods" / "three-leptoquarks" / "calibration.toml").read_text(encoding="utf-8")
PRIOR = (SHIPPED / "priors" / "three-leptoquarks" / "calibration.toml").read_text(encoding="utf-8")

TOML: dict[str, Callable[[], str]] = {
    "dotted key of a megabyte": lambda: "a." * 400_000 + "a = 1",
    "dotted header": lambda: "[" + "a." * 400_000 + "a]",
    "quoted dotted key": lambda: r'"\"".' * 150_000 + "a = 1",
    "dotted key in an inline table": lambda: "a = { " + "b . " * 200_000 + "c = 1 }",
    "brackets": lambda: "a = " + "[" * 400_000,
    "closed brackets": lambda: "a = " + "[" * 200 + "]" * 200,
    "inline tables": lambda: "a = " + "{b=" * 200_000,
    "many keys": lambda: "\n".join(f"a{k} = 1" for k in range(80_000)),
    "many lists": lambda: "a = [" + "[]," * 300_000 + "]",
    "many measurements": lambda: "[[measurement]]\n" * 60_000,
    "many wrong measurements": lambda: 'title="t"\n' + "[[measurement]]\nx=1\n" * 499,
    "measurements with many unknown keys": lambda: (
        'title="t"\n' + "".join("[[measurement]]\nform='gaussian'\n" + "".join(f"zz{k}=1\n" for k in range(30)) for _ in range(400))
    ),
    "data sets that are nearly the same": lambda: (
        'title="t"\n[data]\n'
        + "".join(f'{"x" * 70}{k} = "d"\n' for k in range(499))
        + "".join(f'[[measurement]]\ndata = ["{"x" * 70}y{k}", "{"x" * 70}z{k}"]\n' for k in range(499))
    ),
    "huge integer": lambda: "a = " + "9" * 500_000,
    "huge hexadecimal integer": lambda: "seed = 0x" + "f" * 500_000,
    "huge integer for a number": lambda: LIKELIHOOD + "\ntitle2 = 0x" + "f" * 900,
    "text of a megabyte": lambda: 'title = "' + "t" * 900_000 + '"',
    "more than a megabyte": lambda: "#" * 1_000_001,
    "correlations": lambda: (
        'title="t"\n[[measurement]]\nform="correlated-gaussian"\ncorrelation = ['
        + ",".join("[" + "1," * 200 + "]" for _ in range(200))
        + "]"
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TOML)
def test_toml(tmp_path: Path, kind: str, name: str) -> None:
    path = tmp_path / "hostile.toml"
    path.write_text(TOML[name](), encoding="utf-8")
    found = outcome(lambda: LOADERS[kind](path))
    assert found.startswith(f"refused: {tmp_path}"), found[:2000]
    assert len(found) < 100_000


JSON: dict[str, Callable[[], str]] = {
    "brackets": lambda: "[" * 1_000_000,
    "objects": lambda: '{"a":' * 1_000_000,
    "huge integer": lambda: '{"M_LQ": ' + "9" * 1_000_000 + "}",
    "empty objects": lambda: "[" + "{}," * (6_000_000 // SCALE) + "{}]",
    "empty lists": lambda: "[" + "[]," * (6_000_000 // SCALE) + "[]]",
    "ones": lambda: "[" + "1," * (9_000_000 // SCALE) + "1]",
    "unknown names": lambda: json.dumps({f"n{k}": 1 for k in range(600_000 // SCALE)}),
    "one name many times": lambda: "{" + '"a":1,' * (3_000_000 // SCALE) + '"a":1}',
    "lone surrogates": lambda: '{"\\ud800": 1, "M_LQ": "\\udfff"}',
    "too large": lambda: " " * 20_000_001,
}


@pytest.mark.parametrize("kind", ["points", "status"] if LONG else ["points"])
@pytest.mark.parametrize("name", JSON)
def test_json(tmp_path: Path, kind: str, name: str) -> None:
    path = tmp_path / "hostile.json"
    path.write_text(JSON[name](), encoding="utf-8")
    found = outcome(lambda: LOADERS[kind](path))
    assert found.startswith("refused: "), found[:2000]
    assert len(found) < 100_000


@pytest.mark.parametrize("name", JSON if LONG else ["brackets", "huge integer", "too large"])
def test_a_heartbeat_of_garbage_is_no_word(tmp_path: Path, name: str) -> None:
    path = tmp_path / "heartbeat.json"
    path.write_text(JSON[name](), encoding="utf-8")
    assert outcome(lambda: LOADERS["heartbeat"](path)) == "read"
