"""Predictions for parameter points that are given by name."""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, did_you_mean, dotted_key, shown
from lqbayes.model import Model, Parameter

T = TypeVar("T")

# Unknown names of one point that are reported; with more of them it is something else.
_MOST_UNKNOWN = 20


def predict(points: Mapping[str, ArrayLike], formulas: str | None = None, model: Model | None = None) -> dict[str, Any]:
    """Predict every observable.

    Parameters
    ----------
    points
        Value of each parameter, in its canonical unit: numbers, or arrays of shapes that broadcast. Parameters with a default may be left
        out.
    formulas
        Variant of the default model, such as ``paper`` or ``corrected``.
    model
        The model, in place of the default one.

    Returns
    -------
    dict
        Each observable, in the order of ``model.observables``: a float where only numbers were given, else an array. Infinite where an
        observable does not exist.

    Raises
    ------
    lqbayes.input.errors.InputError
        With everything that is wrong: names that are missing or unknown, what is not a number, values without a meaning, shapes that
        do not fit.
    """
    model = model or Model.load(variant=formulas)
    points = _present_names(points, model)
    problems = _name_problems(points, "points", "", model)
    arrays: dict[str, NDArray[np.float64]] = {}
    for parameter in model.parameters:
        value = points.get(parameter.name, parameter.default)
        if value is not None:
            array, problem = _checked_array(parameter, value)
            if problem is None:
                arrays[parameter.name] = array
            else:
                problems.append(Problem("points", parameter.name, *problem))
    shape: tuple[int, ...] = ()
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        sizes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items() if array.shape)
        problems.append(
            Problem("points", "", f"the shapes of the arrays do not fit together: {sizes}", "give numbers and arrays of one shape")
        )
    if problems:
        raise InputError(problems)
    rows = np.stack([np.broadcast_to(arrays[name], shape).ravel() for name in model.parameter_names], axis=1)
    values = model.predict(np.ascontiguousarray(rows, dtype=np.float64))
    if not shape:
        return {name: float(values[0, k]) for k, name in enumerate(model.observable_names)}
    return {name: values[:, k].reshape(shape) for k, name in enumerate(model.observable_names)}


def checked_point(point: Mapping[str, object], file: str, prefix: str, model: Model) -> tuple[dict[str, float], list[Problem]]:
    """Check one parameter point from a file: its values, complete only if nothing is wrong, and everything that is."""
    point = _present_names(point, model)
    problems = _name_problems(point, file, prefix, model)
    values = {parameter.name: parameter.default for parameter in model.parameters if parameter.default is not None}
    for parameter in model.parameters:
        if parameter.name not in point:
            continue
        value = point[parameter.name]
        problem = _value_problem(parameter, value)
        if problem is None and isinstance(value, numbers.Real):
            values[parameter.name] = float(value)
        elif problem is not None:
            problems.append(Problem(file, _key(prefix, parameter.name), *problem))
    return values, problems


def _present_names(point: Mapping[str, T], model: Model) -> dict[str, T]:
    """Rename what older files know under another name, unless it is there under both."""
    former = {old: parameter.name for parameter in model.parameters for old in parameter.former_names if parameter.name not in point}
    return {former.get(name, name): value for name, value in point.items()}


def _key(prefix: str, name: str) -> str:
    return ".".join(part for part in (prefix, dotted_key(name)) if part)


def _name_problems(names: Iterable[str], file: str, prefix: str, model: Model) -> list[Problem]:
    given, known = set(names), model.parameter_names
    unknown = itertools.islice((name for name in names if name not in known), _MOST_UNKNOWN)
    problems = [Problem(file, _key(prefix, str(name)), "there is no such parameter", did_you_mean(str(name), known)) for name in unknown]
    for parameter in model.parameters:
        if parameter.name not in given and parameter.default is None:
            message = f"the parameter is missing ({parameter.description})"
            problems.append(Problem(file, _key(prefix, parameter.name), message, f"add its value{_in_unit(parameter)}"))
    return problems


def _value_problem(parameter: Parameter, value: object) -> tuple[str, str] | None:
    if isinstance(value, list | tuple):
        return f"must be a number, not the list {shown(value)}", "write a list of points, each with one number for each parameter"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return f"must be a number, not {shown(value)}", f"write a number{_in_unit(parameter)}, such as 1.5e-3, without quotes"
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        return f"must be finite, not {shown(value)}", f"write a finite number{_in_unit(parameter)}"
    if not parameter.lower <= number <= parameter.upper:
        reach = f"{parameter.lower:g} to {parameter.upper:g}{_unit(parameter)}"
        return f"{number:g} leaves the physical range of {parameter.name}, {reach}", f"correct the number; the unit is {parameter.unit}"
    return None


def _checked_array(parameter: Parameter, value: ArrayLike) -> tuple[NDArray[np.float64], tuple[str, str] | None]:
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        return np.empty(0), (f"must be a number or an array of numbers, not {shown(value)}", f"give numbers{_in_unit(parameter)}")
    array = array.astype(float)
    good = np.isfinite(array) & (array >= parameter.lower) & (array <= parameter.upper)
    return array, None if good.all() else _value_problem(parameter, float(array[~good].flat[0]))


def _unit(parameter: Parameter) -> str:
    return "" if parameter.unit == "1" else f" {parameter.unit}"


def _in_unit(parameter: Parameter) -> str:
    return "" if parameter.unit == "1" else f" in {parameter.unit}"
