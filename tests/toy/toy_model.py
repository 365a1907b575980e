"""A model of five parameters in plain NumPy, with a prior and measurements whose posterior is known: a line, a product and an angle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, stats

from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model, ModelSource, Observable, Parameter
from lqbayes.posterior import Posterior
from lqbayes.prior.file import parse_prior_set
from lqbayes.prior.prior import Prior

Array = NDArray[np.float64]


def _predict(points: Array) -> Array:
    slope, offset, scale, coupling, phase = points.T
    return np.column_stack([offset, offset + 2 * slope, scale * coupling, np.cos(phase)])


def _reference() -> Array:
    return np.array([0.0, 0.0, 0.0, 1.0])


TOY = Model(
    name="toy",
    variant="plain",
    parameters=(
        Parameter("slope", symbol="s"),
        Parameter("offset", symbol="o"),
        Parameter("scale", "GeV", "M", lower=0.0, headline=True),
        Parameter("coupling", symbol="g"),
        Parameter("phase", "rad", r"\varphi", periodic=True),
    ),
    observables=(
        Observable("at_zero", symbol="y_0", headline=True),
        Observable("at_two", symbol="y_2", headline=True),
        Observable("strength", "GeV", "Mg"),
        Observable("wave", symbol="w", support=(-1.0, 1.0)),
    ),
    predict=_predict,
    title="A line, a product and an angle",
    groups={"line": ("slope", "offset"), "product": ("scale", "coupling", "strength")},
    reference=_reference,
    source=ModelSource("package", "toy_model"),
)
MODELS = (TOY,)

PRIOR: dict[str, Any] = {
    "title": "Toy prior",
    "parameters": {
        "slope": {"distribution": "normal", "value": 0.0, "error": 1.0, "unit": "1", "source": "choice"},
        "offset": {"distribution": "normal", "value": 1.0, "error": 2.0, "unit": "1", "source": "choice"},
        "scale": {"distribution": "log-uniform", "range": [0.1, 10.0], "unit": "GeV", "source": "choice"},
        "coupling": {"distribution": "log-uniform", "range": [0.1, 10.0], "sign": "either", "unit": "1", "source": "choice"},
        "phase": {"distribution": "circle", "source": "choice"},
    },
}
Values = dict[str, tuple[float, float]]
VALUES: Values = {"at_zero": (0.5, 0.4), "at_two": (2.5, 0.6), "strength": (2.0, 0.5), "wave": (0.5, 0.3)}


def measurements(values: Values = VALUES) -> dict[str, Any]:
    return {
        "title": "Toy measurements",
        "data": dict.fromkeys(values, "made up"),
        "measurement": [
            {"name": name, "observable": name, "form": "gaussian", "value": value, "error": error, "source": "choice", "data": [name]}
            | {"unit": "GeV" if name == "strength" else "1"}
            for name, (value, error) in values.items()
        ],
    }


LIKELIHOOD = measurements()


def likelihood(contents: dict[str, Any] = LIKELIHOOD) -> Likelihood:
    return Likelihood(parse_likelihood_set(contents, "toy.toml", TOY), TOY)


def posterior(prior: dict[str, Any] = PRIOR, contents: dict[str, Any] = LIKELIHOOD) -> Posterior:
    return Posterior(Prior(parse_prior_set(prior, "toy.toml", TOY), TOY), likelihood(contents))


def line(values: Values = VALUES) -> tuple[Array, Array, float]:
    """Mean and covariance of slope and offset under prior and measurements, and the logarithm of their evidence."""
    prior_mean, prior_covariance = np.array([0.0, 1.0]), np.diag([1.0, 4.0])
    design, data = np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([values["at_zero"][0], values["at_two"][0]])
    noise = np.diag([values["at_zero"][1] ** 2, values["at_two"][1] ** 2])
    covariance = np.linalg.inv(np.linalg.inv(prior_covariance) + design.T @ np.linalg.inv(noise) @ design)
    mean = covariance @ (np.linalg.inv(prior_covariance) @ prior_mean + design.T @ np.linalg.inv(noise) @ data)
    predicted = stats.multivariate_normal(design @ prior_mean, design @ prior_covariance @ design.T + noise)
    # Terms are 0 at their maximum: the likelihood is a normal density without its norm.
    return mean, covariance, float(predicted.logpdf(data) + 0.5 * np.linalg.slogdet(2 * math.pi * noise)[1])


def product(values: Values = VALUES) -> tuple[float, float]:
    """Probability that the coupling is positive, and the logarithm of the evidence of scale and coupling."""
    value, error = values["strength"]
    width = math.log(100)

    def mass(sign: float) -> float:
        def density(log_strength: float) -> float:  # the sum of two uniform logarithms
            return (width - abs(log_strength)) / width**2 * math.exp(-0.5 * ((sign * math.exp(log_strength) - value) / error) ** 2)

        return float(integrate.quad(density, -width, width, points=[0.0, math.log(value)], limit=200)[0])

    positive, negative = mass(1.0), mass(-1.0)
    return positive / (positive + negative), math.log(0.5 * (positive + negative))


def angle() -> float:
    """Logarithm of the evidence of the phase."""
    value, error = VALUES["wave"]
    found = integrate.quad(lambda phase: math.exp(-0.5 * ((math.cos(phase) - value) / error) ** 2), 0, math.pi)[0]
    return math.log(found / math.pi)


def log_evidence() -> float:
    return line()[2] + product()[1] + angle()
