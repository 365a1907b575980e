"""The terms of a likelihood as arrays, and their compiled evaluation.

A likelihood is data: one compiled function serves every file. Each term's logarithm is 0 at its maximum, without normalisation
constants, so that the evidences of different sets can be compared as printed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled

__all__ = ["BOUND", "CORRELATED", "SPLIT", "TermTable", "log_terms", "violation"]

SPLIT, CORRELATED, BOUND = range(3)


class TermTable(NamedTuple):
    """The terms of a likelihood: the first group of arrays has one entry per term, the second one per row of a whitening matrix.

    Attributes
    ----------
    kind
        `SPLIT`: a parabola on each side of `centre`; `CORRELATED`: rows `start` to `start + size` of the second group;
        `BOUND`: allowed between `lower` and `upper`.
    observable
        Index of the observable (`SPLIT`, `BOUND`).
    modulus
        Whether the modulus of the observable is meant.
    centre, minus, plus
        Centre, and inverse widths below and above it (`SPLIT`).
    lower, upper
        Allowed range (`BOUND`).
    cut
        Inverse of the largest distance from the centre in standard deviations that is allowed, 0 for a term without a hard cut.
    start, size
        Rows of the second group (`CORRELATED`).
    row_observable, row_centre
        Observable and centre of each row.
    whitening
        (rows, largest size) matrix: its row times the differences from the centres is one independent pull.
    """

    kind: NDArray[np.int64]
    observable: NDArray[np.int64]
    modulus: NDArray[np.bool_]
    centre: NDArray[np.float64]
    minus: NDArray[np.float64]
    plus: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    cut: NDArray[np.float64]
    start: NDArray[np.int64]
    size: NDArray[np.int64]
    row_observable: NDArray[np.int64]
    row_centre: NDArray[np.float64]
    whitening: NDArray[np.float64]


@compiled
def _chi2(table: TermTable, t: int, observables: NDArray[np.float64]) -> float:
    if table.kind[t] == SPLIT:
        x = observables[table.observable[t]]
        if table.modulus[t]:
            x = abs(x)
        difference = x - table.centre[t]
        pull = difference * (table.plus[t] if difference > 0 else table.minus[t])
        return pull * pull if not math.isnan(pull) else math.inf
    total = 0.0
    first = table.start[t]
    for row in range(first, first + table.size[t]):
        pull = 0.0
        for k in range(table.size[t]):
            pull += table.whitening[row, k] * (observables[table.row_observable[first + k]] - table.row_centre[first + k])
        total += pull * pull
    return total if not math.isnan(total) else math.inf


@compiled
def _excess(table: TermTable, t: int, observables: NDArray[np.float64]) -> float:
    """How far a bound is broken, in powers of ten where it has a scale: 0 inside."""
    x = observables[table.observable[t]]
    if table.modulus[t]:
        x = abs(x)
    lower, upper = table.lower[t], table.upper[t]
    if lower <= x <= upper:
        return 0.0
    if math.isnan(x):
        return math.inf
    if x > upper > 0:
        return math.log10(x / upper)
    if x < lower < 0:
        return math.log10(x / lower)
    return 1.0  # no scale: a lower bound of 0, say


@compiled
def log_terms(table: TermTable, observables: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """One log-likelihood per term.

    Parameters
    ----------
    table
        The terms.
    observables : (m,) array
        Observables of one point; infinite ones are allowed.
    out : (t,) array
        Receives -chi^2 / 2, or 0 and -inf inside and outside a hard bound; never NaN.
    """
    for t in range(len(table.kind)):
        if table.kind[t] == BOUND:
            out[t] = 0.0 if _excess(table, t, observables) == 0 else -math.inf
            continue
        chi2 = _chi2(table, t, observables)
        cut = table.cut[t]
        if cut > 0:
            out[t] = 0.0 if chi2 * cut * cut <= 1 else -math.inf
        else:
            out[t] = -0.5 * chi2


@compiled
def violation(table: TermTable, observables: NDArray[np.float64]) -> float:
    """How far a point is outside the hard bounds, as a penalty that the annealing can grow.

    Parameters
    ----------
    table
        The terms.
    observables : (m,) array
        Observables of one point.

    Returns
    -------
    float
        Sum over the broken bounds of the powers of ten by which each is broken (1 for a bound without a scale); 0 inside all.
    """
    total = 0.0
    for t in range(len(table.kind)):
        if table.kind[t] == BOUND:
            total += _excess(table, t, observables)
        elif table.cut[t] > 0:
            ratio = math.sqrt(_chi2(table, t, observables)) * table.cut[t]
            if not ratio <= 1:
                total += math.log10(ratio)
    return total
