"""Predictions for parameter points that are given by name."""

import itertools
import math
import numbers
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lqbayes.input.entry import Reporter
from lqbayes.input.errors import InputError
from lqbayes.input.problems import did_you_mean, dotted_key, shown
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
    model, report = model or Model.load(variant=formulas), Reporter(file="points")
    arrays: dict[str, NDArray[np.float64]] = {}
    for parameter, value in _named_values(points, report, model):
        try:
            array = np.asarray(value)
        except ValueError:  # rows of different lengths
            array = np.asarray(None)
        if array.dtype.kind not in "iuf":
            report(parameter.name, f"must be a number or an array of numbers, not {shown(value)}", f"give numbers{_in_unit(parameter)}")
            continue
        array = array.astype(float)
        wrong = array[~(np.isfinite(array) & (array >= parameter.lower) & (array <= parameter.upper))]
        if wrong.size:
            _check_value(parameter, float(wrong.flat[0]), report)
        else:
            arrays[parameter.name] = array
    shape: tuple[int, ...] = ()
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        sizes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items() if array.shape)
        report("", f"the shapes of the arrays do not fit together: {sizes}", "give numbers and arrays of one shape")
    if report.problems:
        raise InputError(report.problems)
    rows = np.stack([np.broadcast_to(arrays[name], shape).ravel() for name in model.parameter_names], axis=1)
    values = model.predict(np.ascontiguousarray(rows, dtype=np.float64))
    if not shape:
        return {name: float(values[0, k]) for k, name in enumerate(model.observable_names)}
    return {name: values[:, k].reshape(shape) for k, name in enumerate(model.observable_names)}


def checked_point(point: Mapping[str, object], report: Reporter, model: Model) -> dict[str, float]:
    """Check one parameter point from a file: its values, complete only if nothing is wrong."""
    checked = {parameter.name: _check_value(parameter, value, report) for parameter, value in _named_values(point, report, model)}
    return {name: value for name, value in checked.items() if value is not None}


def _named_values(point: Mapping[str, T], report: Reporter, model: Model) -> Iterable[tuple[Parameter, T | float]]:
    """Parameters with their values, also of those that older files know under another name; report what is unknown and what is missing."""
    former = {old: parameter.name for parameter in model.parameters for old in parameter.former_names if parameter.name not in point}
    named: dict[str, T | float] = {former.get(name, name): value for name, value in point.items()}
    for name in itertools.islice((name for name in named if name not in model.parameter_index), _MOST_UNKNOWN):
        report(dotted_key(str(name)), "there is no such parameter", did_you_mean(str(name), model.parameter_names))
    for parameter in model.parameters:
        if parameter.name in named:
            yield parameter, named[parameter.name]
        elif parameter.default is not None:
            yield parameter, parameter.default
        else:
            report(parameter.name, f"the parameter is missing ({parameter.description})", f"add its value{_in_unit(parameter)}")


def _check_value(parameter: Parameter, value: object, report: Reporter) -> float | None:
    name, in_unit = dotted_key(parameter.name), _in_unit(parameter)
    if isinstance(value, list | tuple):
        message = f"must be a number, not the list {shown(value)}"
        report(name, message, "write a list of points, each with one number for each parameter")
    elif isinstance(value, bool) or not isinstance(value, numbers.Real):
        report(name, f"must be a number, not {shown(value)}", f"write a number{in_unit}, such as 1.5e-3, without quotes")
    else:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            report(name, f"must be finite, not {shown(value)}", f"write a finite number{in_unit}")
        elif not parameter.lower <= number <= parameter.upper:
            reach = f"{parameter.lower:g} to {parameter.upper:g}{parameter.unit_after_number}"
            message = f"{number:g} leaves the physical range of {parameter.name}, {reach}"
            report(name, message, f"correct the number; the unit is {parameter.unit}")
        else:
            return number
    return None


def _in_unit(parameter: Parameter) -> str:
    return "" if parameter.unit == "1" else f" in {parameter.unit}"
