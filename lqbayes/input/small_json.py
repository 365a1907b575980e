"""Small JSON files that a run directory holds: read within bounds and checked against a dataclass, whoever wrote them."""

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, problems_from_validation
from lqbayes.input.shipped import read_bytes

# status.json with a thousand ensembles has 200 kB.
MAXIMUM_BYTES: Final = 10_000_000
STRICT: Final = ConfigDict(strict=True, allow_inf_nan=False)
"""To be the `__pydantic_config__` of these dataclasses: no conversions between types, no infinite numbers."""

_REMEDY = "remove it, and lqbayes writes it again"
T = TypeVar("T")


_adapter = cache(TypeAdapter[Any])


def read_small_json(path: Path, kind: type[T]) -> T:
    """Read a dataclass; keys that it does not know are skipped."""
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise InputError([Problem(str(path), "", "is not a regular file", _REMEDY)])
    try:
        found: T = _adapter(kind).validate_json(read_bytes(path, MAXIMUM_BYTES))  # type: ignore[arg-type]
    except ValidationError as error:
        raise InputError(replace(problem, remedy=_REMEDY) for problem in problems_from_validation(error, file=str(path))) from None
    return found


def small_json(value: object) -> str:
    """Write a dataclass as JSON, which has no infinity: null stands for it."""
    return _adapter(type(value)).dump_json(value).decode()  # type: ignore[arg-type]
