"""A log-likelihood on a grid."""

import csv
import itertools
import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field
from typing_extensions import override

from lqbayes.compilation import compiled
from lqbayes.input.entry import Reporter, Text
from lqbayes.input.errors import InputError
from lqbayes.input.printable import strange_character
from lqbayes.input.shipped import read_bytes
from lqbayes.likelihood.fields import Observable, distinct, wrong
from lqbayes.likelihood.measurement import Evaluate, Measurement, Ranges, Sides
from lqbayes.likelihood.terms import Array, excess

# What run.toml, which holds the table, may hold at the most.
_LONGEST_AXIS, _MOST_VALUES = 500, 10_000
_COLUMN = "log_likelihood"


def _increases(points: list[float]) -> bool:
    return all(low < high for low, high in itertools.pairwise(points)) and math.isfinite(points[-1] - points[0])


def _axis(points: list[float]) -> list[float]:
    if not _increases(points):
        raise wrong("the points of an axis must increase", "write them from the smallest to the largest, each once")
    return points


Axis = Annotated[list[float], Field(min_length=2, max_length=_LONGEST_AXIS), AfterValidator(_axis)]


class Tabulated(Measurement):
    """A log-likelihood on a grid of one or two observables, linear or bilinear between its points and 0 at the largest of them.

    `grid` holds the points of each observable's axis, `log_likelihood` a row for each point of the second axis: a single row for one
    observable. In their place `file` names a CSV file beside the TOML file, with a column for each observable, a column
    ``log_likelihood`` and a line for each point of the grid. Outside the grid a point is refused, or has the value of the nearest point of
    the grid's edge.
    """

    scaled: ClassVar = ("grid",)
    is_signal: ClassVar = True
    form: Literal["tabulated"]
    observables: Annotated[list[Observable], Field(min_length=1, max_length=2), AfterValidator(distinct)]
    grid: Annotated[list[Axis], Field(min_length=1, max_length=2)]
    log_likelihood: Annotated[list[list[float]], Field(min_length=1, max_length=_LONGEST_AXIS)]
    outside: Literal["refuse", "nearest"]

    @classmethod
    @override
    def check(cls, valid: Mapping[str, Any], report: Reporter) -> None:
        if "grid" not in valid:
            return
        shape = [len(axis) for axis in valid["grid"]]
        if "observables" in valid and len(shape) != len(valid["observables"]):
            report("grid", f"has {len(shape)} axes for {len(valid['observables'])} observables", "write one list for each observable")
        elif math.prod(shape) > _MOST_VALUES:
            report("grid", f"has {math.prod(shape)} points, more than {_MOST_VALUES}", "take a coarser grid")
        elif "log_likelihood" in valid:
            rows, (width, height) = valid[_COLUMN], [*shape, 1][:2]
            if len(rows) != height:
                report(_COLUMN, f"has {len(rows)} rows for {height}", "write one row for each point of the second axis, one for one axis")
            elif {len(row) for row in rows} != {width}:
                report(_COLUMN, f"has a row that is not {width} long", "write one number for each point of the first axis")

    @classmethod
    @override
    def completed(cls, table: Mapping[str, Any], folder: Path, report: Reporter) -> Mapping[str, Any]:
        if "file" not in table:
            return table
        rest = {key: value for key, value in table.items() if key != "file"}
        name, names = table["file"], table.get("observables")
        if {"grid", _COLUMN} & rest.keys() or not isinstance(name, str) or not isinstance(names, list):
            message = "stands in the place of grid and log_likelihood, and needs observables"
            report("file", message, "write file = '...' alone, or leave it out")
            return rest
        columns = [*map(str, names)]
        try:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder.resolve()) or not path.is_file():
                raise ValueError("is no file in the folder of the TOML file")
            grid, rows = _read(read_bytes(path), columns)
        except (OSError, ValueError, InputError) as error:  # a link to itself, a null character; too large; what _read found
            message = error.problems[0].message if isinstance(error, InputError) else str(error)[:200]
            remedy = f"write a CSV file beside the TOML file with the columns {', '.join(columns)}, {_COLUMN}"
            report("file", f"'{name[:60]}' {message}", remedy)
            return rest
        return rest | {"grid": grid, _COLUMN: rows}

    @property
    @override
    def stored_numbers(self) -> int:
        return len(self.log_likelihood) * len(self.log_likelihood[0])

    @property
    def _values(self) -> Array:
        values = np.array(self.log_likelihood)
        return np.asarray(values - values.max())

    @property
    @override
    def sides(self) -> Sides:
        # The point with the largest value; a table says nothing of errors.
        place = np.unravel_index(int(np.argmax(self._values)), self._values.shape)
        return tuple((axis[int(k)], math.nan, math.nan) for axis, k in zip(self.grid, reversed(place), strict=False))

    @override
    def limits(self, k: int) -> tuple[float, float]:
        return (self.grid[k][0], self.grid[k][-1]) if self.outside == "refuse" else (-math.inf, math.inf)

    @override
    def ranges(self) -> tuple[Ranges, ...]:
        return tuple((self.limits(k),) for k in range(len(self.grid)))

    @override
    def is_usable(self) -> bool:
        return all(map(_increases, self.grid))

    @override
    def term(self, columns: Sequence[int]) -> Evaluate:
        first, second = [*self.grid, []][:2]
        return partial(_evaluate, np.array(first), np.array(second, dtype=float), self._values, self.outside == "refuse")

    @override
    def texts(self) -> tuple[str, ...]:
        sides = zip(self.centre, self.grid, strict=True)
        return tuple(f"tabulated, {axis[0]:.6g} .. {axis[-1]:.6g}, best {best:.6g}" for best, axis in sides)


