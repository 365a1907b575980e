"""Problems whose evidence is known to more digits than are asked for: a normal prior N(0, 1)^d and a likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, stats
from scipy.special import gammaln, ive, logsumexp

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Problem:
    """A likelihood under the prior N(0, 1)^d.

    Attributes
    ----------
    name
        What to call it.
    dimension
        d.
    log_likelihood
        (n, d) points to (n,) values.
    log_evidence
        The truth.
    in_mode, mode_weight
        Whether a point lies in the first mode, (n, d) to (n,), and the posterior's probability of it.
    """

    name: str
    dimension: int
    log_likelihood: Callable[[Array], Array]
    log_evidence: float
    in_mode: Callable[[Array], NDArray[np.bool_]] | None = None
    mode_weight: float = math.nan

    def parts(self, z: Array) -> Array:
        """Log prior, violation of bounds (there are none) and log-likelihood, as the annealing wants them: (n, d) to (n, 3)."""
        log_prior = -0.5 * np.sum(z * z, axis=1) - 0.5 * self.dimension * math.log(2 * math.pi)
        return np.column_stack([log_prior, np.zeros(len(z)), self.log_likelihood(z)])


def correlated_gaussian(dimension: int) -> Problem:
    """Correlated normal likelihood exp(-chi^2 / 2) of widths from 0.5 to 1: Z = N(center; 0, Sigma + 1) sqrt(det(2 pi Sigma))."""
    rng = np.random.default_rng(0)
    factor = 0.4 * np.tril(rng.normal(size=(dimension, dimension)), -1) / math.sqrt(dimension) + np.diag(np.geomspace(0.5, 1, dimension))
    center, inverse = np.linspace(-0.5, 0.5, dimension), np.linalg.inv(factor)
    total = stats.multivariate_normal(center, factor @ factor.T + np.eye(dimension))
    norm = 0.5 * dimension * math.log(2 * math.pi) + np.linalg.slogdet(factor)[1]
    return Problem(
        f"correlated Gaussian, d = {dimension}",
        dimension,
        lambda z: -0.5 * np.sum(((z - center) @ inverse.T) ** 2, axis=1),
        float(total.logpdf(np.zeros(dimension)) + norm),
    )


def gaussian_shells(dimension: int) -> Problem:
    """Two thin shells as in the papers of Feroz and Hobson, centers at +-1.6 on the first axis; the integral is done in one dimension.

    About the center of a shell the prior is N(c, 1), whose mean over a sphere of radius r is known: a Bessel function of r |c|.
    """
    radius, width, place = 1.0, 0.1, 1.6
    order = 0.5 * dimension - 1

    def density(r: float) -> float:
        # Surface of the sphere times the prior's mean over it, exp(-(r^2 + c^2) / 2) Gamma(d/2) (2 / rc)^order I_order(rc).
        log_mean = gammaln(0.5 * dimension) + order * math.log(2 / (r * place)) + math.log(ive(order, r * place)) + r * place
        log_surface = math.log(2) + 0.5 * dimension * math.log(math.pi) - gammaln(0.5 * dimension) + (dimension - 1) * math.log(r)
        log_prior = -0.5 * (r * r + place**2) - 0.5 * dimension * math.log(2 * math.pi)
        return math.exp(log_surface + log_prior + log_mean - 0.5 * ((r - radius) / width) ** 2)

    # The sum of the two likelihoods: each shell counts by itself, however they overlap.
    one, _ = integrate.quad(density, 1e-9, 3.0, points=[0.7, 1.0, 1.3], epsabs=0, epsrel=1e-10, limit=200)

    def log_likelihood(z: Array) -> Array:
        rest = np.sum(z[:, 1:] ** 2, axis=1)
        shells = [-0.5 * ((np.sqrt((z[:, 0] - c) ** 2 + rest) - radius) / width) ** 2 for c in (-place, place)]
        return np.asarray(np.logaddexp(*shells))

    return Problem(f"two shells, d = {dimension}", dimension, log_likelihood, math.log(2 * one), lambda z: z[:, 0] < 0, 0.5)


def two_modes() -> Problem:
    """Two normal modes in three dimensions, more than ten widths apart, with odds 1 to 4 in the likelihood."""
    d, width, odds = 3, 0.15, (0.2, 0.8)
    centers = np.array([[-1.0, 0.3, 0.0], [1.0, 0.0, 0.5]])
    shrink = 1 / (1 + width**2)
    logs = [math.log(w) + 0.5 * d * math.log(shrink * width**2) - 0.5 * shrink * float(c @ c) for w, c in zip(odds, centers, strict=True)]
    truth = float(logsumexp(logs))

    def log_likelihood(z: Array) -> Array:
        modes = [math.log(w) - 0.5 * np.sum((z - c) ** 2, axis=1) / width**2 for w, c in zip(odds, centers, strict=True)]
        return np.asarray(np.logaddexp(*modes))

    return Problem("two modes, d = 3", d, log_likelihood, truth, lambda z: z[:, 0] < 0, math.exp(logs[0] - truth))
