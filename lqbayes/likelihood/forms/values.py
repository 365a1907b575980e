"""Measured values with errors, one or different ones above and below."""

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from typing_extensions import override

from lqbayes.input.entry import Positive
from lqbayes.likelihood.fields import Errors, total, with_errors
from lqbayes.likelihood.measurement import Measurement, Sides, SingleMeasurement
from lqbayes.likelihood.terms import SPLIT, Term


class Value(Measurement):
    """Measured values, each with an error above and below; `cut` makes a window of so many standard deviations of them."""

    has_value: ClassVar[bool] = True
    cut: Positive | None = None

    @property
    def inverse_cut(self) -> float:
        """What the compiled evaluation takes."""
        return 0.0 if self.cut is None else 1 / self.cut

    @override
    def texts(self) -> tuple[str, ...]:
        cut = "" if self.cut is None else f", at most {self.cut:g} sigma"
        return tuple(with_errors(*side) + cut for side in self.sides)


class _SingleValue(Value, SingleMeasurement):
    """One measured value: a parabola on each side of it."""

    value: float

    @override
    def limits(self, k: int) -> tuple[float, float]:
        (centre, minus, plus), cut = self.sides[0], math.inf if self.cut is None else self.cut
        return centre - cut * minus, centre + cut * plus

    @override
    def term(self, columns: Sequence[int]) -> Term:
        ((centre, minus, plus),) = self.sides
        return Term(SPLIT, columns, centre=centre, minus=1 / minus, plus=1 / plus, cut=self.inverse_cut)


class Gaussian(_SingleValue):
    """A value with one error: ln L = -(x - value)^2 / (2 error^2)."""

    scaled: ClassVar = ("value", "error")
    form: Literal["gaussian"]
    error: Errors

    @property
    @override
    def sides(self) -> Sides:
        return ((self.value, total(self.error), total(self.error)),)


class SplitNormal(_SingleValue):
    """A value with different errors: ln L = -(x - value)^2 / (2 plus^2) above it, with minus below."""

    scaled: ClassVar = ("value", "plus", "minus")
    form: Literal["split-normal"]
    plus: Errors
    minus: Errors

    @property
    @override
    def sides(self) -> Sides:
        return ((self.value, total(self.minus), total(self.plus)),)
