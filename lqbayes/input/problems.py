"""What is wrong with a user's file: located, worded for the reader and gathered, so that all is shown together."""

from __future__ import annotations

import difflib
import itertools
import json
import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lqbayes.input.printable import printable

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
_MOST_TOLD = 50
_SHORTENER = reprlib.Repr()
_SHORTENER.maxstring = _SHORTENER.maxother = _SHORTENER.maxlong = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file.

    Attributes
    ----------
    file
        The file, as the user may open it.
    key
        Where in the file: a dotted key or a line; empty when the file as a whole is meant.
    message
        What is wrong.
    remedy
        How to mend it.
    """

    file: str
    key: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return printable(f"{where}: {self.message}; {self.remedy}")


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Advice for a name that is not known."""
    names = list(itertools.islice(choices, _MOST_CHOICES))
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    close = difflib.get_close_matches(word[:_LONGEST_WORD].casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{folded[close[0]]}'?"
    return f"choose from: {', '.join(names)}" if names else "there are none to choose from"


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
    error: ValidationError, *, file: str, data: object, prefix: str = "", fields: Iterable[str] = ()
) -> list[Problem]:
    """Everything that pydantic found wrong, as problems of a file."""
    known = tuple(fields)
    found = []
    for details in error.errors(include_url=False)[:_MOST_TOLD]:
        location = _location(details, data)
        message, remedy = _wording(details, location[-1] if location else "", known)
        key = ".".join(part for part in (prefix, dotted_key(*location)) if part)
        found.append(Problem(file, key, message, remedy))
    if error.error_count() > _MOST_TOLD:
        found.append(Problem(file, prefix, f"and {error.error_count() - _MOST_TOLD} more mistakes", "check that it is the file you mean"))
    return found


def _location(details: ErrorDetails, data: object) -> list[str]:
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


def _wording(details: ErrorDetails, key: str, known: Sequence[str]) -> tuple[str, str]:  # noqa: PLR0911, PLR0912
    context = details.get("ctx", {})
    got = shown(details["input"])
    if details["type"] == REMEDY_ERROR:
        return str(context["message"]), str(context["remedy"])
    match details["type"]:
        case "missing":
            return "a required key is missing", f"add {key} = ..."
        case "extra_forbidden":
            return "unknown key", did_you_mean(key, known)
        case "float_type":
            return f"must be a number, not {got}", "write a number, such as 1.5e-3, without quotes"
        case "finite_number":
            return f"must be finite, not {got}", "write a finite number"
        case "greater_than":
            return (
                f"must be greater than {context['gt']:g}, not {got}",
                f"write a number greater than {context['gt']:g}",
            )
        case "greater_than_equal":
            return f"must be at least {context['ge']:g}, not {got}", f"write a number from {context['ge']:g}"
        case "int_type":
            return f"must be a whole number, not {got}", "write a number such as 3"
        case "less_than_equal":
            return f"must be at most {context['le']:g}, not {got}", f"write a number up to {context['le']:g}"
        case "string_type":
            return f"must be text, not {got}", "put the text in quotes"
        case "string_too_long":
            return f"has more than {context['max_length']} characters", "shorten it"
        case "string_too_short":
            return "must not be empty", "write the text between the quotes"
        case "bool_type":
            return f"must be true or false, not {got}", "write true or false, without quotes"
        case "list_type":
            return f"must be a list, not {got}", "write the entries in square brackets: [a, b]"
        case "dict_type":
            return f"must be a table, not {got}", "write the entries as name = value"
        case "too_short":
            return f"has too few entries ({context['actual_length']})", f"at least {context['min_length']} are needed"
        case "too_long":
            return f"has too many entries ({context['actual_length']})", f"at most {context['max_length']} are allowed"
        case "literal_error":
            choices = _QUOTED.findall(str(context["expected"]))
            return f"must be {context['expected']}, not {got}", did_you_mean(str(details["input"])[:_LONGEST_WORD], choices)
    return f"{details['msg']} (got {got})", "compare with the shipped files"
