"""The likelihood: a file of measurements turned into terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cholesky, solve_triangular

from lqbayes.compilation import compiled
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.likelihood.measurement import LikelihoodSet, Measurement
from lqbayes.likelihood.terms import BOUND, CORRELATED, ROW, SPLIT, TERM, TermTable, log_terms
from lqbayes.model import Model

_VALUES = ("gaussian", "split-normal", "correlated-gaussian")


class Likelihood:
    """The likelihood of a set of measurements, one term each.

    Parameters
    ----------
    settings
        The contents of a likelihood file.
    model
        The model whose observables were measured.

    Attributes
    ----------
    settings : LikelihoodSet
        The contents of the likelihood file.
    model : Model
        The model.
    table : TermTable
        The same as arrays, for compiled functions.
    term_names : tuple of str
        The measurements, in the order of the file.
    signals : (t,) array of bool
        Which of them are measured values, not limits or bounds.
    """

    def __init__(self, settings: LikelihoodSet, model: Model) -> None:
        self.settings = settings
        self.model = model
        self.term_names = tuple(m.name for m in settings.measurements)
        self.signals = np.array([m.form in _VALUES and m.cut is None for m in settings.measurements])
        self.table = _term_table(settings.measurements, model.observable_index)

    @classmethod
    def load(cls, name_or_path: str | Path, model: Model | None = None) -> Likelihood:
        """Load a likelihood.

        Parameters
        ----------
        name_or_path
            The name of a shipped set of measurements (``paper``) or the path of a TOML file.
        model
            The model; the default model unless given.

        Returns
        -------
        Likelihood
            The likelihood that the file describes.

        Raises
        ------
        lqbayes.input.errors.InputError
            With every problem of the file.
        """
        model = model or Model.load()
        return cls(load_likelihood_set(name_or_path, model), model)

    def with_hard_limits(self) -> Likelihood:
        """Treat each limit as the paper does, as a hard cut.

        Returns
        -------
        Likelihood
            The same measurements, with every limit and interval a cut.
        """
        return Likelihood(self.settings.with_hard_limits(), self.model)

    def log_terms(self, observables: ArrayLike) -> NDArray[np.float64]:
        """One log-likelihood per term.

        Parameters
        ----------
        observables : (n, m) array
            Predictions, in the order of ``model.observables``.

        Returns
        -------
        (n, t) array
            Each term's log-likelihood, 0 at its maximum.
        """
        return self.evaluate(self.model.rows(observables, "observables"))[0]

    def evaluate(self, observables: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Evaluate every term, and how far each point is outside the hard bounds.

        Parameters
        ----------
        observables : (n, m) array
            Predictions, contiguous.

        Returns
        -------
        (n, t) array, (n,) array
            Log-likelihoods as `log_terms` returns them, and the violation, 0 inside.
        """
        return _log_terms_of_rows(self.table, observables)


@compiled
def _log_terms_of_rows(table: TermTable, observables: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    out = np.empty((len(observables), len(table.terms)))
    violation = np.empty(len(observables))
    for i in range(len(observables)):
        violation[i] = log_terms(table, observables[i], out[i])
    return out, violation


def _term_table(measurements: tuple[Measurement, ...], index: Mapping[str, int]) -> TermTable:
    count = len(measurements)
    correlated = [m for m in measurements if m.form == "correlated-gaussian"]
    rows = sum(len(m.observables) for m in correlated)
    largest = max((len(m.observables) for m in correlated), default=1)
    table = TermTable(np.zeros(count, dtype=TERM), np.zeros(rows, dtype=ROW), np.zeros((rows, largest)))
    table.terms["lower"], table.terms["upper"] = -math.inf, math.inf
    row = 0
    for term, measurement in zip(table.terms, measurements, strict=True):
        term["observable"] = index[measurement.observables[0]]
        term["modulus"] = measurement.modulus
        if measurement.form == "correlated-gaussian":
            row = _set_correlated(table, term, measurement, row, index)
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


def _set_correlated(table: TermTable, term: np.void, measurement: Measurement, row: int, index: Mapping[str, int]) -> int:
    """Fill the rows of a correlated Gaussian: the inverse of the covariance's Cholesky factor makes independent pulls."""
    size = len(measurement.observables)
    sigma = np.array(measurement.sigma_plus)
    covariance = np.array(measurement.correlation) * np.outer(sigma, sigma)
    rows = slice(row, row + size)
    term["kind"], term["start"], term["size"] = CORRELATED, row, size
    table.rows["observable"][rows] = [index[name] for name in measurement.observables]
    table.rows["centre"][rows] = measurement.centre
    table.whitening[rows, :size] = solve_triangular(cholesky(covariance, lower=True), np.eye(size), lower=True)
    return row + size
