"""Limits on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lqbayes.input.entry import Reporter
from lqbayes.likelihood.fields import deviations
from lqbayes.likelihood.forms.limit import Limit
from lqbayes.likelihood.measurement import Sides
from lqbayes.likelihood.terms import BOUND, SPLIT, Term


class Interval(Limit):
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

    @override
    def term(self, columns: Sequence[int]) -> Term:
        if self.cut:
            return Term(BOUND, columns, lower=self.lower, upper=self.upper)
        ((centre, minus, plus),) = self.sides
        return Term(SPLIT, columns, centre=centre, minus=1 / minus, plus=1 / plus)
