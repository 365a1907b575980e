"""The best fit as tables for the terminal, as JSON, and as a file of points that ``lqbayes predict`` reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from lqbayes.report.terminal import new_table
from lqbayes.results.best_fit import BestFit, Maximum, Prediction
from lqbayes.results.measured import pulls
from lqbayes.storage.atomic import write_text_atomically

if TYPE_CHECKING:
    from rich.table import Table

    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.storage.run import Run


NOTES = (
    "Both are the highest points that a search from the run's best draws found, not proven to be the highest of all.",
    "What the prior knows, the neutrino data among it, counts in the posterior density only.",
    "A density depends on the coordinates: this is that in the sampling coordinates, where equal steps of a log-uniform or uniform "
    "parameter have equal prior mass.",
)
_MAXIMA = ("maximum of the likelihood", "maximum of the posterior density")


def best_fit_tables(fit: BestFit) -> list[Table]:
    """Show a best fit."""
    return [_summary(fit), _agreement(fit), _observables(fit), _parameters(fit)]


def _summary(fit: BestFit) -> Table:
    table = new_table("Best fit")
    for heading in (
        "",
        "ln L",
        "chi2",
        f"chi2 of the {fit.likelihood.model.reference_name} minus this",
        "ln posterior density",
        "highest of the draws",
    ):
        table.add_column(heading, justify="right" if heading else "left")
    for heading, maximum in zip(_MAXIMA, _maxima(fit), strict=True):
        of_what = "ln L" if maximum is fit.likelihood_maximum else "ln posterior density"
        better = "" if fit.reference is None else f"{fit.reference.chi2 - maximum.chi2:.6g}"
        numbers = (f"{maximum.log_likelihood:.6g}", f"{maximum.chi2:.6g}", better, f"{maximum.log_posterior:.6g}")
        table.add_row(heading, *numbers, f"{of_what} {maximum.best_sampled:.6g}")
    if fit.reference is not None:
        name, found = fit.likelihood.model.reference_name, fit.reference
        table.add_row(name, f"{found.log_likelihood:.6g}", f"{found.chi2:.6g}", "0", "", "")
    return table


def _agreement(fit: BestFit) -> Table:
    table = _comparison("Pulls in standard deviations", ("measurement", "observable", "measured"), _headings(fit))
    columns = [pulls(fit.likelihood, prediction.observables) for prediction in _predictions(fit)]
    for row in zip(*columns, strict=True):
        measurement = row[0].measurement
        for k, (name, text) in enumerate(zip(measurement.observables, measurement.texts(), strict=True)):
            # The observables of a correlated measurement have one pull together.
            found = [pull.text for pull in row] if k == 0 else ["" for _ in row]
            table.add_row(measurement.name if k == 0 else "", name, text, *found)
    return table


def _observables(fit: BestFit) -> Table:
    table = _comparison("Observables", ("observable", "unit"), _headings(fit))
    for k, observable in enumerate(fit.likelihood.model.observables):
        values = [f"{prediction.observables[k]:.6g}" for prediction in _predictions(fit)]
        table.add_row(observable.name, _unit(observable.unit), *values)
    return table


def _parameters(fit: BestFit) -> Table:
    table = _comparison("Parameters", ("parameter", "unit"), _MAXIMA)
    for k, parameter in enumerate(fit.likelihood.model.parameters):
        table.add_row(parameter.name, _unit(parameter.unit), *(f"{maximum.point[k]:.6g}" for maximum in _maxima(fit)))
    return table


def _comparison(title: str, names: Sequence[str], numbers: Sequence[str]) -> Table:
    table = new_table(title)
    for heading in names:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _maxima(fit: BestFit) -> tuple[Maximum, Maximum]:
    return fit.likelihood_maximum, fit.posterior_maximum


def _predictions(fit: BestFit) -> list[Prediction]:
    return [*_maxima(fit), *([] if fit.reference is None else [fit.reference])]


def _headings(fit: BestFit) -> list[str]:
    return [*_MAXIMA, *([] if fit.reference is None else [fit.likelihood.model.reference_name])]


def to_json(fit: BestFit, run: Run) -> str:
    """Write a best fit as JSON, in full precision."""
    content: dict[str, Any] = {"run": run.name, "formulas": run.configuration.model.variant, "measurements": fit.likelihood.settings.name}
    for name, maximum in zip(("likelihood_maximum", "posterior_maximum"), _maxima(fit), strict=True):
        content[name] = {
            **_prediction(maximum, fit.likelihood),
            "log_prior": maximum.log_prior,
            "log_posterior": maximum.log_posterior,
            "best_sampled": maximum.best_sampled,
            "parameters": _point(maximum, fit),
        }
    if fit.reference is not None:
        content[fit.likelihood.model.reference_name.replace(" ", "_")] = _prediction(fit.reference, fit.likelihood)
    content["delta_chi2"] = fit.delta_chi2
    return json.dumps(content, indent=2) + "\n"


def _prediction(prediction: Prediction, likelihood: Likelihood) -> dict[str, Any]:
    compared = pulls(likelihood, prediction.observables)
    return {
        "log_likelihood": prediction.log_likelihood,
        "chi2": prediction.chi2,
        "pulls": {
            pull.measurement.name: {"log_likelihood": pull.log_likelihood, "sigmas": pull.sigmas, "allowed": pull.allowed}
            for pull in compared
        },
        "observables": dict(zip(likelihood.model.observable_names, prediction.observables.tolist(), strict=True)),
    }


def _point(maximum: Maximum, fit: BestFit) -> dict[str, float]:
    return dict(zip(fit.likelihood.model.parameter_names, maximum.point.tolist(), strict=True))


def to_toml(fit: BestFit, run: Run) -> str:
    """Write the two maxima as a file of parameter points."""
    lines = [f"Best fit of the run {run.name}: two points in full precision, in the units of `lqbayes list parameters`."]
    for number, (heading, maximum) in enumerate(zip(_MAXIMA, _maxima(fit), strict=True), start=1):
        numbers = f"ln L = {maximum.log_likelihood:.6g}, chi2 = {maximum.chi2:.6g}, ln posterior density = {maximum.log_posterior:.6g}"
        lines.append(f"point {number}, {heading}: {numbers}")
    if fit.reference is not None:
        name = fit.likelihood.model.reference_name
        lines.append(f"{name}: ln L = {fit.reference.log_likelihood:.6g}, chi2 = {fit.reference.chi2:.6g}")
    lines += [*NOTES, f"Predictions: lqbayes predict best-fit.toml --formulas {run.configuration.model.variant}"]
    comments = "".join(f"# {line}\n" for line in lines)
    return comments + "\n" + tomli_w.dumps({"point": [_point(maximum, fit) for maximum in _maxima(fit)]})


def write_best_fit(fit: BestFit, run: Run) -> list[Path]:
    """Write a best fit into its run directory."""
    written = []
    for name, text in (("best-fit.toml", to_toml(fit, run)), ("best-fit.json", to_json(fit, run))):
        write_text_atomically(run.path / name, text)
        written.append(run.path / name)
    return written
