"""The tables of a run, each made from its summary."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from lqbayes.input.printable import printable
from lqbayes.input.shipped import shipped_names
from lqbayes.likelihood.file import load_likelihood_set, model_of
from lqbayes.likelihood.measurement import LikelihoodSet
from lqbayes.model import Model
from lqbayes.prior.file import load_prior_set
from lqbayes.prior.parameter_prior import PriorSet
from lqbayes.quantities import Quantity, latex_unit, shown_unit
from lqbayes.report.latex import latex_mathematics
from lqbayes.report.rounding import number_texts, power_text, rounded
from lqbayes.report.table import Column, Table
from lqbayes.results.intervals import Interval
from lqbayes.results.measured import PredictedTerm, pull_text, pulls
from lqbayes.results.summary import Summary

if TYPE_CHECKING:
    from lqbayes.calibration.model_check import Finding
    from lqbayes.calibration.result import Calibration
    from lqbayes.likelihood.likelihood import Likelihood

_NOTE = (
    "Equal-tailed credible intervals, those of phases on [0, 2 pi). For the probability of a positive sign the median column holds the "
    "probability. R-hat is the nested R-hat of independent ensembles, ESS the effective sample size of all of them together, of ranks and "
    "of folded ranks the worse one. Ensembles count in proportion to their evidences."
)
_JUDGED = (
    "R-hat and ESS: the worse of ranks and folded ranks. error: the largest Monte Carlo error of a median or interval end, over half the "
    "width of its interval, both in normal scores; in units: the largest with both in the quantity's unit, which is not judged. ln Z corr. "
    "and Z shift: correlation of the ensembles' ln Z with their means, and their mean weighted by Z less the plain one in standard "
    "deviations; tables and plots have the weights."
)
_MISSED = (
    "Mass: of the half of the mode that is nearest to its summit, in the ellipsoid of its curvature. Where it cannot be weighed, clones of "
    "the summit moved at the posterior, and did not come down to where the draws are. Parameters are those of the summit."
)
_ENDS = ("median", "low68", "high68", "low95", "high95")


def interval_table(summary: Summary, rows: Sequence[Interval] | None = None, *, title: str = "", described: bool = False) -> Table:
    """Credible intervals of every quantity, or of some."""
    chosen = summary.intervals if rows is None else rows
    numbers = [[row.value(name) for name in _ENDS] + [row.rhat, row.ess] for row in chosen]
    frame = pd.DataFrame(numbers, columns=[*_ENDS, "rhat", "ess"])
    frame.insert(0, "quantity", [row.quantity.name for row in chosen])
    frame.insert(1, "unit", [row.quantity.unit_text or "1" for row in chosen])
    shown = tuple(frame.columns)
    # What the columns of readers take their texts from.
    frame["row"], frame["what"] = list(chosen), [_description(row.quantity, summary.configuration.model) for row in chosen]
    columns = (
        Column("quantity", "quantity", "name", latex=lambda r: _latex_name(r["row"].quantity)),
        *([Column("what", kind="words")] if described else []),
        Column("unit", lambda r: r["row"].quantity.unit_text, latex=lambda r: _latex_unit(r["row"].quantity), extra=1),
        Column("median", lambda r: interval_texts(r["row"])[0], "number"),
        Column("68 %", lambda r: interval_texts(r["row"])[1], "number"),
        Column("95 %", lambda r: interval_texts(r["row"])[2], "number", extra=2),
        Column("R-hat", "rhat", "number", ".3f", extra=4),
        Column("ESS", "ess", "number", ".0f", extra=3),
    )
    return Table(title or f"Posterior of the run {summary.name}", frame, columns, _NOTE, summary.state, csv_columns=shown)


def interval_texts(row: Interval) -> tuple[str, str, str]:
    """Median, 68 % interval and 95 % interval of one quantity for readers."""
    if row.quantity.kind == "sign":
        return f"{row.median:.3f}", "", ""
    median, *ends = number_texts(row.values)
    inner, outer = (f"{ends[k]} .. {ends[k + 1]}" if ends else "" for k in (0, 2))
    return median, inner, outer


def error_table(summary: Summary) -> Table:
    """Monte Carlo errors of the numbers of the table of intervals."""
    kinds = {"error": Interval.error, "share": Interval.share, "share_in_units": Interval.share_in_units}
    columns = {f"{name}_{kind}": [of(row, name) for row in summary.intervals] for kind, of in kinds.items() for name in _ENDS}
    frame = pd.DataFrame({"quantity": [row.quantity.name for row in summary.intervals]} | columns)
    shown = (Column("quantity", kind="name"), *(Column(f"{name}_error", kind="number", form=".2g") for name in _ENDS))
    return Table(f"Monte Carlo errors of the run {summary.name}", frame, shown, state=summary.state)


def convergence_table(summary: Summary, top: int | None = None, *, worst: bool = True) -> Table:
    """Everything that is judged of each quantity, what stands most in the way first unless in the order of the quantities."""
    targets, entries = summary.convergence.targets, summary.worst_first if worst else summary.convergence.quantities
    rows = [
        (q.name, q.rhat, targets.rhat, q.ess, q.ess_target, q.interval_end, q.interval_error, targets.interval_error)
        + (q.interval_error_in_units, q.evidence.correlation, q.evidence.shift, q.evidence.error, q.passed)
        for q in entries[:top]
    ]
    judged = ("rhat", "rhat_target", "ess", "ess_target", "interval_end", "interval_error", "interval_error_target")
    names = ("quantity", *judged, "interval_error_in_units", "evidence_correlation", "evidence_shift", "evidence_shift_error", "met")
    frame = pd.DataFrame(rows, columns=list(names))
    columns = (
        Column("quantity", kind="name"),
        Column("R-hat", "rhat", "number", ".4f", missing="-"),
        Column("at most", "rhat_target", "number", "g", extra=3),
        Column("ESS", "ess", "number", ".0f", missing="-"),
        Column("at least", "ess_target", "number", "g", extra=2),
        Column("error", "interval_error", "number", ".3f", missing="-"),
        Column("of", lambda r: "" if math.isnan(r["interval_error"]) else r["interval_end"], extra=1),
        Column("at most", "interval_error_target", "number", "g", extra=4),
        Column("in units", "interval_error_in_units", "number", ".3f", missing="-", extra=6),
        Column("ln Z corr.", "evidence_correlation", "number", "+.2f", missing="-", extra=5),
        Column("Z shift", "evidence_shift", "number", "+.3f", missing="-", extra=4),
        Column("met", lambda r: "NO" if not r["met"] else "constant" if math.isnan(r["rhat"]) else "yes"),
    )
    more = len(entries) - len(frame)
    alarming = frozenset(k for k, met in enumerate(frame["met"]) if not met)
    note = f"{_JUDGED} And {more} more." if more else _JUDGED
    return Table("What is judged of each quantity, worst first", frame, columns, note, summary.state, alarming, csv_columns=names)


def evidence_table(summary: Summary) -> Table:
    """Log evidence of each ensemble and of all together."""
    rows = [(f"ensemble {k + 1}", f"{value:.3f}") for k, value in enumerate(summary.log_evidences)]
    return _texts("Log evidence", {"of": "text", "ln Z": "number"}, [*rows, ("all, as the mean of Z", summary.evidence_text)])


def mode_table(summary: Summary) -> Table:
    """Modes that the run has missed, and where they are."""
    missed = summary.convergence.audit.missed if summary.convergence.audit else ()
    posterior = summary.configuration.posterior()
    points = posterior.points(np.reshape([mode.coordinates for mode in missed], (-1, posterior.dimension)))

    def text(value: float | None, form: str) -> str:
        return "-" if value is None else f"{value:{form}}"

    rows = [
        ("log density", *(text(mode.log_density, ".2f") for mode in missed)),
        ("log mass", *(text(mode.log_mass, ".2f") for mode in missed)),
        ("share of the posterior", *(text(None if mode.log_mass is None else mode.predicted, ".1%") for mode in missed)),
        ("share of the draws", *(text(mode.observed, ".1%") for mode in missed)),
        ("clones that came down", *(text(mode.relaxed, ".0%") for mode in missed)),
        *((name, *(f"{x:.6g}" for x in values)) for name, values in zip(posterior.parameter_names, points.T, strict=True)),
    ]
    kinds = {"of": "name"} | {f"mode {k + 1}": "number" for k in range(len(missed))}
    return replace(_texts("Modes that the run has missed: it must not be believed", kinds, rows), note=_MISSED, state=summary.state)


def settings_table(summary: Summary) -> Table:
    """What the run was asked to do."""
    asked, settings, targets = summary.configuration, summary.configuration.sampling, summary.configuration.targets
    ensembles = f"{settings.ensembles} of {settings.walkers} walkers, annealed independently, {settings.sweeps_per_rung} steps a rung"
    sizes = f"{targets.ess_observables:g} for observables and headline parameters, {targets.ess_parameters:g} for other parameters"
    rows = {
        "likelihood": f"{asked.likelihood.name}: {asked.likelihood.title}",
        "prior": f"{asked.prior.name}: {asked.prior.title}",
        "model": asked.model.full_name,
        "seed": str(settings.seed),
        "ensembles": ensembles,
        "stored steps": f"{summary.steps} of each ensemble, one in {settings.thin}; judged after every {settings.steps_per_population}",
        "targets": f"R-hat at most {targets.rhat:g}; effective sample size at least {sizes}; Monte Carlo error of each median and interval "
        f"end at most {targets.interval_error:g} of half the width of the interval, in normal scores",
        **({} if asked.source is None else {"annealed from": f"the run {printable(asked.source.path)}, identity {asked.source.identity}"}),
        "created": asked.created,
        "versions": ", ".join(f"{name} {version}" for name, version in asked.versions.items()),
        "identity": asked.identity,
    }
    return _texts("Settings of the run", {"what": "text", "value": "words"}, list(rows.items()))


def prior_table(prior: PriorSet, model: Model) -> Table:
    """The prior of every parameter with its source."""
    described = {parameter.name: parameter for parameter in model.parameters}
    rows = [
        (p.name, described[p.name].description, p.distribution, p.text, shown_unit(described[p.name].unit), p.source)
        for p in prior.parameters
    ]
    kinds = {"parameter": "name", "what": "words", "distribution": "name", "numbers": "name", "unit": "text", "source": "source"}
    return _texts("Prior of every parameter", kinds, rows, extra={"what": 1})


def measurement_table(likelihood: LikelihoodSet) -> Table:
    """The measurements with their sources."""
    rows: list[tuple[str, ...]] = []
    for m in likelihood.measurements:
        for k, (observable, text) in enumerate(zip(m.observables, m.texts(), strict=True)):
            first = (m.form, m.source, ", ".join(m.data)) if k == 0 else ("", "", "")
            rows.append((m.name if k == 0 else "", observable, text, shown_unit(m.unit or "1"), *first))
        for i, line in enumerate(m.correlations):
            rows += [("", f"{m.observables[j]}, {m.observables[i]}", f"correlation {line[j]:g}", "", "", "", "") for j in range(i)]
    kinds = {"measurement": "name", "observable": "name", "measured": "name", "unit": "text", "form": "name"}
    return _texts("Measurements in the likelihood", {**kinds, "source": "source", "data": "text"}, rows, extra={"form": 1, "data": 2})


def pull_table(summary: Summary) -> Table:
    """Posterior predictions beside the measurements."""
    rows: list[tuple[str, ...]] = []
    for term in summary.terms:
        for k, entry in enumerate(term.observables):
            (mean, spread), exponent = rounded([entry.mean, entry.spread], entry.spread)
            predicted = f"({mean} +- {spread}){power_text(exponent)}" if exponent else f"{mean} +- {spread}"
            name, agreement = (term.measurement.name, _agreement(term)) if k == 0 else ("", ("", "", ""))
            rows.append((name, entry.name, entry.measured, predicted, shown_unit(entry.unit), *agreement))
    kinds = {"measurement": "name", "observable": "text", "measured": "name", "mean +- spread": "name", "unit": "text"}
    kinds |= dict.fromkeys(("pull, median", "pull, 68 %", "draws allowed"), "number")
    return _texts("Posterior predictions and measurements", kinds, rows)


def model_table(model: Model, kind: Literal["parameters", "observables"]) -> Table:
    """The parameters or the observables of a model."""
    entries = model.parameters if kind == "parameters" else model.observables
    kinds = {kind.removesuffix("s"): "name", "unit": "text", "meaning": "words"}
    return _texts("", kinds, [(entry.name, entry.unit, entry.description) for entry in entries])


def file_table(model: Model, kind: Literal["likelihoods", "priors"]) -> Table:
    """The likelihoods or the priors that the package ships for a model."""
    names = shipped_names(kind, model.name)
    if kind == "likelihoods":
        measured = [load_likelihood_set(name, model_of(name, model)) for name in names]
        heading, rows = "terms", [(s.name, len(s.measurements), s.title) for s in measured]
    else:
        sets = [load_prior_set(name, model) for name in names]
        heading, rows = "sampled", [(s.name, sum(p.distribution != "fixed" for p in s.parameters), s.title) for s in sets]
    kinds = {kind.removesuffix("s"): "name", heading: "number", "title": "words"}
    return _texts("", kinds, [(name, str(count), title) for name, count, title in rows])


def finding_table(findings: Sequence[Finding], title: str) -> Table:
    """What was looked at in a model, with what is wrong in red."""
    columns = [Column("subject"), Column("found", kind="words")]
    alarming = frozenset(k for k, finding in enumerate(findings) if finding.wrong)
    return Table.of_texts(title, columns, [(finding.subject, finding.text) for finding in findings], alarming=alarming)


def prediction_table(predicted: Mapping[str, float], likelihood: Likelihood, title: str = "") -> Table:
    """The observables of a point beside their measurements."""
    compared = pulls(likelihood, np.array([predicted[name] for name in likelihood.model.observable_names]))
    found: dict[str, list[tuple[str, str]]] = {}
    for pull in compared:
        names = pull.measurement.observables
        joint = f" (of {' and '.join(names)} together)" if len(names) > 1 else ""
        for name, text in zip(names, pull.measurement.texts(), strict=True):
            found.setdefault(name, []).append((text, pull.text + joint))
    rows = [
        (*((o.name, f"{predicted[o.name]:.6g}", shown_unit(o.unit)) if k == 0 else ("", "", "")), *words)
        for o in likelihood.model.observables
        for k, words in enumerate(found.get(o.name, [("", "")]))
    ]
    table = _texts(title, {"observable": "name", "prediction": "number", "unit": "text", "measured": "text", "pull in sigma": "text"}, rows)
    total = sum(pull.log_likelihood for pull in compared)
    return replace(table, note=f"ln L = {total:.6g} under the measurements '{likelihood.settings.name}'")


def calibration_table(calibration: Calibration, top: int | None = None) -> Table:
    """How uniform the ranks of each quantity are, the worst first."""
    tests = (calibration.chi_square_p_values(), calibration.ecdf_p_values(), calibration.p_values())
    found = sorted(zip(calibration.names, *tests, strict=True), key=lambda row: float(row[-1]))[:top]
    uniform = [both >= calibration.threshold() for *_, both in found]
    rows = [(name, *(f"{p:.2g}" for p in values), "yes" if good else "NO") for (name, *values), good in zip(found, uniform, strict=True)]
    kinds = {"quantity": "name", "p (chi-square)": "number", "p (ECDF)": "number", "p (both)": "number", "uniform": "text"}
    left = len(calibration.names) - len(rows)
    alarming = frozenset(k for k, good in enumerate(uniform) if not good)
    return replace(_texts("", kinds, rows), note=f"and {left} more" if left else "", alarming=alarming)


def _agreement(term: PredictedTerm) -> tuple[str, str, str]:
    if term.pulls is None:
        return "", "", f"{100 * term.allowed:.4g} %"
    _, low, median, high, _ = map(pull_text, term.pulls)
    return median, f"{low} .. {high}", ""


def _texts(title: str, kinds: Mapping[str, Any], rows: Sequence[Sequence[str]], *, extra: Mapping[str, int] | None = None) -> Table:
    return Table.of_texts(title, [Column(heading, kind=kind, extra=(extra or {}).get(heading, 0)) for heading, kind in kinds.items()], rows)


def _description(quantity: Quantity, model: Model) -> str:
    return (model.parameters if quantity.origin == "parameter" else model.observables)[quantity.column].description


def _latex_name(quantity: Quantity) -> str:
    return latex_mathematics(quantity.label if quantity.transform == "log10_abs" else f"${quantity.symbol}$")


def _latex_unit(quantity: Quantity) -> str:
    # A logarithm has its unit inside.
    unit = "" if quantity.transform == "log10_abs" else latex_unit(quantity.unit)
    return latex_mathematics(f"${unit}$") if unit else ""
