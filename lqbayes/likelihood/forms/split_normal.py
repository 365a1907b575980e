"""A value with different errors above and below."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from lqbayes.likelihood.fields import Errors, total
from lqbayes.likelihood.forms.value import SingleValue
from lqbayes.likelihood.measurement import Sides


class SplitNormal(SingleValue):
    """A value with different errors: ln L = -(x - value)^2 / (2 plus^2) above it, with minus below."""

    scaled: ClassVar = ("value", "plus", "minus")
    form: Literal["split-normal"]
    plus: Errors
    minus: Errors

    @property
    @override
    def sides(self) -> Sides:
        return ((self.value, total(self.minus), total(self.plus)),)
