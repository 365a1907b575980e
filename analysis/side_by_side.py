"""Sections of a page that set two runs side by side: shifts, a figure, evidences, best fits."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from comparison import HEADLINE, Interval, against_standard_model, interval, ln_prior_mass, shift, standard_model
from page import markdown_table, write_csv
from runs import Options

import lqbayes
from lqbayes.quantities import quantities
from lqbayes.report.plots.axes import scale_of
from lqbayes.report.plots.style import ENSEMBLES, INK
from lqbayes.report.results import save_figure
from lqbayes.results.best_fit import best_fit
from lqbayes.results.measured import pulls
from lqbayes.results.summary import NOT_CONVERGED
from lqbayes.storage.atomic import write_text_atomically

_LARGE = 0.5


def shift_section(given: Options, first: lqbayes.Run, second: lqbayes.Run, one: str, two: str) -> str:
    """Shifts of the headline quantities, and of whatever else shifts much.

    Parameters
    ----------
    given
        The command line.
    first, second
        The runs.
    one, two
        What they are called.

    Returns
    -------
    str
        Markdown; every quantity is in the CSV file ``shifts``.
    """
    pairs = _pairs(first, second)
    write_csv(
        given,
        "shifts",
        (
            "quantity",
            *(f"{key}_{label}" for label in (one, two) for key in ("median", "low68", "high68", "low95", "high95", "error")),
            "shift",
        ),
        [(name, *_cells(a), *_cells(b), shift(a, b)) for name, (a, b) in pairs.items() if a.half_width and b.half_width],
    )
    rows = [_row(name, *pairs[name]) for name in HEADLINE]
    others = [name for name, pair in pairs.items() if name not in HEADLINE and min(i.half_width for i in pair) > 0]
    largest = sorted(others, key=lambda name: -abs(shift(*pairs[name])))[:6]
    headings = ("quantity", f"{one}: median", "68 %", f"{two}: median", "68 %", "shift")
    return f"""## Shifts

The shift is the difference of the medians over the half widths of the 68 % intervals, added in quadrature. Large ones
are above {_LARGE:g} in size: {_large(rows)}.

{markdown_table(headings, rows)}

The largest of the others (all are in `shifts.csv`):

