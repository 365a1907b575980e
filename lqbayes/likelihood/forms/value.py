"""What the forms of measured values with errors share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from lqbayes.input.entry import Positive
from lqbayes.likelihood.fields import with_errors
from lqbayes.likelihood.measurement import Measurement, SingleMeasurement
from lqbayes.likelihood.terms import SPLIT, Term


class Value(Measurement):
    """Measured values, each with an error above and below; `cut` makes a window of so many standard deviations of them."""

    has_value: ClassVar[bool] = True
    cut: Positive | None = None

    @property
    @override
    def is_hard(self) -> bool:
        return self.cut is not None

    @property
    def inverse_cut(self) -> float:
        """What the compiled evaluation takes."""
        return 0.0 if self.cut is None else 1 / self.cut

    @override
    def texts(self) -> tuple[str, ...]:
        cut = "" if self.cut is None else f", at most {self.cut:g} sigma"
        return tuple(with_errors(*side) + cut for side in self.sides)


class SingleValue(Value, SingleMeasurement):
    """One measured value: a parabola on each side of it."""

    value: float

    @override
    def limits(self, k: int) -> tuple[float | None, float | None]:
        (centre, minus, plus), cut = self.sides[0], self.cut
        return (None, None) if cut is None else (centre - cut * minus, centre + cut * plus)

    @override
    def term(self, columns: Sequence[int]) -> Term:
        ((centre, minus, plus),) = self.sides
        return Term(SPLIT, columns, centre=centre, minus=1 / minus, plus=1 / plus, cut=self.inverse_cut)
