"""What the engine knows of any model: its parameters, its observables, and how to predict the second from the first."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lqbayes.input.errors import InputError
from lqbayes.input.html import html_table
from lqbayes.input.problems import Problem, did_you_mean
from lqbayes.model.entries import Observable as Observable
from lqbayes.model.entries import Parameter as Parameter

if TYPE_CHECKING:
    from pathlib import Path

    from lqbayes.prior.prior import Prior
    from lqbayes.sampling.moves.base import ArrayMove

DEFAULT_MODEL = "three-leptoquarks"
ENTRY_POINTS = "lqbayes.models"
_LARGEST_HEADLINE = 8


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where the code of a model comes from."""

    kind: Literal["built-in", "package", "file"]  # An installed package, or a file of the user's
    place: str  # The module, or the absolute path of the file
    sha256: str = ""  # Hash of the file; empty for modules, whose version counts
    text: str = field(default="", repr=False)  # The file, to read

    @property
    def file(self) -> tuple[str, str] | None:
        """Path and hash of a file, by which another process finds the model; None for what has a name."""
        return (self.place, self.sha256) if self.kind == "file" else None


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
    shipped_set
        Name of the shipped measurements, and of the prior, that are taken unless others are chosen; empty where there are none.
    uncompiled
        Returns why predictions are not compiled, in words: empty where they are. None for a model that is built in or installed.
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
    shipped_set: str = ""
    uncompiled: Callable[[], str] | None = None
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
    def load(cls, name: str | os.PathLike[str] = DEFAULT_MODEL, variant: str | None = None) -> Model:
        """Find a model that is built in or installed, or run the file of one.

        Parameters
        ----------
        name
            Name of the model, or the path of a Python file: a `pathlib.Path`, or text that ends in ``.py``. The file is executed.
        variant
            One of its variants; the first of them unless given.

        Returns
        -------
        Model
            The model.

        Raises
        ------
        lqbayes.input.errors.InputError
            If there is no such model or variant; with every problem of a file, and its line.
        """
        if not isinstance(name, str) or name.endswith(".py"):
            from lqbayes.model.file import load_model_file  # noqa: PLC0415 - few need it

            return _variant(name, (load_model_file(name),), variant)
        return cls.installed(name, variant)

    @classmethod
    def installed(cls, name: str, variant: str | None = None) -> Model:
        """Find a model that is built in or installed; whatever the name is, no file is looked for."""
        return _variant(name, cls.variants(name), variant)

    @classmethod
    def of_file(cls, path: str, sha256: str) -> Model:
        """Load the very file that another process has loaded."""
        from lqbayes.model.file import load_model_file  # noqa: PLC0415

        return load_model_file(path, sha256)

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
        found = entry_points(group=ENTRY_POINTS)
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
        title, headings = self.full_name, ("name", "unit", "description")
        return "".join(
            html_table(f"{title}: {len(table)} {kind}", headings, ((entry.name, entry.unit, entry.description) for entry in table))
            for kind, table in (("parameters", self.parameters), ("observables", self.observables))
        )

    @property
    def address(self) -> str:
        """What `load` finds it by: its name, or the path of its file."""
        return self.source.place if self.source.file is not None else self.name

    @property
    def full_name(self) -> str:
        """Name and variant, for readers."""
        return f"{self.name}, {self.variant}" if self.variant else self.name

    @property
    def options(self) -> tuple[str, ...]:
        """Options by which the command line finds this model, each with its value."""
        named = () if self.address == DEFAULT_MODEL else ("--model", self.address)
        several = self.source.kind != "file" and len(Model.variants(self.name)) > 1
        return (*named, *(("--formulas", self.variant) if several else ()))

    def __reduce__(self) -> Any:
        return (Model.installed, (self.name, self.variant)) if self.source.file is None else (Model.of_file, self.source.file)


def _variant(name: str | os.PathLike[str], variants: Sequence[Model], wanted: str | None) -> Model:
    if wanted is None:
        return variants[0]
    found = {model.variant: model for model in variants if model.variant}
    if wanted not in found:
        advice = did_you_mean(wanted, found) if found else "leave it out"
        raise InputError([Problem("arguments", "formulas", f"there is no formula set '{wanted}' of the model {os.fspath(name)}", advice)])
    return found[wanted]


def contiguous_rows(values: ArrayLike, count: int, reason: str) -> NDArray[np.float64]:
    """Check that values are rows of so many numbers, or a single one, and make them contiguous."""
    rows = np.ascontiguousarray(np.atleast_2d(np.asarray(values, dtype=float)))
    if rows.ndim != 2 or rows.shape[1] != count:
        raise ValueError(f"the shape is {np.shape(values)}, but {reason}: pass an (n, {count}) array")
    return rows
