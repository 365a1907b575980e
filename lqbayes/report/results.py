"""The result files of a run."""

# ruff: noqa: PLC0415 - matplotlib takes time to load
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lqbayes.report.convergence_table import convergence_csv
from lqbayes.report.interval_files import to_csv, to_latex, to_markdown
from lqbayes.report.plots.style import drop_captions, styled
from lqbayes.results.interval_errors import errors_csv
from lqbayes.results.intervals import credible_intervals
from lqbayes.results.state import state_sentence
from lqbayes.storage.atomic import atomic_path, write_text_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lqbayes.storage.run import Run


PlotFormat = Literal["png", "pdf"]


def write_results(run: Run, *, groups: Iterable[str] | None = None, form: PlotFormat = "png") -> list[Path]:
    """Write tables and plots into the run directory."""
    convergence = run.convergence()
    state = state_sentence(convergence)
    draws = run.draws()
    rows = credible_intervals(draws, convergence)
    title = f"Posterior of the run {run.name}"
    texts = {
        "convergence.csv": convergence_csv(convergence, state),
        "credible-intervals.csv": to_csv(rows, state),
        "credible-intervals.md": to_markdown(rows, state, title),
        "credible-intervals.tex": to_latex(rows, state, title),
        "interval-errors.csv": errors_csv(draws, [row.quantity for row in rows], state),
    }
    written = []
    for name, text in texts.items():
        write_text_atomically(run.path / name, text)
        written.append(run.path / name)
    # Tables first: plots need matplotlib, which takes time to load, and are the part that may fail on a strange machine.
    from lqbayes.report.plots.corner_plot import corner_figure
    from lqbayes.report.plots.diagnostic_plots import annealing_figure, diagnostics_figure

    for group in run.posterior_target.model.corner_groups if groups is None else groups:
        written.append(save_figure(corner_figure(run, group), run.path / f"corner-{group}.{form}"))
    written.append(save_figure(diagnostics_figure(run), run.path / f"diagnostics.{form}"))
    written.append(save_figure(annealing_figure(run), run.path / f"annealing.{form}"))
    return written


def save_figure(figure: Figure, path: Path, *, captions: bool = True) -> Path:
    """Write a figure in one go."""
    if not captions:
        drop_captions(figure)
    with atomic_path(path) as temporary, styled():
        figure.savefig(temporary, bbox_inches=None if captions else "tight")
    return path
