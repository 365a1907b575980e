"""Refuses measurement sets in which the same data would count twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lqbayes.input.entry import Reporter
from lqbayes.input.problems import did_you_mean, dotted_key

# The search for a similar name takes its time: after so many that are wrong, the names are of another kind.
_MOST_ADVISED = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """What one measurement of a file uses, as far as it can be read: the file may hold other mistakes."""

    key: str  # dotted
    name: str  # empty where it has none
    observables: tuple[str, ...]
    data: tuple[str, ...]
    includes: tuple[str, ...]

    @property
    def label(self) -> str:
        """What messages call the measurement."""
        return self.name[:40] or self.key

    @classmethod
    def read(cls, key: str, table: Mapping[str, Any]) -> Claim:
        """Take from the table of a measurement what has the right type."""
        name = table.get("name")
        observables = (*_texts([table.get("observable")]), *_texts(table.get("observables")))
        return cls(
            key,
            name if isinstance(name, str) else "",
            observables,
            _texts(table.get("data")),
            _texts(table.get("includes")),
        )


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        return ()
    return tuple(dict.fromkeys(value.strip() for value in values if isinstance(value, str)))


def check_double_counting(claims: Sequence[Claim], declared: object, note: Reporter) -> None:
    """Check that every data set is declared, used, and used once."""
    known = isinstance(declared, Mapping)
    ids = {str(name).strip(): str(text) for name, text in declared.items()} if isinstance(declared, Mapping) else {}
    owners: dict[str, Claim] = {}
    clashes: set[tuple[str, str]] = set()
    undeclared = 0
    for claim in claims:
        for identifier in claim.data:
            if known and identifier not in ids:
                undeclared += 1
                advice = (
                    did_you_mean(identifier, ids) if ids and undeclared <= _MOST_ADVISED else "see [data]" if ids else "there is none yet"
                )
                note(
                    f"{claim.key}.data",
                    f"the data set '{identifier[:60]}' is not declared",
                    f"add it to [data] with a description, or correct the name: {advice}",
                )
            owner = owners.setdefault(identifier, claim)
            if owner is not claim:
                clashes.add((owner.key, claim.key))
                note(
                    f"{claim.key}.data",
                    f"'{owner.label}' and '{claim.label}' are both made of the data set '{identifier[:60]}' "
                    f"({ids.get(identifier, 'not declared')[:100]}), which would be counted twice",
                    f"remove one of the two, or take a value of '{owner.label}' that leaves these data out",
                )
    for identifier in [name for name in ids if name not in owners]:
        note(
            dotted_key("data", identifier),
            "no measurement uses this data set",
            "remove it, or name it in the data of a measurement",
        )
    _check_included(claims, clashes, note)


def _check_included(claims: Sequence[Claim], clashes: set[tuple[str, str]], note: Reporter) -> None:
    for fit in (claim for claim in claims if claim.includes):
        for claim in claims:
            included = [name for name in claim.observables if name in fit.includes]
            told = (fit.key, claim.key) in clashes or (claim.key, fit.key) in clashes
            if claim is fit or told or not included:
                continue
            names = ", ".join(included)
            note(
                claim.key,
                f"'{fit.label}' and '{claim.label}' would count {names} twice, as measurements of it are part of the fit '{fit.label}'",
                f"remove one of the two, or take a value of '{fit.label}' without {names} and correct its includes",
            )
