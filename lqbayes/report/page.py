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

from lqbayes.report.links import linked
from lqbayes.report.page_content import (
    convergence_rows,
    evidence_rows,
    interval_rows,
    measurement_rows,
    prior_rows,
    pull_rows,
    settings_rows,
)
from lqbayes.report.reproduce import reproduction
from lqbayes.results.groups import group_quantities
from lqbayes.results.intervals import credible_intervals
from lqbayes.results.measured import predictive_terms
from lqbayes.results.state import state_sentence
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

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


def write_page(run: Run, *, groups: Iterable[str] | None = None) -> Path:
    """Write the page into the run directory."""
    path = run.path / FILE_NAME
    write_text_atomically(path, page_text(run, groups=groups))
    return path


def page_text(run: Run, *, groups: Iterable[str] | None = None) -> str:
    """Give the page as HTML. It holds its plots and needs neither scripts nor other files."""
    from lqbayes.report.plots.corner_plot import corner_figure
    from lqbayes.report.plots.pull_plot import pulls_figure
    from lqbayes.report.plots.traces import annealing_figure, diagnostics_figure

    convergence, model = run.convergence(), run.posterior_target.model
    terms = predictive_terms(run)
    intervals = credible_intervals(run.draws(), convergence)
    corners = [
        _image(corner_figure(run, group), group, _corner_alt(run, group)) for group in (model.corner_groups if groups is None else groups)
    ]
    language, recipe = reproduction(run)
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["linked"] = linked
    likelihood, prior = run.configuration.likelihood, run.configuration.prior
    return environment.get_template(_TEMPLATE).render(
        name=run.name,
        version=__version__,
        written=datetime.now(UTC).isoformat(timespec="seconds"),
        converged=convergence.converged,
        state=state_sentence(convergence),
        missing=[q.name for q in convergence.missing],
        settings=settings_rows(run),
        prior=prior_rows(run),
        prior_set=prior,
        likelihood_set=likelihood,
        measurements=measurement_rows(likelihood.measurements),
        convergence=convergence_rows(run),
        diagnostics=_image(diagnostics_figure(run), "diagnostics", _DIAGNOSTICS_ALT),
        annealing=_image(annealing_figure(run), "annealing", _ANNEALING_ALT),
        evidence=evidence_rows(run),
        parameters=interval_rows(intervals, "parameter", model),
        observables=interval_rows(intervals, "observable", model),
        corners=corners,
        pulls=pull_rows(terms),
        pulls_plot=_image(pulls_figure(run, terms), "pulls", _PULLS_ALT),
        language=language,
        recipe=recipe,
    )


_DIAGNOSTICS_ALT = (
    "Course of each ensemble over the stored steps and histogram of its ranks among all draws, for the headline quantities and those that "
    "converge worst. The table of R-hat and effective sample sizes has the numbers."
)
_ANNEALING_ALT = "Penalty and power of the likelihood, log evidence so far and acceptance of each ensemble, rung by rung of the annealing."
_PULLS_ALT = "Median, 68 % and 95 % of the draws' pulls for each measurement. The table of pulls has the numbers."


def _corner_alt(run: Run, group: str) -> str:
    names = (
        ", ".join(q.name for q in group_quantities(run.posterior_target, group))
        if group in run.posterior_target.model.corner_groups
        else group
    )
    return f"Corner plot of {names}: one-dimensional histograms and 68 % and 95 % regions of each pair, with the measured values."


def _image(figure: Figure, name: str, alt: str) -> _Image:
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    width, height = figure.canvas.get_width_height()
    return _Image(name, alt, width, height, "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii"))
