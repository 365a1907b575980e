"""Title, state of the run and notes around a plot."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lqbayes.report.plots.palette import ALARM, INK
from lqbayes.results.summary import NOT_CONVERGED, state_sentence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lqbayes.storage.run import Run


_GID = "caption-{}"  # of texts that say in a plot what an article says below it: no two alike, as an SVG file wants them

TITLE_HEIGHT = 0.85
"""Inches that the title takes."""

_LINE = 0.17  # inches
_CHARACTERS_PER_INCH = 14.5


def state_colour(sentence: str) -> str:
    """Choose the colour of the sentence about a run's convergence."""
    return ALARM if sentence.startswith(NOT_CONVERGED) else INK


def draw_caption(figure: Figure, x: float, y: float, words: str, *, color: str = INK, **style: Any) -> None:
    """Write what an article says in its caption, to be left out there; a warning stays."""
    gid = None if color == ALARM else _GID.format(len(figure.texts))
    figure.text(x, y, words, color=color, gid=gid, **style)


def draw_title(figure: Figure, run: Run, subject: str) -> None:
    """Write what is shown, of which run, and whether it has converged, at the top of a figure."""
    width, height = figure.get_size_inches()
    configuration = run.configuration
    settings = f"likelihood {configuration.likelihood.name}, prior {configuration.prior.name}, formulas {configuration.model.variant}"
    sentence = state_sentence(run.convergence())
    left = 0.12 / width
    draw_caption(figure, left, 1 - 0.10 / height, f"{run.name}: {subject}", fontsize=12, fontweight="bold", va="top")
    draw_caption(figure, left, 1 - 0.36 / height, settings, fontsize=9, va="top")
    # In a narrow figure the verdict stays, and as many of the reasons as there is room for.
    parts = sentence.split("; ")
    while len(parts) > 1 and len("; ".join(parts)) > width * _CHARACTERS_PER_INCH:
        parts.pop()
    draw_caption(figure, left, 1 - 0.56 / height, "; ".join(parts), fontsize=9, color=state_colour(sentence), va="top")


def draw_notes(figure: Figure, notes: Sequence[str]) -> float:
    """Write notes at the bottom of a figure."""
    width, height = figure.get_size_inches()
    lines = [line for note in notes for line in textwrap.wrap(note, int(width * _CHARACTERS_PER_INCH))]
    for number, line in enumerate(lines):
        y = (0.10 + (len(lines) - 1 - number) * _LINE) / height
        draw_caption(figure, 0.12 / width, y, line, fontsize=8.5, va="bottom")
    return 0.15 + _LINE * len(lines)


def drop_captions(figure: Figure) -> None:
    """Take title and notes out of a figure, for an article that has a caption below it."""
    for text in [text for text in figure.texts if (text.get_gid() or "").startswith(_GID.format(""))]:
        text.remove()
