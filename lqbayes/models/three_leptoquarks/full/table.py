"""Entries of the table of observables that many formulas share."""

import math

from lqbayes.model import Observable

LEPTONS = (("e", "e"), ("mu", r"\mu"), ("tau", r"\tau"))
"""Name and symbol of the charged leptons."""


def rate(name: str, symbol: str, description: str, *, headline: bool = False) -> Observable:
    """A positive number that spans many powers of ten."""
    return Observable(name, "1", symbol, description, True, headline, support=(0.0, math.inf))


def branching(name: str, decay: str, description: str, *, headline: bool = False) -> Observable:
    """A branching ratio."""
    return rate(name, rf"\mathrm{{BR}}({decay})", description, headline=headline)


def ratio(name: str, symbol: str, description: str) -> Observable:
    """A positive number of order 1."""
    return Observable(name, "1", symbol, description, support=(0.0, math.inf))
