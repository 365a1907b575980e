"""Reads parameter points from JSON and TOML."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from lqbayes.input.entry import Reporter
from lqbayes.input.errors import InputError
from lqbayes.input.printable import strange_character_at
from lqbayes.input.problems import Problem, shown
from lqbayes.input.shipped import cannot_read
from lqbayes.input.toml_document import Bounds, decoded, parse_toml
from lqbayes.model import Model
from lqbayes.predictions import checked_point

# Some 15 000 points with all digits. More belong into an array for `lqbayes.predict`, which has no such limit.
MAXIMUM_BYTES: Final = 20_000_000
MAXIMUM_BYTES_TOML: Final = 2_000_000  # Python reads TOML slowly
_TOML_BOUNDS = Bounds(entries=20_000, values=200_000)
# Mistakes that are told: of a file with thousands of points, the first ones are enough.
_MOST_PROBLEMS = 50
_MOST_NAMES = 5
_MOST_POINTS = 100_000

_TABLE = "point"
# The first line of a TOML file: a table header or a key. JSON begins with { or [, and has no bare words but its own.
_TOML_START = re.compile(r"\s*(#|\[\[?\s*(?!(?:NaN|Infinity|true|false|null)\s*[,\]])[A-Za-z_]|[A-Za-z_0-9\"'-]+\s*[=.])")


class _Duplicate(ValueError):
    """A name stands twice in a JSON object."""


def read_points(path: str | Path, model: Model) -> list[dict[str, float]]:
    """Read parameter points from a file; `InputError` with everything that is wrong."""
    try:
        with open(path, "rb") as stream:
            return read_points_stream(stream, str(path), model)
    except (OSError, ValueError) as error:
        raise cannot_read(str(path), error) from error


def read_points_stream(stream: BinaryIO, file: str, model: Model) -> list[dict[str, float]]:
    """Read parameter points from an open file or a pipe, called `file` in messages; at most `MAXIMUM_BYTES` are read."""
    return parse_points(stream.read(MAXIMUM_BYTES + 1), file, model)


def parse_points(raw: bytes, file: str, model: Model) -> list[dict[str, float]]:
    """Read parameter points from the contents of a file: all values of each point, in canonical units.

    JSON: an object {parameter: value} or a list of them, up to `MAXIMUM_BYTES`. TOML: the same as one table, or tables [[point]], up to
    `MAXIMUM_BYTES_TOML`. `file` is where they come from, for messages, and its suffix says the format.
    """
    if len(raw) > MAXIMUM_BYTES:
        raise _too_large(file, MAXIMUM_BYTES)
    text = decoded(raw, file)
    is_toml = file.endswith(".toml") or (not file.endswith(".json") and _TOML_START.match(text) is not None)
    points: list[dict[str, float]] = []
    problems: list[Problem] = []
    for key, entry in _toml_entries(raw, file) if is_toml else _json_entries(text, file):
        report = Reporter(problems, key, file)
        if len(problems) >= _MOST_PROBLEMS:
            report("", "and perhaps more mistakes from here on", "correct the first ones, then try again")
            break
        if isinstance(entry, Mapping):
            points.append(checked_point(entry, report, model))
        elif isinstance(entry, list) and key != _TABLE:
            report("", f"is a list inside the list of points: {shown(entry)}", 'write [{"NAME": 1.5, ...}, {...}]')
        else:
            report("", f"must be an object of parameters, not {shown(entry)}", 'write {"NAME": 1.5, ...}')
    if problems:
        raise InputError(problems)
    return points


def _json_entries(text: str, file: str) -> list[tuple[str, object]]:
    line, expected = "", "write one object {parameter: value} or a list of them"
    try:
        data: Any = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        strange = strange_character_at(error.doc, error.pos)
        line, wrong = f"line {error.lineno}", (f"is not JSON: {error.msg}{f': {strange}' * bool(strange)}", expected)
    except _Duplicate as error:
        wrong = (str(error), "keep one of them")
    except RecursionError:
        wrong = ("brackets are nested too deeply", expected)
    except ValueError:  # an integer of more digits than Python is willing to read
        wrong = ("a number has too many digits", "shorten it")
    else:
        if not isinstance(data, list):
            return [("", data)]
        if 0 < len(data) <= _MOST_POINTS:
            return [(f"[{k}]", entry) for k, entry in enumerate(data, start=1)]
        wrong = ("there is no point in the list", "write at least one object {parameter: value}")
        if data:
            wrong = (f"has {len(data)} points, more than {_MOST_POINTS}", "give fewer at a time")
    raise InputError([Problem(file, line, *wrong)])


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        raise _Duplicate(f"stands more than once in one object: {', '.join(name[:40] for name in twice[:_MOST_NAMES])}")
    return found


def _toml_entries(raw: bytes, file: str) -> list[tuple[str, object]]:
    if len(raw) > MAXIMUM_BYTES_TOML:
        raise _too_large(file, MAXIMUM_BYTES_TOML)
    data = parse_toml(raw, file, _TOML_BOUNDS)
    if set(data) != {_TABLE}:
        return [("", data)]
    tables = data[_TABLE]
    if isinstance(tables, list) and tables:
        return [(f"{_TABLE}[{k}]", table) for k, table in enumerate(tables, start=1)]
    return [(_TABLE, tables)]


def _too_large(file: str, most: int) -> InputError:
    remedy = "give fewer points at a time, or arrays of them to lqbayes.predict in Python"
    if most < MAXIMUM_BYTES:
        remedy = f"write JSON, of which {MAXIMUM_BYTES // 1_000_000} MB are read"
    return InputError([Problem(file, "", f"is larger than {most // 1_000_000} MB", remedy)])
