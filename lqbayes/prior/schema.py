"""Schema of prior files: one class for each distribution."""

from typing import Annotated, Literal

from pydantic import Field

from lqbayes.input.entry import Entry, Positive, Text, by_kind
from lqbayes.prior.parameter_prior import Sign

Range = Annotated[list[float], Field(min_length=2, max_length=2)]


class PriorEntry(Entry):
    """What every line of a prior file says."""

    unit: Text | None = None
    source: Text


class LogUniformEntry(PriorEntry):
    """Density 1/x of the modulus between two positive ends."""

    distribution: Literal["log-uniform"]
    range: Range
    sign: Sign = "positive"


class UniformEntry(PriorEntry):
    """Constant density between two ends: of the value or, where a sign is given, of the modulus."""

    distribution: Literal["uniform"]
    range: Range
    sign: Sign | None = None


class NormalEntry(PriorEntry):
    """Normal distribution."""

    distribution: Literal["normal"]
    value: float
    error: Positive


class SplitNormalEntry(PriorEntry):
    """Two halves of normal distributions that meet at their common mode with the same height."""

    distribution: Literal["split-normal"]
    value: float
    plus: Positive
    minus: Positive


class CircleEntry(PriorEntry):
    """Constant density on the full circle."""

    distribution: Literal["circle"]


class FixedEntry(PriorEntry):
    """Not sampled."""

    distribution: Literal["fixed"]
    value: float


DISTRIBUTIONS: dict[str, type[PriorEntry]] = by_kind(
    "distribution", LogUniformEntry, UniformEntry, NormalEntry, SplitNormalEntry, CircleEntry, FixedEntry
)
