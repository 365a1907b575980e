"""The likelihood: a file of measurements turned into terms."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cholesky, solve_triangular

from lqbayes.compilation import compiled
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.likelihood.measurement import LikelihoodSet, Measurement
from lqbayes.likelihood.terms import BOUND, CORRELATED, ROW, SPLIT, TERM, TermTable, log_terms
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX, OBSERVABLES

_VALUES = ("gaussian", "split-normal", "correlated-gaussian")


class Likelihood:
    """The likelihood of a set of measurements, one term each.

    Parameters
    ----------
    settings
        The contents of a likelihood file.

    Attributes
    ----------
    settings : LikelihoodSet
        The contents of the likelihood file.
    table : TermTable
        The same as arrays, for compiled functions.
    term_names : tuple of str
        The measurements, in the order of the file.
    signals : (t,) array of bool
        Which of them are measured values, not limits or bounds.
    """

    def __init__(self, settings: LikelihoodSet) -> None:
        self.settings = settings
        self.term_names = tuple(m.name for m in settings.measurements)
        self.signals = np.array([m.form in _VALUES and m.cut is None for m in settings.measurements])
        self.table = _term_table(settings.measurements)

    @classmethod
    def load(cls, name_or_path: str | Path) -> Likelihood:
        """Load a likelihood.

        Parameters
        ----------
        name_or_path
            The name of a shipped set of measurements (``paper``) or the path of a TOML file.

        Returns
        -------
        Likelihood
            The likelihood that the file describes.

        Raises
        ------
        lqbayes.input.errors.InputError
            With every problem of the file.
        """
        return cls(load_likelihood_set(name_or_path))

    def with_hard_limits(self) -> Likelihood:
        """Treat each limit as the paper does, as a hard cut.

        Returns
        -------
        Likelihood
            The same measurements, with every limit and interval a cut.
        """
        return Likelihood(self.settings.with_hard_limits())

    def log_terms(self, observables: ArrayLike) -> NDArray[np.float64]:
        """One log-likelihood per term.

        Parameters
        ----------
        observables : (n, 27) array
            Predictions, in the order of ``lqbayes.models.three_leptoquarks.observables.OBSERVABLES``.

        Returns
        -------
        (n, t) array
            Each term's log-likelihood, 0 at its maximum.
        """
        rows = np.ascontiguousarray(np.atleast_2d(np.asarray(observables, dtype=float)))
        if rows.ndim != 2 or rows.shape[1] != len(OBSERVABLES):
            count = len(OBSERVABLES)
            raise ValueError(f"observables have shape {np.shape(observables)}, the model has {count}: pass an (n, {count}) array")
        return _log_terms_of_rows(self.table, rows)


@compiled
def _log_terms_of_rows(table: TermTable, observables: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.empty((len(observables), len(table.terms)))
    for i in range(len(observables)):
        log_terms(table, observables[i], out[i])
    return out


def _term_table(measurements: tuple[Measurement, ...]) -> TermTable:
    count = len(measurements)
    correlated = [m for m in measurements if m.form == "correlated-gaussian"]
    rows = sum(len(m.observables) for m in correlated)
    largest = max((len(m.observables) for m in correlated), default=1)
    table = TermTable(np.zeros(count, dtype=TERM), np.zeros(rows, dtype=ROW), np.zeros((rows, largest)))
    table.terms["lower"], table.terms["upper"] = -math.inf, math.inf
    row = 0
    for term, measurement in zip(table.terms, measurements, strict=True):
        term["observable"] = OBSERVABLE_INDEX[measurement.observables[0]]
        term["modulus"] = measurement.modulus
        if measurement.form == "correlated-gaussian":
            row = _set_correlated(table, term, measurement, row)
        elif measurement.form == "hard-bound" or measurement.cut is True:
            _set_bound(term, measurement)
        else:
            term["kind"] = SPLIT
            term["centre"] = measurement.centre[0]
            term["plus"] = 1 / measurement.sigma_plus[0]
            # Below a one-sided limit's zero nothing is known: no penalty there.
            term["minus"] = 0.0 if measurement.form == "upper-limit" else 1 / measurement.sigma_minus[0]
        if measurement.cut is not None and measurement.cut is not True:
            term["cut"] = 1 / measurement.cut
    return table


def _set_bound(term: np.void, measurement: Measurement) -> None:
    term["kind"] = BOUND
    if measurement.lower is not None:
        term["lower"] = measurement.lower
    if measurement.upper is not None:
        term["upper"] = measurement.upper


def _set_correlated(table: TermTable, term: np.void, measurement: Measurement, row: int) -> int:
    """Fill the rows of a correlated Gaussian: the inverse of the covariance's Cholesky factor makes independent pulls."""
    size = len(measurement.observables)
    sigma = np.array(measurement.sigma_plus)
    covariance = np.array(measurement.correlation) * np.outer(sigma, sigma)
    rows = slice(row, row + size)
    term["kind"], term["start"], term["size"] = CORRELATED, row, size
    table.rows["observable"][rows] = [OBSERVABLE_INDEX[name] for name in measurement.observables]
    table.rows["centre"][rows] = measurement.centre
    table.whitening[rows, :size] = solve_triangular(cholesky(covariance, lower=True), np.eye(size), lower=True)
    return row + size
