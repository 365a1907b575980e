"""The best fit as tables for the terminal, as JSON, and as a file of points that ``lqbayes predict`` reads."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.quantities import shown_unit
from lqbayes.report.table import Column, Table
from lqbayes.results.best_fit import BestFit, Maximum, Prediction
from lqbayes.results.measured import pulls
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.run import Run

NOTES = (
    "Both are the highest points that a search from the run's best draws found, not proven to be the highest of all.",
    "What the prior knows counts in the posterior density only.",
    "A density depends on the coordinates: this is that in the sampling coordinates, where equal steps of a log-uniform or uniform "
    "parameter have equal prior mass.",
)


def best_fit_tables(fit: BestFit) -> list[Table]:
    """Show a best fit: heights, pulls, observables and parameters."""
    maxima, predictions, model = _maxima(fit), _predictions(fit), fit.likelihood.model
    blank = [""] * (len(predictions) - len(maxima))
    heights = [
        ("ln L", *_numbers(p.log_likelihood for p in predictions.values())),
        ("chi2", *_numbers(p.chi2 for p in predictions.values())),
        ("ln posterior density", *_numbers(m.log_posterior for m in maxima.values()), *blank),
        ("the same of the best draw", *_numbers(m.best_sampled for m in maxima.values()), *blank),
    ]
    if fit.reference is not None:
        less = _numbers(fit.reference.chi2 - p.chi2 for p in predictions.values())
        heights.insert(2, (f"chi2 of the {model.reference_name} less this", *less))
    agreement = []
    for row in zip(*(pulls(fit.likelihood, prediction.observables) for prediction in predictions.values()), strict=True):
        measurement, found = row[0].measurement, [pull.text for pull in row]
        for k, (name, text) in enumerate(zip(measurement.observables, measurement.texts(), strict=True)):
            # The observables of a correlated measurement have one pull together.
            agreement.append((measurement.name, name, text, *found) if k == 0 else ("", name, text, *("" for _ in row)))
    observables = [
        (o.name, shown_unit(o.unit), *_numbers(p.observables[k] for p in predictions.values())) for k, o in enumerate(model.observables)
    ]
    parameters = [(p.name, shown_unit(p.unit), *_numbers(m.point[k] for m in maxima.values())) for k, p in enumerate(model.parameters)]
    names = {"measurement": "name", "observable": "name", "measured": "name"}
    return [
        _table("Best fit", {"": "text"}, predictions, heights),
        _table("Pulls in standard deviations", names, predictions, agreement),
        _table("Observables", {"observable": "name", "unit": "text"}, predictions, observables),
        _table("Parameters", {"parameter": "name", "unit": "text"}, maxima, parameters),
    ]


def _numbers(values: Iterable[float]) -> list[str]:
    return [f"{x:.6g}" for x in values]


def _table(title: str, names: Mapping[str, Any], numbers: Iterable[str], rows: Sequence[Sequence[str]]) -> Table:
    columns = [Column(heading, kind=kind, extra=2 if heading == "measured" else 0) for heading, kind in names.items()]
    return Table.of_texts(title, [*columns, *(Column(heading, kind="number") for heading in numbers)], rows)


def _maxima(fit: BestFit) -> dict[str, Maximum]:
    return {"maximum of the likelihood": fit.likelihood_maximum, "maximum of the posterior density": fit.posterior_maximum}


def _predictions(fit: BestFit) -> dict[str, Prediction]:
    return {**_maxima(fit), **({} if fit.reference is None else {fit.likelihood.model.reference_name: fit.reference})}


def to_json(fit: BestFit, run: Run) -> str:
    """Write a best fit as JSON, in full precision."""
    content: dict[str, Any] = {"run": run.name, "formulas": run.configuration.model.variant, "measurements": fit.likelihood.settings.name}
    for name in ("likelihood_maximum", "posterior_maximum"):
        maximum = getattr(fit, name)
        heights = {key: getattr(maximum, key) for key in ("log_prior", "log_posterior", "best_sampled")}
        content[name] = {**_prediction(maximum, fit.likelihood), **heights, "parameters": _point(maximum, fit)}
    if fit.reference is not None:
        content[fit.likelihood.model.reference_name.replace(" ", "_")] = _prediction(fit.reference, fit.likelihood)
    content["delta_chi2"] = fit.delta_chi2
    return json.dumps(content, indent=2) + "\n"


def _prediction(prediction: Prediction, likelihood: Likelihood) -> dict[str, Any]:
    keys = ("log_likelihood", "sigmas", "allowed")
    compared = {p.measurement.name: {key: getattr(p, key) for key in keys} for p in pulls(likelihood, prediction.observables)}
    observables = dict(zip(likelihood.model.observable_names, prediction.observables.tolist(), strict=True))
    return {"log_likelihood": prediction.log_likelihood, "chi2": prediction.chi2, "pulls": compared, "observables": observables}


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
    lines += [*NOTES, f"Predictions: {shlex.join(['lqbayes', 'predict', 'best-fit.toml', *run.configuration.model.options])}"]
    comments = "".join(f"# {line}\n" for line in lines)
    return comments + "\n" + tomli_w.dumps({"point": [_point(maximum, fit) for maximum in _maxima(fit).values()]})


def write_best_fit(fit: BestFit, run: Run, folder: Path | None = None) -> list[Path]:
    """Write a best fit, into its run directory unless there is another folder."""
    folder, written = folder or run.results, []
    for name, text in (("best-fit.toml", to_toml(fit, run)), ("best-fit.json", to_json(fit, run))):
        write_text_atomically(folder / name, text)
        written.append(folder / name)
    return written
