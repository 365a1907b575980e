"""One table of a measurement or prior file, checked against its schema without stopping at the first mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lqbayes.input.errors import UnitError
from lqbayes.input.problems import Problem, problems_from_validation
from lqbayes.input.units import conversion_factor

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# The name of a set becomes part of the names of directories, which file systems limit to 255 bytes.
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Positive = Annotated[float, Field(gt=0)]

Reporter = Callable[[str, str, str], None]
"""Notes a problem of one table: dotted key inside the table (may be empty), message, remedy."""


class Entry(BaseModel):
    """Base of all schemas: no unknown keys, no conversions between types, no infinite numbers."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Header(Entry):
    """What stands at the top of every file."""

    name: ShortText | None = None
    title: Text
    description: str = ""


EntryT = TypeVar("EntryT", bound=Entry)


def reporter(problems: list[Problem], file: str, prefix: str = "") -> Reporter:
    """Make a function that notes problems of one table of a file."""

    def report(key: str, message: str, remedy: str) -> None:
        problems.append(Problem(file, ".".join(part for part in (prefix, key) if part), message, remedy))

    return report


def check_entry(
    schema: type[EntryT],
    raw: Mapping[str, object],
    *,
    problems: list[Problem],
    file: str,
    prefix: str = "",
    fields: Sequence[str] = (),
    context: Mapping[str, Any] | None = None,
) -> tuple[EntryT | None, dict[str, Any]]:
    """Check one table against its schema."""
    try:
        entry = schema.model_validate(raw, context=context)
    except ValidationError as error:
        keys = {info.alias or name: info for name, info in schema.model_fields.items()}
        known = [*keys, *fields]
        problems.extend(problems_from_validation(error, file=file, data=raw, prefix=prefix, fields=known))
        wrong = {str(details["loc"][0]) for details in error.errors(include_url=False) if details["loc"]}
        valid = {
            key: raw[key] if key in raw else info.get_default(call_default_factory=True) for key, info in keys.items() if key not in wrong
        }
        return None, valid
    return entry, {info.alias or name: getattr(entry, name) for name, info in schema.model_fields.items()}


def check_unit(valid: Mapping[str, Any], canonical: str, report: Reporter) -> float | None:
    """Factor from the unit of a table to the canonical unit."""
    if "unit" not in valid:  # present, but not even text: reported by the schema
        return None
    unit = valid["unit"]
    if unit is None:
        if canonical == "1":
            return 1.0
        report("unit", "the unit is missing", f'add unit = "{canonical}", or another unit of the same kind')
        return None
    try:
        return conversion_factor(unit, canonical)
    except UnitError as error:
        report("unit", error.message, error.remedy)
        return None
