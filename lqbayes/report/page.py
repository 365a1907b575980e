"""One self-contained page about a run: ``report.html``."""

# ruff: noqa: PLC0415 - matplotlib takes time to load
from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lqbayes.report.reproduce import reproduction
from lqbayes.report.table import linked
from lqbayes.report.tables import (
    convergence_table,
    evidence_table,
    interval_table,
    measurement_table,
    prior_table,
    pull_table,
    settings_table,
)
from lqbayes.results.summary import Summary
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

    from lqbayes.model import Model
    from lqbayes.storage.run import Run


FILE_NAME: Final = "report.html"
_TEMPLATE = "page.html.jinja"
_FOLDER = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class _Image:
    """A plot inside the page: its name, the text for those who do not see it, size in pixels, and the PNG file as a data URI."""

    name: str
    alt: str
    width: int
    height: int
    source: str


def write_page(run: Run, summary: Summary | None = None, *, groups: Iterable[str] | None = None) -> Path:
    """Write the page into the run directory."""
    path = run.results / FILE_NAME
    write_text_atomically(path, page_text(run, summary or Summary.of(run), groups=groups))
    return path


def page_text(run: Run, summary: Summary, *, groups: Iterable[str] | None = None) -> str:
    """Write the page as HTML. It holds its plots and needs neither scripts nor other files."""
    from lqbayes.report.plots.corner_plot import corner_figure
    from lqbayes.report.plots.diagnostic_plots import annealing_figure, diagnostics_figure
    from lqbayes.report.plots.pull_plot import pulls_figure

    model, likelihood, prior = summary.configuration.model, summary.configuration.likelihood, summary.configuration.prior
    language, recipe = reproduction(run)
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["linked"] = linked
    parts = {
        origin: interval_table(
            summary,
            [row for row in summary.intervals if row.quantity.origin == origin],
            title=f"Equal-tailed credible intervals: {origin}s",
            described=True,
        )
        for origin in ("observable", "parameter")
    }
    names = list(model.corner_groups if groups is None else groups)
    return environment.get_template(_TEMPLATE).render(
        summary=summary,
        version=__version__,
        written=datetime.now(UTC).isoformat(timespec="seconds"),
        missing=[q.name for q in summary.convergence.missing],
        headline=interval_table(summary, summary.headline, title="Headline intervals", described=True),
        settings=settings_table(summary),
        prior=prior_table(prior, model),
        measurements=measurement_table(likelihood),
        convergence=convergence_table(summary),
        diagnostics=_image(diagnostics_figure(run), "diagnostics", _DIAGNOSTICS_ALT),
        annealing=_image(annealing_figure(run), "annealing", _ANNEALING_ALT),
        evidence=evidence_table(summary),
        intervals=parts.values(),
        corners=[_image(corner_figure(run, group), group, _corner_alt(model, group)) for group in names],
        pulls=pull_table(summary),
        pulls_plot=_image(pulls_figure(run, summary.terms), "pulls", _PULLS_ALT),
        language=language,
        recipe=recipe,
    )


_DIAGNOSTICS_ALT = (
    "Course of each ensemble over the stored steps and histogram of its ranks among all draws, for the headline quantities and those that "
    "converge worst. The table of R-hat and effective sample sizes has the numbers."
)
_ANNEALING_ALT = "Penalty and power of the likelihood, log evidence so far and acceptance of each ensemble, rung by rung of the annealing."
_PULLS_ALT = "Median, 68 % and 95 % of the draws' pulls for each measurement. The table of pulls has the numbers."


def _corner_alt(model: Model, group: str) -> str:
    names = ", ".join(model.corner_groups.get(group, (group,)))
    return f"Corner plot of {names}: one-dimensional histograms and 68 % and 95 % regions of each pair, with the measured values."


def _image(figure: Figure, name: str, alt: str) -> _Image:
    from lqbayes.report.plots.style import styled

    stream = io.BytesIO()
    with styled():
        figure.savefig(stream, format="png")
    width, height = figure.canvas.get_width_height()
    return _Image(name, alt, width, height, "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii"))
