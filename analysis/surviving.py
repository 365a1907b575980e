"""What is left where everything constrains the model: intervals, pulls, the anomalies, predictions, and what the prior does to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from comparison import percent, probability, standard_model
from constraint_groups import WITHIN, save
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray
from page import markdown_table, write_csv
from runs import Options, summary_of
from scipy.stats import chi2

import lqbayes
from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import Measurement
from lqbayes.report.comparison import shift_table
from lqbayes.report.plots.density import draw_regions, estimate_density
from lqbayes.report.plots.style import ALARM, DATA, DATA_LIMIT, INK, POSTERIOR, REGIONS, draw_caption, new_figure, styled
from lqbayes.report.prior_tables import range_table
from lqbayes.report.tables import interval_texts
from lqbayes.results.evidence_ratios import bayes_factor, comparable
from lqbayes.results.intervals import Interval
from lqbayes.results.measured import pull_text, pulls
from lqbayes.results.prior_sensitivity import notable, prior_sensitivity
from lqbayes.results.reweighting import compared_rows, reweight, verdict

_SHOWN = (
    *("M_LQ", "C9_mu", "C10_mu", "C9_univ", "R_K", "R_Kstar", "BR_Bs_mumu", "delta_a_mu", "alpha_1", "g_max"),
    *("f_11", "f_22", "f_33", "h_22", "h_23", "h_32", "h_33", "ht_22", "ht_23", "ht_32", "ht_33"),
)
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
_FIT, _G2 = "C9_C10_mu", "delta_a_mu"
_G2_UNIT = 1e-10
_WINDOWS = {"C9_mu": (-1.6, 0.6), "C10_mu": (-0.5, 1.2), "delta_a_mu": (-15.0, 40.0)}
_LABELS = {"C9_mu": r"$\mathrm{Re}\,C_9^{\mu}$", "C10_mu": r"$\mathrm{Re}\,C_{10}^{\mu}$", "delta_a_mu": r"$\Delta a_\mu$ $[10^{-10}]$"}
_COLOURS = (POSTERIOR, "#CC79A7")
_FILLS = (REGIONS, ())


def _row(run: lqbayes.Run, source: str) -> Interval:
    return next(row for row in summary_of(run).intervals if row.quantity.source == source and row.quantity.kind != "sign")


def _name(run: lqbayes.Run) -> str:
    return f"`{run.name}` (prior {run.configuration.prior.name})"


def interval_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """Intervals of masses, coefficients and couplings with their errors."""
    parts, table = [], []
    for run in runs:
        rows = []
        for row in (_row(run, source) for source in _SHOWN):
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
    return "\n\n".join(["## What is left\n\nThe posterior of the set `full-2026` with the formulas `full`.", *parts])


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


def _measured(likelihood: Likelihood, name: str) -> Measurement:
    return next(m for m in likelihood.settings.measurements if m.name == name)


def explanation_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """How much of b -> s mu mu and of g - 2, of 2021 and of today, the draws explain."""
    then = _measured(Likelihood.load("paper"), _G2)
    rows, table, notes = [], [], []
    for run in runs:
        likelihood = run.posterior_target.likelihood
        terms, names = run.terms(), run.posterior_target.term_names
        distance = -2 * terms[..., names.index(_FIT)]
        g2 = run[_G2]
        halfway = _halfway(run, likelihood)
        old, new = (_within(m, g2) for m in (then, _measured(likelihood, _G2)))
        hits = {
            "(C9, C10) within the 95.4 % region of the fit": distance < chi2.ppf(WITHIN, 2),
            "C9 and C10 at least half way to the fit": halfway,
            "g-2 of 2021 within 2 sigma": old,
            "g-2 of today within 2 sigma": new,
            "(C9, C10) at least half way, and g-2 of 2021": halfway & old,
            "(C9, C10) at least half way, and g-2 of today": halfway & new,
        }
        found = {label: probability(run, hit) for label, hit in hits.items()}
        rows += [(f"`{run.name}`", label, percent(*x)) for label, x in found.items()]
        table += [(run.name, label, *x) for label, x in found.items()]
        notes.append(_with_old_g2(run, likelihood, then, halfway))
    write_csv(given, "explained", ("run", "condition", "probability", "error"), table)
    save(explanation_figure(runs, then), given, "explained")
    folder = given.output.name
    return f"""## What it still explains

{markdown_table(("run", "condition", "posterior probability"), rows, text=2)}

Half way: chi2 of the fit at most a quarter of that of the standard model.

{chr(10).join(f"- {note}" for note in notes)}

