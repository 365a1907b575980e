"""Files that change others: they begin with the contents of what they extend; ``remove`` and tables of the same name change these."""

import fnmatch
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, did_you_mean, dotted_key, shown
from lqbayes.input.shipped import Kind, read_bytes, read_toml, resolve, shipped_names
from lqbayes.input.toml_document import CONFIGURATION, parse_toml

KEYS = ("extends", "remove")
RUN_FILE = "run.toml"
"""Name of the file of a run that holds its prior and its measurements as they were resolved; it can be given in place of either file."""

# The text of a model file is one of its values.
RUN_BOUNDS = replace(CONFIGURATION, characters=400_000)
_LONGEST_CHAIN = 8
# Where the tables stand that a file changes, and the key without which a table changes one of the base and does not replace it.
_SECTION: dict[Kind, tuple[str, str]] = {"likelihoods": ("measurement", "form"), "priors": ("parameters", "distribution")}


@dataclass(frozen=True, slots=True)
class Document:
    """Contents of a file with those that it extends, as if they stood in one."""

    path: Path
    data: dict[str, Any]
    origins: dict[str, str] = field(default_factory=dict)  # dotted keys of what stands in another file, and that file

    def file_of(self, key: str) -> str:
        """File that holds a dotted key."""
        while key and key not in self.origins:
            key = key[: max(key.rfind("."), key.rfind("["), 0)]
        return self.origins.get(key, os.fspath(self.path))

    def located(self, problems: Iterable[Problem]) -> list[Problem]:
        """Problems, each with the file that holds the line."""
        return [replace(problem, file=self.file_of(problem.key)) for problem in problems]


def is_pattern(key: str) -> bool:
    """Whether a key stands for several names."""
    return any(character in key for character in "*?[")


def read_document(kind: Kind, name_or_path: str | os.PathLike[str], model: str) -> Document:
    """Contents of a file, shipped or the user's own, and of those that it extends."""
    path = resolve(kind, name_or_path, model)
    files = [Document(path, _of_run(kind, path) if path.name == RUN_FILE else read_toml(path))]
    while "extends" in files[-1].data:
        base = _base(kind, files[-1], model)
        if any(base.resolve() == file.path.resolve() for file in files):
            raise _refused(files[-1], "extends", f"'{base}' extends this file in turn", "take extends out of one of them")
        if len(files) == _LONGEST_CHAIN:
            raise _refused(files[-1], "extends", f"more than {_LONGEST_CHAIN} files extend one another", "write some of them as one file")
        files.append(Document(base, read_toml(base)))
    if len(files) == 1 and "remove" in files[0].data:
        raise _refused(files[0], "remove", "there is nothing to remove from", 'add extends = "...", or take remove out')
    found = files.pop()
    while files:
        found = _changed(kind, found, files.pop())
    return found


def read_of_run(path: Path) -> dict[str, Any]:
    """Contents of the run.toml of a run."""
    return parse_toml(read_bytes(path), os.fspath(path), RUN_BOUNDS)


def _of_run(kind: Kind, path: Path) -> dict[str, Any]:
    """The prior or the measurements of a run; of another file of that name, its contents."""
    data = read_of_run(path)
    part = data.get(kind.removesuffix("s"))
    return part if isinstance(part, dict) else data


def _refused(file: Document, key: str, message: str, remedy: str) -> InputError:
    return InputError([Problem(os.fspath(file.path), key, message, remedy)])


def _base(kind: Kind, file: Document, model: str) -> Path:
    name = file.data["extends"]
    if not isinstance(name, str) or not name:
        raise _refused(file, "extends", f"must be text, not {shown(name)}", "write a shipped name or a path in quotes")
    try:
        return resolve(kind, name if name in shipped_names(kind, model) else file.path.parent / name, model)
    except InputError as error:
        raise _refused(file, "extends", f"'{name[:80]}' {error.problems[0].message}", error.problems[0].remedy) from None


def _changed(kind: Kind, base: Document, file: Document) -> Document:
    """Contents of a base with the changes of a file that extends it."""
    section, whole = _SECTION[kind]
    own, old = file.data.get(section, []), base.data.get(section, [])
    inherited = {"formulas": base.data["formulas"]} if "formulas" in base.data else {}
    top = inherited | {key: value for key, value in file.data.items() if key not in KEYS}
    if not isinstance(own, list | Mapping) or not isinstance(old, type(own) if section in file.data else list | Mapping):
        return Document(file.path, top)  # what is wrong with it is said by the schema
    tables = _by_name(old, base.path)
    origins = {dotted_key(section, name): os.fspath(base.path) for name in tables} | base.origins
    for name in _removed(file, tables):
        del tables[name]
    given = _by_name(own, file.path)
    for pattern in filter(is_pattern, given if kind == "priors" else ()):
        for key in [key for key in tables if key not in given and fnmatch.fnmatchcase(key, pattern)]:
            del tables[key]
    for name, table in given.items():
        here, now = dotted_key(section, name), tables.get(name)
        if isinstance(now, Mapping) and isinstance(table, Mapping) and whole not in table:
            tables[name] = {**now, **table}
            origins |= {f"{here}.{dotted_key(key)}": os.fspath(file.path) for key in table}
        else:
            tables[name] = table
            origins = {key: origin for key, origin in origins.items() if key != here and not key.startswith(f"{here}.")}
    top[section] = dict(tables) if isinstance(old, Mapping) else list(tables.values())
    sets, own_sets = base.data.get("data", {}), file.data.get("data", {})
    if isinstance(sets, Mapping) and isinstance(own_sets, Mapping) and kind == "likelihoods":
        used = {name for table in tables.values() if isinstance(table, Mapping) for name in _texts(table.get("data"))}
        kept = {name: text for name, text in sets.items() if name in used and name not in own_sets}
        top["data"] = {**kept, **own_sets}
        origins |= {dotted_key("data", name): base.file_of(dotted_key("data", name)) for name in kept}
    return Document(file.path, top, origins)


def _by_name(tables: Any, path: Path) -> dict[str, Any]:
    """Tables by their names; by a number where they have none of their own, which is for the schema to refuse."""
    if isinstance(tables, Mapping):
        return dict(tables)
    found: dict[str, Any] = {}
    for number, table in enumerate(tables):
        name = table.get("name") if isinstance(table, Mapping) else None
        found[name if isinstance(name, str) and name not in found else f"{path}\0{number}"] = table
    return found


def _texts(values: object) -> list[str]:
    return [value.strip() for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _removed(file: Document, tables: Mapping[str, Any]) -> list[str]:
    names = file.data.get("remove", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _refused(file, "remove", f"must be a list of names, not {shown(names)}", 'write remove = ["first", "second"]')
    known = [name for name in tables if "\0" not in name]
    unknown = [name for name in names if name not in known]
    if unknown:
        message = "the file that is extended has no '{}'"
        raise InputError(
            [Problem(os.fspath(file.path), "remove", message.format(name[:40]), did_you_mean(name, known)) for name in unknown[:20]]
        )
    return list(dict.fromkeys(names))
