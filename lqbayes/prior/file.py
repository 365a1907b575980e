"""Prior files: checks against the parameter table, and loading."""

import fnmatch
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lqbayes.input.entry import Header, Reporter, check_entry, check_header, check_unit, checking, chosen_schema
from lqbayes.input.extends import Document, is_pattern, read_document
from lqbayes.input.problems import MOST_TOLD, did_you_mean, dotted_key, shown
from lqbayes.input.units import times
from lqbayes.model import Model, Parameter
from lqbayes.prior.parameter_prior import ParameterPrior, PriorSet
from lqbayes.prior.schema import DISTRIBUTIONS, PriorEntry
from lqbayes.prior.support import NORMAL_REACH

_NUMBERS = ("range", "value", "error", "plus", "minus")  # keys that hold numbers in the unit of the line
# Ranges are compared with physical limits after a conversion of units.
_ROUNDING = 1e-12


def load_prior_set(name_or_path: str | os.PathLike[str], model: Model) -> PriorSet:
    """Load a prior file, with those that it extends."""
    return _checked(read_document("priors", name_or_path, model.name), model)


def parse_prior_set(data: Mapping[str, Any], path: str | os.PathLike[str], model: Model) -> PriorSet:
    """Check the contents of a prior file that extends no other."""
    return _checked(Document(Path(path), dict(data)), model)


def _checked(document: Document, model: Model) -> PriorSet:
    priors: list[ParameterPrior | None] = []
    with checking(document) as report:
        header = check_header(Header, document, "parameters", report)
        lines = document.data.get("parameters")
        if isinstance(lines, Mapping):
            key_of = _assigned(lines, model, report.within("parameters"))
            for parameter in (parameter for parameter in model.parameters if parameter.name in key_of):
                key = key_of[parameter.name]
                priors.append(_check_line(parameter, lines[key], report.within(dotted_key("parameters", key)), model))
        elif "parameters" in document.data:
            report("parameters", f"must be a table, not {shown(lines)}", "write [parameters] and one line for each parameter below it")
        else:
            report("parameters", "a required table is missing", "add [parameters] with one line for each parameter")
    return PriorSet(path=document.path, parameters=tuple(prior for prior in priors if prior), **header)


def _assigned(lines: Mapping[str, Any], model: Model, report: Reporter) -> dict[str, str]:
    """Key of the line that each parameter takes: one of its own, else that of a pattern."""
    names = model.parameter_names
    former = {old: parameter.name for parameter in model.parameters for old in parameter.former_names}
    chosen: dict[str, str] = {}
    unknown: list[str] = []
    for key in lines:
        name = former.get(key, key)
        if name in names:
            if name in chosen:
                report(dotted_key(key), f"{name} has another line, {chosen[name]}", "keep one of them")
            chosen[name] = key
        elif not is_pattern(key):
            unknown.append(key)
    for name in unknown[:MOST_TOLD]:
        report(dotted_key(name), "there is no such parameter", did_you_mean(name, names))
    if len(unknown) > MOST_TOLD:
        report("", f"has {len(unknown) - MOST_TOLD} more unknown parameters", "check that it is the file you mean")
    own = set(chosen)
    for pattern in [key for key in lines if is_pattern(key)][:MOST_TOLD]:
        matched = [name for name in names if fnmatch.fnmatchcase(name, pattern)]
        if not matched:
            report(dotted_key(pattern), "no parameter matches this pattern", f"the parameters are {', '.join(names[:MOST_TOLD])}")
        for name in (name for name in matched if name not in own):
            if name in chosen:
                report(dotted_key(pattern), f"{name} matches {chosen[name]} too", f"give {name} a line of its own")
            chosen.setdefault(name, pattern)
    for parameter in (parameter for parameter in model.parameters if parameter.name not in chosen):
        message = f"the parameter is missing ({parameter.description})"
        report(parameter.name, message, 'add a line for it, or for a pattern such as "f_*"')
    return chosen


