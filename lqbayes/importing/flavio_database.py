"""Measurements of the database that comes with flavio."""

from __future__ import annotations

import difflib
import itertools
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lqbayes.importing.distributions import LOWEST, TOLERANCE, form_of
from lqbayes.importing.measurement_file import CannotBeImportedError, Imported, Origin, identifier, optional_package
from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, did_you_mean

REMARKS = (
    "",
    "Units are powers of GeV. A density that is none of the forms here is tabulated: between the points ln L differs from flavio's by less",
    f"than {TOLERANCE:g} (1 + |ln L|); beyond them, where flavio's density is zero or ln L below {LOWEST:g}, a point is refused.",
    "The database has averages beside their parts, and several analyses of the same data: see that nothing counts twice.",
)
# Of observables that are no pure numbers.
_UNITS = {
    "GeV": re.compile(r"DeltaM_[ds]|Gamma\(.*\)|Gamma[WZ]|m_W"),
    "GeV^-1": re.compile(r"tau_(mumu|Bc|n)|Ft\(.*\)"),
    "GeV^-2": re.compile(r"<?dBR/dq2>?\(.*\)|sigma_had"),
}


@dataclass(frozen=True, slots=True)
class Observable:
    """An observable of flavio, at the values of its arguments: the ends of a bin of q^2, say."""

    name: str
    arguments: tuple[float, ...]

    @classmethod
    def of(cls, found: Any) -> Observable:
        """Make one of what flavio has: a name, or a tuple of a name and numbers."""
        return cls(found, ()) if isinstance(found, str) else cls(found[0], tuple(float(x) for x in found[1:]))

    def __str__(self) -> str:
        return self.name + (f"({', '.join(f'{x:g}' for x in self.arguments)})" if self.arguments else "")

    @property
    def identifier(self) -> str:
        """What it is called in a file unless the user says otherwise."""
        return identifier(str(self))

    @property
    def unit(self) -> str:
        """Its unit in flavio."""
        return next((unit for unit, names in _UNITS.items() if names.fullmatch(self.name)), "1")

    def overlaps(self, other: Observable) -> bool:
        """Whether the bins of two observables have a part in common."""
        if self.name != other.name or len(self.arguments) != 2:
            return False
        return max(self.arguments[0], other.arguments[0]) < min(self.arguments[1], other.arguments[1])


