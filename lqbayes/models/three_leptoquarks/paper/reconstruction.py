"""Reconstructs a two-dimensional Gaussian from the one-dimensional results that a paper prints."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from lqbayes.input.errors import ArgumentError

_UNKNOWNS = 5  # two means and three entries of the inverse covariance matrix
_PARALLEL = 1e-9


@dataclass(frozen=True, slots=True)
class Scenario:
    """Result of a fit with one free number t, both coefficients being t times a direction: best fit of t and its errors, both positive."""

    direction: tuple[float, float]  # (1, 0) for the first coefficient alone, (1, -1) for the second being minus the first
    value: float
    plus: float
    minus: float

    @property
    def error(self) -> float:
        """Mean of the two errors."""
        return (self.plus + self.minus) / 2


def gaussian_from_scenarios(
    scenarios: Sequence[Scenario], best_fit: tuple[float, float] | None = None
) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Mean, standard deviations and correlation of the Gaussian whose slices are at least three one-dimensional results.

    A scenario is the slice of the Gaussian along a line through the origin. With the mean mu, the inverse covariance
    matrix P and the direction d of the line, it has its centre at d.P.mu / d.P.d and the width (d.P.d)^-1/2. The five
    unknowns follow from a least-squares fit to the centres and widths of all scenarios and, where it is known, to the
    best fit mu itself. All numbers weigh the same, as numbers printed to the same digit do.

    With the numbers of (II.11)-(II.15) of the paper this gives the values in the measurement files: for b -> s mu mu
    from the four scenarios outside the brackets; for all rare B decays from those inside with the best fit, without
    C9 = C10, whose printed width 0.11 fits no Gaussian (the other numbers require 0.135).
    """
    directions = np.array([s.direction for s in scenarios], dtype=float).reshape(-1, 2)
    published = np.array([[s.value, s.error] for s in scenarios], dtype=float).reshape(-1, 2)
    known = np.array([] if best_fit is None else best_fit, dtype=float)
    _check(scenarios, directions, published, known)

    centres, widths = published.T
    # Lengths in units of the typical width: the tolerances of the fit do not depend on the size of the numbers then.
    scale = float(np.exp(np.mean(np.log(widths))))
    target = np.concatenate([centres, widths, known]) / scale

    def residuals(unknowns: NDArray[np.float64]) -> NDArray[np.float64]:
        mean, precision = unknowns[:2], _precision(unknowns[2:])
        curvature = np.einsum("si,ij,sj->s", directions, precision, directions)
        slices = directions @ precision @ mean / curvature
        return np.concatenate([slices, curvature**-0.5, mean[: len(known)]]) - target

    start = _start(directions, centres / scale, widths / scale)
    fit = least_squares(residuals, start, method="trf", x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=2000)
    covariance = np.linalg.inv(_precision(fit.x[2:]))
    sigma = np.sqrt(np.diag(covariance))
    correlation = float(covariance[0, 1] / (sigma[0] * sigma[1]))
    mean = fit.x[:2] * scale
    return (float(mean[0]), float(mean[1])), (float(sigma[0] * scale), float(sigma[1] * scale)), correlation


def _precision(shape: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positive definite matrix for any numbers: logarithms of its Cholesky factor's diagonal, and the rest of it."""
    factor = np.array([[math.exp(shape[0]), 0.0], [shape[2], math.exp(shape[1])]])
    return np.asarray(factor @ factor.T, dtype=np.float64)


def _start(directions: NDArray[np.float64], centres: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solution of the two linear problems for P and P.mu, exact where the scenarios are slices of a Gaussian."""
    x, y = directions.T
    weights = widths**2  # every row is divided by the curvature 1/width^2, so that each scenario counts alike
    design = np.column_stack([x * x, 2 * x * y, y * y]) * weights[:, np.newaxis]
    a, b, c = np.linalg.lstsq(design, np.ones(len(x)), rcond=None)[0]
    a, c = max(a, 1e-6), max(c, 1e-6)
    b = math.copysign(min(abs(b), 0.99 * math.sqrt(a * c)), b)
    drift = np.linalg.lstsq(directions * weights[:, np.newaxis], centres, rcond=None)[0]
    mean = np.linalg.solve(np.array([[a, b], [b, c]]), drift)
    diagonal = math.sqrt(a)
    return np.array([*mean, math.log(diagonal), math.log(c - b * b / a) / 2, b / diagonal])


def _check(scenarios: Sequence[Scenario], directions: NDArray[np.float64], *numbers: NDArray[np.float64]) -> None:
    if not all(np.all(np.isfinite(values)) for values in (directions, *numbers)):
        raise ArgumentError("directions, values, errors and the best fit must be finite numbers")
    if any(s.plus <= 0 or s.minus <= 0 for s in scenarios):
        raise ArgumentError("the errors of a scenario must be greater than 0; give both plus and minus without a sign")
    lengths = np.hypot(directions[:, 0], directions[:, 1])
    if np.any(lengths == 0):
        raise ArgumentError("the direction (0, 0) is no line; give (1, 0) for the first coefficient alone")
    lines: list[NDArray[np.float64]] = []
    for unit in directions / lengths[:, np.newaxis]:
        if all(abs(unit[0] * other[1] - unit[1] * other[0]) > _PARALLEL for other in lines):
            lines.append(unit)
    if len(lines) < _UNKNOWNS // 2 + 1:
        raise ArgumentError(f"three scenarios along different lines are needed to determine a Gaussian, these have {len(lines)}")
