"""What is left where everything constrains the model: intervals, pulls, and what the prior does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from comparison import standard_model
from page import markdown_table, write_csv
from runs import Options, summary_of

import lqbayes
from lqbayes.input.errors import ArgumentError
from lqbayes.report.comparison import shift_table
from lqbayes.report.prior_tables import range_table
from lqbayes.report.tables import interval_texts
from lqbayes.results.evidence_ratios import bayes_factor, comparable
from lqbayes.results.intervals import Interval
from lqbayes.results.measured import pull_text, pulls
from lqbayes.results.prior_sensitivity import notable, prior_sensitivity
from lqbayes.results.reweighting import compared_rows

_SHOWN = (
    *("M_LQ", "C9_mu", "C10_mu", "C9_univ", "R_K", "R_Kstar", "BR_Bs_mumu", "delta_a_mu", "alpha_1", "g_max"),
    *("f_11", "f_22", "f_33", "h_22", "h_23", "h_32", "h_33", "ht_22", "ht_23", "ht_32", "ht_33"),
)
_DATA = "The posterior of the set `full-2026` with the formulas `full`."


def interval_of(run: lqbayes.Run, source: str) -> Interval:
    """Interval of a quantity by the name of its observable or parameter; for its magnitude where that has a sign."""
    return next(row for row in summary_of(run).intervals if row.quantity.source == source and row.quantity.kind != "sign")


def _name(run: lqbayes.Run) -> str:
    return f"`{run.name}` (prior {run.configuration.prior.name})"


def labels(runs: Sequence[lqbayes.Run]) -> list[str]:
    """Short names of runs in the headings of a table: their priors, where these differ."""
    priors = [run.configuration.prior.name for run in runs]
    return [f"prior {name}" for name in priors] if len(set(priors)) == len(runs) else [f"`{run.name}`" for run in runs]


def interval_section(given: Options, runs: Sequence[lqbayes.Run], shown: Sequence[str] = _SHOWN, data: str = _DATA) -> str:
    """Intervals of masses, coefficients and couplings of all runs, with their errors."""
    rows = []
    for source in shown:
        found = [interval_of(run, source) for run in runs]
        cells = [(median_text(row), interval_texts(row)[1], outer_text(row)) for row in found]
        rows.append((f"`{found[0].quantity.name}`", found[0].quantity.unit_text, *(text for cell in cells for text in cell)))
    intervals = [(run.name, row) for run in runs for row in summary_of(run).intervals if len(row.estimates) > 1]
    ends = tuple(intervals[0][1].estimates)
    table = [(name, row.quantity.name, *(x for end in ends for x in (row.value(end), row.error(end)))) for name, row in intervals]
    write_csv(given, "intervals", ("run", "quantity", *(x for end in ends for x in (end, f"{end}_error"))), table)
    headings = ("quantity", "unit", *(f"{label}: {end}" for label in labels(runs) for end in ("median", "68 %", "95 %")))
    return f"## What is left\n\n{data}\n\n{markdown_table(headings, rows, text=2)}"


def median_text(row: Interval) -> str:
    """Median with its error, for readers."""
    return f"{row.median:.4g} ± {row.error('median'):.1g}"


def outer_text(row: Interval) -> str:
    """Ends of the 95 % interval with their errors, for readers."""
    return " .. ".join(f"{row.value(end):.3g} ± {row.error(end):.1g}" for end in ("low95", "high95"))


def pull_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """Pulls of the draws beside those of the standard model."""
    shown: dict[str, list[str]] = {}  # Of each measurement its cells: standard model, then the runs
    large, chi2, table = set(), ["chi2 of all terms: standard model, best draw", ""], []
    for k, run in enumerate(runs):
        likelihood = run.posterior_target.likelihood
        standard = standard_model(likelihood)
        for alone, term in zip(pulls(likelihood, standard.observables), summary_of(run).terms, strict=True):
            if alone.sigmas is None or term.pulls is None:
                continue
            name, (_, low, median, high, _) = term.measurement.name, term.pulls
            table.append((run.name, name, alone.sigmas, median, low, high))
            cells = shown.setdefault(name, ["", *[""] * len(runs)])
            # Measurements of one name may differ between runs, and with them what the standard model misses.
            cells[0] = alone.text if cells[0] in {"", alone.text} else f"{cells[0]}; {alone.text}"
            cells[k + 1] = f"{pull_text(median)} ({pull_text(low)} .. {pull_text(high)})"
            if max(abs(alone.sigmas), abs(median)) > 1:
                large.add(name)
        text = f"{standard.chi2:.1f}"
        chi2[1] = text if chi2[1] in {"", text} else f"{chi2[1]}; {text}"
        chi2.append(f"{-2 * float(run.terms().sum(axis=-1).max()):.1f}")
    rows = [*([f"`{name}`", *cells] for name, cells in shown.items() if name in large), chi2]
    write_csv(given, "pulls", ("run", "measurement", "standard_model", "median", "low68", "high68"), table)
    headings = ("pull, in standard deviations", "standard model", *(f"{label}: median (68 %)" for label in labels(runs)))
    text = "Those above 1 in size in the standard model or in the median of the draws; all are in `pulls.csv`."
    return f"## Pulls\n\n{text}\n\n{markdown_table(headings, rows)}"


def prior_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """What another prior, and the ends of the ranges, do to the answers."""
    parts = ["## Prior sensitivity"]
    if len(runs) > 1:
        first, second = (summary_of(run) for run in runs[:2])
        one, two = (f"prior {run.configuration.prior.name}" for run in runs[:2])
        rows = compared_rows(first, second)
        shift_table(rows, one, two).write(given.output / "prior-shifts.csv")
        headline = runs[0].posterior_target.model.headline
        text = shift_table([row for row in rows if row.quantity.source in headline], one, two).markdown(title=False).rstrip()
        ratio = comparable(first, second) or f"ln of the Bayes factor, {bayes_factor(first, second).text}"
        parts.append(f"Two priors with the same data; {ratio} for {two} over {one}.\n\n{text}")
    for run in runs:
        try:
            found = prior_sensitivity(run, run.convergence())
        except ArgumentError as error:
            parts.append(f"{_name(run)}: {error}")
            continue
        range_table(found, summary_of(run).state).write(given.output / f"prior-ranges-{run.name}.csv")
        large = [end for end in found.ends if any(notable(*pair) for pair in zip(end.shifts, end.chances, strict=True))]
        words = "Ends of ranges that shift the median of a headline quantity when moved inwards (all are in the CSV file):"
        shown = range_table(replace(found, ends=tuple(large)), "").markdown(title=False).rstrip() if large else "none."
        parts.append(f"{_name(run)}. {words}\n\n{shown}")
    return "\n\n".join(parts)
