"""What the engine knows of any model: its parameters, its observables, and how to predict the second from the first."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lqbayes.input.errors import InputError
from lqbayes.input.html import html_table
from lqbayes.input.problems import Problem, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from lqbayes.prior.prior import Prior
    from lqbayes.sampling.moves.base import ArrayMove

DEFAULT_MODEL = "three-leptoquarks"
_ENTRY_POINTS = "lqbayes.models"
_LARGEST_HEADLINE = 8


@dataclass(frozen=True, slots=True)
class Parameter:
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

    name: str
    unit: str = "1"
    symbol: str = ""
    description: str = ""
    lower: float = -math.inf
    upper: float = math.inf
    periodic: bool = False
    headline: bool = False
    default: float | None = None
    former_names: tuple[str, ...] = ()

    @property
    def latex(self) -> str:
        """Symbol in plots and tables: the name where there is none."""
        return self.symbol or _upright(self.name)

    @property
    def unit_after_number(self) -> str:
        """Unit with a blank before it; nothing for a pure number."""
        return "" if self.unit == "1" else f" {self.unit}"


@dataclass(frozen=True, slots=True)
class Observable:
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

    name: str
    unit: str = "1"
    symbol: str = ""
    description: str = ""
    logarithmic: bool = False
    headline: bool = False
    support: tuple[float, float] = (-math.inf, math.inf)
    usual_power: int | None = None

    @property
    def latex(self) -> str:
        """Symbol in plots and tables: the name where there is none."""
        return self.symbol or _upright(self.name)


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where the code of a model comes from."""

    kind: Literal["built-in", "package", "file"]  # An installed package, or a file of the user's
    place: str  # The module, or the path of the file
    sha256: str = ""  # Hash of the file; empty for modules, whose version counts


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model: tables of parameters and observables, and the function between them.

    Attributes
    ----------
    name, variant
        ``three-leptoquarks``, ``paper``: variants are models of their own, with their own observables.
    title
        What the model is, in words.
    parameters, observables
        The tables; their order is that of the columns everywhere.
    predict
        Maps (n, p) parameter points to (n, m) observables. Infinite where an observable does not exist, never NaN.
    groups
        Corner plots: names of parameters and observables that are shown together.
    moves
        Gives the moves that sample this model well under a prior, with their odds, each of them proven invariant; None for the generic
        mixture.
    signal_roots
        How the measured values grow while a population is annealed: as the 2^signal_roots-th root of the power of the limits.
    grow_as_limits
        Observables whose measured values grow like limits: they are met by small couplings, not by a signal that must be found.
    reference
        Gives the (m,) observables without new physics; None where the model has no such point.
    reference_name
        What that point is called.
    check_prior
        Takes a parameter's name and the lowest and highest value that a prior gives it; returns message and remedy where the model refuses
        that, else None.
    not_finite
        When observables are infinite, in words.
    figures
        Draws the figures that only this model has: takes a run, its summary and a folder.
    smeft
        Gives the scale in GeV and the Wilson coefficients of the SMEFT at a point, (p,), in GeV^-2 by their names in the basis
        ``Warsaw`` of wcxf; None where the model does not say them.
    source
        Where the code comes from.
    """

    name: str
    variant: str
    parameters: tuple[Parameter, ...]
    observables: tuple[Observable, ...]
    predict: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    title: str = ""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    moves: Callable[[Prior], Sequence[tuple[ArrayMove, float]]] | None = None
    signal_roots: int = 1
    grow_as_limits: tuple[str, ...] = ()
    reference: Callable[[], NDArray[np.float64]] | None = None
    reference_name: str = "standard model"
    check_prior: Callable[[str, float, float], tuple[str, str] | None] | None = None
    not_finite: str = "the model has no prediction there"
    figures: Callable[..., list[Path]] | None = None
    smeft: Callable[[NDArray[np.float64]], tuple[float, dict[str, complex]]] | None = None
    source: ModelSource = ModelSource("built-in", "")
    parameter_names: tuple[str, ...] = field(init=False)
    observable_names: tuple[str, ...] = field(init=False)
    parameter_index: Mapping[str, int] = field(init=False, repr=False)
    observable_index: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for table in ("parameter", "observable"):
            names = tuple(entry.name for entry in getattr(self, f"{table}s"))
            object.__setattr__(self, f"{table}_names", names)
            object.__setattr__(self, f"{table}_index", {name: index for index, name in enumerate(names)})

    @classmethod
    def load(cls, name: str = DEFAULT_MODEL, variant: str | None = None) -> Model:
        """Find a model that is built in or installed.

        Parameters
        ----------
        name
            Name of the model.
        variant
            One of its variants; the first of them unless given.

        Returns
        -------
        Model
            The model.

        Raises
        ------
        lqbayes.input.errors.InputError
            If there is no such model or variant.
        """
        variants = {model.variant: model for model in cls.variants(name)}
        if variant is None:
            return next(iter(variants.values()))
        if variant not in variants:
            advice = did_you_mean(variant, variants)
            raise InputError([Problem("arguments", "formulas", f"there is no formula set '{variant}' of the model {name}", advice)])
        return variants[variant]

    @classmethod
    def variants(cls, name: str = DEFAULT_MODEL) -> tuple[Model, ...]:
        """All variants of a model that is built in or installed.

        Parameters
        ----------
        name
            Name of the model.

        Returns
        -------
        tuple of Model
            The first of them is the default.

        Raises
        ------
        lqbayes.input.errors.InputError
            If there is no such model.
        """
        found = entry_points(group=_ENTRY_POINTS)
        if name not in found.names:
            raise InputError([Problem("arguments", "model", f"there is no model '{name}'", did_you_mean(name, sorted(found.names)))])
        loaded: tuple[Model, ...] = found[name].load()
        return loaded

    @property
    def corner_groups(self) -> dict[str, tuple[str, ...]]:
        """Groups of quantities that make a readable corner plot together, ``headline`` the first."""
        return {"headline": self.headline[:_LARGEST_HEADLINE], **self.groups}

    @property
    def headline(self) -> tuple[str, ...]:
        """What a reader wants to know first: what is marked so, else the observables and as many parameters as a plot has room for."""
        marked = (*(p.name for p in self.parameters if p.headline), *(o.name for o in self.observables if o.headline))
        return marked or (*self.observable_names, *self.parameter_names)[:_LARGEST_HEADLINE]

    def rows(self, values: ArrayLike, kind: Literal["parameters", "observables"]) -> NDArray[np.float64]:
        """Check the shape of points or predictions, a single one of which may be a row, and make them contiguous."""
        count = len(getattr(self, kind))
        return contiguous_rows(values, count, f"the model has {count} {kind}")

    def _repr_html_(self) -> str:
        title, headings = f"{self.name}, {self.variant}", ("name", "unit", "description")
        return "".join(
            html_table(f"{title}: {len(table)} {kind}", headings, ((entry.name, entry.unit, entry.description) for entry in table))
            for kind, table in (("parameters", self.parameters), ("observables", self.observables))
        )

    def __reduce__(self) -> Any:
        return Model.load, (self.name, self.variant)


def _upright(name: str) -> str:
    return rf"\mathrm{{{name}}}".replace("_", r"\_")


def contiguous_rows(values: ArrayLike, count: int, reason: str) -> NDArray[np.float64]:
    """Check that values are rows of so many numbers, or a single one, and make them contiguous."""
    rows = np.ascontiguousarray(np.atleast_2d(np.asarray(values, dtype=float)))
    if rows.ndim != 2 or rows.shape[1] != count:
        raise ValueError(f"the shape is {np.shape(values)}, but {reason}: pass an (n, {count}) array")
    return rows
