"""The posterior: prior, model and likelihood put together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lqbayes.kernel import FIRST_TERM, LOG_PRIOR, evaluate
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES, observables_of_points
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_NAMES
from lqbayes.prior.prior import Prior


class Posterior:
    """Posterior density of the model's parameters under a set of measurements.

    Parameters
    ----------
    prior
        The prior.
    likelihood
        The likelihood.
    formulas
        ``paper`` for the printed formulas, ``corrected`` for those of an independent derivation.

    Attributes
    ----------
    parameter_names, observable_names, term_names, coordinate_names : tuple of str
        Names of the columns that `points`, `observables`, `terms` and the coordinates have.
    """

    def __init__(self, prior: Prior, likelihood: Likelihood, formulas: str = "paper") -> None:
        self.prior = prior
        self.likelihood = likelihood
        self.formulas = FormulaSet.named(formulas)
        self.parameter_names = PARAMETER_NAMES
        self.observable_names = OBSERVABLE_NAMES
        self.term_names = likelihood.term_names
        self.coordinate_names = prior.coordinate_names

    @property
    def dimension(self) -> int:
        """Number of sampling coordinates."""
        return self.prior.dimension

    def evaluate(self, z: ArrayLike) -> NDArray[np.float64]:
        """Evaluate every part of the posterior at once.

        Parameters
        ----------
        z : (n, d) array
            Sampling coordinates.

        Returns
        -------
        (n, 2 + t) array
            Log prior, violation of the hard bounds, one log-likelihood per term: see `lqbayes.kernel`.
        """
        rows = self.prior._rows(z)
        return evaluate(rows, self.prior.table, self.likelihood.table, int(self.formulas))

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
        parts = self.evaluate(z)
        return np.asarray(parts[:, LOG_PRIOR] + parts[:, FIRST_TERM:].sum(axis=1))

    def log_prior(self, z: ArrayLike) -> NDArray[np.float64]:
        """Prior density in the sampling coordinates.

        Parameters
        ----------
        z : (n, d) array
            Sampling coordinates.

        Returns
        -------
        (n,) array
            Natural logarithm of the density, normalised to 1.
        """
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
        return np.asarray(self.evaluate(z)[:, FIRST_TERM:].sum(axis=1))

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
        return self.evaluate(z)[:, FIRST_TERM:]

    def points(self, z: ArrayLike) -> NDArray[np.float64]:
        """Parameter points of coordinate vectors.

        Parameters
        ----------
        z : (n, d) array
            Sampling coordinates.

        Returns
        -------
        (n, 46) array
            Physical values in the order of `parameter_names`.
        """
        return self.prior.points(z)

    def observables(self, points: ArrayLike) -> NDArray[np.float64]:
        """Predictions for parameter points.

        Parameters
        ----------
        points : (n, 46) array
            Physical values in the order of `parameter_names`.

        Returns
        -------
        (n, 27) array
            In the order of `observable_names`.
        """
        rows = np.ascontiguousarray(np.atleast_2d(np.asarray(points, dtype=float)))
        if rows.ndim != 2 or rows.shape[1] != len(PARAMETER_NAMES):
            count = len(PARAMETER_NAMES)
            raise ValueError(f"points have shape {np.shape(points)}, the model has {count} parameters: pass an (n, {count}) array")
        return observables_of_points(rows, int(self.formulas))

    def idle_coordinates(self, draws: int = 64, seed: int = 0) -> tuple[str, ...]:
        """Find sampled parameters that move no term, so that their posterior is their prior.

        Parameters
        ----------
        draws
            Number of points at which each parameter is varied: the prior draws with the smallest g_max of 256 times as many, since
            elsewhere g hides what small couplings do.
        seed
            Seed of the draws.

        Returns
        -------
        tuple of str
            Names of parameters whose change left every term's observables as they were, but for rounding.
        """
        rng = np.random.default_rng(seed)
        candidates = self.prior.sample(256 * draws, rng)
        g_max = self.observables(self.points(candidates))[:, OBSERVABLE_NAMES.index("g_max")]
        base = candidates[np.argsort(g_max, kind="stable")[:draws]]
        other = self.prior.sample(draws, rng)
        used = sorted({name for m in self.likelihood.settings.measurements for name in m.observables})
        columns = [OBSERVABLE_NAMES.index(name) for name in used]
        reference = self.observables(self.points(base))[:, columns]
        idle = []
        for k, name in enumerate(self.coordinate_names):
            varied = base.copy()
            varied[:, k] = other[:, k]
            if np.allclose(self.observables(self.points(varied))[:, columns], reference, rtol=1e-13, atol=0):
                idle.append(name)
        return tuple(idle)
