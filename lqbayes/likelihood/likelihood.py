"""The likelihood: a file of measurements turned into terms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lqbayes.input.html import html_table
from lqbayes.likelihood.file import load_likelihood_set, model_of
from lqbayes.likelihood.measurement import LikelihoodSet
from lqbayes.likelihood.terms import OWN, Term, fill_terms, term_table
from lqbayes.model import Model


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
        The terms as arrays, for compiled functions; those that their forms evaluate have a place in it.
    term_names : tuple of str
        The measurements, in the order of the file.
    signals : (t,) array of int
        How many square roots of the power of the limits is that of each term, while a population is annealed: 0 for limits and bounds.
    """

    def __init__(self, settings: LikelihoodSet, model: Model) -> None:
        self.settings = settings
        self.model = model
        self.term_names = tuple(m.name for m in settings.measurements)
        limits = set(model.grow_as_limits)
        self.signals = np.array(
            [model.signal_roots * (m.is_signal and not limits.issuperset(m.observables)) for m in settings.measurements]
        )
        columns = [[model.observable_index[name] for name in m.observables] for m in settings.measurements]
        terms = [m.term(own) for m, own in zip(settings.measurements, columns, strict=True)]
        self.table = term_table([t if isinstance(t, Term) else Term(OWN, own) for t, own in zip(terms, columns, strict=True)])
        self._own = [(k, settings.measurements[k], t) for k, t in enumerate(terms) if not isinstance(t, Term)]

    @classmethod
    def load(cls, name_or_path: str | Path, model: Model | None = None) -> Likelihood:
        """Load a likelihood.

        Parameters
        ----------
        name_or_path
            The name of a shipped set of measurements (``paper``) or the path of a TOML file.
        model
            The model; unless given, the default model with the formulas that the file asks for.

        Returns
        -------
        Likelihood
            The likelihood that the file describes.

        Raises
        ------
        lqbayes.input.errors.InputError
            With every problem of the file.
        """
        model = model or model_of(name_or_path, Model.load())
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
        return self.evaluate(self.model.rows(observables, "observables"))[:, 2:]

    def evaluate(self, observables: NDArray[np.float64], out: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Fill in the columns (n, 2 + t) of an evaluation but for the first, which is the prior's: violation of hard bounds, and terms."""
        columns = np.empty((len(observables), 2 + len(self.term_names))) if out is None else out
        fill_terms(self.table, np.ascontiguousarray(observables.T), columns)
        for k, measurement, evaluate in self._own:
            predicted = np.ascontiguousarray(measurement.predicted(observables, self.model.observable_index))
            columns[:, 2 + k], broken = evaluate(predicted)
            columns[:, 1] += broken
        return columns

    def _repr_html_(self) -> str:
        rows = []
        for m in self.settings.measurements:
            for k, (observable, text) in enumerate(zip(m.observables, m.texts(), strict=True)):
                rows.append((m.name if k == 0 else "", observable, text, "" if m.unit == "1" else m.unit or "", m.source if k == 0 else ""))
        return html_table(
            f"Likelihood {self.settings.name}: {self.settings.title}", ("measurement", "observable", "measured", "unit", "source"), rows
        )
