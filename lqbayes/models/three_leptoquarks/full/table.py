"""Entries of the table of observables that many formulas share."""

from __future__ import annotations

import math

from lqbayes.model import Observable

LEPTONS = (("e", "e"), ("mu", r"\mu"), ("tau", r"\tau"))
"""Name and symbol of the charged leptons."""


def branching(name: str, decay: str, description: str, *, headline: bool = False) -> Observable:
    """A branching ratio that spans many powers of ten."""
    return Observable(name, "1", rf"\mathrm{{BR}}({decay})", description, True, headline, support=(0.0, math.inf))


def ratio(name: str, symbol: str, description: str) -> Observable:
    """A positive number of order 1."""
    return Observable(name, "1", symbol, description, support=(0.0, math.inf))