![C9, C10 and Delta a_mu where everything constrains the model]({folder}/explained.png)"""


def _halfway(run: lqbayes.Run, likelihood: Likelihood) -> NDArray[np.bool_]:
    column = run.posterior_target.term_names.index(_FIT)
    return np.asarray(run.terms()[..., column] > standard_model(likelihood).terms[column] / 4)


def _within(m: Measurement, x: NDArray[np.float64]) -> NDArray[np.bool_]:
    (centre, minus, plus) = m.sides[0]
    return np.asarray((x > centre - 2 * minus) & (x < centre + 2 * plus))


def _with_old_g2(run: lqbayes.Run, likelihood: Likelihood, then: Measurement, halfway: NDArray[np.bool_]) -> str:
    """Say what the draws become with the measurement of 2021 in place of today's."""
    changed = tuple(then if m.name == _G2 else m for m in likelihood.settings.measurements)
    weights = reweight(run, Likelihood(replace(likelihood.settings, measurements=changed), likelihood.model))
    if not weights.usable:
        return f"`{run.name}` with the g-2 of 2021 in place of today's cannot be had from these draws: {verdict(weights)}."
    old = float(_within(then, run[_G2]).ravel() @ weights.values)
    both = float((_within(then, run[_G2]) & halfway).ravel() @ weights.values)
    return (
        f"`{run.name}` with the g-2 of 2021 in place of today's ({verdict(weights)}): it is explained within 2 sigma by "
        f"{100 * old:.1f} % of the posterior, together with half of (C9, C10) by {100 * both:.1f} %; "
        f"ln Z changes by {weights.log_evidence_ratio:+.2f}."
    )


@styled()
def explanation_figure(runs: Sequence[lqbayes.Run], then: Measurement) -> Figure:
    """Draw the planes of Figs. 1 and 2 of the paper."""
    figure = new_figure(12.6, 5.2, 130)
    likelihood = runs[0].posterior_target.likelihood
    fit, now = _measured(likelihood, _FIT), _measured(likelihood, _G2)
    panels = figure.subplots(1, 3)
    for axes, (across, up) in zip(panels, (("C9_mu", "C10_mu"), ("C9_mu", _G2), ("C10_mu", _G2)), strict=True):
        window = (_WINDOWS[across], _WINDOWS[up])
        for run, colour, fills in zip(runs, _COLOURS, _FILLS, strict=False):
            draws = run.draws()
            x, y = (draws.pooled(run[name]) / (_G2_UNIT if name == _G2 else 1.0) for name in (across, up))
            independent = min(summary_of(run).convergence.of(name).ess for name in (across, up))
            draw_regions(axes, estimate_density(x, y, window, independent=independent), colour, fills, 1.4)
        if up == _G2:
            for m, shade in ((then, DATA), (now, DATA_LIMIT)):
                centre, minus, plus = (x / _G2_UNIT for x in m.sides[0])
                axes.axhspan(centre - minus, centre + plus, color=shade, alpha=0.2, linewidth=0, zorder=0)
                axes.axhline(centre, color=shade, linewidth=1, zorder=1)
        else:
            for sigmas in np.sqrt(chi2.ppf((0.68, 0.95), 2)):
                axes.plot(*_ellipse(fit, sigmas), color=DATA, linewidth=1.4, zorder=3)
            axes.axline((0, 0), slope=-1, color=INK, linewidth=0.6, linestyle=":", zorder=1)
        axes.plot([0], [0], marker="+", color=INK, markersize=9, markeredgewidth=1.5, zorder=4)
        axes.set(xlim=window[0], ylim=window[1], xlabel=_LABELS[across], ylabel=_LABELS[up])
    handles = [Patch(facecolor=fills[1] if fills else "none", edgecolor=colour, label=f"prior {run.configuration.prior.name}: 68 %, 95 %")
               for run, colour, fills in zip(runs, _COLOURS, _FILLS, strict=False)]  # fmt: skip
    handles += [Patch(facecolor=shade, alpha=0.4, label=label) for shade, label in ((DATA, "g-2 of 2021"), (DATA_LIMIT, "g-2 of today"))]
    lines = [
        Line2D([], [], color=DATA, label="fit of (C9, C10)"),
        Line2D([], [], marker="+", linestyle="", color=INK, label="standard model"),
    ]
    figure.legend(handles=[*handles, *lines], loc="lower center", ncols=6, fontsize=8.5, frameon=False)
    width, height = figure.get_size_inches()
    for k, run in enumerate(runs):
        summary = summary_of(run)
        words = f"{run.name}: {'; '.join(summary.state.split('; ')[:2])}"
        draw_caption(
            figure, 0.12 / width, 1 - (0.1 + 0.2 * k) / height, words, va="top", fontsize=9, color=INK if summary.converged else ALARM
        )
    figure.subplots_adjust(left=0.06, right=0.99, bottom=0.2, top=1 - (0.3 + 0.2 * len(runs)) / height, wspace=0.26)
    return figure


def _ellipse(m: Measurement, sigmas: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    angle = np.linspace(0, 2 * math.pi, 181)
    u, v = sigmas * np.cos(angle), sigmas * np.sin(angle)
    rho = m.correlations[0][1]
    (c9, s9, _), (c10, s10, _) = m.sides
    return c9 + s9 * u, c10 + s10 * (rho * u + math.sqrt(1 - rho**2) * v)


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
