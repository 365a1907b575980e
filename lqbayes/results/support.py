"""Where a likelihood allows points at all."""

from __future__ import annotations

from collections.abc import Iterable

from lqbayes.likelihood.measurement import EVERYTHING, LikelihoodSet, Measurement, Ranges


def lost_bounds(old: LikelihoodSet, new: LikelihoodSet) -> tuple[str, ...]:
    """Find hard bounds and cuts of one set that another set lacks or has looser.

    Draws of the old set hold no point beyond them, whatever the new set says there: no weights can mend that.
    """
    return tuple(m.name for m in old.measurements if not _kept(m, new.measurements))


def _kept(term: Measurement, others: Iterable[Measurement]) -> bool:
    wanted = term.ranges()
    if wanted is None:
        return any(other.within(term) for other in others)
    for name, ranges in zip(term.observables, wanted, strict=True):
        allowed = EVERYTHING
        for other in others:
            found = other.ranges()
            if found is not None and name in other.observables:
                allowed = _intersection(allowed, found[list(other.observables).index(name)])
        if not all(any(low <= a and b <= high for low, high in ranges) for a, b in allowed):
            return False
    return True


def _intersection(a: Ranges, b: Ranges) -> Ranges:
    pairs = ((max(low, left), min(high, right)) for low, high in a for left, right in b)
    return tuple((low, high) for low, high in pairs if low <= high)
