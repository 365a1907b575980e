"""Sections of a page that set two runs side by side: shifts, a figure, evidences, best fits."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from comparison import evidence_within_bounds, ln_prior_mass, standard_model
from page import markdown_table, write_csv
from runs import Options, summary_of

import lqbayes
from lqbayes.quantities import group_quantities
from lqbayes.report.comparison import shift_table
from lqbayes.report.plots.axes import scale_of
from lqbayes.report.plots.style import ENSEMBLES, INK
from lqbayes.report.results import save_figure
from lqbayes.results.best_fit import BestFit, best_fit
from lqbayes.results.measured import pulls
from lqbayes.results.reweighting import compared_rows
from lqbayes.sampling.convergence import NOT_CONVERGED
from lqbayes.storage.atomic import write_text_atomically

_LARGE = 0.5
_MOST_OTHERS = 6


def shift_section(given: Options, first: lqbayes.Run, second: lqbayes.Run, one: str, two: str) -> str:
    """Shifts of the headline quantities, and of whatever else shifts much; every quantity is in the CSV file ``shifts``."""
    rows = compared_rows(summary_of(first), summary_of(second))
    shift_table(rows, one, two).write(given.output / "shifts.csv")
    names = first.posterior_target.model.headline
    headline = sorted((row for row in rows if row.quantity.source in names), key=lambda row: names.index(row.quantity.source))
    others = [row for row in rows if row.quantity.source not in names and not math.isnan(row.shift)]
    largest = sorted(others, key=lambda row: -abs(row.shift))[:_MOST_OTHERS]
    large = ", ".join(f"`{row.quantity.name}`" for row in headline if abs(row.shift) > _LARGE)
    return f"""## Shifts

The shift is the difference of the medians over half the width of the first 68 % interval, of the probabilities for a sign. Large ones
are above {_LARGE:g} in size: {large or "there are none among the headline quantities"}.

{shift_table(headline, one, two).markdown(title=False)}
The largest of the others (all are in `shifts.csv`):

{shift_table(largest, one, two).markdown(title=False).rstrip()}"""


def interval_figure(given: Options, runs: Sequence[lqbayes.Run], labels: Sequence[str]) -> str:
    """Draw the headline quantities of all runs, as PNG and PDF; return the Markdown that shows the figure."""
    from matplotlib.figure import Figure

    shown = group_quantities(runs[0].posterior_target, "headline")
    asked = [run.configuration for run in runs]
    names = [f"{label}: likelihood {a.likelihood.name}, formulas {a.model.variant}" for a, label in zip(asked, labels, strict=True)]
    figure = Figure(figsize=(10, 5.2), layout="constrained")
    for axis, quantity in zip(figure.subplots(2, math.ceil(len(shown) / 2)).flat, shown, strict=False):
        every = [run[quantity.name].ravel() for run in runs]
        scale = scale_of(quantity, np.concatenate(every))
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
    """Evidences beside the likelihood of the standard model, which has no parameter to integrate over."""
    rows, table = [], []
    for run in runs:
        standard, mass = standard_model(run.posterior_target.likelihood), ln_prior_mass(run)
        inside, inside_error = evidence_within_bounds(run)
        evidence, error = run.log_evidence, run.log_evidence_error
        ratios = (f"{z - standard.log_likelihood:+.2f} ± {e:.2f}" for z, e in ((evidence, error), (inside, inside_error)))
        rows.append((f"`{run.name}`", f"{standard.chi2:.1f}", f"{standard.log_likelihood:.2f}", f"{evidence:.2f} ± {error:.2f}", *ratios))
        table.append((run.name, standard.chi2, evidence, error, mass, inside, inside_error, run.converged))
    names = ("run", "chi2_standard_model", "ln_evidence", "error", "ln_prior_mass_in_hard_bounds", "ln_evidence_within_bounds", "its_error",
             "converged")  # fmt: skip
    write_csv(given, "evidences", names, table)
    shares = " and ".join(f"{np.exp(mass):.1e}" for _, _, _, _, mass, *_ in table)
    headings = ("run", "chi2 of the SM", "ln L of the SM", "ln Z", "ln(Z / L)", "the same, prior within the hard bounds")
    return f"""## Evidence

The standard model has no new parameter, so its evidence is its likelihood L, and Z / L is the Bayes factor of the leptoquark model
against it. Bayes factors depend on the prior: a share of {shares} of the prior is within the hard bounds, and the
last column leaves this factor out by taking the prior within them.

{markdown_table(headings, rows)}"""


@cache
def fit_of(given: Options, run: lqbayes.Run) -> BestFit:
    """Best fit of a run, searched once."""
    return best_fit(run, seed=given.seed, starts=given.starts)


def best_fits(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """Best fits and the pulls of every measurement, beside the standard model; the points are in ``best-fit-RUN.json``."""
    parts = []
    for run in runs:
        fit = fit_of(given, run)
        point = dict(zip(run.posterior_target.parameter_names, fit.likelihood_maximum.point.tolist(), strict=True))
        write_text_atomically(given.output / f"best-fit-{run.name}.json", json.dumps(point, indent=2) + "\n")
        standard = standard_model(run.posterior_target.likelihood)
        at = [pulls(run.posterior_target.likelihood, p.observables) for p in (standard, fit.likelihood_maximum)]
        rows = [(f"`{a.measurement.name}`", a.text, b.text) for a, b in zip(*at, strict=True)]
        rows.append(("chi2", f"{standard.chi2:.1f}", f"{fit.likelihood_maximum.chi2:.2f}"))
        parts.append(f"`{run.name}`:\n\n" + markdown_table(("pull, in standard deviations", "SM", "best fit"), rows))
    return "\n\n".join(["## Standard model and best fit", *parts])
