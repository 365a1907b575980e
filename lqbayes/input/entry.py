"""The tables of measurement and prior files, checked against their schemas without stopping at the first mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lqbayes.input.errors import InputError, UnitError
from lqbayes.input.extends import KEYS, Document
from lqbayes.input.problems import Problem, did_you_mean, problems_from_validation, shown
from lqbayes.input.units import conversion_factor

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# The name of a set becomes part of the names of directories, which file systems limit to 255 bytes.
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Positive = Annotated[float, Field(gt=0)]


class Entry(BaseModel):
    """Base of all schemas: no unknown keys, no conversions between types, no infinite numbers."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Header(Entry):
    """What stands at the top of every file."""

    name: ShortText | None = None
    title: Text
    description: str = ""


EntryT = TypeVar("EntryT", bound=Entry)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Notes the problems of one file, or of the table in it whose dotted key is the prefix."""

    problems: list[Problem] = field(default_factory=list)
    prefix: str = ""
    file: str = ""

    def __call__(self, key: str, message: str, remedy: str) -> None:
        """Note a problem of a key in the table, or of the table itself."""
        self.problems.append(Problem(self.file, ".".join(part for part in (self.prefix, key) if part), message, remedy))

    def within(self, prefix: str) -> Reporter:
        """Report of a table of the same file."""
        return Reporter(self.problems, prefix, self.file)


@contextmanager
def checking(document: Document) -> Iterator[Reporter]:
    """Gather the problems of a document, and raise them together at the end."""
    report = Reporter()
    yield report
    if report.problems:
        raise InputError(document.located(report.problems))


def check_header(schema: type[Header], document: Document, section: str, report: Reporter) -> dict[str, Any]:
    """Check all but one section of a document; a document without a name has that of its file."""
    top = {key: value for key, value in document.data.items() if key != section}
    _, valid = check_entry(schema, top, report, fields=[section, *(key for key in KEYS if key not in top)])
    return valid | {"name": valid.get("name") or document.path.stem}


def by_kind(key: str, *schemas: type[EntryT]) -> dict[str, type[EntryT]]:
    """Schemas by the word that a table writes at a key to choose them: the only one that each allows there."""
    return {get_args(schema.model_fields[key].annotation)[0]: schema for schema in schemas}


def chosen_schema(
    key: str, schemas: Mapping[str, type[EntryT]], table: Mapping[str, Any], report: Reporter, *, common: type[Entry], context: Any = None
) -> type[EntryT] | None:
    """Schema that a table chooses by a key; where it chooses none, only what all schemas have in common is checked."""
    name = table.get(key)
    if isinstance(name, str) and name in schemas:
        return schemas[name]
    if key not in table:
        report(key, "a required key is missing", f"add {key} = ...; {did_you_mean('', schemas)}")
    else:
        report(key, f"unknown {key} {shown(name)}", did_you_mean(name if isinstance(name, str) else "", schemas))
    check_entry(common, {name: table[name] for name in common.model_fields if name in table}, report, context=context)
    return None


def check_entry(
    schema: type[EntryT],
    raw: Mapping[str, object],
    report: Reporter,
    *,
    fields: Sequence[str] = (),
    context: Any = None,
    others: Mapping[str, type[Entry]] = MappingProxyType({}),
) -> tuple[EntryT | None, dict[str, Any]]:
    """Check one table against its schema, one of several kinds; return it, and all that is right in it."""
    keys = _keys(schema)
    try:
        entry = schema.model_validate(raw, context=context)
    except ValidationError as error:
        elsewhere = {key: kind for kind, other in [*others.items()][::-1] for key in _keys(other)}  # the first kind of all that have it
        allowed, prefix = [*keys, *fields], report.prefix
        report.problems.extend(problems_from_validation(error, file="", data=raw, prefix=prefix, fields=allowed, elsewhere=elsewhere))
        wrong = {str(details["loc"][0]) for details in error.errors(include_url=False) if details["loc"]}
        defaults = {key: schema.model_fields[name].get_default(call_default_factory=True) for key, name in keys.items()}
        return None, {key: raw.get(key, default) for key, default in defaults.items() if key not in wrong}
    return entry, {key: getattr(entry, name) for key, name in keys.items()}


def _keys(schema: type[Entry]) -> dict[str, str]:
    """Names of the fields of a schema by the keys that a file writes."""
    return {info.alias or name: name for name, info in schema.model_fields.items()}


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
