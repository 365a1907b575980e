"""Predictions for parameter points that are given by name."""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, did_you_mean, dotted_key, shown
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES, observables_of_points
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_NAMES, PARAMETERS, Parameter

# The only parameter that the paper fixes; it takes +10 GeV first.
DEFAULTS: dict[str, float] = {"dm_B1": 10.0}

# Unknown names of one point that are told; with more of them it is something else.
_MOST_UNKNOWN = 20


def predict(points: Mapping[str, ArrayLike], formulas: str = "paper") -> dict[str, Any]:
    """Predict every observable.

    Parameters
    ----------
    points
        Value of each parameter, in its canonical unit: numbers, or arrays of shapes that broadcast.
        `dm_B1` may be left out and is 10 GeV then.
    formulas
        ``paper`` or ``corrected``.

    Returns
    -------
    dict
        Each observable, in the order of ``lqbayes.models.three_leptoquarks.observables.OBSERVABLES``: a float where only
        numbers were given, else an array. Where f is singular the observables that depend on g are infinite.

    Raises
    ------
    lqbayes.input.errors.InputError
        With everything that is wrong: names that are missing or unknown, what is not a number, values without a meaning, shapes that
        do not fit.
    """
    formula_set = FormulaSet.named(formulas)
    problems = _name_problems(points, "points", "")
    arrays: dict[str, NDArray[np.float64]] = {name: np.asarray(value) for name, value in DEFAULTS.items()}
    for parameter in PARAMETERS:
        if parameter.name in points:
            array, problem = _checked_array(parameter, points[parameter.name])
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
    rows = np.stack([np.broadcast_to(arrays[name], shape).ravel() for name in PARAMETER_NAMES], axis=1)
    values = observables_of_points(np.ascontiguousarray(rows, dtype=np.float64), int(formula_set))
    if not shape:
        return {name: float(values[0, k]) for k, name in enumerate(OBSERVABLE_NAMES)}
    return {name: values[:, k].reshape(shape) for k, name in enumerate(OBSERVABLE_NAMES)}


def checked_point(point: Mapping[str, object], file: str, prefix: str = "") -> tuple[dict[str, float], list[Problem]]:
    """Check one parameter point from a file.

    Parameters
    ----------
    point
        What the file says.
    file
        The file, for messages.
    prefix
        Where in the file the point is; empty for the whole file.

    Returns
    -------
    dict, list of Problem
        All 46 values, and everything that is wrong; the values are complete only if nothing is.
    """
    problems = _name_problems(point, file, prefix)
    values = dict(DEFAULTS)
    for parameter in PARAMETERS:
        if parameter.name not in point:
            continue
        value = point[parameter.name]
        problem = _value_problem(parameter, value)
        if problem is None and isinstance(value, numbers.Real):
            values[parameter.name] = float(value)
        elif problem is not None:
            problems.append(Problem(file, _key(prefix, parameter.name), *problem))
    return values, problems


def _key(prefix: str, name: str) -> str:
    return ".".join(part for part in (prefix, dotted_key(name)) if part)


def _name_problems(names: Iterable[str], file: str, prefix: str) -> list[Problem]:
    given = set(names)
    unknown = itertools.islice((name for name in names if name not in PARAMETER_NAMES), _MOST_UNKNOWN)
    problems = [
        Problem(file, _key(prefix, str(name)), "there is no such parameter", did_you_mean(str(name), PARAMETER_NAMES)) for name in unknown
    ]
    missing = [parameter for parameter in PARAMETERS if parameter.name not in given and parameter.name not in DEFAULTS]
    problems += [
        Problem(
            file, _key(prefix, parameter.name), f"the parameter is missing ({parameter.description})", f"add its value{_in_unit(parameter)}"
        )
        for parameter in missing
    ]
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
    for x in array.flat:
        problem = _value_problem(parameter, float(x))
        if problem is not None:
            return array, problem
    return array, None


def _unit(parameter: Parameter) -> str:
    return "" if parameter.unit == "1" else f" {parameter.unit}"


def _in_unit(parameter: Parameter) -> str:
    return "" if parameter.unit == "1" else f" in {parameter.unit}"