{markdown_table(headings, [_row(name, *pairs[name]) for name in largest])}"""


def _pairs(first: lqbayes.Run, second: lqbayes.Run) -> dict[str, tuple[Interval, Interval]]:
    both = {q.name: q for q in quantities(first.posterior_target, logarithms=True)}
    both = {q.name: both[q.name] for q in quantities(second.posterior_target, logarithms=True) if q.name in both}
    return {name: (interval(first[name]), interval(second[name])) for name, q in both.items() if q.kind == "real"}


def _cells(x: Interval) -> tuple[float, ...]:
    return x.median, x.low68, x.high68, x.low95, x.high95, x.error


def _row(name: str, a: Interval, b: Interval) -> tuple[str, ...]:
    return f"`{name}`", *a.texts[:2], *b.texts[:2], f"{shift(a, b):+.2f}"


def _large(rows: Sequence[tuple[str, ...]]) -> str:
    found = [row[0] for row in rows if abs(float(row[-1])) > _LARGE]
    return ", ".join(found) if found else "there are none among the headline quantities"


def interval_figure(given: Options, runs: Sequence[lqbayes.Run], labels: Sequence[str]) -> str:
    """Draw the headline quantities of all runs, as PNG and PDF.

    Parameters
    ----------
    given
        The command line.
    runs
        The runs.
    labels
        What they are called.

    Returns
    -------
    str
        Markdown that shows the figure.
    """
    from matplotlib.figure import Figure

    shown = ("log10_M_LQ", "C9_mu", "C10_mu", "R_K", "delta_a_mu", "log10_BR_mu_egamma", "log10_BR_tau_mugamma", "dm_Bs")
    every_quantity = {q.name: q for q in quantities(runs[0].posterior_target, logarithms=True)}
    asked = [run.configuration for run in runs]
    names = [f"{label}: likelihood {a.likelihood.name}, formulas {a.model.variant}" for a, label in zip(asked, labels, strict=True)]
    figure = Figure(figsize=(10, 5.2), layout="constrained")
    for axis, name in zip(figure.subplots(2, 4).flat, shown, strict=True):
        every = [run[name].ravel() for run in runs]
        scale = scale_of(every_quantity[name], np.concatenate(every))
        every = [scale.of(x) for x in every]
        lower, upper = np.min([np.quantile(x, 0.002) for x in every]), np.max([np.quantile(x, 0.998) for x in every])
        for x, colour, style, label in zip(every, ENSEMBLES, ("-", "--", ":"), names, strict=False):
            counts, edges = np.histogram(x, bins=60, range=(lower, upper))
            # Each by its own height: a narrow one would flatten the others.
            axis.stairs(counts / counts.max(), edges, color=colour, linestyle=style, linewidth=1.6, label=label)
        axis.set_xlabel(scale.label)
        axis.set_yticks([])
        scale.set_ticks(axis.xaxis)
        for side in ("top", "right", "left"):
            axis.spines[side].set_visible(False)
    unconverged = [run.name for run in runs if not run.converged]
    title = "posterior densities, each divided by its maximum" + (f" ({NOT_CONVERGED}: {', '.join(unconverged)})" if unconverged else "")
    figure.suptitle(title, color=INK, fontsize=11)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(runs), frameon=False)
    for suffix in ("png", "pdf"):
        save_figure(figure, given.output / f"densities.{suffix}")
    return f"![Posterior densities: {' and '.join(labels)}](densities.png)"


def evidence_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """Evidences beside the standard model.

    Parameters
    ----------
    given
        The command line.
    runs
        The runs.

    Returns
    -------
    str
        Markdown.
    """
    rows = against_standard_model(runs)
    write_csv(
        given,
        "evidences",
        ("run", "chi2_standard_model", "ln_evidence", "error", "ln_prior_mass_in_hard_bounds", "converged"),
        [
            (
                r.name,
                standard_model(r.posterior_target.likelihood).chi2,
                r.log_evidence,
                r.log_evidence_error,
                ln_prior_mass(r),
                r.converged,
            )
            for r in runs
        ],
    )
    shares = " and ".join(f"{np.exp(ln_prior_mass(run)):.1e}" for run in runs)
    headings = ("run", "chi2 of the SM", "ln L of the SM", "ln Z", "ln(Z / L)", "the same, prior within the hard bounds")
    return f"""## Evidence

The standard model has no new parameter, so its evidence is its likelihood L, and Z / L is the Bayes factor of the leptoquark model
against it. Bayes factors depend on the prior: a share of {shares} of the prior has perturbative couplings g, and the
last column leaves this factor out by taking the prior within the hard bounds.

{markdown_table(headings, rows)}"""


def best_fits(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """Best fits and the pulls of every measurement, beside the standard model.

    Parameters
    ----------
    given
        The command line.
    runs
        The runs.

    Returns
    -------
    str
        Markdown; the points are in ``best-fit-RUN.json``.
    """
    parts = []
    for run in runs:
        fit = best_fit(run, seed=given.seed, starts=given.starts)
        point = dict(zip(run.posterior_target.parameter_names, fit.likelihood_maximum.point.tolist(), strict=True))
        write_text_atomically(given.output / f"best-fit-{run.name}.json", json.dumps(point, indent=2) + "\n")
        standard = standard_model(run.posterior_target.likelihood)
        at = [pulls(run.posterior_target.likelihood, p.observables) for p in (standard, fit.likelihood_maximum)]
        rows = [(f"`{a.measurement.name}`", a.text, b.text) for a, b in zip(*at, strict=True)]
        rows.append(("chi2", f"{standard.chi2:.1f}", f"{fit.likelihood_maximum.chi2:.2f}"))
        parts.append(f"`{run.name}`:\n\n" + markdown_table(("pull, in standard deviations", "SM", "best fit"), rows))
    return "\n\n".join(["## Standard model and best fit", *parts])
