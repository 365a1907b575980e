"""What the forms of limits share."""

from __future__ import annotations

from typing import Self

from typing_extensions import override

from lqbayes.likelihood.fields import Confidence, ends_text
from lqbayes.likelihood.measurement import SingleMeasurement


class Limit(SingleMeasurement):
    """Limits on one observable with their confidence level; `cut` allows everything up to them and nothing beyond."""

    cl: Confidence
    cut: bool = False

    @property
    @override
    def is_hard(self) -> bool:
        return self.cut

    @override
    def with_hard_limits(self) -> Self:
        return self.model_copy(update={"cut": True})

    @override
    def texts(self) -> tuple[str]:
        confidence = f" ({100 * self.cl:g} % CL{', hard cut' if self.cut else ''})"
        return (("|x| " if self.on_modulus else "") + ends_text(*self.limits(0)) + confidence,)
