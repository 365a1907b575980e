"""Figures 1 and 2 of arXiv:2104.03248 from a run, as posterior density and as the scatter of allowed points that the paper shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.models.three_leptoquarks.paper.figure_panels import FILLS, MASSES, WIDER, WINDOW, Shown, draw_panel
from lqbayes.models.three_leptoquarks.paper.published_marks import draw_published, published_handles
from lqbayes.report.plots.captions import TITLE_HEIGHT, draw_notes, draw_title
from lqbayes.report.plots.data_marks import data_names
from lqbayes.report.plots.density import BINS, SMOOTHING
from lqbayes.report.plots.palette import DATA, INK, POSTERIOR
from lqbayes.report.results import save_figure

if TYPE_CHECKING:
    from matplotlib.artist import Artist

    from lqbayes.likelihood.measurement import Measurement
    from lqbayes.storage.run import Run


FORMATS = (".png", ".pdf")

_MOST_POINTS = 8000
_G2_UNIT = 1e-10
# What the paper predicts in its figures, and does not impose.
_PREDICTED = ("delta_a_mu", "R_K", "BR_Bs_mumu", "C9_mu", "C10_mu")
_DPI = 150
_LEGEND = 3.15  # inches beside Fig. 1


def write_figures(run: Run, folder: Path, *, captions: bool = True) -> list[Path]:
    """Draw the paper's figures from a run.

    Parameters
    ----------
    run
        The run.
    folder
        Where to write.
    captions
        Whether title and notes stay in the figures.

    Returns
    -------
    list of Path
        ``paper-figure-1`` and ``paper-figure-2`` with the posterior density, ``paper-figure-1-points`` and ``paper-figure-2-points`` with
        allowed points as the paper shows them; each as PNG and PDF.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    written = []
    for number, draw in ((1, figure_1), (2, figure_2)):
        for points in (False, True):
            figure = draw(run, points=points)
            name = f"paper-figure-{number}{'-points' if points else ''}"
            written += [save_figure(figure, folder / f"{name}{suffix}", captions=captions) for suffix in FORMATS]
    return written


def signal_terms(run: Run) -> tuple[str, ...]:
    """Find the terms of a run's likelihood that measure what the paper's figures show.

    Parameters
    ----------
    run
        The run.

    Returns
    -------
    tuple of str
        Terms of C9, C10, R_K, BR(Bs -> mu mu) or Delta a_mu that are no hard bounds; none in a run of constraints only.
    """
    measurements = run.configuration.likelihood.measurements
    return tuple(m.name for m in measurements if m.form != "hard-bound" and set(m.observables) & set(_PREDICTED))


def allowed_points(run: Run) -> NDArray[np.bool_]:
    """Tell which draws satisfy every limit as the paper does, as a hard cut.

    Parameters
    ----------
    run
        The run; its prior keeps the neutrino data.

    Returns
    -------
    (ensembles, steps, walkers) array of bool
        Whether no limit or bound excludes the draw. Measured values exclude nothing.
    """
    cut = Likelihood(run.configuration.likelihood, run.posterior_target.model).with_hard_limits()
    limits = [t for t, m in enumerate(cut.settings.measurements) if not m.has_value]
    observables = run.draws().observables
    terms = cut.log_terms(observables.reshape(-1, observables.shape[-1]))[:, limits]
    return np.asarray(np.all(terms > -math.inf, axis=1)).reshape(observables.shape[:-1])


