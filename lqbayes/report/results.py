"""The result files of a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from matplotlib.figure import Figure

from lqbayes.report.plots.corner_plot import corner_figure
from lqbayes.report.plots.diagnostic_plots import annealing_figure, diagnostics_figure
from lqbayes.report.plots.style import drop_captions, styled
from lqbayes.report.tables import convergence_table, error_table, interval_table
from lqbayes.results.summary import Summary
from lqbayes.storage.atomic import atomic_path
from lqbayes.storage.run import Run

PlotFormat = Literal["png", "pdf"]


def write_results(run: Run, summary: Summary | None = None, *, groups: Iterable[str] | None = None, form: PlotFormat = "png") -> list[Path]:
    """Write tables and plots into the run directory."""
    folder, summary = run.results, summary or Summary.of(run)
    intervals = interval_table(summary)
    written = [
        convergence_table(summary, worst=False).write(folder / "convergence.csv"),
        *(intervals.write(folder / f"credible-intervals{suffix}") for suffix in (".csv", ".md", ".tex")),
        error_table(summary).write(folder / "interval-errors.csv"),
    ]
    # Tables first: plots are the part that may fail on a strange machine.
    for group in run.posterior_target.model.corner_groups if groups is None else groups:
        written.append(save_figure(corner_figure(run, summary, group), folder / f"corner-{group}.{form}"))
    for name, draw in (("diagnostics", diagnostics_figure), ("annealing", annealing_figure)):
        written.append(save_figure(draw(run, summary), folder / f"{name}.{form}"))
    return written


def save_figure(figure: Figure, path: Path, *, captions: bool = True) -> Path:
    """Write a figure in one go."""
    if not captions:
        drop_captions(figure)
    with atomic_path(path) as temporary, styled():
        figure.savefig(temporary, bbox_inches=None if captions else "tight")
    return path
