"""Prior files: checks against the parameter table, and loading."""

from __future__ import annotations

import fnmatch
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from lqbayes.input.entry import Header, Reporter, check_entry, check_unit, reporter
from lqbayes.input.errors import InputError
from lqbayes.input.extends import KEYS, Document, is_pattern, read_document
from lqbayes.input.problems import Problem, did_you_mean, dotted_key, shown
from lqbayes.model import Model, Parameter
from lqbayes.prior.parameter_prior import Distribution, ParameterPrior, PriorSet, Sign
from lqbayes.prior.schema import (
    DISTRIBUTIONS,
    FixedEntry,
    LogUniformEntry,
    NormalEntry,
    PriorEntry,
    SplitNormalEntry,
    UniformEntry,
)

# Ranges are compared with physical limits after a conversion of units.
_ROUNDING = 1e-12
# A normal distribution has no ends; beyond so many standard deviations lies less than 1e-15 of it.
_NORMAL_REACH = 8.0
# Unknown names that are told one by one.
_MOST_TOLD = 50


def load_prior_set(name_or_path: str | os.PathLike[str], model: Model) -> PriorSet:
    """Load a prior file, with those that it extends."""
    return _checked(read_document("priors", name_or_path, model.name), model, KEYS)


def parse_prior_set(data: Mapping[str, Any], path: str | os.PathLike[str], model: Model) -> PriorSet:
    """Check the contents of a prior file that extends no other."""
    return _checked(Document(Path(path), dict(data)), model)


def _checked(document: Document, model: Model, also: Sequence[str] = ()) -> PriorSet:
    data, file = document.data, os.fspath(document.path)
    problems: list[Problem] = []
    top = {key: value for key, value in data.items() if key != "parameters"}
    header, _ = check_entry(Header, top, problems=problems, file=file, fields=["parameters", *also])
    note = reporter(problems, file)
    tables = data.get("parameters")
    priors: list[ParameterPrior] = []
    if "parameters" not in data:
        note("parameters", "a required table is missing", "add [parameters] with one line for each parameter")
    elif not isinstance(tables, Mapping):
        note(
            "parameters",
            f"must be a table, not {shown(tables)}",
            "write [parameters] and one line for each parameter below it",
        )
    else:
        priors = _check_parameters(tables, file, problems, model)
    if problems or header is None:
        raise InputError(document.located(problems))
    path = document.path
    return PriorSet(header.name or path.stem, path, header.title, header.description, tuple(priors))


def _check_parameters(tables: Mapping[str, Any], file: str, problems: list[Problem], model: Model) -> list[ParameterPrior]:
    note = reporter(problems, file, "parameters")
    chosen = _assign(tables, model, note)
    priors = []
    for parameter in model.parameters:
        if parameter.name not in chosen:
            note(
                parameter.name,
                f"the parameter is missing ({parameter.description})",
                'add a line for it, or for a pattern such as "f_*"',
            )
            continue
        key = chosen[parameter.name]
        prior = _check_prior(parameter, key, tables[key], file, problems, model)
        if prior is not None:
            priors.append(prior)
    return priors


def _assign(tables: Mapping[str, Any], model: Model, note: Reporter) -> dict[str, str]:
    """Find the line that each parameter takes: one of its own, else that of a pattern."""
    names = model.parameter_names
    former = {old: parameter.name for parameter in model.parameters for old in parameter.former_names}
    chosen: dict[str, str] = {}
    unknown: list[str] = []
    for key in tables:
        name = former.get(key, key)
        if name in names:
            if name in chosen:
                note(dotted_key(key), f"{name} has another line, {chosen[name]}", "keep one of them")
            chosen[name] = key
        elif not is_pattern(key):
            unknown.append(key)
    for name in unknown[:_MOST_TOLD]:
        note(dotted_key(name), "there is no such parameter", did_you_mean(name, names))
    if len(unknown) > _MOST_TOLD:
        note("", f"has {len(unknown) - _MOST_TOLD} more unknown parameters", "check that it is the file you mean")
    own = set(chosen)
    for pattern in [key for key in tables if is_pattern(key)][:_MOST_TOLD]:
        matched = [name for name in names if fnmatch.fnmatchcase(name, pattern)]
        if not matched:
            note(dotted_key(pattern), "no parameter matches this pattern", f"the parameters are {', '.join(names[:_MOST_TOLD])}")
        for name in (name for name in matched if name not in own):
            if name in chosen:
                note(dotted_key(pattern), f"{name} matches {chosen[name]} too", f"give {name} a line of its own")
            chosen.setdefault(name, pattern)
    return chosen


def _check_prior(parameter: Parameter, key: str, table: object, file: str, problems: list[Problem], model: Model) -> ParameterPrior | None:
    prefix = dotted_key("parameters", key)
    report = reporter(problems, file, prefix)
    if not isinstance(table, Mapping):
        report("", f"must be a table, not {shown(table)}", "write { distribution = ..., ..., source = ... }")
        return None
    kind = table.get("distribution")
    if "distribution" not in table:
        report("distribution", "a required key is missing", f"add distribution = ...; {did_you_mean('', DISTRIBUTIONS)}")
    elif not isinstance(kind, str) or kind not in DISTRIBUTIONS:
        report(
            "distribution",
            f"unknown distribution {shown(kind)}",
            did_you_mean(kind if isinstance(kind, str) else "", DISTRIBUTIONS),
        )
    if not isinstance(kind, str) or kind not in DISTRIBUTIONS:
        check_entry(PriorEntry, _common(table), problems=problems, file=file, prefix=prefix)
        return None
    before = len(problems)
    entry, valid = check_entry(DISTRIBUTIONS[kind], table, problems=problems, file=file, prefix=prefix)
    circle = kind == "circle"
    factor = 1.0 if circle and valid.get("unit", "") is None else check_unit(valid, parameter.unit, report)
    _check_numbers(parameter, kind, valid, factor, report)
    _check_with_model(parameter, kind, valid, factor, model, report)
    if entry is None or factor is None or len(problems) > before:
        return None
    return _build(parameter, cast("Distribution", kind), entry, factor)


