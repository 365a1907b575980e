"""Schema of measurement files: one class for each form that a measurement can have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo
from pydantic_core import PydanticCustomError

from lqbayes.input.entry import Entry, Header, Positive, Text
from lqbayes.input.problems import REMEDY_ERROR, did_you_mean

_SYMMETRY = 1e-12


def _wrong(message: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError(REMEDY_ERROR, "{message}; {remedy}", {"message": message, "remedy": remedy})


def _identifier(name: str) -> str:
    if not (name.isascii() and name.isidentifier()):
        raise _wrong(f"'{name[:40]}' is not an identifier", "use letters, digits and underscores, and begin with a letter")
    return name


def _observable(name: str, info: ValidationInfo) -> str:
    known = (info.context or {})["observables"]
    if name not in known:
        raise _wrong(f"there is no observable '{name[:40]}'", did_you_mean(name, known))
    return name


def _distinct(names: list[str]) -> list[str]:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise _wrong(f"{', '.join(repeated)} is named more than once", "name each once")
    return names


def _confidence(cl: float) -> float:
    # The second form goes into the quantile of the normal distribution, where it must differ from 1/2 and from 1.
    if not (0 < cl < 1 and 0.5 < (1 + cl) / 2 < 1):
        raise _wrong(f"a confidence level must lie between 0 and 1, {cl:g} does not", "write 0.9 for 90 %")
    return cl


def _correlation(rows: list[list[float]]) -> list[list[float]]:
    if any(len(row) != len(rows) for row in rows):
        raise _wrong("the correlation matrix is not square", "write one row in square brackets for each observable")
    matrix = np.array(rows)
    if not np.all(np.diag(matrix) == 1):
        raise _wrong("the diagonal of a correlation matrix is 1, this one's is not", "write 1 on the diagonal")
    # Compared before anything is subtracted: entries may be as large as floating point allows.
    if np.any(np.abs(matrix) > 1):
        raise _wrong("a correlation lies between -1 and 1", "divide covariances by the errors")
    if np.any(np.abs(matrix - matrix.T) > _SYMMETRY):
        raise _wrong("the correlation matrix is not symmetric", "write the same number on both sides of the diagonal")
    if np.linalg.eigvalsh(matrix)[0] <= _SYMMETRY:
        raise _wrong(
            "the correlation matrix is not positive definite, as no data can give it",
            "check the numbers and their signs",
        )
    return rows


Name = Annotated[str, AfterValidator(_identifier)]
Observable = Annotated[str, AfterValidator(_observable)]
Confidence = Annotated[float, AfterValidator(_confidence)]
Data = Annotated[list[Text], AfterValidator(_distinct)]


def _kind_of_errors(value: object) -> str:
    return "components" if isinstance(value, Mapping) else "number"


Errors = Annotated[
    Annotated[Positive, Tag("number")] | Annotated[dict[Text, Positive], Field(min_length=1), Tag("components")],
    Discriminator(_kind_of_errors),
]
"""An error: a number, or a table of named parts that are added in quadrature."""


class LikelihoodHeader(Header):
    """What stands outside the measurements."""

    data: dict[Text, Text] = {}


class MeasurementEntry(Entry):
    """What every measurement says."""

    name: Name
    unit: Text | None = None
    source: Text
    data: Annotated[Data, Field(min_length=1)]
    includes: Annotated[list[Observable], AfterValidator(_distinct)] = []


class GaussianEntry(MeasurementEntry):
    """A value with one error."""

    form: Literal["gaussian"]
    observable: Observable
    value: float
    error: Errors
    cut: Positive | None = None


class SplitNormalEntry(MeasurementEntry):
    """A value with different errors above and below."""

    form: Literal["split-normal"]
    observable: Observable
    value: float
    plus: Errors
    minus: Errors
    cut: Positive | None = None


class CorrelatedGaussianEntry(MeasurementEntry):
    """Values of several observables with errors and correlations."""

    form: Literal["correlated-gaussian"]
    observables: Annotated[list[Observable], Field(min_length=2), AfterValidator(_distinct)]
    values: list[float]
    errors: list[Errors]
    correlation: Annotated[list[list[float]], Field(min_length=2), AfterValidator(_correlation)]
    cut: Positive | None = None


class UpperLimitEntry(MeasurementEntry):
    """A limit with its confidence level: half a normal distribution about 0."""

    form: Literal["upper-limit"]
    observable: Observable
    limit: Positive
    cl: Confidence
    modulus: bool = False
    cut: bool = False


class IntervalEntry(MeasurementEntry):
    """Limits on both sides of a centre: two half normal distributions, each with the confidence level on its side."""

    form: Literal["interval"]
    observable: Observable
    lower: float
    upper: float
    centre: float = 0.0
    cl: Confidence
    cut: bool = False


class HardBoundEntry(MeasurementEntry):
    """A condition that is met or not, such as perturbativity; it need not rest on data."""

    form: Literal["hard-bound"]
    observable: Observable
    lower: float | None = None
    upper: float | None = None
    modulus: bool = False
    data: Data = []


FORMS: dict[str, type[MeasurementEntry]] = {
    "gaussian": GaussianEntry,
    "split-normal": SplitNormalEntry,
    "correlated-gaussian": CorrelatedGaussianEntry,
    "upper-limit": UpperLimitEntry,
    "interval": IntervalEntry,
    "hard-bound": HardBoundEntry,
}
