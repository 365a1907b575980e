"""Entries of a model's two tables: parameters and observables."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """What entries of both tables have."""

    name: str
    unit: str = "1"
    symbol: str = ""
    description: str = ""

    @property
    def latex(self) -> str:
        """Symbol in plots and tables: the name where there is none."""
        return self.symbol or rf"\mathrm{{{self.name}}}".replace("_", r"\_")


@dataclass(frozen=True, slots=True)
class Parameter(Entry):
    """One parameter of a model.

    Attributes
    ----------
    name
        Identifier in files, tables and the Python interface.
    unit
        The unit in which the model computes: ``GeV``, ``eV``, ``eV^2``, ``rad``, ``1``, ...
    symbol
        LaTeX, without dollar signs.
    description
        What it is, in words.
    lower, upper
        The values that have a meaning at all; a prior is narrower.
    periodic
        True for an angle on the full circle.
    headline
        Whether it is among the first things that a reader wants to know.
    default
        What a point has that leaves the parameter out; None where every point must give it.
    former_names
        Names under which older files know it.
    """

    lower: float = -math.inf
    upper: float = math.inf
    periodic: bool = False
    headline: bool = False
    default: float | None = None
    former_names: tuple[str, ...] = ()

    @property
    def unit_after_number(self) -> str:
        """Unit with a blank before it; nothing for a pure number."""
        return "" if self.unit == "1" else f" {self.unit}"


@dataclass(frozen=True, slots=True)
class Observable(Entry):
    """One predicted quantity.

    Attributes
    ----------
    name
        Identifier in files, tables and the Python interface.
    unit
        The unit in which the model predicts it.
    symbol
        LaTeX, without dollar signs.
    description
        What it is, in words.
    logarithmic
        Whether it spans many powers of ten, so that plots show its logarithm.
    headline
        Whether it is among the first things that a reader wants to know.
    support
        The values that it can have: (0, inf) for a branching ratio.
    usual_power
        The power of ten that the literature writes it in, such as -10; None where the values are to decide.
    """

    logarithmic: bool = False
    headline: bool = False
    support: tuple[float, float] = (-math.inf, math.inf)
    usual_power: int | None = None