@dataclass(frozen=True, slots=True)
class FlavioDatabase:
    """The measurements, by their names in flavio."""

    origin: Origin
    measurements: Mapping[str, Any]

    @classmethod
    def load(cls) -> FlavioDatabase:
        """Load flavio, which takes some ten seconds."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flavio, classes = optional_package("flavio"), optional_package("flavio.classes")
        file = Path(flavio.__file__).with_name("data") / "measurements.yml"
        return cls(Origin(f"flavio {flavio.__version__}", file, REMARKS), classes.Measurement.instances)

    def lines(self) -> Iterator[str]:
        """Each measurement in one line: name, experiment, INSPIRE key and what is measured."""
        for name, found in self.measurements.items():
            names = dict.fromkeys(observable.name for observables, _ in _constraints(found) for observable in observables)
            yield " | ".join((name, found.experiment, found.inspire, ", ".join(names)))

    def select(self, names: Sequence[str], only: Collection[str] = (), renamed: Mapping[str, str] | None = None) -> Selection:
        """Import measurements, of all observables unless `only` names some (as flavio does, with all bins or one, or as the file does)."""
        return _Selecting(self, only, renamed or {}).all(names)


@dataclass(slots=True)
class Selection:
    """What was imported, and why the rest was not."""

    imported: list[Imported] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def _constraints(measurement: Any) -> Iterator[tuple[list[Observable], Any]]:
    for distribution, observables in measurement._constraints:
        yield [Observable.of(found) for found in observables], distribution


class _Selecting:
    """Goes through the measurements that a user names and gathers what is wrong."""

    def __init__(self, database: FlavioDatabase, only: Collection[str], renamed: Mapping[str, str]) -> None:
        self.database, self.only, self.renamed = database, only, renamed
        self.problems: list[Problem] = []
        self.seen: dict[str, Observable] = {}  # everything that the measurements are of
        self.selection = Selection()

    def all(self, names: Sequence[str]) -> Selection:
        known = self.database.measurements
        for name in dict.fromkeys(names):
            if name in known:
                self.measurement(known[name])
            else:
                close = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
                self.wrong("NAME", f"flavio has no measurement '{name}'", f"{did_you_mean(name, close)} (without NAME they are listed)")
        words = {word for observable in self.seen.values() for word in (str(observable), observable.identifier)}
        bins = {observable.name for observable in self.seen.values()}
        for option, given, allowed in (("--only", self.only, words | bins), ("--as", self.renamed, words)) if words else ():
            for word in (word for word in given if word not in allowed):
                self.wrong(option, f"'{word}' is not measured there", did_you_mean(word, sorted(allowed)))
        if not self.problems and not self.selection.imported:
            self.wrong("NAME", "nothing can be imported", "; ".join(self.selection.left_out) or "see --only")
        if self.problems:
            raise InputError(self.problems)
        return self.selection

    def wrong(self, key: str, message: str, remedy: str) -> None:
        self.problems.append(Problem("command line", key, message, remedy))

    def measurement(self, found: Any) -> None:
        """Import all constraints of a measurement, of which some may be of the same data."""
        wanted: list[tuple[list[Observable], Any]] = []
        for observables, distribution in _constraints(found):
            self.seen |= {str(observable): observable for observable in observables}
            called = [{str(observable), observable.name, observable.identifier} for observable in observables]
            chosen = [k for k, words in enumerate(called) if not self.only or not words.isdisjoint(self.only)]
            if chosen:
                left = tuple(k for k in range(len(observables)) if k not in chosen)
                wanted.append(([observables[k] for k in chosen], distribution.reduce_dimension(left) if left else distribution))
        for (some, _), (others, _) in itertools.combinations(wanted, 2):
            for one, other in itertools.product(some, others):
                if one.overlaps(other):
                    message = f"{one} and {other} of '{found.name}' overlap, and the same events would count twice"
                    self.wrong("--only", message, f"choose bins, such as --only {one.identifier}")
        alone = len(list(_constraints(found))) == 1
        for observables, distribution in wanted:
            words = ", ".join(map(str, observables))
            name = identifier(found.name) if alone else f"{identifier(found.name)}_{observables[0].identifier}"
            try:
                self.selection.imported.append(self.imported(found, name, observables, distribution))
            except CannotBeImportedError as reason:
                self.selection.left_out.append(f"{words} of '{found.name}': {reason}")

    def imported(self, found: Any, name: str, observables: list[Observable], distribution: Any) -> Imported:
        units = sorted({observable.unit for observable in observables})
        if len(units) > 1:
            raise CannotBeImportedError(f"its observables have different units ({', '.join(units)}), see --only")
        keys = form_of(distribution)
        called = [self.name_of(observable) for observable in observables]
        single = len(observables) == 1 and "grid" not in keys
        about = ", ".join(part for part in (found.experiment, found.inspire and f"INSPIRE {found.inspire}", found.url) if part)
        source = f"'{found.name}' of {self.database.origin.source}"
        table = {
            "name": name,
            **({"observable": called[0]} if single else {"observables": called}),
            **keys,
            "unit": units[0],
            "source": f"{source}: {about}" if about else source,
        }
        what = " ".join((found.description or "").split())
        data = ": ".join(part for part in (", ".join(map(str, observables[:3])) + ", ..." * (len(observables) > 3), about, what) if part)
        return Imported(table, data, dict(zip(called, map(str, observables), strict=True)))

    def name_of(self, observable: Observable) -> str:
        return next(
            (self.renamed[word] for word in (str(observable), observable.identifier) if word in self.renamed), observable.identifier
        )
