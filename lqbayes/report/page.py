"""One self-contained page about a run: ``report.html``."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lqbayes.report import tables
from lqbayes.report.reproduce import reproduction
from lqbayes.report.results import plot_attempts, run_plots
from lqbayes.report.table import TEMPLATES
from lqbayes.results.summary import Summary
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.run import Run
from lqbayes.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILE_NAME: Final = "report.html"

# What the plots show, for those who do not see them.
_CORNER = "Corner plot of {}: one-dimensional histograms and 68 % and 95 % regions of each pair, with the measured values."
_DIAGNOSTICS = (
    "Course of each ensemble over the stored steps and histogram of its ranks among all draws, for the headline quantities and those that "
    "converge worst. The table of R-hat and effective sample sizes has the numbers."
)
_ANNEALING = "Penalty and power of the likelihood, log evidence so far and acceptance of each ensemble, rung by rung of the annealing."
_PULLS = "Median, 68 % and 95 % of the draws' pulls for each measurement. The table of pulls has the numbers."


@dataclass(frozen=True, slots=True)
class _Image:
    """A plot inside the page: its name, the text for those who do not see it, size in pixels, and the PNG file as a data URI."""

    name: str
    alt: str
    width: int
    height: int
    source: str

    @classmethod
    def of(cls, figure: Figure, name: str, alt: str) -> _Image:
        """Draw a figure."""
        from lqbayes.report.plots.style import styled

        stream = io.BytesIO()
        with styled():
            figure.savefig(stream, format="png")
        data = base64.b64encode(stream.getvalue()).decode("ascii")
        return cls(name, alt, *figure.canvas.get_width_height(), f"data:image/png;base64,{data}")


def write_page(run: Run, summary: Summary | None = None, *, groups: Iterable[str] | None = None, path: Path | None = None) -> Path:
    """Write the page, into the run directory unless there is another place: HTML with its plots that needs neither scripts nor files.

    A plot that fails is named in a warning, and the page says that it is missing.
    """
    path = path or run.results / FILE_NAME  # first: it says where it cannot be written
    summary = summary or Summary.of(run)
    model = summary.configuration.model
    language, recipe = reproduction(run)
    intervals = [
        tables.interval_table(
            summary,
            [row for row in summary.intervals if row.quantity.origin == origin],
            title=f"Equal-tailed credible intervals: {origin}s",
            described=True,
        )
        for origin in ("observable", "parameter")
    ]
    images = _images(run, summary, list(model.corner_groups if groups is None else groups))
    text = TEMPLATES.get_template("page.html.jinja").render(
        summary=summary,
        version=__version__,
        written=datetime.now(UTC).isoformat(timespec="seconds"),
        missing=[q.name for q in summary.convergence.missing],
        headline=tables.interval_table(summary, summary.headline, title="Headline intervals", described=True),
        settings=tables.settings_table(summary),
        prior=tables.prior_table(summary.configuration.prior, model),
        measurements=tables.measurement_table(summary.configuration.likelihood),
        convergence=tables.convergence_table(summary),
        diagnostics=images.pop("diagnostics"),
        annealing=images.pop("annealing"),
        evidence=tables.evidence_table(summary),
        audit=summary.convergence.audit,
        modes=tables.mode_table(summary),
        intervals=intervals,
        pulls=tables.pull_table(summary),
        pulls_plot=images.pop("pulls"),
        corners=[image for image in images.values() if image],
        language=language,
        recipe=recipe,
    )
    write_text_atomically(path, text)
    return path


def _images(run: Run, summary: Summary, groups: Sequence[str]) -> dict[str, _Image | None]:
    """Draw the plots of the page; None where one fails."""

    def pulls() -> Figure:
        from lqbayes.report.plots.explanation_plots import pulls_figure

        return pulls_figure(summary)

    shown = summary.configuration.model.corner_groups
    words = {f"corner-{group}": (group, _CORNER.format(", ".join(shown.get(group, ())))) for group in groups}
    words |= {"diagnostics": ("diagnostics", _DIAGNOSTICS), "annealing": ("annealing", _ANNEALING), "pulls": ("pulls", _PULLS)}
    figures = run_plots(run, summary, groups) | {"pulls": pulls}
    with plot_attempts() as attempt:
        return {name: attempt(name, lambda: _Image.of(draw(), *words[name])) for name, draw in figures.items()}  # noqa: B023 - called at once
