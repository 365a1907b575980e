"""``lqbayes predict``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import json
import math
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lqbayes.cli.options import FormulasOption, chosen_model

if TYPE_CHECKING:
    from lqbayes.likelihood.likelihood import Likelihood


class PredictionFormat(StrEnum):
    """Formats of predictions."""

    json = "json"
    table = "table"


def predict(
    points: Annotated[
        str,
        typer.Argument(
            metavar="POINTS",
            help="JSON or TOML file: an object {parameter: value} or a list of them (tables named point in TOML); - for stdin.",
            show_default=False,
        ),
    ],
    formulas: FormulasOption = "paper",
    form: Annotated[
        PredictionFormat, typer.Option("--format", help="json has full precision; table is for people and shows pulls.")
    ] = PredictionFormat.table,
    likelihood: Annotated[str, typer.Option(metavar="NAME|FILE", help="Measurements that the table compares with.")] = "paper",
) -> None:
    """Predict every observable of parameter points.

    All parameters of `lqbayes list parameters` are needed, in the units given there; delta_m_B1 may be left out and is 10 GeV then.
    What does not exist at a point is `null` in JSON, and `inf` in the table.
    At most 20 MB of JSON or 2 MB of TOML are read.
    """
    from lqbayes.points_file import read_points, read_points_stream

    model = chosen_model(formulas)
    from lqbayes.likelihood.file import load_likelihood_set

    measured = load_likelihood_set(likelihood, model)  # a wrong name is an error in either format
    compared = None
    if form is PredictionFormat.table:
        from lqbayes.likelihood.likelihood import Likelihood

        compared = Likelihood(measured, model)
    read = read_points_stream(sys.stdin.buffer, "standard input", model) if points == "-" else read_points(points, model)
    import numpy as np

    from lqbayes.predictions import predict as predictions

    predicted = predictions({name: np.array([point[name] for point in read]) for name in read[0]}, model=model)
    records = [{name: float(predicted[name][k]) for name in model.observable_names} for k in range(len(read))]
    if compared is None:
        strict = [{name: value if math.isfinite(value) else None for name, value in record.items()} for record in records]
        typer.echo(json.dumps(strict, indent=2, allow_nan=False))
    else:
        _show(records, compared)
    _warn(records, model.not_finite)


def _show(records: list[dict[str, float]], likelihood: Likelihood) -> None:
    import numpy as np

    from lqbayes.cli.consoles import output
    from lqbayes.report.terminal import new_table
    from lqbayes.results.measured import pulls

    console = output()
    for number, record in enumerate(records, start=1):
        compared = pulls(likelihood, np.array(list(record.values())))
        found: dict[str, list[tuple[str, str]]] = {}
        for pull in compared:
            joint = f" (of {' and '.join(pull.measurement.observables)} together)" if len(pull.measurement.observables) > 1 else ""
            for name, text in zip(pull.measurement.observables, pull.measurement.texts(), strict=True):
                found.setdefault(name, []).append((text, pull.text + joint))
        table = new_table(f"point {number}" if len(records) > 1 else "")
        for heading in ("observable", "prediction", "unit", "measured", "pull in sigma"):
            table.add_column(heading, justify="right" if heading == "prediction" else "left")
        for observable in likelihood.model.observables:
            entries = found.get(observable.name, [("", "")])
            unit = "" if observable.unit == "1" else observable.unit
            for k, (measured, pull_text) in enumerate(entries):
                first = (observable.name, f"{record[observable.name]:.6g}", unit) if k == 0 else ("", "", "")
                table.add_row(*first, measured, pull_text)
        console.print(table)
        console.print(f"ln L = {sum(pull.log_likelihood for pull in compared):.6g} under the measurements '{likelihood.settings.name}'")


def _warn(records: list[dict[str, float]], reason: str) -> None:
    for number, record in enumerate(records, start=1):
        infinite = [name for name, value in record.items() if not math.isfinite(value)]
        if infinite:
            typer.echo(f"warning: point {number}: {len(infinite)} observables are not finite; {reason}", err=True)
