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
    label: str  # what messages call it
    observables: tuple[str, ...]
    data: tuple[str, ...]
    includes: tuple[str, ...]

    @classmethod
    def read(cls, key: str, table: Mapping[str, Any]) -> Claim:
        """Take from the table of a measurement what has the right type."""
        name = table.get("name")
        observables = (*_texts([table.get("observable")]), *_texts(table.get("observables")))
        label = name[:40] if isinstance(name, str) and name else key
        return cls(key, label, observables, _texts(table.get("data")), _texts(table.get("includes")))


def _texts(values: object) -> tuple[str, ...]:
    texts = [value.strip() for value in values if isinstance(value, str)] if isinstance(values, list | tuple) else []
    return tuple(dict.fromkeys(texts))


def check_double_counting(claims: Sequence[Claim], declared: object, report: Reporter) -> None:
    """Check that every data set is declared, used, and used once."""
    ids = {str(name).strip(): str(text) for name, text in declared.items()} if isinstance(declared, Mapping) else None
    owners: dict[str, Claim] = {}
    clashes: set[frozenset[str]] = set()
    undeclared = 0
    for claim in claims:
        for identifier in claim.data:
            if ids is not None and identifier not in ids:
                undeclared += 1
                advice = did_you_mean(identifier, ids) if undeclared <= _MOST_ADVISED else "see [data]"
                remedy = f"add it to [data] with a description, or correct the name: {advice}"
                report(f"{claim.key}.data", f"the data set '{identifier[:60]}' is not declared", remedy)
            owner = owners.setdefault(identifier, claim)
            if owner is not claim:
                clashes.add(frozenset((owner.key, claim.key)))
                report(
                    f"{claim.key}.data",
                    f"'{owner.label}' and '{claim.label}' are both made of the data set '{identifier[:60]}' "
                    f"({(ids or {}).get(identifier, 'not declared')[:100]}), which would be counted twice",
                    f"remove one of the two, or take a value of '{owner.label}' that leaves these data out",
                )
    for identifier in [name for name in ids or () if name not in owners]:
        remedy = "remove it, or name it in the data of a measurement"
        report(dotted_key("data", identifier), "no measurement uses this data set", remedy)
    for fit in (claim for claim in claims if claim.includes):
        for claim in (claim for claim in claims if claim is not fit and frozenset((fit.key, claim.key)) not in clashes):
            names = ", ".join(name for name in claim.observables if name in fit.includes)
            if names:
                report(
                    claim.key,
                    f"'{fit.label}' and '{claim.label}' would count {names} twice, as measurements of it are part of the fit '{fit.label}'",
                    f"remove one of the two, or take a value of '{fit.label}' without {names} and correct its includes",
                )
