"""What every measurement is, whatever its form: a table of a file that was checked, and all that the package asks of it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import AfterValidator, Field
from typing_extensions import override

from lqbayes.input.entry import Entry, Reporter, Text
from lqbayes.input.units import times
from lqbayes.likelihood.fields import Data, Name, Observable, distinct, total
from lqbayes.likelihood.terms import Array, Term

Evaluate = Callable[[Array], tuple[Array, Array]]
"""From (n, k) predictions to (n,) log-likelihoods, 0 at the best and never NaN, and by how many powers of ten an end is broken.

A function of a module, or `functools.partial` of one: other processes are sent it. Each row's result depends on that row alone.
"""
Ranges = tuple[tuple[float, float], ...]
"""Allowed values of one observable."""
Sides = tuple[tuple[float, float, float], ...]
"""Centre, and standard deviations below and above it, of each observable."""

EVERYTHING: Ranges = ((-math.inf, math.inf),)
# Keys of a table in the order of the shipped files: these first, the numbers between, those last.
_FIRST, _LAST = ("name", "observable", "observables", "form"), ("cl", "modulus", "cut", "unit", "source", "pdg", "data", "includes")


class MeasurementEntry(Entry):
    """What the table of every measurement may say."""

    name: Name
    unit: Text | None = None
    source: Text
    pdg: Text | None = None  # identifier of the Particle Data Group, where the numbers are those of its listings
    data: Data = []
    includes: Annotated[list[Observable], AfterValidator(distinct)] = []


class Measurement(MeasurementEntry, ABC):
    """One measurement, a term of a likelihood; its fields are the keys of its table in a measurement file.

    A form of measurements is a subclass: a schema of what the file may say, and the methods below. They speak of numbers in the canonical
    unit of the observables, as `converted` leaves them. Of one observable there is a single entry in all that is a sequence. A form may
    have a key ``modulus``, whether the modulus of the observable was measured, and a key ``cut``, which makes the term hard.
    """

    scaled: ClassVar[tuple[str, ...]]
    """Keys that hold numbers in the unit of the observables."""
    has_value: ClassVar[bool] = False
    """Whether a value with an error was measured, and not a limit or a whole likelihood."""
    data: Annotated[Data, Field(min_length=1)]

    if TYPE_CHECKING:
        form: Any

        @property
        def observables(self) -> Sequence[str]:
            """What was measured."""

    @classmethod
    def check(cls, valid: Mapping[str, Any], report: Reporter) -> None:
        """Report what does not fit together, of a table whose keys may be wrong one by one."""

    @classmethod
    def completed(cls, table: Mapping[str, Any], folder: Path, report: Reporter) -> Mapping[str, Any]:  # noqa: ARG003
        """Table with the contents of the files that it names."""
        return table

    @abstractmethod
    def term(self, columns: Sequence[int]) -> Term | Evaluate:
        """Arrays of a compiled kind, with the indices of the observables; what evaluates the term where none of the kinds fits."""

    @abstractmethod
    def texts(self) -> tuple[str, ...]:
        """What was measured in words, one text for each observable."""

    @property
    def sides(self) -> Sides:
        """Most probable values, with standard deviations below (infinite where nothing is penalised) and above; empty for a hard bound."""
        return ()

    @property
    def centre(self) -> tuple[float, ...]:
        """Most probable values."""
        return tuple(side[0] for side in self.sides)

    @property
    def sigma_minus(self) -> tuple[float, ...]:
        """Standard deviations below them."""
        return tuple(side[1] for side in self.sides)

    @property
    def sigma_plus(self) -> tuple[float, ...]:
        """Standard deviations above them."""
        return tuple(side[2] for side in self.sides)

    @property
    def correlations(self) -> Sequence[Sequence[float]]:
        """Correlation matrix of the values; empty where they have none."""
        return ()

    @property
    def stored_numbers(self) -> int:
        """How many numbers a table of it adds to run.toml."""
        return 0

    @property
    def on_modulus(self) -> bool:
        """Whether the modulus of the observable was measured."""
        return bool(getattr(self, "modulus", False))

    @property
    def is_hard(self) -> bool:
        """Whether the term only allows or excludes."""
        return bool(getattr(self, "cut", False))

    @property
    def is_signal(self) -> bool:
        """Whether the term draws towards a value, and not only away from what a limit disfavours."""
        return self.has_value and not self.is_hard

    @property
    def can_be_drawn(self) -> bool:
        """Whether the term says how a measured value is distributed, or needs no value."""
        return self.has_value and not self.is_hard

    def converted(self, factor: float, unit: str) -> Self:
        """Measurement in the canonical unit."""
        return self.model_copy(update={key: times(getattr(self, key), factor) for key in self.scaled} | {"unit": unit})

    def is_usable(self) -> bool:
        """Whether all numbers have survived the conversion."""
        return all(math.isfinite(x) and 0 < minus < math.inf and 0 < plus < math.inf for x, minus, plus in self.sides)

    def limits(self, k: int) -> tuple[float, float]:  # noqa: ARG002
        """Lower and upper limit on an observable, or on its modulus; infinite where there is none."""
        return -math.inf, math.inf

    def ranges(self) -> tuple[Ranges, ...] | None:
        """Allowed values of each observable; None where the allowed region is no product of ranges."""
        return tuple(self._range(*self.limits(k)) if self.is_hard else EVERYTHING for k in range(len(self.observables)))

    def _range(self, lower: float, upper: float) -> Ranges:
        if not self.on_modulus:
            return ((lower, upper),)
        return ((-upper, upper),) if lower <= 0 else ((-upper, -lower), (lower, upper))

    def within(self, other: Measurement) -> bool:  # noqa: ARG002
        """Whether another term, whose region is no product of ranges, allows all that this one allows."""
        return False

    def predicted(self, observables: Array, index: Mapping[str, int]) -> Array:
        """Columns of predictions that the measurement is of."""
        values = observables[..., [index[name] for name in self.observables]]
        return np.abs(values) if self.on_modulus else values

    def pull(self, log_likelihood: Any, predicted: Array) -> Array | None:
        """Distance from the centre in standard deviations, negative below it for one observable; None for a hard term."""
        if self.is_hard:
            return None
        sigmas = np.sqrt(-2 * np.asarray(log_likelihood))
        return np.asarray(np.where(predicted[..., 0] < self.centre[0], -sigmas, sigmas) if len(self.observables) == 1 else sigmas)

    def draw(self, predicted: Array, rng: np.random.Generator) -> Array:
        """What an experiment would measure at each of the (n, k) predictions.

        The likelihood of a prediction x under a measured value c is, but for a constant, the density of c given x, because the errors do
        not depend on c. In a split normal, x above c counts with the upper error: so c scatters below x with the upper error.
        """
        plus, minus = np.array(self.sigma_plus), np.array(self.sigma_minus)
        # Each side holds the share of its width, which makes the density continuous at the mode.
        below = rng.random(predicted.shape) < plus / (plus + minus)
        return np.asarray(predicted + np.where(below, -plus, minus) * np.abs(rng.standard_normal(predicted.shape)))

    def drawn(self, predicted: Array, rng: np.random.Generator) -> Self:
        """Measurement as an experiment would make it at a prediction of its k observables; a bound is the same in every experiment."""
        if not self.has_value:
            return self
        return self.with_values([float(value) for value in self.draw(predicted[np.newaxis], rng)[0]])

    def with_values(self, values: Sequence[float]) -> Self:
        """Measurement with other measured values."""
        return self.model_copy(update={"value": values[0]})

    def with_hard_limits(self) -> Self:
        """Measurement as the paper uses limits: allowed up to them, excluded beyond."""
        return self

    def marks(self, k: int) -> tuple[tuple[float, float, float] | None, tuple[tuple[float, int], ...]]:
        """What a plot shows of an observable: value and ends of its one-sigma interval; limits with the direction of their allowed side."""
        if self.has_value:
            centre, minus, plus = self.sides[k]
            return (centre, centre - minus, centre + plus), ()
        lower, upper = self.limits(k)
        if self.on_modulus and upper < math.inf:  # a limit on both sides, except of a quantity that is never negative
            lower = -upper
        return None, tuple((end, side) for end, side in ((lower, 1), (upper, -1)) if math.isfinite(end))

    @property
    def numbers(self) -> tuple[object, ...]:
        """What decides the term: without texts, and without the parts of errors."""
        table = self.to_dict()
        return tuple((key, _plain(value)) for key, value in table.items() if key not in MeasurementEntry.model_fields)

    def to_dict(self) -> dict[str, Any]:
        """Table of a measurement file that gives this measurement again."""
        fields = {info.alias or name: getattr(self, name) for name, info in type(self).model_fields.items()}
        keys = [*_FIRST, *(key for key in fields if key not in _FIRST + _LAST), *_LAST]
        absent = {key for key in keys if fields.get(key) is None or fields[key] is False} | ({"includes"} if not self.includes else set())
        return {key: fields[key] for key in keys if key not in absent}


class SingleMeasurement(Measurement):
    """Measurement of one observable."""

    observable: Observable

    @property
    @override
    def observables(self) -> Sequence[str]:
        return (self.observable,)


def _plain(value: Any) -> Any:
    return tuple(map(_plain, value)) if isinstance(value, list) else total(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class LikelihoodSet:
    """Measurements that share no data: the contents of a file."""

    name: str  # what the file says, else the name of the file
    path: Path = field(compare=False)  # a copy is the same set
    title: str
    description: str
    data: dict[str, str]  # identifiers and descriptions of the data sets that the measurements are made of
    measurements: tuple[Measurement, ...]  # in the order of the file
    formulas: str | None = None  # variant of the model that it needs

    def to_dict(self) -> dict[str, Any]:
        """Contents of a measurement file that gives this set again."""
        header: dict[str, Any] = {"name": self.name, "title": self.title, "description": self.description, "data": dict(self.data)}
        if self.formulas:
            header["formulas"] = self.formulas
        return header | {"measurement": [measurement.to_dict() for measurement in self.measurements]}

    def with_hard_limits(self) -> LikelihoodSet:
        """Set with the limits as the paper uses them: allowed up to the limit, excluded beyond."""
        return replace(self, measurements=tuple(m.with_hard_limits() for m in self.measurements))
