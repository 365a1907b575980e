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

SPLIT, CORRELATED, BOUND, TABLE, COUNTING = range(5)

# Records and not one array for each number: numba counts the references to every array that a function is given, at every call.
TERM = np.dtype(
    [
        *((name, np.int64) for name in ("kind", "observable", "start", "size", "first")),
        ("modulus", np.bool_),
        *((name, np.float64) for name in ("centre", "minus", "plus", "lower", "upper", "cut")),
    ],
    align=True,
)
ROW = np.dtype([("observable", np.int64), ("centre", np.float64)])


class Term(NamedTuple):
    """What one measurement puts into the arrays of a `TermTable`.

    `SPLIT` is a parabola on each side of ``centre``, with inverse widths ``minus`` and ``plus``; `BOUND` allows what lies between ``lower``
    and ``upper``; `CORRELATED` has independent pulls ``whitening`` times the differences from ``centres``. The ``numbers`` of a `TABLE` are
    the sizes of both axes, their points, and values row by row; those of `COUNTING` the logarithm at the maximum and the log weights of
    0, 1, ... events of the signal, of which ``centre`` are expected for each unit of the observable.
    """

    kind: int
    columns: Sequence[int]  # indices of the observables
    modulus: bool = False  # of the observable
    centre: float = 0.0
    minus: float = 0.0
    plus: float = 0.0
    lower: float = -math.inf
    upper: float = math.inf
    cut: float = 0.0  # inverse of the largest distance in standard deviations, 0 for no cut; of a table, whether the outside is refused
    centres: Sequence[float] = ()
    whitening: NDArray[np.float64] | None = None
    numbers: Sequence[float] = ()


class TermTable(NamedTuple):
    """The terms of a likelihood: records, and what does not fit into them."""

    terms: NDArray[np.void]  # (t,) `TERM`; a term's rows are start to start + size, its numbers begin at first
    rows: NDArray[np.void]  # (r,) `ROW`
    whitening: NDArray[np.float64]  # (r, largest size)
    numbers: NDArray[np.float64]  # (k,)


def term_table(terms: Sequence[Term]) -> TermTable:
    """Pack terms into arrays."""
    rows = [len(t.columns) if t.kind in {CORRELATED, TABLE} else 0 for t in terms]
    table = TermTable(
        np.zeros(len(terms), dtype=TERM),
        np.zeros(sum(rows), dtype=ROW),
        np.zeros((sum(rows), max(rows, default=0) or 1)),
        np.array([x for t in terms for x in t.numbers]),
    )
    start = first = 0
    for entry, t, size in zip(table.terms, terms, rows, strict=True):
        for name in ("kind", "modulus", "centre", "minus", "plus", "lower", "upper", "cut"):
            entry[name] = getattr(t, name)
        entry["observable"], entry["start"], entry["size"], entry["first"] = t.columns[0], start, size or len(t.numbers) - 1, first
        own = slice(start, start + size)
        table.rows["observable"][own] = t.columns[:size]
        table.rows["centre"][own] = t.centres or 0.0
        if t.whitening is not None:
            table.whitening[own, :size] = t.whitening
        start, first = start + size, first + len(t.numbers)
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
def _place(numbers: NDArray[np.float64], first: int, count: int, x: float) -> tuple[int, float]:
    """Interval of an axis that holds a value, and where in it the value lies; the nearest end for what is outside."""
    if not x > numbers[first]:
        return 0, 0.0
    if x >= numbers[first + count - 1]:
        return count - 2, 1.0
    low, high = 0, count - 1
    while high - low > 1:
        middle = (low + high) // 2
        if x >= numbers[first + middle]:
            low = middle
        else:
            high = middle
    left = numbers[first + low]
    return low, (x - left) / (numbers[first + high] - left)


@compiled
def _tabulated(table: TermTable, t: int, observables: NDArray[np.float64]) -> tuple[float, float]:
    """Interpolated value of a table, and how far the point is outside where that is refused."""
    term, numbers = table.terms[t], table.numbers
    width, axis = int(numbers[term.first]), term.first + 2
    height, values = int(numbers[term.first + 1]), term.first + 2 + int(numbers[term.first]) + int(numbers[term.first + 1])
    violation = 0.0
    for k in range(term.size):
        x = observables[table.rows[term.start + k].observable]
        begin, count = (axis, width) if k == 0 else (axis + width, height)
        if term.cut > 0:
            violation += _excess(x, numbers[begin], numbers[begin + count - 1])
        elif not math.isfinite(x):
            return -math.inf, 0.0
    if violation > 0:
        return -math.inf, violation
    i, u = _place(numbers, axis, width, observables[table.rows[term.start].observable])
    value = (1 - u) * numbers[values + i] + u * numbers[values + i + 1]
    if term.size > 1:
        j, v = _place(numbers, axis + width, height, observables[table.rows[term.start + 1].observable])
        lower, upper = values + j * width + i, values + (j + 1) * width + i
        below, above = (1 - u) * numbers[lower] + u * numbers[lower + 1], (1 - u) * numbers[upper] + u * numbers[upper + 1]
        value = (1 - v) * below + v * above
    return value, 0.0


@compiled
def counting(numbers: NDArray[np.float64], first: int, last: int, signal: float) -> float:
    """Logarithm of exp(-signal) times the sum of weights times powers of the signal; a negative signal counts as none."""
    if not signal < math.inf:
        return -math.inf
    if signal <= 0:
        return float(numbers[first])
    power, largest = math.log(signal), -math.inf
    for k in range(first, last):
        largest = max(largest, numbers[k] + (k - first) * power)
    total = 0.0
    for k in range(first, last):
        total += math.exp(numbers[k] + (k - first) * power - largest)
    return largest + math.log(total) - signal


@compiled
def log_terms(table: TermTable, observables: NDArray[np.float64], out: NDArray[np.float64]) -> float:
    """One log-likelihood per term, and how far a point is outside the hard bounds."""
    violation = 0.0
    for t in range(len(table.terms)):
        term = table.terms[t]
        if term.kind == CORRELATED:
            chi2 = _quadratic(table, term.start, term.size, observables)
        elif term.kind == TABLE:
            out[t], excess = _tabulated(table, t, observables)
            violation += excess
            continue
        else:
            x = observables[term.observable]
            if term.modulus:
                x = abs(x)
            if term.kind == BOUND:
                excess = _excess(x, term.lower, term.upper)
                out[t] = 0.0 if excess == 0 else -math.inf
                violation += excess
                continue
            if term.kind == COUNTING:
                last = term.first + 1 + term.size
                out[t] = min(counting(table.numbers, term.first + 1, last, x * term.centre) - table.numbers[term.first], 0.0)
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
