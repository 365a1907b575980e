"""The house: who may import whom, and an engine that names nothing of a model."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

import pytest

import lqbayes

PACKAGE = Path(lqbayes.__file__).parent
# From the ground up: a room imports from its own floor and from those below.
FLOORS = (
    ("version", "input", "compilation", "vector_math"),
    ("model",),
    ("prior", "likelihood", "predictions", "points_file"),
    ("posterior", "quantities"),
    ("sampling",),
    ("storage",),
    ("running",),
    ("calibration",),
    ("results",),
    ("report",),
    ("export", "importing"),
    ("models",),
    ("cli",),
    ("lqbayes", "__main__"),  # the package's front door
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ENGINE = {room for rooms in FLOORS for room in rooms} - {"models", "cli", "lqbayes", "__main__"}


class Arrow(NamedTuple):
    """One import."""

    source: str
    target: str
    line: int
    at_module_level: bool


def modules() -> dict[str, Path]:
    return {".".join(("lqbayes", *_parts(path))): path for path in sorted(PACKAGE.rglob("*.py")) if "shipped_files" not in path.parts}


def _parts(path: Path) -> tuple[str, ...]:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(node: ast.AST, at_module_level: bool = True) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Imports that are executed: not those for types alone."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, at_module_level
        return
    for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in node.orelse if for_types else ast.iter_child_nodes(node):
        yield from _imports(child, at_module_level and not inside)


def arrows(known: dict[str, Path] | None = None) -> list[Arrow]:
    known = known or modules()
    found = []
    for source, path in known.items():
        for node, at_module_level in _imports(_tree(path)):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            else:
                assert node.level == 0, f"{source}: line {node.lineno}: imports are absolute"
                targets = [
                    f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in known else node.module or "" for alias in node.names
                ]
            found += [Arrow(source, target, node.lineno, at_module_level) for target in targets if target.split(".")[0] == "lqbayes"]
    return found


def _told(found: list[Arrow]) -> list[str]:
    return sorted(f"{arrow.source}, line {arrow.line}: {arrow.target}" for arrow in found)


def test_every_room_has_a_floor() -> None:
    assert {room_of(module) for module in modules()} <= set(FLOOR_OF)


def test_the_engine_imports_no_model() -> None:
    assert _told([arrow for arrow in arrows() if room_of(arrow.source) in ENGINE and room_of(arrow.target) == "models"]) == []


def test_no_arrow_runs_up() -> None:
    def climbs(arrow: Arrow) -> bool:
        below, above = FLOOR_OF[room_of(arrow.source)], FLOOR_OF[room_of(arrow.target)]
        return above > below

    assert _told([arrow for arrow in arrows() if climbs(arrow)]) == []


def test_rooms_of_one_floor_do_not_lean_on_each_other() -> None:
    """Between two rooms all arrows have one direction."""
    between = {(room_of(arrow.source), room_of(arrow.target)) for arrow in arrows()}
    assert {pair for pair in between if pair[0] < pair[1] and (pair[1], pair[0]) in between} == set()


def test_no_circle_of_imports() -> None:
    graph: dict[str, set[str]] = {module: set() for module in modules()}
    for arrow in arrows():
        if arrow.at_module_level:
            graph[arrow.source].add(arrow.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


FORMS_ROOM = "lqbayes.likelihood.forms"


def _asks_for_a_form(tree: ast.AST) -> list[int]:
    """Lines that compare the name of a form with something, or take one form out of the registry."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            asked: list[ast.expr] = [node.left, *node.comparators]
        elif isinstance(node, ast.Match):
            asked = [node.subject]
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "FORMS":
            found.append(node.lineno)
            continue
        else:
            continue
        found += [node.lineno if isinstance(node, ast.expr) else node.subject.lineno for x in asked if getattr(x, "attr", "") == "form"]
    return found


def test_a_form_of_measurements_is_asked_and_not_named() -> None:
    """Outside their folder nothing imports a form or looks at its name: what a form means it says itself."""
    outside = {module: path for module, path in modules().items() if not module.startswith(FORMS_ROOM)}
    imported = [arrow for arrow in arrows() if arrow.source in outside and arrow.target.startswith(f"{FORMS_ROOM}.")]
    assert _told(imported) == []
    assert {module: lines for module, path in outside.items() if (lines := _asks_for_a_form(_tree(path)))} == {}
    for text in ("m.form != 'gaussian'", "x = m.form in {'interval'}", "FORMS['gamma']", "match m.form:\n    case 'gamma':\n        pass"):
        assert _asks_for_a_form(ast.parse(text)), text


BUILT_IN = [entry for entry in entry_points(group="lqbayes.models") if entry.module.startswith("lqbayes.models.")]
MODELS = [model for entry in BUILT_IN for model in entry.load()]
# One letter, or a word: a name of any model's.
NAMES = sorted(
    name
    for name in {name for model in MODELS for name in (*model.parameter_names, *model.observable_names)}
    if len(name) > 1 and not (name.isalpha() and name.islower())
)
NAMED = re.compile(
    r"(?<![A-Za-z0-9_])(?:log10_|log10_abs_|abs_|positive_|sin_|cos_)?(" + "|".join(map(re.escape, NAMES)) + r")(?![A-Za-z0-9_])"
)
ADDRESS = re.compile(r"lqbayes\.models\.\w+|" + "|".join(entry.module.split(".")[2] for entry in BUILT_IN))


@pytest.mark.parametrize("room", sorted(ENGINE & {room_of(module) for module in modules()}))
def test_the_engine_names_nothing_of_a_model(room: str) -> None:
    """Neither in code nor in docstrings, comments, messages and templates; neither in a string that something imports."""
    found = []
    for path in [PACKAGE / f"{room}.py"] if (PACKAGE / f"{room}.py").exists() else sorted((PACKAGE / room).rglob("*")):
        if not path.is_file() or path.suffix == ".pyc":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            matches = [*NAMED.finditer(line), *ADDRESS.finditer(line)]
            found += [f"{path.relative_to(PACKAGE)}:{number}: {match.group()}" for match in matches]
    assert found == []


def test_the_search_finds() -> None:
    """So that an empty list above means something."""
    assert len(NAMES) > 60
    for text in ("if name == 'M_LQ':", "``positive_h_32``", "such as C9_mu, or", "log10_BR_mu_egamma", "f_11"):
        assert NAMED.search(text), text
    for text in ("self.f_112", "xC9_mu", "alpha", "dm"):
        assert not NAMED.search(text), text
    known = modules()
    assert any(arrow.source == "lqbayes.cli.sample" and not arrow.at_module_level for arrow in arrows(known))
    tree = ast.parse("if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    from c import d")
    assert [(ast.unparse(node), level) for node, level in _imports(tree)] == [("import b", True), ("from c import d", False)]