def _check_line(parameter: Parameter, line: object, report: Reporter, model: Model) -> ParameterPrior | None:
    if not isinstance(line, Mapping):
        report("", f"must be a table, not {shown(line)}", "write { distribution = ..., ..., source = ... }")
        return None
    schema = chosen_schema("distribution", DISTRIBUTIONS, line, report, common=PriorEntry)
    if schema is None:
        return None
    kind, before = line["distribution"], len(report.problems)
    _, valid = check_entry(schema, line, report)
    factor = 1.0 if kind == "circle" and valid.get("unit", "") is None else check_unit(valid, parameter.unit, report)
    # Without a unit, signs and orders can still be checked, physical limits cannot.
    limited = parameter if factor is not None else replace(parameter, lower=-math.inf, upper=math.inf)
    numbers = {key: times(valid[key], 1.0 if factor is None else factor) for key in _NUMBERS if key in valid}
    _check_numbers(limited, kind, numbers | {"sign": valid.get("sign")}, report, model)
    if len(report.problems) > before:
        return None
    lower, upper = numbers.get("range", (None, None))
    plus, minus = (numbers.get(side, numbers.get("error")) for side in ("plus", "minus"))
    sign, value = valid.get("sign"), numbers.get("value")
    return ParameterPrior(parameter.name, kind, lower, upper, sign, value, plus, minus, parameter.unit, valid["source"])


def _check_numbers(parameter: Parameter, kind: str, numbers: Mapping[str, Any], report: Reporter, model: Model) -> None:
    if kind == "circle":
        if not parameter.periodic:
            report("distribution", "is for angles on the full circle only, and this is none", "take 'uniform' or 'log-uniform'")
        return
    for key in ("plus", "minus", "error"):
        if key in numbers and not 0 < numbers[key] < math.inf:
            report(key, f"is zero or infinite in {parameter.unit}", "correct the number or its unit")
    key, ends = "value", list[float]()
    if "range" in numbers:
        (lower, upper), sign = numbers["range"], numbers["sign"]
        key, spans = "range", {"negative": [(-upper, -lower)], "either": [(lower, upper), (-upper, -lower)]}.get(sign, [(lower, upper)])
        _check_range(parameter, kind, numbers, spans, report)
        ends = [end for span in spans for end in span] if lower < upper else []
    elif "value" in numbers:
        value = numbers["value"]
        _leaves_limits(parameter, key, (value, value), report)
        below, above = (numbers.get("error", numbers.get(side, 0.0)) * NORMAL_REACH for side in ("minus", "plus"))
        ends = [value - below, value + above]
    refused = model.check_prior(parameter.name, min(ends), max(ends)) if ends and model.check_prior else None
    if refused:
        report(key, *refused)


def _check_range(parameter: Parameter, kind: str, numbers: Mapping[str, Any], spans: list[tuple[float, float]], report: Reporter) -> None:
    """Check a range; `spans` are those of the value itself, one for each sign."""
    lower, upper = numbers["range"]
    before = len(report.problems)
    if not 0 < upper - lower < math.inf:
        report("range", f"must increase: {lower:g} to {upper:g}{parameter.unit_after_number} does not", "write the smaller number first")
    if kind == "log-uniform" and lower <= 0:
        report("range", f"a log-uniform range must be above 0, not from {lower:g}", "start it above 0, or take 'uniform'")
    elif kind == "uniform" and numbers["sign"] is not None and lower < 0:
        message = f"with a sign the range is that of the modulus, and {lower:g} is below 0"
        report("range", message, "start it at 0, or leave sign out")
    if len(report.problems) > before or any(_leaves_limits(parameter, "range", span, report) for span in spans):
        return
    if parameter.periodic and upper - lower > 2 * math.pi * (1 + _ROUNDING):
        report("range", f"{upper - lower:g} rad is more than a full circle", "take 'circle', or a range of at most 2 pi")


def _leaves_limits(parameter: Parameter, key: str, span: tuple[float, float], report: Reporter) -> bool:
    """Report a span that reaches beyond the values that have a meaning."""
    lowest, highest = parameter.lower, parameter.upper
    inside = span[0] >= lowest - _ROUNDING * abs(lowest) and span[1] <= highest + _ROUNDING * abs(highest)
    if inside and math.isfinite(span[1]):
        return False
    reach = f"{span[0]:g}" if span[0] == span[1] else f"{span[0]:g} to {span[1]:g}"
    limits = f"{lowest:g} to {highest:g}{parameter.unit_after_number}"
    message = f"{reach}{parameter.unit_after_number} leaves the physical range of {parameter.name}, {limits}"
    report(key, message, "correct the number, its unit or its sign")
    return True
