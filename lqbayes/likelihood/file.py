"""Measurement files: checks across fields and measurements, and loading."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lqbayes.input.entry import Reporter, check_entry, check_unit, reporter
from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, did_you_mean, dotted_key, shown
from lqbayes.input.shipped import read_toml, resolve
from lqbayes.likelihood.canonical import to_measurement
from lqbayes.likelihood.double_counting import Claim, check_double_counting
from lqbayes.likelihood.measurement import LikelihoodSet, Measurement
from lqbayes.likelihood.schema import (
    FORMS,
    LikelihoodHeader,
    MeasurementEntry,
)
from lqbayes.model import Model


def load_likelihood_set(name_or_path: str | os.PathLike[str], model: Model) -> LikelihoodSet:
    """Load a measurement file."""
    path = resolve("likelihoods", name_or_path, model.name)
    return parse_likelihood_set(read_toml(path), path, model)


def parse_likelihood_set(data: Mapping[str, Any], path: str | os.PathLike[str], model: Model) -> LikelihoodSet:
    """Check the contents of a measurement file."""
    file = os.fspath(path)
    problems: list[Problem] = []
    top = {key: value for key, value in data.items() if key != "measurement"}
    header, _ = check_entry(LikelihoodHeader, top, problems=problems, file=file, fields=["measurement"])
    note = reporter(problems, file)
    tables = data.get("measurement")
    measurements: list[Measurement] = []
    if "measurement" not in data or tables == []:
        note("measurement", "there is no measurement", "add a table [[measurement]]")
    elif not isinstance(tables, Sequence) or isinstance(tables, str):
        note(
            "measurement",
            f"must be a list of tables, not {shown(tables)}",
            "write [[measurement]] with double brackets above each",
        )
    else:
        keys = _keys(tables)
        for key, table in zip(keys, tables, strict=True):
            measurement = _check_measurement(key, table, file, problems, model)
            if measurement is not None:
                measurements.append(measurement)
        claims = [Claim.read(key, table) for key, table in zip(keys, tables, strict=True) if isinstance(table, Mapping)]
        _check_names(claims, note)
        check_double_counting(claims, data.get("data", {}), note)
    if problems or header is None:
        raise InputError(problems)
    path = Path(path)
    return LikelihoodSet(header.name or path.stem, path, header.title, header.description, dict(header.data), tuple(measurements))


def _keys(tables: Sequence[object]) -> list[str]:
    """Dotted key of each measurement: with its name, and with its number counted from 1 where that is needed."""
    names = [table.get("name") if isinstance(table, Mapping) else None for table in tables]
    counts = Counter(name for name in names if isinstance(name, str))
    keys = []
    for number, name in enumerate(names, start=1):
        key = dotted_key("measurement", name) if isinstance(name, str) and name else "measurement"
        keys.append(key if isinstance(name, str) and name and counts[name] == 1 else f"{key}[{number}]")
    return keys


def _check_names(claims: Sequence[Claim], note: Reporter) -> None:
    for name, count in Counter(claim.name for claim in claims if claim.name).items():
        if count > 1:
            note(dotted_key("measurement", name), f"{count} measurements have this name", "give each a name of its own")


def _check_measurement(key: str, table: object, file: str, problems: list[Problem], model: Model) -> Measurement | None:
    report = reporter(problems, file, key)
    context = {"observables": model.observable_names}
    if not isinstance(table, Mapping):
        report("", f"must be a table, not {shown(table)}", "write [[measurement]] with double brackets above it")
        return None
    before = len(problems)
    form = table.get("form")
    known = isinstance(form, str) and form in FORMS
    if "form" not in table:
        report("form", "a required key is missing", f"add form = ...; {did_you_mean('', FORMS)}")
    elif not known:
        report("form", f"unknown form {shown(form)}", did_you_mean(form if isinstance(form, str) else "", FORMS))
    if not known or not isinstance(form, str):
        common = {name: table[name] for name in MeasurementEntry.model_fields if name in table}
        if "data" not in common:  # whether data are required depends on the form
            common["data"] = ["unknown"]
        check_entry(MeasurementEntry, common, problems=problems, file=file, prefix=key, context=context)
        named = table.get("observable")
        if isinstance(named, str) and named not in model.observable_index:
            report("observable", f"there is no observable '{named[:40]}'", did_you_mean(named, model.observable_names))
        return None
    entry, valid = check_entry(FORMS[form], table, problems=problems, file=file, prefix=key, context=context)
    names = valid.get("observables", [valid["observable"]] if "observable" in valid else [])
    units = sorted({model.observables[model.observable_index[name]].unit for name in names})
    factor = None
    if len(units) == 1:
        factor = check_unit(valid, units[0], report)
    elif units:
        report(
            "observables",
            f"have different units ({', '.join(units)})",
            "split the measurement, or build it from one kind",
        )
    _check_relations(valid, report)
    if entry is None or factor is None or len(problems) > before:
        return None
    measurement = to_measurement(entry, factor, units[0])
    sigmas = measurement.sigma_plus if form == "upper-limit" else measurement.sigma_plus + measurement.sigma_minus
    numbers = (*measurement.centre, measurement.lower or 0.0, measurement.upper or 0.0)
    if not all(map(math.isfinite, numbers)) or not all(0 < sigma < math.inf for sigma in sigmas):
        report("", f"a number is too large or too small in the unit {units[0]}", "correct the number or its unit")
        return None
    return measurement


def _check_relations(valid: Mapping[str, Any], report: Reporter) -> None:
    if {"observables", "values", "errors", "correlation"} & valid.keys():
        sizes = {key: len(valid[key]) for key in ("values", "errors", "correlation") if key in valid}
        expected = len(valid["observables"]) if "observables" in valid else None
        for key, size in sizes.items():
            if expected is not None and size != expected:
                report(
                    key,
                    f"has {size} entries for {expected} observables",
                    "write one for each observable, in the same order",
                )
    if "centre" in valid:
        for key, sign in (("lower", -1), ("upper", 1)):
            if key in valid and sign * (valid[key] - valid["centre"]) <= 0:
                side = "below" if sign < 0 else "above"
                report(
                    key,
                    f"must lie {side} the centre {valid['centre']:g}, {valid[key]:g} does not",
                    "correct it, or set centre = ...",
                )
    elif "lower" in valid and "upper" in valid and valid.get("form") == "hard-bound":
        lower, upper = valid["lower"], valid["upper"]
        if lower is None and upper is None:
            report("", "a hard bound needs an end", "add lower = ..., upper = ... or both")
        elif lower is not None and upper is not None and lower >= upper:
            report(
                "lower",
                f"must be less than upper, but {lower:g} is not less than {upper:g}",
                "exchange or correct them",
            )
        if valid.get("modulus") and upper is not None and upper <= 0:
            report("upper", f"a modulus is never below {upper:g}", "write an upper end above 0, or leave modulus out")
