"""Counted events over a background that is known with an error."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field
from scipy.special import gammaln
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.input.entry import Positive, Reporter
from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.measurement import Evaluate, Sides, SingleMeasurement
from lqbayes.likelihood.terms import Array

# More events are as good as a Gaussian, and each takes its time in every evaluation.
_MOST_EVENTS = 1000
_ENDLESS = 1e15


class Gamma(SingleMeasurement):
    """Observed events n of a signal s = scale * observable and a background b; a negative signal counts as none.

    With a background that is known exactly the likelihood is Poisson(n | s + b). With an error of it, b has a gamma distribution with this
    mean and standard deviation, and L(s) = sum over k = 0 ... n of Poisson(k | s) NB(n - k) is its marginal, where NB is the negative
    binomial distribution of shape background^2 / error^2 that the gamma distribution makes of a Poisson distribution: the on/off
    measurement of T. J. Loredo, in E. D. Feigelson and G. J. Babu (eds.), Statistical Challenges in Modern Astronomy, Springer (1992) 275,
    section 5. A count n_off in a region tau times as large is background = (n_off + 1) / tau, background_error = sqrt(n_off + 1) / tau.
    """

    scaled: ClassVar = ()
    has_value: ClassVar = True
    form: Literal["gamma"]
    observed: Annotated[int, Field(ge=0, le=_MOST_EVENTS)]
    background: Annotated[float, Field(ge=0, le=_ENDLESS)]
    background_error: Positive | None = None
    scale: Positive

    @classmethod
    @override
    def check(cls, valid: Mapping[str, Any], report: Reporter) -> None:
        background, error = valid.get("background"), valid.get("background_error")
        if background is not None and error is not None and not 1e-3 * error <= background:
            report("background_error", f"{error:g} is too large for a background of {background:g}", "correct one of them")

    @override
    def converted(self, factor: float, unit: str) -> Self:
        return self.model_copy(update={"scale": self.scale / factor, "unit": unit})

    @override
    def is_usable(self) -> bool:
        return 0 < self.scale < math.inf and super().is_usable()

    @property
    @override
    def sides(self) -> Sides:
        # Events above the background as a value of the observable; the root of all events, and the error of the background.
        error = math.hypot(math.sqrt(max(self.observed, 1)), self.background_error or 0.0) / self.scale
        return (((self.observed - self.background) / self.scale, error, error),)

    @override
    def term(self, columns: Sequence[int]) -> Evaluate:
        # Log weights of the powers 0 ... n of the signal.
        n, b = self.observed, self.background
        k = np.arange(n)
        # Ratios of neighbouring probabilities of the background's count: the same formula with an error and without.
        spread = (self.background_error or 0.0) ** 2 / b if b > 0 else 0.0
        ratios = np.log((b + k * spread) / ((1 + spread) * (k + 1))) if b > 0 else np.full(n, -np.inf)
        weights = np.cumsum([0.0, *ratios])[::-1] - gammaln(np.arange(n + 1) + 1)
        # The derivative of the logarithm is the mean number of events of the signal over the signal, less 1: the maximum is at most at n.
        from scipy.optimize import minimize_scalar  # noqa: PLC0415 - takes a third of a second

        best = minimize_scalar(lambda s: -_log_likelihood(weights, s), bounds=(0, n + 1), method="bounded", options={"xatol": 1e-9})
        return partial(_evaluate, weights, float(max(-best.fun, weights[0])), self.scale)

    @override
    def draw(self, predicted: Array, rng: np.random.Generator) -> Array:
        # Counts as `centre` writes them; the background is drawn anew where it has an error.
        background: float | Array = self.background
        if self.background_error is not None:
            shape = (self.background / self.background_error) ** 2
            background = rng.gamma(shape, self.background / shape, predicted.shape)
        events = np.fmin(np.fmax(predicted * self.scale, 0.0) + background, _ENDLESS)
        return np.asarray((rng.poisson(events) - self.background) / self.scale)

    @override
    def with_values(self, values: Sequence[float]) -> Self:
        count = values[0] * self.scale + self.background
        if count > _MOST_EVENTS:
            raise ArgumentError(f"measurement '{self.name}': more than {_MOST_EVENTS} events at the true point; narrow the prior")
        return self.model_copy(update={"observed": round(count)})

    @override
    def texts(self) -> tuple[str]:
        error = "" if self.background_error is None else f" +- {self.background_error:.6g}"
        return (f"{self.observed} events, background {self.background:.6g}{error}",)


@compiled
def _log_likelihood(weights: Array, signal: float) -> float:
    """Logarithm of exp(-signal) times the sum of weights times powers of the signal; a negative signal counts as none."""
    if not signal < math.inf:
        return -math.inf
    if signal <= 0:
        return float(weights[0])
    power, largest = math.log(signal), -math.inf
    for k, weight in enumerate(weights):
        largest = max(largest, weight + k * power)
    total = 0.0
    for k, weight in enumerate(weights):
        total += math.exp(weight + k * power - largest)
    return largest + math.log(total) - signal


@compiled
def _below_maximum(weights: Array, maximum: float, scale: float, predicted: Array) -> Array:
    found = np.empty(len(predicted))
    for k in range(len(predicted)):
        found[k] = min(_log_likelihood(weights, predicted[k, 0] * scale) - maximum, 0.0)
    return found


def _evaluate(weights: Array, maximum: float, scale: float, predicted: Array) -> tuple[Array, Array]:
    # No compiled function itself: other processes are sent this one by its name.
    return _below_maximum(weights, maximum, scale, predicted), np.zeros(len(predicted))