def figure_1(run: Run, *, points: bool = False) -> Figure:
    """Draw C9 against C10, with the best fits (II.11)-(II.15).

    Parameters
    ----------
    run
        The run.
    points
        Whether to draw points that satisfy all limits and have Delta a_mu > 0, as the paper does, in place of the posterior density.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    figure = _new_figure(9.9, 7.7)
    notes, drawn, handles = _content(run, points=points)
    axes = figure.subplots()
    missing = draw_panel(axes, drawn, "C9_mu", "C10_mu", points=points)
    bottom = draw_notes(figure, [*notes, *_missing_note(missing)])
    _place(figure, bottom, right=_LEGEND)
    for sign in (1, -1):
        axes.plot(WINDOW, (sign * WINDOW[0], sign * WINDOW[1]), color=INK, linewidth=0.6, linestyle=":", zorder=1)
    draw_published(axes)
    axes.set_aspect("equal", anchor="W")
    # Beside the panel: every corner of it may hold probability.
    width, height = figure.get_size_inches()
    handles = [*_named(handles, missing), *published_handles()]
    place = (1 - (_LEGEND - 0.12) / width, 1 - TITLE_HEIGHT / height)
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=place, fontsize=8.5, frameon=False, borderaxespad=0)
    draw_title(figure, run, r"$C_9$ and $C_{10}$ of the muon (Fig. 1)")
    return figure


def figure_2(run: Run, *, points: bool = False) -> Figure:
    """Draw C9 and C10 against Delta a_mu, with the measured band.

    Parameters
    ----------
    run
        The run.
    points
        Whether to draw points that satisfy all limits and have Delta a_mu > 0 in place of the posterior density.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.
    """
    figure = _new_figure(10, 5.9)
    notes, drawn, handles = _content(run, points=points, smoothing=WIDER)
    band = _measured_g2(run)
    panels = figure.subplots(1, 2, sharey=True)
    missing: list[float] = []
    for axes, name in zip(panels, ("C9_mu", "C10_mu"), strict=True):
        low, high = ((band.centre[0] - band.sigma_minus[0]) / _G2_UNIT, (band.centre[0] + band.sigma_plus[0]) / _G2_UNIT)
        axes.axhspan(low, high, color=DATA, alpha=0.28, linewidth=0, zorder=0)
        axes.axhline(band.centre[0] / _G2_UNIT, color=DATA, linewidth=1, zorder=1)
        missing += draw_panel(axes, drawn, name, "delta_a_mu", points=points)
        axes.axhline(0, color=INK, linewidth=0.6, linestyle=":", zorder=1)
    panels[1].set_ylabel("")
    notes += [f"Measured: {band.source}.", *_missing_note(missing)]
    _place(figure, draw_notes(figure, notes))
    measured = Patch(facecolor=DATA, alpha=0.4, label=f"measured, $\\pm 1\\sigma$\n({_origin(run, band)})")
    panels[0].legend(handles=[*_named(handles, missing), measured], loc="upper right", fontsize=8, framealpha=0.92, borderaxespad=0.6)
    draw_title(figure, run, r"$C_9$, $C_{10}$ and $\Delta a_\mu$ (Fig. 2)")
    return figure


def _measured_g2(run: Run) -> Measurement:
    # A run of constraints only is compared with the paper's value.
    sets = (run.configuration.likelihood, load_likelihood_set("paper", run.posterior_target.model))
    found = [m for s in sets for m in s.measurements if tuple(m.observables) == ("delta_a_mu",) and m.has_value]
    if not found:
        raise ArgumentError("the set 'paper' has no measured value of delta_a_mu to compare with; add it to the run's likelihood")
    return found[0]


def _origin(run: Run, band: Measurement) -> str:
    imposed = band in run.configuration.likelihood.measurements
    return data_names(band) + ("" if imposed else "; not imposed")


def _content(run: Run, *, points: bool, smoothing: float = SMOOTHING) -> tuple[list[str], Shown, list[Artist]]:
    """Choose the draws; say what they are in notes and a legend."""
    observables = run.draws().observables
    imposed = signal_terms(run)
    if imposed:
        terms = f"The run's likelihood has the terms {', '.join(imposed)}, so that"
    else:
        terms = "The run's likelihood has no term of C9, C10, R_K, BR(Bs -> mu mu) or Delta a_mu, as the paper's scan:"
    subject = "the points" if points else "the density"
    what_it_does = "include these measurements" if imposed else "show what the constraints leave"
    effect = f"{subject} {what_it_does if points else what_it_does.replace(' ', 's ', 1)}."
    if points:
        kept = allowed_points(run) & (observables[..., OBSERVABLE_INDEX["delta_a_mu"]] > 0)
        rows = np.flatnonzero(kept)
        share = len(rows) / kept.size
        rng = np.random.default_rng(run.configuration.seed)
        chosen = rows if len(rows) <= _MOST_POINTS else np.sort(rng.choice(rows, _MOST_POINTS, replace=False))
        shown = observables.reshape(-1, observables.shape[-1])[chosen]
        what = "Posterior draws that satisfy neutrino data (by the prior) and every limit as a hard cut, with Delta a_mu > 0"
        notes = [f"{what}: {100 * share:.3g} % of the draws, {len(shown)} of them shown. {terms} {effect}"]
        handles: list[Artist] = [Line2D([], [], linestyle="", marker="o", markersize=3, color=POSTERIOR, label="allowed point")]
    else:
        shown = observables.reshape(-1, observables.shape[-1])
        notes = [
            f"Posterior density: regions of highest density that hold 68 % and 95 % of the probability. {terms} {effect}",
            f"Histogram of {BINS} x {BINS} bins in the window, smoothed by a Gaussian of {smoothing:g} bins; levels from all draws.",
        ]
        handles = [
            Patch(facecolor=fill, edgecolor=POSTERIOR, label=f"posterior, {100 * mass:.0f} % highest-density region")
            for mass, fill in zip(reversed(MASSES), reversed(FILLS), strict=True)
        ]
    c9, c10, g2 = (shown[:, OBSERVABLE_INDEX[name]] for name in ("C9_mu", "C10_mu", "delta_a_mu"))
    return notes, Shown(c9, c10, g2 / _G2_UNIT), handles


def _new_figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), dpi=_DPI)
    FigureCanvasAgg(figure)
    return figure


def _missing_note(missing: Sequence[float]) -> list[str]:
    regions = " and ".join(f"{100 * mass:.0f} %" for mass in sorted(set(missing)))
    return (
        [f"Region of {regions}: not drawn in every panel, since it reaches too far out of the window or does not touch it."]
        if missing
        else []
    )


def _named(handles: Sequence[Artist], missing: Sequence[float]) -> list[Artist]:
    """Say in the legend which regions cannot be drawn."""
    for handle in handles:
        if any(f"{100 * mass:.0f} %" in str(handle.get_label()) for mass in missing):
            handle.set_label(f"{handle.get_label()}\n(not drawn: it leaves the window)")
    return list(handles)


def _place(figure: Figure, bottom: float, right: float = 0.2) -> None:
    width, height = figure.get_size_inches()
    figure.subplots_adjust(
        left=0.75 / width, right=1 - right / width, top=1 - TITLE_HEIGHT / height, bottom=(bottom + 0.55) / height, wspace=0.06
    )
