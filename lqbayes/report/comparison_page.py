"""One self-contained page about several runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lqbayes.report import tables
from lqbayes.report.comparison import ComparisonReport
from lqbayes.report.page import Image, render
from lqbayes.report.results import plot_attempts
from lqbayes.report.table import Table
from lqbayes.results.summary import Summary
from lqbayes.running.side_by_side import side_by_side
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ALT = "Corner plot of {}: the 68 % and 95 % regions of {} over each other."


def write_comparison_page(
    runs: Sequence[Run], summaries: Sequence[Summary], report: ComparisonReport, path: Path, *, groups: Iterable[str] | None = None
) -> Path:
    """Write a page with tables and the overlaid corner plots of all groups that the runs share; a plot that fails is named in a warning."""
    names = " and ".join(summary.name for summary in summaries)
    all_groups = [summary.configuration.model.corner_groups for summary in summaries]
    groups = [group for group in groups or all_groups[0] if all(group in other for other in all_groups)]

    def corner(group: str) -> Figure:
        from lqbayes.report.plots.corner_plot import overlaid_corner_figure

        return overlaid_corner_figure(runs, summaries, group)

    jobs = {group: partial(Image.of, partial(corner, group), group, _ALT.format(group, names)) for group in groups}
    with plot_attempts() as attempt:
        images = [attempt(f"corner-{group}", result) for group, result in side_by_side(jobs)]
    content = {
        "names": names,
        "summaries": summaries,
        "agree": report.agree,
        "parts": [part.html() if isinstance(part, Table) else part for part in report.parts],
        "corners": images,
        "settings": [tables.settings_table(summary) for summary in summaries],
    }
    shown = {summary.name: run for summary, run in zip(summaries, runs, strict=True)}
    write_text_atomically(path, render("comparison.html.jinja", shown, content))
    return path
