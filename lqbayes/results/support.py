"""Where a likelihood allows points at all: its hard bounds and cuts as ranges of observables."""

from __future__ import annotations

import math
from collections.abc import Iterable

from lqbayes.likelihood.measurement import LikelihoodSet, Measurement

_Ranges = tuple[tuple[float, float], ...]
_EVERYTHING: _Ranges = ((-math.inf, math.inf),)


def lost_bounds(old: LikelihoodSet, new: LikelihoodSet) -> tuple[str, ...]:
    """Find hard bounds and cuts of one set that another set lacks or has looser.

    Draws of the old set hold no point beyond them, whatever the new set says there: no weights can mend that.
    """
    return tuple(m.name for m in old.measurements if _is_hard(m) and not _kept(m, new.measurements))


def _is_hard(measurement: Measurement) -> bool:
    return measurement.form == "hard-bound" or measurement.cut is not None


def _kept(term: Measurement, others: Iterable[Measurement]) -> bool:
    if len(term.observables) > 1:
        # An ellipsoid: within a smaller one of the same shape about the same centre.
        return any(_same_ellipsoid(term, m) and (m.cut or math.inf) <= (term.cut or math.inf) for m in others)
    allowed = _EVERYTHING
    for m in others:
        if _is_hard(m) and m.observables == term.observables:
            allowed = _intersection(allowed, _ranges(m))
    wanted = _ranges(term)
    return all(any(low <= a and b <= high for low, high in wanted) for a, b in allowed)


def _same_ellipsoid(a: Measurement, b: Measurement) -> bool:
    return (a.observables, a.centre, a.sigma_plus, a.correlation) == (b.observables, b.centre, b.sigma_plus, b.correlation)


def _ranges(m: Measurement) -> _Ranges:
    """List the allowed values of the one observable of a hard term."""
    if m.form == "hard-bound" or m.cut is True:
        low = -math.inf if m.lower is None else m.lower
        high = math.inf if m.upper is None else m.upper
    else:
        sigmas = 1.0 if m.cut is None else float(m.cut)
        # Below the centre of an upper limit nothing is penalised, and so nothing cut.
        low = -math.inf if m.form == "upper-limit" else m.centre[0] - sigmas * m.sigma_minus[0]
        high = m.centre[0] + sigmas * m.sigma_plus[0]
    if not m.modulus:
        return ((low, high),)
    return ((-high, high),) if low <= 0 else ((-high, -low), (low, high))


def _intersection(a: _Ranges, b: _Ranges) -> _Ranges:
    pairs = ((max(low, left), min(high, right)) for low, high in a for left, right in b)
    return tuple((low, high) for low, high in pairs if low <= high)
