"""Figures 1 and 2 of arXiv:2104.03248 from a run, as posterior density and as the scatter of allowed points that the paper shows."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import Measurement
from lqbayes.models.three_leptoquarks.paper.published import draw_published
from lqbayes.report.plots.data_marks import data_names
from lqbayes.report.plots.density import MASSES, draw_regions, estimate_density
from lqbayes.report.plots.style import DATA, INK, POSTERIOR, REGIONS, TITLE_HEIGHT, frame, new_figure, styled
from lqbayes.report.results import save_figure
from lqbayes.results.summary import Summary
from lqbayes.storage.run import Run

_MOST_POINTS = 8000
_G2_UNIT = 1e-10
# Window and label of each axis.
_AXES = {
    "C9_mu": ((-1.6, 1.6), r"$\mathrm{Re}\,C_9^{\mu}$"),
    "C10_mu": ((-1.6, 1.6), r"$\mathrm{Re}\,C_{10}^{\mu}$"),
    "delta_a_mu": ((-10.0, 60.0), r"$\Delta a_\mu$ $[10^{-10}]$"),
}
# What the paper predicts in its figures, and does not impose.
_PREDICTED = ("delta_a_mu", "R_K", "BR_Bs_mumu", "C9_mu", "C10_mu")
_DPI = 150
_LEGEND = 3.15  # inches beside Fig. 1
_BEHIND: dict[str, Any] = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.5}


def write_figures(run: Run, summary: Summary, folder: Path, *, captions: bool = True) -> list[Path]:
    """Draw ``paper-figure-1`` and ``-2`` with the posterior density, and ``-points`` with allowed points; each as PNG and PDF."""
    written = []
    for number, draw in ((1, figure_1), (2, figure_2)):
        for points in (False, True):
            figure = draw(run, summary, points=points)
            name = f"paper-figure-{number}{'-points' if points else ''}"
            written += [save_figure(figure, folder / f"{name}{suffix}", captions=captions) for suffix in (".png", ".pdf")]
    return written


def signal_terms(run: Run) -> tuple[str, ...]:
    """Terms of a run's likelihood that measure what the paper's figures show; none in a run of constraints only."""
    measurements = run.configuration.likelihood.measurements
    # A bound has no most probable value: it measures nothing.
    return tuple(m.name for m in measurements if m.sides and set(m.observables) & set(_PREDICTED))


def allowed_points(run: Run) -> NDArray[np.bool_]:
    """Check which draws satisfy every limit as the paper does, as a hard cut; measured values exclude none."""
    cut = Likelihood(run.configuration.likelihood, run.posterior_target.model).with_hard_limits()
    limits = [t for t, m in enumerate(cut.settings.measurements) if not m.has_value]
    terms = cut.log_terms(run.draws().pooled(run.draws().observables))[:, limits]
    return np.asarray(np.all(terms > -math.inf, axis=1))


@styled()
def figure_1(run: Run, summary: Summary, *, points: bool = False) -> Figure:
    """Draw C9 against C10, with the best fits (II.11)-(II.15)."""
    figure, shown = new_figure(9.9, 7.7, _DPI), _shown(run, summary, points=points)
    axes = figure.subplots()
    shown.draw(axes, "C9_mu", "C10_mu")
    for sign in (1, -1):
        axes.axline((0, 0), slope=sign, color=INK, linewidth=0.6, linestyle=":", zorder=1)
    published = draw_published(axes)
    axes.set_aspect("equal", anchor="W")
    title = r"$C_9$ and $C_{10}$ of the muon (Fig. 1)"
    frame(figure, summary, title, shown.all_notes(), left=0.75, right=_LEGEND, below=0.55)
    # Beside the panel: every corner of it may hold probability.
    width, height = figure.get_size_inches()
    place = (1 - (_LEGEND - 0.12) / width, 1 - TITLE_HEIGHT / height)
    figure.legend(handles=[*shown.handles(), *published], loc="upper left", bbox_to_anchor=place)
    return figure


@styled()
def figure_2(run: Run, summary: Summary, *, points: bool = False) -> Figure:
    """Draw C9 and C10 against Delta a_mu, with the measured band."""
    figure, shown = new_figure(10, 6.2, _DPI), _shown(run, summary, points=points)
    band = _measured_g2(run)
    panels = figure.subplots(1, 2, sharey=True)
    centre, minus, plus = (x[0] / _G2_UNIT for x in (band.centre, band.sigma_minus, band.sigma_plus))
    for axes, name in zip(panels, ("C9_mu", "C10_mu"), strict=True):
        axes.axhspan(centre - minus, centre + plus, color=DATA, alpha=0.28, linewidth=0, zorder=0)
        axes.axhline(centre, color=DATA, linewidth=1, zorder=1)
        shown.draw(axes, name, "delta_a_mu")
        axes.axhline(0, color=INK, linewidth=0.6, linestyle=":", zorder=1)
    panels[1].set_ylabel("")
    title, notes = r"$C_9$, $C_{10}$ and $\Delta a_\mu$ (Fig. 2)", shown.all_notes(f"Measured: {band.source}.")
    end = frame(figure, summary, title, notes, left=0.75, right=0.2, below=1.0, wspace=0.06)
    origin = data_names(band) + ("" if band in run.configuration.likelihood.measurements else "; not imposed")
    handles = [*shown.handles(), Patch(facecolor=DATA, alpha=0.4, label=f"measured, $\\pm 1\\sigma$\n({origin})")]
    place = (0.5, (end + 0.08) / figure.get_figheight())
    figure.legend(handles=handles, loc="lower center", bbox_to_anchor=place, ncols=3)
    return figure


@dataclass(slots=True)
class _Shown:
    """Draws in the units of the axes, as points or as regions of highest density, and what is to be said of them."""

    draws: dict[str, NDArray[np.float64]]
    independent: dict[str, float]  # how many of them
    notes: list[str]
    points: bool
    missing: set[float] = field(default_factory=set)  # masses of regions that could not be drawn

    def draw(self, axes: Axes, across: str, up: str) -> None:
        """Draw one panel."""
        x, y = self.draws[across], self.draws[up]
        (window_x, label_x), (window_y, label_y) = _AXES[across], _AXES[up]
        if self.points:
            axes.scatter(x, y, s=3, color=POSTERIOR, alpha=0.35, linewidths=0, rasterized=True, zorder=2)
        else:
            independent = min(self.independent[across], self.independent[up])
            density = estimate_density(x, y, (window_x, window_y), independent=independent)
            self.missing |= {MASSES[k] for k in draw_regions(axes, density, POSTERIOR, REGIONS)}
        axes.set(xlim=window_x, ylim=window_y)
        axes.set_xlabel(label_x, fontsize=12)
        axes.set_ylabel(label_y, fontsize=12)
        axes.tick_params(direction="in", top=True, right=True, labelsize=9.5)
        outside = np.mean((x < window_x[0]) | (x > window_x[1]) | (y < window_y[0]) | (y > window_y[1])) if len(x) else 0.0
        if outside > 5e-4:
            words = f"{100 * outside:.2g} % outside"
            axes.text(0.985, 0.015, words, transform=axes.transAxes, ha="right", va="bottom", fontsize=8, bbox=_BEHIND)

    def all_notes(self, *more: str) -> list[str]:
        """Notes below the figure, once its panels are drawn."""
        missing = f"Region of {_percent(sorted(self.missing))}: not drawn in every panel, since it reaches too far out of the window or "
        return [*self.notes, *more, *([f"{missing}does not touch it."] if self.missing else [])]

    def handles(self) -> list[Artist]:
        """Legend, once the panels are drawn."""
        if self.points:
            return [Line2D([], [], linestyle="", marker="o", markersize=3, color=POSTERIOR, label="allowed point")]
        words = {mass: "\n(not drawn: it leaves the window)" if mass in self.missing else "" for mass in MASSES}
        return [
            Patch(facecolor=fill, edgecolor=POSTERIOR, label=f"posterior, {_percent([mass])} highest-density region{words[mass]}")
            for mass, fill in zip(reversed(MASSES), reversed(REGIONS), strict=True)
        ]


def _percent(masses: Iterable[float]) -> str:
    return " and ".join(f"{100 * mass:.0f} %" for mass in masses)


def _shown(run: Run, summary: Summary, *, points: bool) -> _Shown:
    """Choose the draws; say what they are."""
    observables = run.draws().pooled(run.draws().observables)
    index = run.posterior_target.model.observable_index  # each set of formulas has an order of its own
    if points:
        allowed = np.flatnonzero(allowed_points(run) & (observables[:, index["delta_a_mu"]] > 0))
        rng = np.random.default_rng(run.configuration.seed)
        chosen = allowed if len(allowed) <= _MOST_POINTS else np.sort(rng.choice(allowed, _MOST_POINTS, replace=False))
        share = 100 * len(allowed) / len(observables)
        what = "Posterior draws that satisfy neutrino data (by the prior) and every limit as a hard cut, with Delta a_mu > 0"
        what = f"{what}: {share:.3g} % of the draws, {len(chosen)} of them shown."
        observables, notes = observables[chosen], []
    else:
        what = f"Posterior density: regions of highest density that hold {_percent(reversed(MASSES))} of the probability."
        notes = ["Kernels as wide as they must be to hold the same share of the draws, so that ridges stay thin; levels from all draws."]
    notes.insert(0, f"{what} {_terms_in_words(signal_terms(run), points=points)}")
    columns = {name: observables[:, index[name]] / (_G2_UNIT if name == "delta_a_mu" else 1.0) for name in _AXES}
    independent = {name: summary.convergence.of(name).ess for name in _AXES}
    return _Shown(columns, independent, notes, points)


def _terms_in_words(imposed: Collection[str], *, points: bool) -> str:
    subject, s = ("the points", "") if points else ("the density", "s")
    if imposed:
        return f"The run's likelihood has the terms {', '.join(imposed)}, so that {subject} include{s} these measurements."
    none = "The run's likelihood has no term of C9, C10, R_K, BR(Bs -> mu mu) or Delta a_mu, as the paper's scan"
    return f"{none}: {subject} show{s} what the constraints leave."


def _measured_g2(run: Run) -> Measurement:
    # A run of constraints only is compared with the paper's value.
    sets = (run.configuration.likelihood, load_likelihood_set("paper", run.posterior_target.model))
    found = [m for s in sets for m in s.measurements if tuple(m.observables) == ("delta_a_mu",) and m.has_value]
    if not found:
        raise ArgumentError("the set 'paper' has no measured value of delta_a_mu to compare with; add it to the run's likelihood")
    return found[0]
