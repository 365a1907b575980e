"""TOML of unknown origin: read within bounds of size, depth and time."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lqbayes.input.errors import InputError
from lqbayes.input.printable import has_control_characters, strange_character_at
from lqbayes.input.problems import Problem, dotted_key, shown

_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)")
_LONGEST_REASON = 200
_NESTING = re.compile(rb"[\[\]{}\n]")
# Python's reader takes a time that grows with the cube of the number of parts of a key.
_PARTS = 64
_PART = r"(?:[A-Za-z0-9_-]++|\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+')"
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_\"'-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{_PARTS}}}")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a document may hold at the most."""

    entries: int  # of one table or list
    values: int  # in the whole document, tables and lists included
    depth: int = 8  # of tables and lists inside one another
    characters: int = 10_000  # of one text
    digits: int = 300  # of an integer


# A shipped measurement file has some 500 values.
CONFIGURATION = Bounds(entries=500, values=20_000)


def decoded(raw: bytes, name: str) -> str:
    """Text of a file."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError([Problem(name, f"line {line}", "is not UTF-8 text", "save the file with the encoding UTF-8")]) from None


def parse_toml(raw: bytes, name: str, bounds: Bounds = CONFIGURATION) -> dict[str, Any]:
    """Contents of a TOML document."""
    text = decoded(raw, name)
    long_key = _LONG_KEY.search(text)
    if long_key:
        line = text.count("\n", 0, long_key.start()) + 1
        raise InputError([Problem(name, f"line {line}", f"a key has more than {_PARTS} parts", "write fewer names between dots")])
    try:
        data = tomllib.loads(text)
    except RecursionError:
        line = _deepest_line(raw)
        raise InputError([Problem(name, f"line {line}", "brackets are nested too deeply", "remove some of them")]) from None
    except ValueError as error:  # TOMLDecodeError, or what int() and datetime() raise for numbers that they refuse
        raise InputError([_not_toml(name, str(error), text)]) from None
    beyond = _beyond(data, name, bounds)
    if beyond is not None:
        raise InputError([beyond])
    return data


def _beyond(data: dict[str, Any], name: str, bounds: Bounds) -> Problem | None:
    """Where a document first leaves its bounds; without recursion, which it could exhaust."""
    seen = 0
    pending: list[tuple[tuple[str, ...], int, Any]] = [((), 0, data)]
    while pending:
        path, depth, value = pending.pop()
        seen += 1
        if seen > bounds.values:
            return Problem(name, "", f"holds more than {bounds.values} values", "check that it is the file you mean")
        found = _wrong_container(value, depth, bounds) if isinstance(value, Mapping | list) else _wrong_value(value, bounds)
        if found is not None:
            return Problem(name, dotted_key(*path), *found)
        if isinstance(value, Mapping):
            pending += (((*path, word), depth + 1, entry) for word, entry in value.items())
        elif isinstance(value, list):
            pending += (((*path[:-1], f"{path[-1]}[{k}]"), depth + 1, entry) for k, entry in enumerate(value, start=1))
    return None


def _wrong_container(value: Mapping[str, Any] | list[Any], depth: int, bounds: Bounds) -> tuple[str, str] | None:
    if len(value) > bounds.entries:
        return f"has {len(value)} entries, more than {bounds.entries}", "split it, or correct it"
    if depth > bounds.depth:
        return f"is nested more than {bounds.depth} deep", "write it flat, as in the shipped files"
    for word in value if isinstance(value, Mapping) else ():
        if has_control_characters(word):
            return f"the key {shown(word)} has control characters", "remove them"
    return None


def _wrong_value(value: object, bounds: Bounds) -> tuple[str, str] | None:
    if isinstance(value, str):
        if len(value) > bounds.characters:
            return f"has {len(value)} characters, more than {bounds.characters}", "shorten the text"
        if has_control_characters(value):
            return f"has control characters: {shown(value)}", "remove them, since a terminal would obey them"
    elif isinstance(value, int) and value.bit_length() > 4 * bounds.digits:
        return "a number has too many digits", "shorten it"
    return None


def _not_toml(name: str, message: str, text: str) -> Problem:
    found, remedy = _LINE.search(message), "compare the line with the shipped files"
    if found:
        line, reason = int(found[1]), _LINE.sub("", message)
        strange = strange_character_at(text.replace("\r\n", "\n").split("\n")[line - 1], int(found[2]) - 1)
        if strange:
            reason, remedy = f"{reason}: {strange}", "write it with the keys of a keyboard: - for a minus, a plain space"
    elif "end of document" in message:
        line, reason = text.count("\n") + 1, message.replace("(at end of document)", "at the end of the file")
    else:  # int() refuses numbers of thousands of digits and knows no line; such a number makes its line the longest
        lines = text.split("\n")
        line, reason = max(range(len(lines)), key=lambda i: len(lines[i])) + 1, "a number has too many digits"
    return Problem(name, f"line {line}", f"is not TOML: {reason[:_LONGEST_REASON]}", remedy)


def _deepest_line(raw: bytes) -> int:
    depth = deepest = 0
    line = deepest_line = 1
    for character in _NESTING.findall(raw):
        line += character == b"\n"
        depth += (character in b"[{") - (character in b"]}")
        if depth > deepest:
            deepest, deepest_line = depth, line
    return deepest_line
