"""The terms of a likelihood as arrays, and their compiled evaluation.

A likelihood is data: one compiled function serves every file. Each term's logarithm is 0 at its maximum, without normalisation
constants, so that the evidences of different sets can be compared as printed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled

SPLIT, CORRELATED, BOUND, OWN = range(4)

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


class Term(NamedTuple):
    """What one measurement puts into the arrays of a `TermTable`.

    `SPLIT` is a parabola on each side of ``centre``, with inverse widths ``minus`` and ``plus``; `BOUND` allows what lies between ``lower``
    and ``upper``; `CORRELATED` has independent pulls ``whitening`` times the differences from ``centres``; `OWN` is a place for a term that
    its form evaluates.
    """

    kind: int
    columns: Sequence[int]  # indices of the observables
    modulus: bool = False  # of the observable
    centre: float = 0.0
    minus: float = 0.0
    plus: float = 0.0
    lower: float = -math.inf
    upper: float = math.inf
    cut: float = 0.0  # inverse of the largest distance in standard deviations, 0 for no cut
    centres: Sequence[float] = ()
    whitening: NDArray[np.float64] | None = None


class TermTable(NamedTuple):
    """The terms of a likelihood: records, and what does not fit into them."""

    terms: NDArray[np.void]  # (t,) `TERM`; a term's rows are start to start + size
    rows: NDArray[np.void]  # (r,) `ROW`
    whitening: NDArray[np.float64]  # (r, largest size)


def term_table(terms: Sequence[Term]) -> TermTable:
    """Pack terms into arrays."""
    rows = [len(t.columns) if t.kind == CORRELATED else 0 for t in terms]
    table = TermTable(
        np.zeros(len(terms), dtype=TERM),
        np.zeros(sum(rows), dtype=ROW),
        np.zeros((sum(rows), max(rows, default=0) or 1)),
    )
    start = 0
    for entry, t, size in zip(table.terms, terms, rows, strict=True):
        for name in ("kind", "modulus", "centre", "minus", "plus", "lower", "upper", "cut"):
            entry[name] = getattr(t, name)
        entry["observable"], entry["start"], entry["size"] = t.columns[0], start, size
        own = slice(start, start + size)
        table.rows["observable"][own] = t.columns[:size]
        table.rows["centre"][own] = t.centres or 0.0
        if t.whitening is not None:
            table.whitening[own, :size] = t.whitening
        start += size
    return table


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
def excess(x: float, lower: float, upper: float) -> float:
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
        elif term.kind == OWN:
            out[t] = 0.0
            continue
        else:
            x = observables[term.observable]
            if term.modulus:
                x = abs(x)
            if term.kind == BOUND:
                broken = excess(x, term.lower, term.upper)
                out[t] = 0.0 if broken == 0 else -math.inf
                violation += broken
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


@compiled
def log_terms_of_rows(table: TermTable, observables: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What `log_terms` finds for many points."""
    out = np.empty((len(observables), len(table.terms)))
    violation = np.empty(len(observables))
    for i in range(len(observables)):
        violation[i] = log_terms(table, observables[i], out[i])
    return out, violation
