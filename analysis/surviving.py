"""What is left where everything constrains the model: intervals, pulls, the anomalies, predictions, and what the prior does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from comparison import percent, probability, standard_model
from page import markdown_table, write_csv
from runs import Options, summary_of

import lqbayes
from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
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
# What the experiments of the next years look for.
_SEARCHES: dict[str, tuple[str, ...]] = {
    "MEG II": ("BR_mu_egamma",),
    "Mu2e, COMET": ("CR_mue_Al",),
    "Mu3e": ("BR_mu_3e",),
    "NA62": ("BR_Kp_pinunu", "BR_Kp_pi_mumep", "BR_Kp_pi_emmup"),
    "KOTO": ("BR_KL_pinunu",),
    "LHCb": ("R_K", "R_Kstar", "BR_Bs_mumu", "BR_B0_mumu", "BR_Bs_mutau", "BR_D0_mumu", "phi_s"),
    "Belle II": (
        "BR_B_K_nunu",
        "BR_B0_Kst_nunu",
        "BR_B_K_mumtaup",
        "BR_tau_mugamma",
        "BR_tau_muphi",
        "BR_tau_3mu",
        "RD_ratio",
        "RDst_ratio",
    ),
}


def _row(run: lqbayes.Run, source: str) -> Interval:
    return next(row for row in summary_of(run).intervals if row.quantity.source == source and row.quantity.kind != "sign")


def _name(run: lqbayes.Run) -> str:
    return f"`{run.name}` (prior {run.configuration.prior.name})"


def interval_section(given: Options, runs: Sequence[lqbayes.Run], shown: Sequence[str] = _SHOWN, data: str = _DATA) -> str:
    """Intervals of masses, coefficients and couplings with their errors."""
    parts, table = [], []
    for run in runs:
        rows = []
        for row in (_row(run, source) for source in shown):
            _, inner, outer = interval_texts(row)
            error = f"{row.median:.4g} ± {row.error('median'):.1g}"
            rows.append(
                (
                    f"`{row.quantity.name}`",
                    row.quantity.unit_text,
                    error,
                    inner,
                    outer,
                    *(f"{row.error(end):.1g}" for end in ("low95", "high95")),
                )
            )
        table += [(run.name, row.quantity.name, *(x for end in row.estimates for x in (row.value(end), row.error(end)))) for row in
                  summary_of(run).intervals if len(row.estimates) > 1]  # fmt: skip
        headings = ("quantity", "unit", "median", "68 %", "95 %", "± its lower end", "± its upper end")
        parts.append(f"{_name(run)}:\n\n{markdown_table(headings, rows, text=2)}")
    ends = next(row.estimates for row in summary_of(runs[0]).intervals if len(row.estimates) > 1)
    write_csv(given, "intervals", ("run", "quantity", *(x for end in ends for x in (end, f"{end}_error"))), table)
    return "\n\n".join([f"## What is left\n\n{data}", *parts])


def pull_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """Pulls of the draws beside those of the standard model."""
    parts, table = [], []
    for run in runs:
        likelihood = run.posterior_target.likelihood
        standard = standard_model(likelihood)
        rows = []
        for alone, term in zip(pulls(likelihood, standard.observables), summary_of(run).terms, strict=True):
            if alone.sigmas is None or term.pulls is None:
                continue
            _, low, median, high, _ = term.pulls
            table.append((run.name, term.measurement.name, alone.sigmas, median, low, high))
            if max(abs(alone.sigmas), abs(median)) > 1:
                rows.append((f"`{term.measurement.name}`", alone.text, pull_text(median), f"{pull_text(low)} .. {pull_text(high)}"))
        best = -2 * float(run.terms().sum(axis=-1).max())
        rows.append(("chi2 of all terms: standard model, best draw", f"{standard.chi2:.1f}", f"{best:.1f}", ""))
        headings = ("pull, in standard deviations", "standard model", "posterior median", "68 %")
        parts.append(f"{_name(run)}:\n\n{markdown_table(headings, rows)}")
    write_csv(given, "pulls", ("run", "measurement", "standard_model", "median", "low68", "high68"), table)
    return "\n\n".join(
        ["## Pulls\n\nThose above 1 in size in the standard model or in the median of the draws; all are in `pulls.csv`.", *parts]
    )


def prediction_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """What experiments would see."""
    parts, table = [], []
    for run in runs:
        likelihood = run.posterior_target.likelihood
        standard = standard_model(likelihood).observables
        rows = []
        for experiment, names in _SEARCHES.items():
            for row in (_row(run, name) for name in names):
                name = row.quantity.source
                alone = float(standard[likelihood.model.observable_index[name]])
                values = [row.value(end) for end in ("median", "low95", "high95")]
                errors = [row.error(end) for end in ("median", "low95", "high95")]
                near = _near_limit(run, likelihood, name)
                text = f"{values[0]:.2g} ± {errors[0]:.1g}"
                ends = f"{values[1]:.2g} (± {errors[1]:.1g}) .. {values[2]:.2g} (± {errors[2]:.1g})"
                rows.append((experiment, f"`{name}`", f"{alone:.3g}", text, ends, near))
                table.append((run.name, experiment, name, alone, *(x for pair in zip(values, errors, strict=True) for x in pair)))
        headings = ("experiment", "observable", "standard model", "median", "95 %", "probability above a tenth of today's limit")
        parts.append(f"{_name(run)}:\n\n{markdown_table(headings, rows, text=2)}")
    names = (
        "run",
        "experiment",
        "observable",
        "standard_model",
        "median",
        "median_error",
        "low95",
        "low95_error",
        "high95",
        "high95_error",
    )
    write_csv(given, "predictions", names, table)
    return "\n\n".join(
        ["## Predictions\n\nWhat the posterior predicts for searches under way; `CR_mue_Al` is conversion in aluminium.", *parts]
    )


def _near_limit(run: lqbayes.Run, likelihood: Likelihood, name: str) -> str:
    limits = [m.limits(0)[1] for m in likelihood.settings.measurements if tuple(m.observables) == (name,) and not m.has_value]
    return percent(*probability(run, run[name] > limits[0] / 10)) if limits else "-"


def prior_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """What another prior, and the ends of the ranges, do to the answers."""
    parts = ["## Prior sensitivity"]
    if len(runs) > 1:
        first, second = (summary_of(run) for run in runs[:2])
        labels = [f"prior {run.configuration.prior.name}" for run in runs[:2]]
        rows = compared_rows(first, second)
        shift_table(rows, *labels).write(given.output / "prior-shifts.csv")
        headline = runs[0].posterior_target.model.headline
        text = shift_table([row for row in rows if row.quantity.source in headline], *labels).markdown(title=False).rstrip()
        ratio = comparable(first, second) or f"ln of the Bayes factor, {bayes_factor(first, second).text}"
        parts.append(f"Two priors with the same data; {ratio} for {labels[1]} over {labels[0]}.\n\n{text}")
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
