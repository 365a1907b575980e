"""The best fit as tables for the terminal, as JSON, and as a file of points that ``lqbayes predict`` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from lqbayes.quantities import shown_unit
from lqbayes.report.table import Column, Table
from lqbayes.results.best_fit import BestFit, Prediction
from lqbayes.results.measured import pulls
from lqbayes.storage.atomic import write_text_atomically

if TYPE_CHECKING:
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.results.best_fit import Maximum
    from lqbayes.storage.run import Run

NOTES = (
    "Both are the highest points that a search from the run's best draws found, not proven to be the highest of all.",
    "What the prior knows counts in the posterior density only.",
    "A density depends on the coordinates: this is that in the sampling coordinates, where equal steps of a log-uniform or uniform "
    "parameter have equal prior mass.",
)
_MAXIMA = ("maximum of the likelihood", "maximum of the posterior density")


def best_fit_tables(fit: BestFit) -> list[Table]:
    """Show a best fit."""
    return [_summary(fit), _agreement(fit), _observables(fit), _parameters(fit)]


def _summary(fit: BestFit) -> Table:
    predictions = _predictions(fit)
    rows = [("ln L", *(f"{found.log_likelihood:.6g}" for found in predictions.values()))]
    rows.append(("chi2", *(f"{found.chi2:.6g}" for found in predictions.values())))
    if fit.reference is not None:
        reference = fit.reference.chi2
        rows.append(
            (f"chi2 of the {fit.likelihood.model.reference_name} less this", *(f"{reference - p.chi2:.6g}" for p in predictions.values()))
        )
    blank = [""] * (len(predictions) - 2)
    rows.append(("ln posterior density", *(f"{maximum.log_posterior:.6g}" for maximum in _maxima(fit).values()), *blank))
    rows.append(("the same of the best draw", *(f"{maximum.best_sampled:.6g}" for maximum in _maxima(fit).values()), *blank))
    return _table("Best fit", {"": "text"}, predictions, rows)


def _agreement(fit: BestFit) -> Table:
    rows = []
    for row in zip(*(pulls(fit.likelihood, prediction.observables) for prediction in _predictions(fit).values()), strict=True):
        measurement = row[0].measurement
        for k, (name, text) in enumerate(zip(measurement.observables, measurement.texts(), strict=True)):
            # The observables of a correlated measurement have one pull together.
            found = [pull.text for pull in row] if k == 0 else ["" for _ in row]
            rows.append((measurement.name if k == 0 else "", name, text, *found))
    names = {"measurement": "name", "observable": "name", "measured": "name"}
    return _table("Pulls in standard deviations", names, _predictions(fit), rows)


def _observables(fit: BestFit) -> Table:
    rows = [
        (observable.name, shown_unit(observable.unit), *(f"{found.observables[k]:.6g}" for found in _predictions(fit).values()))
        for k, observable in enumerate(fit.likelihood.model.observables)
    ]
    return _table("Observables", {"observable": "name", "unit": "text"}, _predictions(fit), rows)


def _parameters(fit: BestFit) -> Table:
    rows = [
        (parameter.name, shown_unit(parameter.unit), *(f"{maximum.point[k]:.6g}" for maximum in _maxima(fit).values()))
        for k, parameter in enumerate(fit.likelihood.model.parameters)
    ]
    return _table("Parameters", {"parameter": "name", "unit": "text"}, _maxima(fit), rows)


def _table(title: str, names: Mapping[str, Any], numbers: Iterable[str], rows: Sequence[Sequence[str]]) -> Table:
    columns = [Column(heading, kind=kind, extra=2 if heading == "measured" else 0) for heading, kind in names.items()]
    return Table.of_texts(title, [*columns, *(Column(heading, kind="number") for heading in numbers)], rows)


def _maxima(fit: BestFit) -> dict[str, Maximum]:
    return dict(zip(_MAXIMA, (fit.likelihood_maximum, fit.posterior_maximum), strict=True))


def _predictions(fit: BestFit) -> dict[str, Prediction]:
    return {**_maxima(fit), **({} if fit.reference is None else {fit.likelihood.model.reference_name: fit.reference})}


def to_json(fit: BestFit, run: Run) -> str:
    """Write a best fit as JSON, in full precision."""
    content: dict[str, Any] = {"run": run.name, "formulas": run.configuration.model.variant, "measurements": fit.likelihood.settings.name}
    for name, maximum in zip(("likelihood_maximum", "posterior_maximum"), _maxima(fit).values(), strict=True):
        content[name] = {
            **_prediction(maximum, fit.likelihood),
            **{key: getattr(maximum, key) for key in ("log_prior", "log_posterior", "best_sampled")},
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
    for number, (heading, maximum) in enumerate(_maxima(fit).items(), start=1):
        numbers = f"ln L = {maximum.log_likelihood:.6g}, chi2 = {maximum.chi2:.6g}, ln posterior density = {maximum.log_posterior:.6g}"
        lines.append(f"point {number}, {heading}: {numbers}")
    if fit.reference is not None:
        name = fit.likelihood.model.reference_name
        lines.append(f"{name}: ln L = {fit.reference.log_likelihood:.6g}, chi2 = {fit.reference.chi2:.6g}")
    lines += [*NOTES, f"Predictions: lqbayes predict best-fit.toml --formulas {run.configuration.model.variant}"]
    comments = "".join(f"# {line}\n" for line in lines)
    return comments + "\n" + tomli_w.dumps({"point": [_point(maximum, fit) for maximum in _maxima(fit).values()]})


def write_best_fit(fit: BestFit, run: Run) -> list[Path]:
    """Write a best fit into its run directory."""
    written = []
    for name, text in (("best-fit.toml", to_toml(fit, run)), ("best-fit.json", to_json(fit, run))):
        write_text_atomically(run.results / name, text)
        written.append(run.results / name)
    return written
