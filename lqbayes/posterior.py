"""The posterior: prior, model and likelihood put together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lqbayes.input.errors import ArgumentError
from lqbayes.input.html import html_table
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.prior.prior import Prior

# Rows that go through the three calls together: what is between them stays in the processor's cache.
_ROWS = 2048
_FEW = 0.1


class Evaluation(NamedTuple):
    """Everything that sampling wants to know of points."""

    log_prior: NDArray[np.float64]  # (...) log density in the sampling coordinates, -inf outside the prior's range
    violation: NDArray[np.float64]  # (...) by how many powers of ten the hard bounds are broken, 0 inside, inf outside the prior's range
    terms: NDArray[np.float64]  # (..., t) log-likelihood of each term, 0 at its maximum; never NaN

    @classmethod
    def of(cls, columns: NDArray[np.float64]) -> Evaluation:
        """Name the columns that `Posterior.evaluate` returns, emcee carries along as blobs and files store; without a copy."""
        return cls(columns[..., 0], columns[..., 1], columns[..., 2:])

    @staticmethod
    def width(terms: int) -> int:
        """Number of columns for so many terms."""
        return 2 + terms


class Posterior:
    """Posterior density of a model's parameters under a set of measurements.

    Methods take (n, d) arrays `z` of sampling coordinates, or (n, p) arrays of parameter points, and return one entry or row for each.

    Parameters
    ----------
    prior
        The prior.
    likelihood
        The likelihood; its model is sampled.

    Attributes
    ----------
    model : Model
        The model between both.
    parameter_names, observable_names, term_names, coordinate_names : tuple of str
        Names of the columns that `points`, `observables`, `terms` and the coordinates have.

    Raises
    ------
    lqbayes.input.errors.ArgumentError
        If prior and likelihood belong to different models.
    """

    def __init__(self, prior: Prior, likelihood: Likelihood) -> None:
        if prior.model.parameters != likelihood.model.parameters:
            raise ArgumentError(
                f"the prior '{prior.settings.name}' is one of the model {prior.model.name}, the likelihood '{likelihood.settings.name}' "
                f"one of {likelihood.model.name}: load both with the same model"
            )
        self.prior = prior
        self.likelihood = likelihood
        self.model = likelihood.model
        self.parameter_names = self.model.parameter_names
        self.observable_names = self.model.observable_names
        self.term_names = likelihood.term_names
        self.coordinate_names = prior.coordinate_names

    @property
    def dimension(self) -> int:
        """Number of sampling coordinates."""
        return self.prior.dimension

    def evaluate(self, z: ArrayLike) -> NDArray[np.float64]:
        """Evaluate everything at once: coordinates to points, points to observables, observables to terms.

        Parameters
        ----------
        z : (n, d) array
            Sampling coordinates.

        Returns
        -------
        (n, 2 + t) array
            The columns of an `Evaluation`.
        """
        rows = self.prior.rows(z)
        columns = np.empty((len(rows), Evaluation.width(len(self.term_names))))
        for first in range(0, len(rows), _ROWS):
            self._evaluate(rows[first : first + _ROWS], columns[first : first + _ROWS])
        return columns

    def _evaluate(self, rows: NDArray[np.float64], columns: NDArray[np.float64]) -> None:
        """Evaluate some rows into their places."""
        points, log_prior = self.prior.points_of_rows(rows)
        columns[:, 0] = log_prior
        inside = log_prior > -np.inf
        count = np.count_nonzero(inside)
        if count == len(rows):
            self.likelihood.evaluate(self.model.predict(points), columns)
            return
        outside = np.flatnonzero(~inside)
        if len(outside) <= _FEW * len(rows):
            # A few rows outside borrow a point: to leave them out would copy all others.
            points[outside] = points[inside.argmax()]
            self.likelihood.evaluate(self.model.predict(points), columns)
        elif count:
            found = self.likelihood.evaluate(self.model.predict(points[inside]))
            columns[inside, 1:] = found[:, 1:]
        columns[outside, 1], columns[outside, 2:] = np.inf, -np.inf

    def log_prob(self, z: ArrayLike) -> NDArray[np.float64]:
        """Unnormalised posterior density in the sampling coordinates.

        Parameters
        ----------
        z : (n, d) array
            Sampling coordinates.

        Returns
        -------
        (n,) array
            Log prior plus log-likelihood; -inf or a finite number, never NaN.
        """
        found = Evaluation.of(self.evaluate(z))
        return np.asarray(found.log_prior + found.terms.sum(axis=1))

    def log_prior(self, z: ArrayLike) -> NDArray[np.float64]:
        """Prior density in the sampling coordinates: `Prior.log_density`."""
        return self.prior.log_density(z)

    def log_likelihood(self, z: ArrayLike) -> NDArray[np.float64]:
        """Log-likelihood, the sum of the terms.

        Parameters
        ----------
        z : (n, d) array
            Sampling coordinates.

        Returns
        -------
        (n,) array
            0 where every measurement is met exactly; -inf outside the prior's range and the hard bounds.
        """
        return np.asarray(self.terms(z).sum(axis=1))

    def terms(self, z: ArrayLike) -> NDArray[np.float64]:
        """One log-likelihood per term.

        Parameters
        ----------
        z : (n, d) array
            Sampling coordinates.

        Returns
        -------
        (n, t) array
            In the order of `term_names`.
        """
        return Evaluation.of(self.evaluate(z)).terms

    def points(self, z: ArrayLike) -> NDArray[np.float64]:
        """Parameter points of coordinate vectors: `Prior.points`."""
        return self.prior.points(z)

    def observables(self, points: ArrayLike) -> NDArray[np.float64]:
        """Predictions for parameter points.

        Parameters
        ----------
        points : (n, p) array
            Physical values in the order of `parameter_names`.

        Returns
        -------
        (n, m) array
            In the order of `observable_names`.
        """
        return self.model.predict(self.model.rows(points, "parameters"))

    def _repr_html_(self) -> str:
        rows = (
            ("model", self.model.full_name),
            ("prior", f"{self.prior.settings.name}: {self.prior.settings.title}"),
            ("likelihood", f"{self.likelihood.settings.name}: {self.likelihood.settings.title}"),
            (f"{self.dimension} sampled parameters", ", ".join(self.coordinate_names)),
            (f"{len(self.term_names)} terms", ", ".join(self.term_names)),
        )
        return html_table("posterior", ("part", "contents"), rows)

    def idle_coordinates(self, draws: int = 64, seed: int = 0) -> tuple[str, ...]:
        """Names of sampled parameters that move no term at any of some prior draws, but for rounding: their posterior is their prior.

        Of 256 times as many draws those that come nearest to the hard bounds, since far beyond them one part of an observable can hide what
        another one does.
        """
        rng = np.random.default_rng(seed)
        candidates = self.prior.sample(256 * draws, rng)
        base = candidates[np.argsort(Evaluation.of(self.evaluate(candidates)).violation, kind="stable")[:draws]]
        other = self.prior.sample(draws, rng)
        used = sorted({name for m in self.likelihood.settings.measurements for name in m.observables})
        columns = [self.model.observable_index[name] for name in used]
        reference = self.observables(self.points(base))[:, columns]
        idle = []
        for k, name in enumerate(self.coordinate_names):
            varied = base.copy()
            varied[:, k] = other[:, k]
            if np.allclose(self.observables(self.points(varied))[:, columns], reference, rtol=1e-13, atol=0):
                idle.append(name)
        return tuple(idle)