@compiled
def _place(axis: Array, x: float) -> tuple[int, float]:
    """Interval of an axis that holds a value, and where in it the value lies; the nearest end for what is outside."""
    k = min(max(int(np.searchsorted(axis, x, side="right")) - 1, 0), len(axis) - 2)
    return k, min(max((x - axis[k]) / (axis[k + 1] - axis[k]), 0.0), 1.0)


@compiled
def _interpolated(first: Array, second: Array, values: Array, refuse: bool, predicted: Array) -> tuple[Array, Array]:
    """Value of the table at each of (n, k) predictions, and how far it is outside where that is refused."""
    found, violation = np.full(len(predicted), -math.inf), np.zeros(len(predicted))
    for row, x in enumerate(predicted):
        if refuse:
            violation[row] = excess(x[0], first[0], first[-1])
            if len(x) > 1:
                violation[row] += excess(x[1], second[0], second[-1])
        if violation[row] > 0 or not (math.isfinite(x[0]) and math.isfinite(x[-1])):
            continue
        i, u = _place(first, x[0])
        found[row] = (1 - u) * values[0, i] + u * values[0, i + 1]
        if len(x) > 1:
            j, v = _place(second, x[1])
            below = (1 - u) * values[j, i] + u * values[j, i + 1]
            above = (1 - u) * values[j + 1, i] + u * values[j + 1, i + 1]
            found[row] = (1 - v) * below + v * above
    return found, violation


def _evaluate(first: Array, second: Array, values: Array, refuse: bool, predicted: Array) -> tuple[Array, Array]:
    # No compiled function itself: other processes are sent this one by its name.
    return _interpolated(first, second, values, refuse, predicted)


def _read(raw: bytes, names: list[Text]) -> tuple[list[list[float]], list[list[float]]]:
    """Axes and values of a CSV file, whose lines may stand in any order."""
    try:
        lines = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    except csv.Error as error:
        raise ValueError(f"is not CSV: {error}") from None
    header = [cell.strip() for cell in lines[0]] if lines else []
    if sorted(header) != sorted([*names, _COLUMN]):
        raise ValueError(f"has the columns {', '.join(header)[:80] or 'of an empty file'}")
    if len(lines) > _MOST_VALUES + 1:
        raise ValueError(f"has {len(lines) - 1} lines, more than {_MOST_VALUES}")
    points: dict[tuple[float, ...], float] = {}
    for number, cells in enumerate(lines[1:], start=2):
        try:
            line = dict(zip(header, map(float, cells), strict=True))
        except ValueError:
            strange = strange_character("".join(cells))
            raise ValueError(f"has no {len(header)} plain numbers in line {number}{f': {strange}' * bool(strange)}") from None
        points[tuple(line[name] for name in names)] = line[_COLUMN]
    axes = [sorted(set(axis)) for axis in zip(*points, strict=True)]
    if not points or len(points) != len(lines) - 1 or math.prod(map(len, axes)) != len(points):
        raise ValueError("does not have each point of a grid once")
    second = [(y,) for y in axes[1]] if len(axes) > 1 else [()]
    return axes, [[points[x, *y] for x in axes[0]] for y in second]
