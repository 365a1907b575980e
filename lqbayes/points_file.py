"""Reads parameter points from JSON and TOML."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lqbayes.errors import InputError
from lqbayes.predictions import checked_point
from lqbayes.problems import Problem, shown

__all__ = ["parse_points", "read_points"]

_TABLE = "point"
# The first line of a TOML file: a table header or a key. JSON begins with { or with [ and anything but a bare word.
_TOML_START = re.compile(r"\s*(#|\[\[?\s*[A-Za-z_]|[A-Za-z_0-9\"'-]+\s*[=.])")
_TOML_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)")


class _Duplicate(ValueError):
    """A name stands twice in a JSON object."""


def read_points(path: str | Path) -> list[dict[str, float]]:
    """Read parameter points from a file.

    Parameters
    ----------
    path
        A JSON or TOML file.

    Returns
    -------
    list of dict
        All 46 values of each point, in canonical units.

    Raises
    ------
    lqbayes.errors.InputError
        With everything that is wrong.
    """
    name = str(path)
    try:
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError([Problem(name, "", f"cannot be read: {reason}", "check its path and its permissions")]) from error
    return parse_points(raw, name)


def parse_points(raw: bytes, file: str) -> list[dict[str, float]]:
    """Read parameter points from the contents of a file.

    Parameters
    ----------
    raw
        JSON: an object {parameter: value} or a list of them. TOML: the same as one table, or tables [[point]].
    file
        Where they come from: for messages, and a suffix ``.json`` or ``.toml`` tells the format.

    Returns
    -------
    list of dict
        All 46 values of each point, in canonical units.

    Raises
    ------
    lqbayes.errors.InputError
        With everything that is wrong.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError([Problem(file, f"line {line}", "is not UTF-8 text", "save the file with the encoding UTF-8")]) from None
    is_toml = file.endswith(".toml") or (not file.endswith(".json") and _TOML_START.match(text) is not None)
    entries = _toml_entries(text, file) if is_toml else _json_entries(text, file)
    points: list[dict[str, float]] = []
    problems: list[Problem] = []
    for prefix, entry in entries:
        if not isinstance(entry, Mapping):
            problems.append(Problem(file, prefix, f"must be an object of parameters, not {shown(entry)}", 'write {"M_LQ": 1500, ...}'))
            continue
        point, found = checked_point(entry, file, prefix)
        points.append(point)
        problems += found
    if problems:
        raise InputError(problems)
    return points


def _json_entries(text: str, file: str) -> list[tuple[str, object]]:
    try:
        data: Any = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        problem = Problem(
            file, f"line {error.lineno}", f"is not JSON: {error.msg}", "write one object {parameter: value} or a list of them"
        )
    except _Duplicate as error:
        problem = Problem(file, "", str(error), "keep one of them")
    except RecursionError:
        problem = Problem(file, "", "brackets are nested too deeply", "write one object {parameter: value} or a list of them")
    except ValueError:  # an integer of more digits than Python is willing to read
        problem = Problem(file, "", "a number has too many digits", "shorten it")
    else:
        entries = [(f"[{k}]", entry) for k, entry in enumerate(data, start=1)] if isinstance(data, list) else [("", data)]
        if entries:
            return entries
        problem = Problem(file, "", "there is no point in the list", "write at least one object {parameter: value}")
    raise InputError([problem])


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise _Duplicate(f"stands more than once in one object: {', '.join(twice)}")
    return dict(pairs)


def _toml_entries(text: str, file: str) -> list[tuple[str, object]]:
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = _TOML_LINE.search(str(error))
        key = f"line {found[1]}" if found else ""
        reason = _TOML_LINE.sub("", str(error))
        raise InputError([Problem(file, key, f"is not TOML: {reason}", "write name = value, one line a parameter")]) from None
    if set(data) != {_TABLE}:
        return [("", data)]
    tables = data[_TABLE]
    if isinstance(tables, list) and tables:
        return [(f"{_TABLE}[{k}]", table) for k, table in enumerate(tables, start=1)]
    return [(_TABLE, tables)]
