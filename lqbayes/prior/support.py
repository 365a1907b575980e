"""Where a prior allows a parameter to be, and where another one does not: draws of the one cannot be weighted into draws beyond it."""

import math

from lqbayes.model import Model, Parameter
from lqbayes.prior.parameter_prior import ParameterPrior, PriorSet

# A normal distribution has no ends; beyond so many standard deviations lies less than 1e-15 of it.
NORMAL_REACH = 8.0
_ROUNDING = 1e-12
_TURN = 2 * math.pi

Spans = tuple[tuple[float, float], ...]


def lost_ranges(old: PriorSet, new: PriorSet, model: Model) -> tuple[str, ...]:
    """Find the parameters that a prior allows, or fixes, where another one has no draws."""
    lines = zip(model.parameters, old.parameters, new.parameters, strict=True)
    return tuple(parameter.name for parameter, before, after in lines if not _reached(parameter, before, after))


def _reached(parameter: Parameter, old: ParameterPrior, new: ParameterPrior) -> bool:
    if new.distribution == "fixed" or old.distribution == "fixed":
        return old.distribution == new.distribution and old.value == new.value
    allowed, turns = spans(old, parameter), (-_TURN, 0.0, _TURN) if parameter.periodic else (0.0,)
    return all(any(_inside(low + turn, high + turn, allowed) for turn in turns) for low, high in spans(new, parameter, NORMAL_REACH))


def _inside(low: float, high: float, allowed: Spans) -> bool:
    return any(a - _ROUNDING * abs(a) <= low and high <= b + _ROUNDING * abs(b) for a, b in allowed)


def spans(prior: ParameterPrior, parameter: Parameter, reach: float = math.inf) -> Spans:
    """Intervals of the values that a prior allows; of a normal distribution so many standard deviations."""
    if prior.lower is None or prior.upper is None:
        if parameter.periodic or prior.value is None:
            return ((-math.inf, math.inf),)
        minus, plus = prior.minus or 0.0, prior.plus or 0.0
        return ((max(parameter.lower, prior.value - reach * minus), min(parameter.upper, prior.value + reach * plus)),)
    if parameter.periodic and prior.upper - prior.lower >= _TURN * (1 - _ROUNDING):
        return ((-math.inf, math.inf),)
    positive, negative = (prior.lower, prior.upper), (-prior.upper, -prior.lower)
    if prior.sign == "either":
        return ((-prior.upper, prior.upper),) if prior.lower == 0 else (negative, positive)
    return (negative if prior.sign == "negative" else positive,)
