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

SPLIT, CORRELATED, BOUND = range(3)


# Records and not one array for each number: numba counts the references to every array that a function is given, at every call.
TERM = np.dtype(
    [
        *((name, np.int64) for name in ("kind", "observable", "start", "size")),
        ("modulus", np.bool_),
        *((name, np.float64) for name in ("centre", "minus", "plus", "lower", "upper", "cut")),
    ],
    align=True,
)
ROW = np.dtype([("observable", np.int64), ("centre", np.float64)])


class TermTable(NamedTuple):
    """The terms of a likelihood.

    Attributes
    ----------
    terms : (t,) array of `TERM`
        ``kind``: `SPLIT`: a parabola on each side of ``centre``; `CORRELATED`: rows ``start`` to ``start + size``;
        `BOUND`: allowed between ``lower`` and ``upper``.
        ``observable``: index of the observable (`SPLIT`, `BOUND`); ``modulus``: whether its modulus is meant.
        ``centre``, ``minus``, ``plus``: centre, and inverse widths below and above it (`SPLIT`).
        ``cut``: inverse of the largest distance from the centre in standard deviations that is allowed, 0 for a term without a hard cut.
    rows : (r,) array of `ROW`
        Observable and centre of each row of a correlated Gaussian.
    whitening : (r, largest size) array
        Its row times the differences from the centres is one independent pull.
    """

    terms: NDArray[np.void]
    rows: NDArray[np.void]
    whitening: NDArray[np.float64]


@compiled
def _parabola(x: float, centre: float, minus: float, plus: float) -> float:
    difference = x - centre
    pull = difference * (plus if difference > 0 else minus)
    return pull * pull if not math.isnan(pull) else math.inf


@compiled
def _quadratic(table: TermTable, first: int, size: int, observables: NDArray[np.float64]) -> float:
    total = 0.0
    for row in range(first, first + size):
        pull = 0.0
        for k in range(size):
            entry = table.rows[first + k]
            pull += table.whitening[row, k] * (observables[entry.observable] - entry.centre)
        total += pull * pull
    return total if not math.isnan(total) else math.inf


@compiled
def _excess(x: float, lower: float, upper: float) -> float:
    """How far a bound is broken, in powers of ten where it has a scale: 0 inside."""
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
def log_terms(table: TermTable, observables: NDArray[np.float64], out: NDArray[np.float64]) -> float:
    """One log-likelihood per term, and how far a point is outside the hard bounds."""
    violation = 0.0
    for t in range(len(table.terms)):
        term = table.terms[t]
        if term.kind == CORRELATED:
            chi2 = _quadratic(table, term.start, term.size, observables)
        else:
            x = observables[term.observable]
            if term.modulus:
                x = abs(x)
            if term.kind == BOUND:
                excess = _excess(x, term.lower, term.upper)
                out[t] = 0.0 if excess == 0 else -math.inf
                violation += excess
                continue
            chi2 = _parabola(x, term.centre, term.minus, term.plus)
        cut = term.cut
        if cut > 0:
            out[t] = 0.0 if chi2 * cut * cut <= 1 else -math.inf
            ratio = math.sqrt(chi2) * cut
            if not ratio <= 1:
                violation += math.log10(ratio)
        else:
            out[t] = -0.5 * chi2
    return violation
