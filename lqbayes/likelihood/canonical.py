"""Turns checked entries of a measurement file into measurements in canonical units."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from lqbayes.likelihood.measurement import Components, Measurement
from lqbayes.likelihood.schema import (
    CorrelatedGaussianEntry,
    Errors,
    GaussianEntry,
    HardBoundEntry,
    IntervalEntry,
    MeasurementEntry,
    SplitNormalEntry,
    UpperLimitEntry,
)


def deviations(cl: float) -> float:
    """Half-width of the interval about the centre of a normal distribution that holds a given probability."""
    return NormalDist().inv_cdf((1 + cl) / 2)


def to_measurement(entry: MeasurementEntry, factor: float, unit: str) -> Measurement:
    """Convert a checked entry."""
    common: dict[str, Any] = {
        "name": entry.name,
        "unit": unit,
        "source": entry.source,
        "data": tuple(entry.data),
        "includes": tuple(entry.includes),
    }
    match entry:
        case GaussianEntry():
            numbers = _values([entry.value], [entry.error], [entry.error], factor)
            return Measurement(**common, **numbers, form=entry.form, observables=(entry.observable,), cut=entry.cut)
        case SplitNormalEntry():
            numbers = _values([entry.value], [entry.plus], [entry.minus], factor)
            return Measurement(**common, **numbers, form=entry.form, observables=(entry.observable,), cut=entry.cut)
        case CorrelatedGaussianEntry():
            numbers = _values(entry.values, entry.errors, entry.errors, factor)
            rows = tuple(tuple(row) for row in entry.correlation)
            return Measurement(
                **common,
                **numbers,
                form=entry.form,
                observables=tuple(entry.observables),
                correlation=rows,
                cut=entry.cut,
            )
        case UpperLimitEntry():
            return _upper_limit(entry, factor, common)
        case IntervalEntry():
            return _interval(entry, factor, common)
        case HardBoundEntry():
            return Measurement(
                **common,
                form=entry.form,
                observables=(entry.observable,),
                lower=None if entry.lower is None else entry.lower * factor,
                upper=None if entry.upper is None else entry.upper * factor,
                modulus=entry.modulus,
            )
    raise TypeError(f"no such form of a measurement: {type(entry).__name__}")


def _upper_limit(entry: UpperLimitEntry, factor: float, common: dict[str, Any]) -> Measurement:
    limit = entry.limit * factor
    return Measurement(
        **common,
        form=entry.form,
        observables=(entry.observable,),
        centre=(0.0,),
        sigma_minus=(math.inf,),
        sigma_plus=(limit / deviations(entry.cl),),
        upper=limit,
        cl=entry.cl,
        modulus=entry.modulus,
        cut=entry.cut or None,
    )


def _interval(entry: IntervalEntry, factor: float, common: dict[str, Any]) -> Measurement:
    lower, centre, upper = entry.lower * factor, entry.centre * factor, entry.upper * factor
    return Measurement(
        **common,
        form=entry.form,
        observables=(entry.observable,),
        centre=(centre,),
        sigma_minus=((centre - lower) / deviations(entry.cl),),
        sigma_plus=((upper - centre) / deviations(entry.cl),),
        lower=lower,
        upper=upper,
        cl=entry.cl,
        cut=entry.cut or None,
    )


def _values(values: list[float], plus: list[Errors], minus: list[Errors], factor: float) -> dict[str, Any]:
    totals_plus = [_total(errors, factor) for errors in plus]
    totals_minus = [_total(errors, factor) for errors in minus]
    return {
        "centre": tuple(value * factor for value in values),
        "sigma_plus": tuple(total for total, _ in totals_plus),
        "sigma_minus": tuple(total for total, _ in totals_minus),
        "plus_components": tuple(parts for _, parts in totals_plus),
        "minus_components": tuple(parts for _, parts in totals_minus),
    }


def _total(errors: Errors, factor: float) -> tuple[float, Components]:
    """Error of one side: its named parts added in quadrature."""
    if isinstance(errors, dict):
        parts = tuple((name, part * factor) for name, part in errors.items())
        return math.hypot(*(part for _, part in parts)), parts
    return errors * factor, ()
