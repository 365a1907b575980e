"""A limit from above."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from typing_extensions import override

from lqbayes.input.entry import Positive
from lqbayes.likelihood.fields import deviations
from lqbayes.likelihood.forms.limit import Limit
from lqbayes.likelihood.measurement import Sides
from lqbayes.likelihood.terms import BOUND, SPLIT, Term


class UpperLimit(Limit):
    """Half a normal distribution about 0 that holds the confidence level below the limit; below 0 nothing is known or penalised."""

    scaled: ClassVar = ("limit",)
    form: Literal["upper-limit"]
    limit: Positive
    modulus: bool = False

    @property
    @override
    def on_modulus(self) -> bool:
        return self.modulus

    @property
    @override
    def sides(self) -> Sides:
        return ((0.0, math.inf, self.limit / deviations(self.cl)),)

    @override
    def is_usable(self) -> bool:
        return self.limit < math.inf and 0 < self.sigma_plus[0] < math.inf

    @override
    def limits(self, k: int) -> tuple[None, float]:
        return None, self.limit

    @override
    def term(self, columns: Sequence[int]) -> Term:
        if self.cut:
            return Term(BOUND, columns, self.modulus, upper=self.limit)
        return Term(SPLIT, columns, self.modulus, plus=1 / self.sigma_plus[0])
