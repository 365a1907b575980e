"""No file can run code: the package has nothing that would run what it reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import lqbayes

PACKAGE = Path(lqbayes.__file__).parent
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "yaml", "runpy", "code", "subprocess"}
# What a user names with --model is run, in one place; that no data file gets there is tested where runs of such models are.
# Machine code is read from folders that nobody else can have filled, as numba itself would read it.
ALLOWED = {"model/user_code.py": ["exec_module()"], "compilation.py": ["import pickle"]}
FORBIDDEN_ATTRIBUTES = {
    "exec_module",
    "load_module",
    "source_to_code",
    "system",
    "popen",
    "literal_eval",
    "read_pickle",
    "to_pickle",
    "unsafe_load",
}
NUMPY_READERS = {"load", "loadtxt", "genfromtxt", "fromfile", "memmap"}


def offences(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"line {node.lineno}: import {name}" for name in names if name.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            owner = node.func.value.id if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) else ""
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            allowed = keywords.get("allow_pickle")
            if name in FORBIDDEN_CALLS or attribute in FORBIDDEN_ATTRIBUTES:
                yield f"line {node.lineno}: {name or attribute}()"
            if allowed is not None and not (isinstance(allowed, ast.Constant) and allowed.value is False):
                yield f"line {node.lineno}: allow_pickle"
            if owner in {"np", "numpy"} and attribute in NUMPY_READERS and allowed is None:
                yield f"line {node.lineno}: {owner}.{attribute} without allow_pickle=False"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module(path: Path) -> None:
    found = list(offences(ast.parse(path.read_text(encoding="utf-8"))))
    assert [text.partition(": ")[2] for text in found] == ALLOWED.get(path.relative_to(PACKAGE).as_posix(), [])


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "exec(text)",
        "import pickle",
        "from pickle import loads",
        "import yaml.reader",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=wanted)",
        "os.system('ls')",
        "__import__(name)",
        "loader.exec_module(module)",
    ],
)
def test_the_scan_finds(text: str) -> None:
    assert list(offences(ast.parse(text)))


def test_the_scan_lets_pass() -> None:
    assert not list(offences(ast.parse("import json\nnp.load(path, allow_pickle=False)\nre.match(a, b)\nnumpy.array([1])")))
