"""What is wrong with a user's file: located, worded for the reader and gathered, so that all is shown together."""

from __future__ import annotations

import difflib
import itertools
import json
import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lqbayes.input.printable import strange_character

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


# The type of a pydantic error that brings its own message and remedy in its context.
REMEDY_ERROR = "with_remedy"

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+(\[\d+\])*")
_QUOTED = re.compile(r"'([^']*)'")
_LONGEST_WORD = 80
# Of a list of hundreds of names nobody reads more, and the search for a similar one takes its time for each word.
_MOST_CHOICES = 100
# Mistakes of one table that are told; more are one mistake, such as a file of another kind.
MOST_TOLD = 50
# Types of pydantic's errors, in words.
_WORDINGS = {
    "missing": ("a required key is missing", "add {key} = ..."),
    "float_type": ("must be a number, not {got}", "write a number, such as 1.5e-3, without quotes"),
    "finite_number": ("must be finite, not {got}", "write a finite number"),
    "greater_than": ("must be greater than {gt:g}, not {got}", "write a number greater than {gt:g}"),
    "greater_than_equal": ("must be at least {ge:g}, not {got}", "write a number from {ge:g}"),
    "less_than_equal": ("must be at most {le:g}, not {got}", "write a number up to {le:g}"),
    "int_type": ("must be a whole number, not {got}", "write a number such as 3"),
    "string_type": ("must be text, not {got}", "put the text in quotes"),
    "string_too_long": ("has more than {max_length} characters", "shorten it"),
    "string_too_short": ("must not be empty", "write the text between the quotes"),
    "bool_type": ("must be true or false, not {got}", "write true or false, without quotes"),
    "list_type": ("must be a list, not {got}", "write the entries in square brackets: [a, b]"),
    "dict_type": ("must be a table, not {got}", "write the entries as name = value"),
    "too_short": ("has too few entries ({actual_length})", "at least {min_length} are needed"),
    "too_long": ("has too many entries ({actual_length})", "at most {max_length} are allowed"),
}
_SHORTENER = reprlib.Repr()
_SHORTENER.maxstring = _SHORTENER.maxother = _SHORTENER.maxlong = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file."""

    file: str  # as the user may open it
    key: str  # a dotted key or a line; empty when the file as a whole is meant
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        text = f"{where}: {self.message}; {self.remedy}"
        # A space that is none, or a character of no width, would hide what is wrong.
        return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Advice for a name that is not known."""
    names = list(itertools.islice(choices, _MOST_CHOICES))
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    close = difflib.get_close_matches(word[:_LONGEST_WORD].casefold(), folded, n=1, cutoff=0.6)
    strange = strange_character(word[:_LONGEST_WORD])  # of two words that look alike, the one is to be seen that is wrong
    found = f"it has {strange}; " if strange else ""
    if close:
        return f"{found}did you mean '{folded[close[0]]}'?"
    return found + (f"choose from: {', '.join(names)}" if names else "there are none to choose from")


def shown(value: object) -> str:
    """Text of a value for a message, at most about 60 characters and one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return _SHORTENER.repr(value)
    except ValueError:  # an integer of more digits than Python is willing to print
        return "a huge integer"


def dotted_key(*parts: str) -> str:
    """Dotted key of a place in a TOML file."""
    return ".".join(_key_part(part) for part in parts)


def _key_part(part: str) -> str:
    if len(part) > _LONGEST_WORD:
        part = part[:_LONGEST_WORD] + "..."
    return part if _BARE_KEY.fullmatch(part) else json.dumps(part)


def problems_from_validation(
    error: ValidationError,
    *,
    file: str,
    data: object = None,
    prefix: str = "",
    fields: Iterable[str] = (),
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> list[Problem]:
    """Everything that pydantic found wrong, as problems of a file; entries of lists by their names where the data are at hand.

    `fields` are the keys that a table may have, `elsewhere` the kinds of tables that have others.
    """
    known = tuple(fields)
    found = []
    for details in error.errors(include_url=False)[:MOST_TOLD]:
        location = _location(details, data)
        message, remedy = _wording(details, location[-1] if location else "", known)
        if details["type"] == "extra_forbidden" and location[-1] in elsewhere:
            remedy += f"; a '{elsewhere[location[-1]]}' has it"
        key = ".".join(part for part in (prefix, dotted_key(*location)) if part)
        found.append(Problem(file, key, message, remedy))
    if error.error_count() > MOST_TOLD:
        found.append(Problem(file, prefix, f"and {error.error_count() - MOST_TOLD} more mistakes", "check that it is the file you mean"))
    return found


def _location(details: ErrorDetails, data: object) -> list[str]:
    if data is None:
        return [str(step) for step in details["loc"]]
    parts: list[str] = []
    here: Any = data
    for step in details["loc"]:
        if isinstance(step, int) and isinstance(here, Sequence) and step < len(here):
            here = here[step]
            name = here.get("name") if isinstance(here, Mapping) else None
            if isinstance(name, str):
                parts.append(name)
            elif parts:
                parts[-1] += f"[{step}]"
            else:
                parts.append(f"[{step}]")
        elif isinstance(here, Mapping) and step in here:
            here = here[step]
            parts.append(str(step))
        elif details["type"] == "missing":
            parts.append(str(step))
        # Whatever else pydantic puts in: the tag of a member of a union, which is not in the file.
    return parts


def _wording(details: ErrorDetails, key: str, known: Sequence[str]) -> tuple[str, str]:
    kind, got, context = details["type"], shown(details["input"]), details.get("ctx", {})
    if kind == REMEDY_ERROR:
        return str(context["message"]), str(context["remedy"])
    if kind == "extra_forbidden":
        return "unknown key", did_you_mean(key, known)
    if kind == "literal_error":
        choices = _QUOTED.findall(str(context["expected"]))
        return f"must be {context['expected']}, not {got}", did_you_mean(str(details["input"])[:_LONGEST_WORD], choices)
    if kind in _WORDINGS:
        message, remedy = _WORDINGS[kind]
        return message.format(got=got, **context), remedy.format(key=key, **context)
    return f"{details['msg']} (got {got})", "compare with the shipped files"
