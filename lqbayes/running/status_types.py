"""Checks that a status read from a file has the types that it declares, since displays and estimates compute with it."""

from __future__ import annotations

from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from lqbayes.input.errors import ArgumentError
from lqbayes.input.printable import has_control_characters
from lqbayes.input.problems import shown

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


_LARGEST = 2**63
_LONGEST = 1000
_SIMPLE = frozenset({bool, int, float, str, tuple, NoneType})


def check_types(status: DataclassInstance) -> None:
    """Check every field that is declared as a simple type or as a choice of simple types."""
    for name, kinds in _kinds(type(status)).items():
        value = getattr(status, name)
        if not _fits(value, kinds):
            words = " or ".join(sorted(kind.__name__.replace("NoneType", "None") for kind in kinds))
            raise ArgumentError(f"status: {name} must be {words}, not {shown(value)}; remove the file, and lqbayes writes it again")


def is_number(value: object) -> bool:
    """Tell whether a value is a number with which displays can compute."""
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and -_LARGEST < value < _LARGEST)


def _fits(value: object, kinds: frozenset[type]) -> bool:
    if isinstance(value, str):
        return str in kinds and len(value) <= _LONGEST and not has_control_characters(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return bool(kinds & {int, float}) and -_LARGEST < value < _LARGEST
    return type(value) in kinds


@cache
def _kinds(cls: type) -> dict[str, frozenset[type]]:
    kinds = {}
    for name, hint in get_type_hints(cls).items():
        members = _members(hint)
        if members <= _SIMPLE:
            kinds[name] = members
    return kinds


def _members(hint: Any) -> frozenset[type]:
    if getattr(hint, "__origin__", None) is tuple:
        return frozenset({tuple})
    return frozenset(get_args(hint)) or frozenset({hint})
