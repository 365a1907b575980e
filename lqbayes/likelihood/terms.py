"""The terms of a likelihood as arrays, and their compiled evaluation.

A likelihood is data: one compiled function serves every file. Each term's logarithm is 0 at its maximum, without normalisation
constants, so that the evidences of different sets can be compared as printed.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lqbayes.compilation import compiled, inlined
from lqbayes.model.point_loop import LANES
from lqbayes.vector_math import log10, select

Array = NDArray[np.float64]
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
    whitening: Array | None = None


class TermTable(NamedTuple):
    """The terms of a likelihood: records, and what does not fit into them."""

    terms: NDArray[np.void]  # (t,) `TERM`; a term's rows are start to start + size
    rows: NDArray[np.void]  # (r,) `ROW`
    whitening: Array  # (r, largest size)


def term_table(terms: Sequence[Term]) -> TermTable:
    """Pack terms into arrays."""
    rows = [len(t.columns) if t.kind == CORRELATED else 0 for t in terms]
    whitening = np.zeros((sum(rows), max(rows, default=0) or 1))
    table = TermTable(np.zeros(len(terms), dtype=TERM), np.zeros(sum(rows), dtype=ROW), whitening)
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


@inlined
def excess(x: float, lower: float, upper: float) -> float:
    """How far a bound is broken, in powers of ten where it has a scale: 0 inside, 1 without a scale (a lower bound of 0, say)."""
    above = x > upper
    has_scale = (above & (upper > 0)) | ((x < lower) & (lower < 0))
    outside = select(has_scale, log10(x / select(above, upper, lower)), 1.0)
    return select((lower <= x) & (x <= upper), 0.0, select(math.isnan(x), math.inf, outside))


@inlined
def _fill_parabola(x: Array, term: Any, chi2: Array) -> None:
    for i in range(len(x)):
        difference = x[i] - term.centre
        pull = difference * select(difference > 0, term.plus, term.minus)
        chi2[i] = select(math.isnan(pull), math.inf, pull * pull)


@inlined
def _fill_quadratic(table: TermTable, term: Any, observables: Array, first: int, pull: Array, chi2: Array) -> None:
    chi2[:] = 0.0
    for row in range(term.start, term.start + term.size):
        pull[:] = 0.0
        for k in range(term.size):
            weight, entry = table.whitening[row, k], table.rows[term.start + k]
            x = observables[entry.observable, first : first + len(chi2)]
            for i in range(len(chi2)):
                pull[i] += weight * (x[i] - entry.centre)
        for i in range(len(chi2)):
            chi2[i] += pull[i] * pull[i]
    for i in range(len(chi2)):
        chi2[i] = select(math.isnan(chi2[i]), math.inf, chi2[i])


@inlined
def _fill_bound(x: Array, term: Any, found: Array, violation: Array) -> None:
    broken = 0
    for i in range(len(x)):
        inside = (term.lower <= x[i]) & (x[i] <= term.upper)
        found[i] = select(inside, 0.0, -math.inf)
        broken += not inside
    if broken > 0:  # seldom in a posterior, and logarithms cost
        for i in range(len(x)):
            violation[i] += excess(x[i], term.lower, term.upper)


@inlined
def _fill_cut(chi2: Array, cut: float, found: Array, violation: Array) -> None:
    for i in range(len(chi2)):
        ratio_sq = chi2[i] * cut * cut
        found[i] = select(ratio_sq <= 1, 0.0, -math.inf)
        violation[i] += select(ratio_sq > 1, 0.5 * log10(ratio_sq), 0.0)


@inlined
def _fill_term(table: TermTable, term: Any, observables: Array, first: int, room: Array, found: Array, violation: Array) -> None:
    """Log-likelihood of one term at a block of points."""
    x, chi2 = observables[term.observable, first : first + len(found)], room[0, : len(found)]
    if term.modulus:
        modulus = room[1, : len(found)]
        for i in range(len(found)):
            modulus[i] = abs(x[i])
        x = modulus
    if term.kind == OWN:
        found[:] = 0.0
    elif term.kind == BOUND:
        _fill_bound(x, term, found, violation)
    else:
        if term.kind == CORRELATED:
            _fill_quadratic(table, term, observables, first, room[1], chi2)
        else:
            _fill_parabola(x, term, chi2)
        if term.cut > 0:
            _fill_cut(chi2, term.cut, found, violation)
        else:
            for i in range(len(found)):
                found[i] = -0.5 * chi2[i]


@compiled
def fill_terms(table: TermTable, observables: Array, columns: Array) -> None:
    """Fill in columns (n, 2 + t) for observables (m, n).

    The first column is left alone; the second is how far the point is outside the hard bounds, each of the others a log-likelihood.
    """
    n = observables.shape[1]
    room, found, violation = np.empty((2, LANES)), np.empty(LANES), np.empty(LANES)
    for first in range(0, n, LANES):
        count = min(LANES, n - first)
        violation[:] = 0.0
        for t in range(len(table.terms)):
            _fill_term(table, table.terms[t], observables, first, room, found[:count], violation)
            for i in range(count):
                columns[first + i, 2 + t] = found[i]
        for i in range(count):
            columns[first + i, 1] = violation[i]