def _common(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: table[key] for key in PriorEntry.model_fields if key in table}


def _check_numbers(parameter: Parameter, kind: str, valid: Mapping[str, Any], factor: float | None, report: Reporter) -> None:
    if kind == "circle":
        if not parameter.periodic:
            report(
                "distribution",
                "is for angles on the full circle only, and this is none",
                "take 'uniform' or 'log-uniform'",
            )
        return
    # Without a unit, signs and orders can still be checked, physical limits cannot.
    scale = 1.0 if factor is None else factor
    limits = (-math.inf, math.inf) if factor is None else (parameter.lower, parameter.upper)
    for key in ("plus", "minus", "error"):
        if key in valid and not 0 < valid[key] * scale < math.inf:
            report(key, f"is zero or infinite in {parameter.unit}", "correct the number or its unit")
    if "range" in valid:
        lower, upper = (end * scale for end in valid["range"])
        sign = valid.get("sign", "positive" if kind == "log-uniform" else None)
        _check_range(parameter, kind, (lower, upper), sign=sign, limits=limits, report=report)
    if "value" in valid:
        value = valid["value"] * scale
        _check_limits(parameter, "value", (value, value), limits, report)


def _check_range(
    parameter: Parameter,
    kind: str,
    ends: tuple[float, float],
    *,
    sign: Sign | None,
    limits: tuple[float, float],
    report: Reporter,
) -> None:
    lower, upper = ends
    right = True
    if not 0 < upper - lower < math.inf:
        report(
            "range",
            f"must increase: {lower:g} to {upper:g}{_unit(parameter)} does not",
            "write the smaller number first",
        )
        right = False
    if kind == "log-uniform" and lower <= 0:
        report("range", f"a log-uniform range must be above 0, not from {lower:g}", "start it above 0, or take 'uniform'")
        right = False
    elif kind == "uniform" and sign is not None and lower < 0:
        report(
            "range",
            f"with a sign the range is that of the modulus, and {lower:g} is below 0",
            "start it at 0, or leave sign out",
        )
        right = False
    if not right:
        return
    spans = {"positive": [(lower, upper)], "negative": [(-upper, -lower)], "either": [(lower, upper), (-upper, -lower)]}
    for span in spans[sign or "positive"]:
        if not _check_limits(parameter, "range", span, limits, report):
            return
    if parameter.periodic and upper - lower > 2 * math.pi * (1 + _ROUNDING):
        report("range", f"{upper - lower:g} rad is more than a full circle", "take 'circle', or a range of at most 2 pi")


def _check_limits(parameter: Parameter, key: str, span: tuple[float, float], limits: tuple[float, float], report: Reporter) -> bool:
    lowest, highest = limits
    inside = span[0] >= lowest - _ROUNDING * abs(lowest) and span[1] <= highest + _ROUNDING * abs(highest)
    if inside and math.isfinite(span[1]):
        return True
    reach = f"{span[0]:g}" if span[0] == span[1] else f"{span[0]:g} to {span[1]:g}"
    report(
        key,
        f"{reach}{_unit(parameter)} leaves the physical range of {parameter.name}, {lowest:g} to {highest:g}{_unit(parameter)}",
        "correct the number, its unit or its sign",
    )
    return False


def _check_with_model(
    parameter: Parameter, kind: str, valid: Mapping[str, Any], factor: float | None, model: Model, report: Reporter
) -> None:
    """Ask the model whether it has a meaning for all values of the prior."""
    if model.check_prior is None or kind == "circle":
        return
    scale = 1.0 if factor is None else factor
    ends: list[float] = []
    if "range" in valid and valid["range"][0] < valid["range"][1]:
        sign = valid.get("sign", "positive" if kind == "log-uniform" else None)
        ends = [side * end * scale for end in valid["range"] for side in {"either": (1, -1), "negative": (-1,)}.get(sign or "", (1,))]
    elif "value" in valid:
        value = valid["value"] * scale
        below, above = (valid.get("error", valid.get(side, 0.0)) * scale * _NORMAL_REACH for side in ("minus", "plus"))
        ends = [value - below, value + above]
    found = model.check_prior(parameter.name, min(ends), max(ends)) if ends else None
    if found is not None:
        report("range" if "range" in valid else "value", *found)


def _unit(parameter: Parameter) -> str:
    return "" if parameter.unit == "1" else f" {parameter.unit}"


def _build(parameter: Parameter, kind: Distribution, entry: PriorEntry, factor: float) -> ParameterPrior:
    numbers: dict[str, Any] = dict.fromkeys(("lower", "upper", "sign", "value", "plus", "minus"))
    match entry:
        case LogUniformEntry() | UniformEntry():
            numbers["lower"], numbers["upper"] = (end * factor for end in entry.range)
            numbers["sign"] = entry.sign
        case NormalEntry():
            numbers |= {"value": entry.value * factor, "plus": entry.error * factor, "minus": entry.error * factor}
        case SplitNormalEntry():
            numbers |= {"value": entry.value * factor, "plus": entry.plus * factor, "minus": entry.minus * factor}
        case FixedEntry():
            numbers["value"] = entry.value * factor
    return ParameterPrior(name=parameter.name, distribution=kind, unit=parameter.unit, source=entry.source, **numbers)
