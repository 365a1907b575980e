"""What two likelihoods allow: draws under one of them say nothing of points that it excludes."""

from collections.abc import Iterable

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.measurement import EVERYTHING, LikelihoodSet, Measurement, Ranges


def refuse_lost_bounds(old: LikelihoodSet, new: LikelihoodSet) -> None:
    """Refuse a likelihood that allows points which the one of a run excludes."""
    lost = lost_bounds(old, new)
    if lost:
        raise ArgumentError(
            f"the likelihood {new.name} allows points that {old.name} excludes, since it lacks the hard bounds or cuts {', '.join(lost)} "
            "or has them looser; the run has no draws there: sample the new likelihood afresh with lqbayes sample --likelihood"
        )


def lost_bounds(old: LikelihoodSet, new: LikelihoodSet) -> tuple[str, ...]:
    """Find hard bounds and cuts of one set that another lacks or has looser: the old set's draws hold no point beyond them."""
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
