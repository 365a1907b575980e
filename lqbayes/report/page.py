"""One self-contained page about a run: ``report.html``."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lqbayes.report import tables
from lqbayes.report.embedded_draws import embedded_draws
from lqbayes.report.reproduce import reproduction
from lqbayes.report.results import plot_attempts, run_plots
from lqbayes.report.table import TEMPLATES
from lqbayes.results.summary import Summary
from lqbayes.running.side_by_side import side_by_side
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.run import Run
from lqbayes.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lqbayes.report.strips import Strip

FILE_NAME: Final = "report.html"
_COLOURS = 160  # of a plot inside the page, which makes it a third as large as all of them would

# What the plots show, for those who do not see them.
_CORNER = "Corner plot of {}: one-dimensional histograms and 68 % and 95 % regions of each pair, with the measured values."
_DIAGNOSTICS = (
    "Course of each ensemble over the stored steps and histogram of its ranks among all draws, for the headline quantities and those that "
    "converge worst. The table of R-hat and effective sample sizes has the numbers."
)
_ANNEALING = "Penalty and power of the likelihood, log evidence so far and acceptance of each ensemble, rung by rung of the annealing."
_PULLS = "Median, 68 % and 95 % of the draws' pulls for each measurement. The table of pulls has the numbers."


@dataclass(frozen=True, slots=True)
class Image:
    """A plot inside a page: its name, the text for those who do not see it, size in pixels, the PNG file as a data URI, its panels."""

    name: str
    alt: str
    width: int
    height: int
    source: str
    panels: tuple[Any, ...]

    @classmethod
    def of(cls, draw: Callable[[], Figure], name: str, alt: str) -> Image:
        """Draw a figure."""
        from PIL import Image as Picture

        from lqbayes.report.plots.corner_plot import panels_of
        from lqbayes.report.plots.style import pixels

        figure, stream = draw(), io.BytesIO()
        picture = Picture.fromarray(pixels(figure))
        picture.quantize(_COLOURS, Picture.Quantize.FASTOCTREE, dither=Picture.Dither.NONE).save(stream, "png")
        data = base64.b64encode(stream.getvalue()).decode("ascii")
        return cls(name, alt, picture.width, picture.height, f"data:image/png;base64,{data}", tuple(panels_of(figure)))


def write_page(
    run: Run,
    summary: Summary | None = None,
    *,
    groups: Iterable[str] | None = None,
    path: Path | None = None,
    with_prior: bool = False,
) -> Path:
    """Write the page, into the run directory unless there is another place: HTML that needs no other file, and can be read without scripts.

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
    strips, images = _drawn(run, summary, list(model.corner_groups if groups is None else groups), with_prior=with_prior)
    content = {
        "summary": summary,
        "missing": [q.name for q in summary.convergence.missing],
        "strips": strips,
        "headline": tables.interval_table(summary, summary.headline, title="Headline intervals", described=True),
        "settings": tables.settings_table(summary),
        "prior": tables.prior_table(summary.configuration.prior, model),
        "measurements": tables.measurement_table(summary.configuration.likelihood),
        "convergence": tables.convergence_table(summary),
        "diagnostics": images.pop("diagnostics"),
        "annealing": images.pop("annealing"),
        "evidence": tables.evidence_table(summary),
        "audit": summary.convergence.audit,
        "modes": tables.mode_table(summary),
        "intervals": intervals,
        "pulls": tables.pull_table(summary),
        "pulls_plot": images.pop("pulls"),
        "corners": [image for image in images.values() if image],
        "language": language,
        "recipe": recipe,
    }
    write_text_atomically(path, render("page.html.jinja", {summary.name: run}, content))
    return path


def render(template: str, runs: Mapping[str, Run], content: Mapping[str, Any]) -> str:
    """Write a page with draws of these runs."""
    script = Path(__file__).with_name("templates").joinpath("page.js").read_text(encoding="utf-8")
    return TEMPLATES.get_template(template).render(
        content,
        script=script,
        # The one script that a browser runs in the page, whatever the files of a run say.
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        draws=embedded_draws(runs),
        version=__version__,
        written=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _drawn(run: Run, summary: Summary, groups: list[str], *, with_prior: bool) -> tuple[list[Strip], dict[str, Image | None]]:
    """Draw the plots of the page; None where one fails."""

    def strips() -> list[Strip]:
        from lqbayes.report.strips import headline_strips

        return headline_strips(summary)

    def pulls() -> Figure:
        from lqbayes.report.plots.explanation_plots import pulls_figure

        return pulls_figure(summary)

    shown = summary.configuration.model.corner_groups
    words = {f"corner-{group}": (group, _CORNER.format(", ".join(shown.get(group, ())))) for group in groups}
    words |= {"diagnostics": ("diagnostics", _DIAGNOSTICS), "annealing": ("annealing", _ANNEALING), "pulls": ("pulls", _PULLS)}
    figures = run_plots(run, summary, groups, with_prior=with_prior) | {"pulls": pulls}
    with plot_attempts() as attempt:
        small = attempt("headline intervals", strips) or []
        jobs = {name: partial(Image.of, draw, *words[name]) for name, draw in figures.items()}
        return small, {name: attempt(name, result) for name, result in side_by_side(jobs)}
