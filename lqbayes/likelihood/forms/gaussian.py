"""A value with one error."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from lqbayes.likelihood.fields import Errors, total
from lqbayes.likelihood.forms.value import SingleValue
from lqbayes.likelihood.measurement import Sides


class Gaussian(SingleValue):
    """A value with one error: ln L = -(x - value)^2 / (2 error^2)."""

    scaled: ClassVar = ("value", "error")
    form: Literal["gaussian"]
    error: Errors

    @property
    @override
    def sides(self) -> Sides:
        return ((self.value, total(self.error), total(self.error)),)
