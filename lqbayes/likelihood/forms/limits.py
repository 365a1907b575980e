"""Limits with their confidence level, from above or on both sides."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import Field
from typing_extensions import override

from lqbayes.input.entry import Positive, Reporter
from lqbayes.likelihood.fields import Confidence, deviations, ends_text
from lqbayes.likelihood.measurement import Sides, SingleMeasurement
from lqbayes.likelihood.terms import BOUND, SPLIT, Term


class _Limit(SingleMeasurement):
    """Limits on one observable with their confidence level; `cut` allows everything up to them and nothing beyond."""

    cl: Confidence
    cut: bool = False

    @override
    def with_hard_limits(self) -> Self:
        return self.model_copy(update={"cut": True})

    @override
    def term(self, columns: Sequence[int]) -> Term:
        lower, upper = self.limits(0)
        if self.cut:
            return Term(BOUND, columns, self.on_modulus, lower=lower, upper=upper)
        ((centre, minus, plus),) = self.sides
        return Term(SPLIT, columns, self.on_modulus, centre=centre, minus=1 / minus, plus=1 / plus)

    @override
    def texts(self) -> tuple[str]:
        confidence = f" ({100 * self.cl:g} % CL{', hard cut' if self.cut else ''})"
        return (ends_text(*self.limits(0), self.on_modulus) + confidence,)


class UpperLimit(_Limit):
    """Half a normal distribution about 0 that holds the confidence level below the limit; below 0 nothing is known or penalised."""

    scaled: ClassVar = ("limit",)
    form: Literal["upper-limit"]
    limit: Positive
    modulus: bool = False

    @property
    @override
    def sides(self) -> Sides:
        return ((0.0, math.inf, self.limit / deviations(self.cl)),)

    @override
    def is_usable(self) -> bool:
        return self.limit < math.inf and 0 < self.sigma_plus[0] < math.inf

    @override
    def limits(self, k: int) -> tuple[float, float]:
        return -math.inf, self.limit


class Interval(_Limit):
    """Limits on both sides of a centre: two half normal distributions, each with the confidence level on its side."""

    scaled: ClassVar = ("lower", "upper", "mode")
    form: Literal["interval"]
    lower: float
    upper: float
    mode: float = Field(0.0, alias="centre")

    @classmethod
    @override
    def check(cls, valid: Mapping[str, Any], report: Reporter) -> None:
        for key, sign, side in (("lower", -1, "below"), ("upper", 1, "above")):
            if {"centre", key} <= valid.keys() and sign * (valid[key] - valid["centre"]) <= 0:
                message = f"must lie {side} the centre {valid['centre']:g}, {valid[key]:g} does not"
                report(key, message, "correct it, or set centre = ...")

    @property
    @override
    def sides(self) -> Sides:
        width = deviations(self.cl)
        return ((self.mode, (self.mode - self.lower) / width, (self.upper - self.mode) / width),)

    @override
    def limits(self, k: int) -> tuple[float, float]:
        return self.lower, self.upper
