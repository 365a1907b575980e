"""The prior: a prior file turned into densities, draws and the map between coordinates and parameter points."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from lqbayes.input.html import html_table
from lqbayes.model import Model, Parameter, contiguous_rows
from lqbayes.model.point_loop import columns
from lqbayes.prior import coordinates
from lqbayes.prior.coordinates import FIXED, NORMAL, CoordinateTable
from lqbayes.prior.file import load_prior_set
from lqbayes.prior.parameter_prior import ParameterPrior, PriorSet


class Prior:
    """The prior density of a model's parameters.

    Parameters
    ----------
    settings
        The contents of a prior file.
    model
        The model whose parameters they are.

    Attributes
    ----------
    settings : PriorSet
        The contents of the prior file.
    model : Model
        The model; its variants share their parameters.
    table : CoordinateTable
        The same as arrays, for compiled functions.
    coordinate_names : tuple of str
        The sampled parameters, one per coordinate, in the order of the coordinates.
    dimension : int
        Number of coordinates.
    """

    def __init__(self, settings: PriorSet, model: Model) -> None:
        self.settings = settings
        self.model = model
        self.coordinate_names = tuple(p.name for p in settings.parameters if p.distribution != "fixed")
        self.dimension = len(self.coordinate_names)
        self.table = _coordinate_table(settings, model)
        self._periodic = np.array([parameter.periodic for parameter in model.parameters])
        sampled = np.flatnonzero(self.table.kind != FIXED)
        self._normal = np.flatnonzero(self.table.kind[sampled] == NORMAL)
        self._lower, self._width = self.table.lower[sampled], (self.table.upper - self.table.lower)[sampled]
        self._lower[self._normal], self._width[self._normal] = 0.0, 1.0

    @classmethod
    def load(cls, name_or_path: str | Path, model: Model | None = None) -> Prior:
        """Load a prior.

        Parameters
        ----------
        name_or_path
            The name of a shipped prior (``paper``) or the path of a TOML file.
        model
            The model; the default model unless given.

        Returns
        -------
        Prior
            The prior that the file describes.

        Raises
        ------
        lqbayes.input.errors.InputError
            With every problem of the file.
        """
        model = model or Model.load()
        return cls(load_prior_set(name_or_path, model), model)

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw from the prior.

        Parameters
        ----------
        n
            Number of draws.
        rng
            Source of randomness.

        Returns
        -------
        (n, d) array
            Sampling coordinates.
        """
        return self.transform(rng.random((n, self.dimension)))

    def transform(self, u: ArrayLike) -> NDArray[np.float64]:
        """Map the unit cube to the prior: uniform numbers become draws, what nested samplers call the prior transform.

        Parameters
        ----------
        u : (n, d) array
            Points of the unit cube.

        Returns
        -------
        (n, d) array
            Sampling coordinates at which the distribution function of each is u.
        """
        y = self._lower + self._width * self.rows(u)
        y[:, self._normal] = _split_normal_quantile(y[:, self._normal], self.table)
        return y

    def log_density(self, y: ArrayLike) -> NDArray[np.float64]:
        """Prior density in the sampling coordinates.

        Parameters
        ----------
        y : (n, d) array
            Sampling coordinates.

        Returns
        -------
        (n,) array
            Natural logarithm of the density, normalised to 1; -inf outside the prior's range.
        """
        return self.points_and_log_density(y)[1]

    def points(self, y: ArrayLike) -> NDArray[np.float64]:
        """Parameter points of coordinate vectors.

        Parameters
        ----------
        y : (n, d) array
            Sampling coordinates.

        Returns
        -------
        (n, p) array
            Physical values in the order of the parameter table; NaN in rows outside the prior's range.
        """
        return self.points_and_log_density(y)[0]

    def points_and_log_density(self, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Physical values (n, p) of (n, d) coordinate vectors, and the natural logarithm (n,) of the density there."""
        return self.points_of_rows(self.rows(y))

    def points_of_rows(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same of coordinates that were checked."""
        points = columns(len(rows), len(self.table.kind))
        return points, coordinates.fill_points(rows, self.table, points.T)

    def coordinates(self, points: ArrayLike) -> NDArray[np.float64]:
        """Sampling coordinates of parameter points, the inverse of `points`.

        Parameters
        ----------
        points : (n, p) array
            Physical values in the order of the parameter table.

        Returns
        -------
        (n, d) array
            Sampling coordinates; a value that the prior excludes has a coordinate where the density vanishes, or NaN.
        """
        return coordinates.coordinates_of(self.model.rows(points, "parameters"), self.table, self._periodic, self.dimension)

    def log_densities(self, points: ArrayLike) -> NDArray[np.float64]:
        """Prior density of each parameter in its own unit, whatever the coordinates are.

        Parameters
        ----------
        points : (n, p) array
            Physical values in the order of the parameter table.

        Returns
        -------
        (n, p) array
            Natural logarithms of the densities, each normalised to 1; -inf outside the range. Of a fixed parameter 0 at its value.
        """
        x, table = self.model.rows(points, "parameters"), self.table
        y = self.coordinates(x)
        result = np.empty(x.shape)
        for k, kind in enumerate(table.kind):
            if kind == FIXED:
                result[:, k] = np.where(x[:, k] == table.offset[k], 0.0, -np.inf)
                continue
            z = y[:, table.column[k]]
            inside = (table.lower[k] <= z) & (z <= table.upper[k])
            unit = 2 * math.pi if kind == coordinates.CIRCLE else table.scale[k]  # of the value, for a unit of the coordinate
            density = np.full(len(x), table.log_norm[k] - math.log(unit))
            if kind == coordinates.LOG_MAGNITUDE:
                density[inside] -= np.log(np.abs(x[inside, k]))
            elif kind == NORMAL:
                density -= 0.5 * (z * np.where(z > 0, table.plus[k], table.minus[k])) ** 2
            result[:, k] = np.where(inside, density, -np.inf)
        return result

    def rows(self, y: ArrayLike) -> NDArray[np.float64]:
        """Check the shape of coordinates, a single vector of which may be a row, and make them contiguous."""
        return contiguous_rows(y, self.dimension, f"this prior has {self.dimension} coordinates")

    def _repr_html_(self) -> str:
        rows = [(p.name, p.distribution, p.text, "" if p.unit == "1" else p.unit, p.source) for p in self.settings.parameters]
        return html_table(
            f"Prior {self.settings.name}: {self.settings.title}", ("parameter", "distribution", "numbers", "unit", "source"), rows
        )


def _coordinate_table(settings: PriorSet, model: Model) -> CoordinateTable:
    """Turn the contents of a prior file into arrays."""
    count = len(model.parameters)
    table = CoordinateTable(
        kind=np.zeros(count, dtype=np.int64),
        column=np.full(count, -1),
        **{name: np.zeros(count) for name in ("offset", "scale", "lower", "upper", "minus", "plus", "log_norm")},
    )
    column = 0
    for k, (parameter, prior) in enumerate(zip(model.parameters, settings.parameters, strict=True)):
        if prior.distribution == "fixed":
            table.kind[k] = FIXED
            table.offset[k] = prior.value
            continue
        table.column[k] = column
        column += 1
        if prior.distribution in {"normal", "split-normal"}:
            _set_normal(table, k, parameter, prior)
        elif prior.distribution == "circle":
            table.kind[k], table.upper[k] = coordinates.CIRCLE, 1.0
        else:
            _set_magnitude(table, k, prior)
    return table


def _set_magnitude(table: CoordinateTable, k: int, prior: ParameterPrior) -> None:
    logarithmic = prior.distribution == "log-uniform"
    table.kind[k] = coordinates.LOG_MAGNITUDE if logarithmic else coordinates.LINEAR_MAGNITUDE
    if prior.lower is None or prior.upper is None:
        raise ValueError(f"{prior.name}: a {prior.distribution} prior needs a range")
    low, high = (math.log(prior.lower), math.log(prior.upper)) if logarithmic else (prior.lower, prior.upper)
    table.offset[k], table.scale[k] = low, high - low
    table.lower[k] = -1.0 if prior.sign in {"either", "negative"} else 0.0
    table.upper[k] = 0.0 if prior.sign == "negative" else 1.0
    table.log_norm[k] = -math.log(table.upper[k] - table.lower[k])


def _set_normal(table: CoordinateTable, k: int, parameter: Parameter, prior: ParameterPrior) -> None:
    if prior.value is None or prior.plus is None or prior.minus is None:
        raise ValueError(f"{prior.name}: a {prior.distribution} prior needs a value and errors")
    scale = (prior.plus + prior.minus) / 2
    # An angle keeps to one turn about its mode, everything else to the values that have a meaning.
    lower, upper = (prior.value - math.pi, prior.value + math.pi) if parameter.periodic else (parameter.lower, parameter.upper)
    table.kind[k] = NORMAL
    table.offset[k], table.scale[k] = prior.value, scale
    table.lower[k], table.upper[k] = (lower - prior.value) / scale, (upper - prior.value) / scale
    table.minus[k], table.plus[k] = scale / prior.minus, scale / prior.plus
    below, above = _half_masses(table, k)
    table.log_norm[k] = -math.log(math.sqrt(2 * math.pi) * (below + above))


def _half_masses(table: CoordinateTable, k: int | NDArray[np.int64]) -> tuple[Any, Any]:
    """Masses below and above the mode within the range, for a density that is 1/sqrt(2 pi) at the mode."""
    below = (0.5 - ndtr(table.lower[k] * table.minus[k])) / table.minus[k]
    above = (ndtr(table.upper[k] * table.plus[k]) - 0.5) / table.plus[k]
    return below, above


def _split_normal_quantile(u: NDArray[np.float64], table: CoordinateTable) -> NDArray[np.float64]:
    """Coordinates at which the distribution function of each truncated split normal is u."""
    k = np.flatnonzero(table.kind == NORMAL)
    below, above = _half_masses(table, k)
    mass = u * (below + above) - below
    # The upper side counts from its far end, where ndtri keeps its precision.
    upper_tail = ndtr(-table.upper[k] * table.plus[k])
    left = ndtri(np.clip(0.5 + mass * table.minus[k], np.exp(log_ndtr(table.lower[k] * table.minus[k])), 0.5)) / table.minus[k]
    right = -ndtri(np.clip(0.5 - mass * table.plus[k], upper_tail, 0.5)) / table.plus[k]
    return np.asarray(np.clip(np.where(mass < 0, left, right), table.lower[k], table.upper[k]))
