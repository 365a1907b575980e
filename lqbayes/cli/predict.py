"""``lqbayes predict``."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lqbayes.cli.consoles import output
from lqbayes.cli.options import FormulasOption, chosen_model

if TYPE_CHECKING:
    from lqbayes.likelihood.likelihood import Likelihood


def predict(
    points: Annotated[
        str,
        typer.Argument(metavar="POINTS", help="JSON or TOML file: an object {parameter: value} or a list of them; - for standard input."),
    ],
    formulas: FormulasOption = "paper",
    form: Annotated[
        Literal["json", "table"], typer.Option("--format", help="json has full precision; table is for people and shows pulls.")
    ] = "table",
    likelihood: Annotated[str, typer.Option(metavar="NAME|FILE", help="Measurements that the table compares with.")] = "paper",
) -> None:
    """Predict every observable of parameter points.

    The parameters are those of `lqbayes list parameters`, in the units given there; those that have a default there may be left out.
    What does not exist at a point is `null` in JSON, and `inf` in the table.
    At most 20 MB of JSON or 2 MB of TOML are read.
    """
    import numpy as np

    from lqbayes.likelihood.file import load_likelihood_set
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.points_file import read_points, read_points_stream
    from lqbayes.predictions import predict as predictions

    model = chosen_model(formulas)
    measured = load_likelihood_set(likelihood, model)  # a wrong name is an error in either format
    read = read_points_stream(sys.stdin.buffer, "standard input", model) if points == "-" else read_points(points, model)
    predicted = predictions({name: np.array([point[name] for point in read]) for name in read[0]}, model=model)
    records = [{name: float(predicted[name][k]) for name in model.observable_names} for k in range(len(read))]
    if form == "json":
        strict = [{name: value if math.isfinite(value) else None for name, value in record.items()} for record in records]
        typer.echo(json.dumps(strict, indent=2, allow_nan=False))
    else:
        _show(records, Likelihood(measured, model))
    for number, record in enumerate(records, start=1):
        infinite = sum(not math.isfinite(value) for value in record.values())
        if infinite:
            typer.echo(f"warning: point {number}: {infinite} observables are not finite; {model.not_finite}", err=True)


def _show(records: list[dict[str, float]], likelihood: Likelihood) -> None:
    import numpy as np

    from lqbayes.quantities import shown_unit
    from lqbayes.report.table import Column, Table
    from lqbayes.results.measured import pulls

    columns = (
        Column("observable", kind="name"),
        Column("prediction", kind="number"),
        Column("unit"),
        Column("measured"),
        Column("pull in sigma"),
    )
    for number, record in enumerate(records, start=1):
        compared = pulls(likelihood, np.array(list(record.values())))
        found: dict[str, list[tuple[str, str]]] = {}
        for pull in compared:
            names = pull.measurement.observables
            joint = f" (of {' and '.join(names)} together)" if len(names) > 1 else ""
            for name, text in zip(names, pull.measurement.texts(), strict=True):
                found.setdefault(name, []).append((text, pull.text + joint))
        rows = [
            (*((o.name, f"{record[o.name]:.6g}", shown_unit(o.unit)) if k == 0 else ("", "", "")), *words)
            for o in likelihood.model.observables
            for k, words in enumerate(found.get(o.name, [("", "")]))
        ]
        console = output()
        console.print(Table.of_texts(f"point {number}" if len(records) > 1 else "", columns, rows))
        console.print(f"ln L = {sum(pull.log_likelihood for pull in compared):.6g} under the measurements '{likelihood.settings.name}'")
