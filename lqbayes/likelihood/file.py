"""Measurement files: checks across fields and measurements, and loading."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lqbayes.input.entry import Header, Reporter, Text, check_entry, check_unit, reporter
from lqbayes.input.errors import InputError
from lqbayes.input.extends import KEYS, Document, read_document
from lqbayes.input.problems import Problem, did_you_mean, dotted_key, shown
from lqbayes.likelihood.double_counting import Claim, check_double_counting
from lqbayes.likelihood.forms import FORMS
from lqbayes.likelihood.forms.tabulated import Tabulated
from lqbayes.likelihood.measurement import LikelihoodSet, Measurement, MeasurementEntry
from lqbayes.model import Model

# What run.toml may hold of tables, beside all the rest.
_MOST_TABULATED = 12_000


class _Header(Header):
    """What stands outside the measurements."""

    formulas: Text | None = None  # the variant of the model whose observables were measured; any that has them unless said
    data: dict[Text, Text] = {}


def load_likelihood_set(name_or_path: str | os.PathLike[str], model: Model) -> LikelihoodSet:
    """Load a measurement file, with those that it extends."""
    return _checked(read_document("likelihoods", name_or_path, model.name), model, KEYS)


def model_of(name_or_path: str | os.PathLike[str], model: Model) -> Model:
    """Variant of a model that a measurement file asks for, else the model itself."""
    named = read_document("likelihoods", name_or_path, model.name).data.get("formulas", model.variant)
    return model if named == model.variant else next((m for m in Model.variants(model.name) if m.variant == named), model)


def parse_likelihood_set(data: Mapping[str, Any], path: str | os.PathLike[str], model: Model) -> LikelihoodSet:
    """Check the contents of a measurement file that extends no other."""
    return _checked(Document(Path(path), dict(data)), model)


def _checked(document: Document, model: Model, also: Sequence[str] = ()) -> LikelihoodSet:
    data, file = document.data, os.fspath(document.path)
    problems: list[Problem] = []
    top = {key: value for key, value in data.items() if key != "measurement"}
    header, _ = check_entry(_Header, top, problems=problems, file=file, fields=["measurement", *also])
    note = reporter(problems, file)
    if header and header.formulas not in {None, model.variant}:
        named, message = header.formulas, f"the file is for the formulas '{header.formulas}', not '{model.variant}'"
        note("formulas", message, f"choose them: --formulas {named}, or Model.load(variant={named!r}) in Python")
        raise InputError(document.located(problems))
    tables = data.get("measurement")
    measurements: list[Measurement] = []
    if "measurement" not in data or tables == []:
        note("measurement", "there is no measurement", "add a table [[measurement]]")
    elif not isinstance(tables, Sequence) or isinstance(tables, str):
        note("measurement", f"must be a list of tables, not {shown(tables)}", "write [[measurement]] with double brackets above each")
    else:
        keys = _keys(tables)
        for key, table in zip(keys, tables, strict=True):
            folder = Path(document.file_of(f"{key}.file")).parent
            measurement = _check_measurement(key, table, folder, problems, model)
            if measurement is not None:
                measurements.append(measurement)
        claims = [Claim.read(key, table) for key, table in zip(keys, tables, strict=True) if isinstance(table, Mapping)]
        _check_names(claims, note)
        check_double_counting(claims, data.get("data", {}), note)
        count = sum(len(m.log_likelihood) * len(m.log_likelihood[0]) for m in measurements if isinstance(m, Tabulated))
        if count > _MOST_TABULATED:
            note("measurement", f"the tables hold {count} values, more than {_MOST_TABULATED}", "take coarser grids")
    if problems or header is None:
        raise InputError(document.located(problems))
    path, contents = document.path, (dict(header.data), tuple(measurements))
    return LikelihoodSet(header.name or path.stem, path, header.title, header.description, *contents, header.formulas)


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


def _check_measurement(key: str, table: object, folder: Path, problems: list[Problem], model: Model) -> Measurement | None:
    report = reporter(problems, "", key)
    context = {"observables": model.observable_names}
    if not isinstance(table, Mapping):
        report("", f"must be a table, not {shown(table)}", "write [[measurement]] with double brackets above it")
        return None
    before = len(problems)
    name = table.get("form")
    form = FORMS.get(name) if isinstance(name, str) else None
    if "form" not in table:
        report("form", "a required key is missing", f"add form = ...; {did_you_mean('', FORMS)}")
    elif form is None:
        report("form", f"unknown form {shown(name)}", did_you_mean(name if isinstance(name, str) else "", FORMS))
    if form is None:
        common = {name: table[name] for name in MeasurementEntry.model_fields if name in table}
        if "data" not in common:  # whether data are required depends on the form
            common["data"] = ["unknown"]
        check_entry(MeasurementEntry, common, problems=problems, file="", prefix=key, context=context)
        named = table.get("observable")
        if isinstance(named, str) and named not in model.observable_index:
            report("observable", f"there is no observable '{named[:40]}'", did_you_mean(named, model.observable_names))
        return None
    table = form.completed(table, folder, report)
    entry, valid = check_entry(form, table, problems=problems, file="", prefix=key, context=context)
    names = valid.get("observables", [valid["observable"]] if "observable" in valid else [])
    units = sorted({model.observables[model.observable_index[name]].unit for name in names})
    factor = None
    if len(units) == 1:
        factor = check_unit(valid, units[0], report)
    elif units:
        report("observables", f"have different units ({', '.join(units)})", "split the measurement, or build it from one kind")
    form.check(valid, report)
    if entry is None or factor is None or len(problems) > before:
        return None
    measurement = entry.converted(factor, units[0])
    if not measurement.is_usable():
        report("", f"a number is too large or too small in the unit {units[0]}", "correct the number or its unit")
        return None
    return measurement
