"""What stands in the report page: rows of text for its tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lqbayes.likelihood.forms.correlated_gaussian import CorrelatedGaussian
from lqbayes.likelihood.measurement import Measurement
from lqbayes.model import Model
from lqbayes.report.convergence_table import worst_first
from lqbayes.report.interval_files import interval_texts
from lqbayes.report.rounding import rounded
from lqbayes.results.intervals import IntervalRow
from lqbayes.results.measured import PredictedTerm

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


_LARGEST_PULL = 1e4


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    caption
        What it shows.
    headings
        One for each column.
    rows
        Texts; an empty one where there is nothing to say.
    numeric
        Columns that hold numbers.
    sources
        Columns whose references become links.
    whole
        Columns whose texts are not broken into lines.
    alarming
        Rows that call for attention.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    sources: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()
    alarming: frozenset[int] = frozenset()


def settings_rows(run: Run) -> Table:
    """Table of what was asked."""
    asked = run.configuration
    settings, targets = asked.sampling, asked.targets
    rows = [
        ("likelihood", f"{asked.likelihood.name}: {asked.likelihood.title}"),
        ("prior", f"{asked.prior.name}: {asked.prior.title}"),
        ("model", f"{asked.model.name}, {asked.model.variant}"),
        ("seed", str(settings.seed)),
        ("ensembles", f"{settings.ensembles} of {settings.walkers} walkers, annealed independently, {settings.sweeps} steps a rung"),
        ("stored steps", f"{run.steps} of each ensemble, one in {settings.thin}; judged after every {settings.block}"),
        (
            "targets",
            f"R-hat at most {targets.rhat:g}; effective sample size at least {targets.ess_observables:g} for observables and "
            f"headline parameters, "
            f"{targets.ess_parameters:g} for other parameters",
        ),
        ("created", asked.created),
        ("versions", ", ".join(f"{name} {version}" for name, version in asked.versions.items())),
        ("identity", asked.identity),
    ]
    return Table("Settings of the run", ("what", "value"), tuple(rows))


def prior_rows(run: Run) -> Table:
    """Table of the prior."""
    rows = tuple(
        (parameter.name, parameter.description, prior.distribution, prior.text, _unit(parameter.unit), prior.source)
        for parameter, prior in zip(run.posterior_target.model.parameters, run.configuration.prior.parameters, strict=True)
    )
    return Table(
        "Prior of every parameter",
        ("parameter", "what", "distribution", "numbers", "unit", "source"),
        rows,
        sources=frozenset({5}),
        whole=frozenset({2, 3}),
    )


def measurement_rows(measurements: Sequence[Measurement]) -> Table:
    """Table of the measurements with their sources."""
    rows: list[tuple[str, ...]] = []
    for m in measurements:
        for k, (observable, text) in enumerate(zip(m.observables, m.texts(), strict=True)):
            first = (m.form, m.source, ", ".join(m.data)) if k == 0 else ("", "", "")
            rows.append((m.name if k == 0 else "", observable, text, _unit(m.unit), *first))
        for i, line in enumerate(m.correlation if isinstance(m, CorrelatedGaussian) else ()):
            for j in range(i):
                rows.append(("", f"{m.observables[j]}, {m.observables[i]}", f"correlation {line[j]:g}", "", "", "", ""))
    headings = ("measurement", "observable", "measured", "unit", "form", "source", "data")
    return Table("Measurements in the likelihood", headings, tuple(rows), sources=frozenset({5}), whole=frozenset({1, 2, 4}))


def convergence_rows(run: Run) -> Table:
    """Table of R-hat and effective sample sizes."""
    convergence = run.convergence()
    entries = worst_first(convergence)
    rows = tuple(
        (
            q.name,
            _or_dash(q.rhat, ".4f"),
            f"{convergence.targets.rhat:g}",
            _or_dash(q.ess, ".0f"),
            f"{q.ess_target:g}",
            _met(q.passed, q.rhat),
        )
        for q in entries
    )
    headings = ("quantity", "R-hat", "at most", "ESS", "at least", "met")
    alarming = frozenset(k for k, q in enumerate(entries) if not q.passed)
    return Table("Nested R-hat and effective sample size, worst first", headings, rows, frozenset({1, 2, 3, 4}), alarming=alarming)


def evidence_rows(run: Run) -> Table:
    """Table of the evidence."""
    rows = [(f"ensemble {k + 1}", f"{value:.3f}") for k, value in enumerate(run.log_evidences)]
    error = run.log_evidence_error
    uncertainty = "" if math.isnan(error) else f" +- {error:.3f} (1 sigma, {len(rows) - 1} degrees of freedom)"
    rows.append(("all, as the mean of Z", f"{run.log_evidence:.3f}{uncertainty}"))
    return Table("Log evidence", ("of", "ln Z"), tuple(rows), frozenset({1}))


def interval_rows(rows: Iterable[IntervalRow], origin: str, model: Model) -> Table:
    """Table of credible intervals."""
    described = [entry.description for entry in (model.parameters if origin == "parameter" else model.observables)]
    shown = []
    for row in rows:
        if row.quantity.origin == origin:
            name, *rest = interval_texts(row)
            shown.append((name, described[row.quantity.column], *rest))
    headings = ("quantity", "what", "unit", "median", "68 %", "95 %", "R-hat", "ESS")
    return Table(f"Equal-tailed credible intervals: {origin}s", headings, tuple(shown), frozenset(range(3, 8)))


def pull_rows(terms: Sequence[PredictedTerm]) -> Table:
    """Table of posterior predictions beside the measurements."""
    rows: list[tuple[str, ...]] = []
    for term in terms:
        for k, entry in enumerate(term.observables):
            numbers, power = rounded([entry.mean, entry.spread], entry.spread)
            exponent = f"e{power:+03d}" if power else ""
            predicted = f"({numbers[0]} +- {numbers[1]}){exponent}" if exponent else f"{numbers[0]} +- {numbers[1]}"
            agreement = _agreement(term) if k == 0 else ("", "", "")
            rows.append((term.measurement.name if k == 0 else "", entry.name, entry.measured, predicted, _unit(entry.unit), *agreement))
    headings = ("measurement", "observable", "measured", "mean +- spread", "unit", "pull, median", "pull, 68 %", "draws allowed")
    return Table("Posterior predictions and measurements", headings, tuple(rows), frozenset({5, 6, 7}), whole=frozenset({2, 3}))


def _agreement(term: PredictedTerm) -> tuple[str, str, str]:
    if term.pulls is None:
        return "", "", f"{100 * term.allowed:.4g} %"
    # Adding 0 makes +0 of the -0 that rounding leaves.
    _, low, median, high, _ = (f"{round(x, 2) + 0.0:+.2f}" if abs(x) < _LARGEST_PULL else f"{x:+.2g}" for x in term.pulls)
    return median, f"{low} .. {high}", ""


def _unit(unit: str | None) -> str:
    return "" if unit in {None, "1"} else str(unit)


def _or_dash(x: float, form: str) -> str:
    return "-" if math.isnan(x) else format(x, form)


def _met(met: bool, rhat: float) -> str:
    return "NO" if not met else "constant" if math.isnan(rhat) else "yes"
