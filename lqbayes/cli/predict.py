"""``lqbayes predict``."""

import json
import math
import sys
from typing import Annotated, Literal

import typer

from lqbayes.cli.completion import likelihoods
from lqbayes.cli.consoles import output
from lqbayes.cli.options import FormulasOption, ModelOption, chosen_file, chosen_model, file_option
from lqbayes.input.errors import ArgumentError


def predict(
    points: Annotated[
        str,
        typer.Argument(metavar="POINTS", help="JSON or TOML file: an object {parameter: value} or a list of them; - for standard input."),
    ],
    model: ModelOption = None,
    formulas: FormulasOption = None,
    form: Annotated[
        Literal["json", "table"], typer.Option("--format", help="json has full precision; table is for people and shows pulls.")
    ] = "table",
    likelihood: Annotated[str | None, file_option("Measurements that the table compares with.", "the model's own", likelihoods)] = None,
) -> None:
    """Predict every observable of parameter points.

    The parameters are those of `lqbayes list parameters`, in the units given there; those that have a default there may be left out.
    What does not exist at a point is `null` in JSON, and `inf` in the table.
    At most 20 MB of JSON or 2 MB of TOML are read.
    """
    import numpy as np

    from lqbayes.points_file import read_points, read_points_stream
    from lqbayes.predictions import predict as predictions

    chosen, measured = chosen_model(model, formulas), None
    # A wrong name is an error in either format.
    if likelihood is not None or form == "table":
        from lqbayes.likelihood.file import load_likelihood_set

        measured = load_likelihood_set(chosen_file(chosen, "likelihood", likelihood), chosen)
    try:
        read = read_points_stream(sys.stdin.buffer, "standard input", chosen) if points == "-" else read_points(points, chosen)
    except OSError as error:  # files are read with their own messages
        raise ArgumentError(f"standard input: cannot be read ({error.strerror}); give a file, or points through a pipe") from None
    predicted = predictions({name: np.array([point[name] for point in read]) for name in read[0]}, model=chosen)
    records = [{name: float(predicted[name][k]) for name in chosen.observable_names} for k in range(len(read))]
    if measured is None or form == "json":
        strict = [{name: value if math.isfinite(value) else None for name, value in record.items()} for record in records]
        typer.echo(json.dumps(strict, indent=2, allow_nan=False))
    else:
        from lqbayes.likelihood.likelihood import Likelihood
        from lqbayes.report.tables import prediction_table

        compared = Likelihood(measured, chosen)
        for number, record in enumerate(records, start=1):
            output().print(prediction_table(record, compared, f"point {number}" if len(records) > 1 else ""))
    for number, record in enumerate(records, start=1):
        infinite = sum(not math.isfinite(value) for value in record.values())
        if infinite:
            typer.echo(f"warning: point {number}: {infinite} observables are not finite; {chosen.not_finite}", err=True)
