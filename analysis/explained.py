"""Whether b -> s mu mu and g - 2, of 2021 and of today, are still explained where everything constrains the model."""

from __future__ import annotations

import math
from collections.abc import Sequence

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
from surviving import labels

import lqbayes
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import Measurement
from lqbayes.report.plots.density import draw_regions, estimate_density
from lqbayes.report.plots.style import ALARM, DATA, DATA_LIMIT, INK, POSTERIOR, REGIONS, draw_caption, new_figure, styled

_FIT, _G2 = "C9_C10_mu", "delta_a_mu"
_G2_UNIT = 1e-10
_WINDOWS = {"C9_mu": (-1.6, 0.6), "C10_mu": (-0.5, 1.2), "delta_a_mu": (-15.0, 40.0)}
_LABELS = {"C9_mu": r"$\mathrm{Re}\,C_9^{\mu}$", "C10_mu": r"$\mathrm{Re}\,C_{10}^{\mu}$", "delta_a_mu": r"$\Delta a_\mu$ $[10^{-10}]$"}
_COLOURS = (POSTERIOR, "#CC79A7")
_FILLS = (REGIONS, ())


def measured(likelihood: Likelihood, name: str) -> Measurement:
    """Measurement of a likelihood by its name."""
    return next(m for m in likelihood.settings.measurements if m.name == name)


def explanation_section(given: Options, runs: Sequence[lqbayes.Run], then_runs: Sequence[lqbayes.Run] = ()) -> str:
    """How much of b -> s mu mu and of g - 2, of 2021 and of today, the draws explain; then_runs have the g - 2 of 2021 in their data."""
    then, now = (measured(likelihood, _G2) for likelihood in (Likelihood.load("paper"), runs[0].posterior_target.likelihood))
    every, columns, table = [*runs, *then_runs], [], []
    for run in every:
        terms, names = run.terms(), run.posterior_target.term_names
        closer = halfway(run, _FIT)
        old, new = (within(m, run[_G2]) for m in (then, now))
        hits = {
            "(C9, C10) within the 95.4 % region of the fit": -2 * terms[..., names.index(_FIT)] < chi2.ppf(WITHIN, 2),
            "C9 and C10 at least half way to the fit": closer,
            "g-2 of 2021 within 2 sigma": old,
            "g-2 of today within 2 sigma": new,
            "(C9, C10) at least half way, and g-2 of 2021": closer & old,
            "(C9, C10) at least half way, and g-2 of today": closer & new,
        }
        found = {label: probability(run, hit) for label, hit in hits.items()}
        columns.append([percent(*x) for x in found.values()])
        table += [(run.name, label, *x) for label, x in found.items()]
    write_csv(given, "explained", ("run", "condition", "probability", "error"), table)
    save(explanation_figure(runs, then), given, "explained")
    headings = (*labels(runs), *(f"{label}, from g-2 of 2021" for label in labels(then_runs)))
    return f"""## What it still explains

{markdown_table(("posterior probability", *headings), list(zip(hits, *columns, strict=True)))}

Half way: chi2 of the fit at most a quarter of that of the standard model. From g-2 of 2021: the run has it in place of today's.

![C9, C10 and Delta a_mu where everything constrains the model]({given.output.name}/explained.png)"""


def halfway(run: lqbayes.Run, term: str) -> NDArray[np.bool_]:
    """Which draws are at least half way from the standard model to a measurement, by the chi2 of its term."""
    column = run.posterior_target.term_names.index(term)
    return np.asarray(run.terms()[..., column] > standard_model(run.posterior_target.likelihood).terms[column] / 4)


def within(m: Measurement, x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values lie within two standard deviations of a measured one."""
    (centre, minus, plus) = m.sides[0]
    return np.asarray((x > centre - 2 * minus) & (x < centre + 2 * plus))


@styled()
def explanation_figure(runs: Sequence[lqbayes.Run], then: Measurement) -> Figure:
    """Draw the planes of Figs. 1 and 2 of the paper."""
    figure = new_figure(12.6, 5.2, 130)
    likelihood = runs[0].posterior_target.likelihood
    fit, now = measured(likelihood, _FIT), measured(likelihood, _G2)
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
                axes.plot(*ellipse(fit, sigmas), color=DATA, linewidth=1.4, zorder=3)
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


def ellipse(m: Measurement, sigmas: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Curve of so many standard deviations about two measured values."""
    angle = np.linspace(0, 2 * math.pi, 181)
    u, v = sigmas * np.cos(angle), sigmas * np.sin(angle)
    rho = m.correlations[0][1]
    (c9, s9, _), (c10, s10, _) = m.sides
    return c9 + s9 * u, c10 + s10 * (rho * u + math.sqrt(1 - rho**2) * v)
