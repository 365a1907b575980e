"""A condition that is met or not."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from typing_extensions import override

from lqbayes.input.entry import Reporter
from lqbayes.likelihood.fields import Data, ends_text
from lqbayes.likelihood.measurement import SingleMeasurement
from lqbayes.likelihood.terms import BOUND, Term


class HardBound(SingleMeasurement):
    """A condition such as perturbativity, with an end on one side or on both; it need not rest on data."""

    scaled: ClassVar = ("lower", "upper")
    is_hard: ClassVar = True
    can_be_drawn: ClassVar = True
    form: Literal["hard-bound"]
    lower: float | None = None
    upper: float | None = None
    modulus: bool = False
    data: Data = []

    @classmethod
    @override
    def check(cls, valid: Mapping[str, Any], report: Reporter) -> None:
        if not {"lower", "upper"} <= valid.keys():
            return
        lower, upper = valid["lower"], valid["upper"]
        if lower is None and upper is None:
            report("", "a hard bound needs an end", "add lower = ..., upper = ... or both")
        elif lower is not None and upper is not None and lower >= upper:
            report("lower", f"must be less than upper, but {lower:g} is not less than {upper:g}", "exchange or correct them")
        if valid.get("modulus") and upper is not None and upper <= 0:
            report("upper", f"a modulus is never below {upper:g}", "write an upper end above 0, or leave modulus out")

    @override
    def is_usable(self) -> bool:
        return all(end is None or math.isfinite(end) for end in (self.lower, self.upper))

    @override
    def limits(self, k: int) -> tuple[float, float]:
        return -math.inf if self.lower is None else self.lower, math.inf if self.upper is None else self.upper

    @override
    def term(self, columns: Sequence[int]) -> Term:
        lower, upper = self.limits(0)
        return Term(BOUND, columns, self.modulus, lower=lower, upper=upper)

    @override
    def texts(self) -> tuple[str]:
        return (ends_text(*self.limits(0), self.modulus),)
