"""Measurement files: checks across fields and measurements, and loading."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lqbayes.input.entry import Header, Reporter, Text, check_entry, check_header, check_unit, checking, chosen_schema
from lqbayes.input.extends import Document, read_document
from lqbayes.input.problems import dotted_key, shown
from lqbayes.likelihood.double_counting import Claim, check_double_counting
from lqbayes.likelihood.fields import Observable
from lqbayes.likelihood.forms import FORMS
from lqbayes.likelihood.measurement import LikelihoodSet, Measurement, MeasurementEntry
from lqbayes.model import Model

# What run.toml may hold of tables, beside all the rest.
_MOST_TABULATED = 12_000


class _Header(Header):
    """What stands outside the measurements."""

    formulas: Text | None = None  # the variant of the model whose observables were measured; any that has them unless said
    data: dict[Text, Text] = {}


class _AnyForm(MeasurementEntry):
    """What is checked where the form is not known."""

    observable: Observable | None = None


def load_likelihood_set(name_or_path: str | os.PathLike[str], model: Model) -> LikelihoodSet:
    """Load a measurement file, with those that it extends."""
    return _checked(read_document("likelihoods", name_or_path, model.name), model)


def model_of(name_or_path: str | os.PathLike[str], model: Model) -> Model:
    """Variant of a model that a measurement file asks for, else the model itself."""
    named = read_document("likelihoods", name_or_path, model.name).data.get("formulas", model.variant)
    return model if named == model.variant else next((m for m in Model.variants(model.name) if m.variant == named), model)


def parse_likelihood_set(data: Mapping[str, Any], path: str | os.PathLike[str], model: Model) -> LikelihoodSet:
    """Check the contents of a measurement file that extends no other."""
    return _checked(Document(Path(path), dict(data)), model)


def _checked(document: Document, model: Model) -> LikelihoodSet:
    measurements: list[Measurement] = []
    with checking(document) as report:
        header = check_header(_Header, document, "measurement", report)
        tables, named = document.data.get("measurement", []), header.get("formulas")
        if named not in {None, model.variant}:
            message = f"the file is for the formulas '{named}', not '{model.variant}'"
            report("formulas", message, f"choose them: --formulas {named}, or Model.load(variant={named!r}) in Python")
        elif tables == []:
            report("measurement", "there is no measurement", "add a table [[measurement]]")
        elif not isinstance(tables, Sequence) or isinstance(tables, str):
            message = f"must be a list of tables, not {shown(tables)}"
            report("measurement", message, "write [[measurement]] with double brackets above each")
        else:
            keyed = _with_keys(tables, report)
            for key, table in keyed:
                folder = Path(document.file_of(f"{key}.file")).parent
                measurements += _check_measurement(table, folder, report.within(key), model)
            claims = [Claim.read(key, table) for key, table in keyed if isinstance(table, Mapping)]
            check_double_counting(claims, document.data.get("data", {}), report)
        count = sum(m.stored_numbers for m in measurements)
        if count > _MOST_TABULATED:
            report("measurement", f"the tables hold {count} values, more than {_MOST_TABULATED}", "take coarser grids")
    return LikelihoodSet(path=document.path, measurements=tuple(measurements), **header)


def _with_keys(tables: Sequence[object], report: Reporter) -> list[tuple[str, object]]:
    """Measurements with their dotted keys, which hold the name, and the number counted from 1 where that is needed."""
    given = [table.get("name") if isinstance(table, Mapping) else None for table in tables]
    names = [name if isinstance(name, str) else "" for name in given]
    counts = Counter(names)
    for name, count in counts.items():
        if name and count > 1:
            report(dotted_key("measurement", name), f"{count} measurements have this name", "give each a name of its own")
    keys = [dotted_key("measurement", name) if name else "measurement" for name in names]
    unique = [bool(name) and counts[name] == 1 for name in names]
    return [(keys[k] if unique[k] else f"{keys[k]}[{k + 1}]", table) for k, table in enumerate(tables)]


def _check_measurement(table: object, folder: Path, report: Reporter, model: Model) -> list[Measurement]:
    """One measurement in canonical units, or none where something is wrong."""
    if not isinstance(table, Mapping):
        report("", f"must be a table, not {shown(table)}", "write [[measurement]] with double brackets above it")
        return []
    context = {"model": model}
    before = len(report.problems)
    form = chosen_schema("form", FORMS, table, report, common=_AnyForm, context=context)
    if form is None:
        return []
    entry, valid = check_entry(form, form.completed(table, folder, report), report, context=context)
    names = valid.get("observables", [valid["observable"]] if "observable" in valid else [])
    units = sorted({model.observables[model.observable_index[name]].unit for name in names})
    factor = check_unit(valid, units[0], report) if len(units) == 1 else None
    if len(units) > 1:
        report("observables", f"have different units ({', '.join(units)})", "split the measurement, or build it from one kind")
    form.check(valid, report)
    if entry is None or factor is None or len(report.problems) > before:
        return []
    measurement = entry.converted(factor, units[0])
    if not measurement.is_usable():
        report("", f"a number is too large or too small in the unit {units[0]}", "correct the number or its unit")
    return [measurement]
