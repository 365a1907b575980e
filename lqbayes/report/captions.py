"""Title, state of the run and notes around a plot."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lqbayes.report.palette import ALARM, INK
from lqbayes.report.state import NOT_CONVERGED, state_sentence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lqbayes.storage.run import Run

__all__ = ["CAPTION", "TITLE_HEIGHT", "draw_notes", "draw_title", "drop_captions"]

CAPTION = "caption"
"""Gid of texts that say in a plot what an article says below it."""

TITLE_HEIGHT = 0.85
"""Inches that the title takes."""

_LINE = 0.17  # inches
_CHARACTERS_PER_INCH = 14.5


def draw_title(figure: Figure, run: Run, subject: str) -> None:
    """Write what is shown, of which run, and whether it has converged, at the top of a figure.

    Parameters
    ----------
    figure
        The figure; `TITLE_HEIGHT` inches at its top must be free.
    run
        The run.
    subject
        What is shown.
    """
    width, height = figure.get_size_inches()
    configuration = run.configuration
    settings = f"likelihood {configuration.likelihood.name}, prior {configuration.prior.name}, formulas {configuration.formulas}"
    sentence = state_sentence(run.convergence())
    colour = ALARM if sentence.startswith(NOT_CONVERGED) else INK
    left = 0.12 / width
    figure.text(left, 1 - 0.10 / height, f"{run.name}: {subject}", fontsize=12, color=INK, fontweight="bold", va="top", gid=CAPTION)
    figure.text(left, 1 - 0.36 / height, settings, fontsize=9, color=INK, va="top", gid=CAPTION)
    # In a narrow figure the verdict stays, and as many of the reasons as there is room for.
    parts = sentence.split("; ")
    while len(parts) > 1 and len("; ".join(parts)) > width * _CHARACTERS_PER_INCH:
        parts.pop()
    gid = None if colour == ALARM else CAPTION  # nobody is to leave out that a run has not converged
    figure.text(left, 1 - 0.56 / height, "; ".join(parts), fontsize=9, color=colour, va="top", gid=gid)


def draw_notes(figure: Figure, notes: Sequence[str]) -> float:
    """Write notes at the bottom of a figure.

    Parameters
    ----------
    figure
        The figure.
    notes
        Sentences; long ones are broken.

    Returns
    -------
    float
        Inches that they take.
    """
    width, height = figure.get_size_inches()
    lines = [line for note in notes for line in textwrap.wrap(note, int(width * _CHARACTERS_PER_INCH))]
    for number, line in enumerate(lines):
        y = (0.10 + (len(lines) - 1 - number) * _LINE) / height
        figure.text(0.12 / width, y, line, fontsize=8.5, color=INK, va="bottom", gid=CAPTION)
    return 0.15 + _LINE * len(lines)


def drop_captions(figure: Figure) -> None:
    """Take title and notes out of a figure, for an article that has a caption below it.

    Parameters
    ----------
    figure
        The figure. That a run has not converged stays, and so do legends.
    """
    for text in [text for text in figure.texts if text.get_gid() == CAPTION]:
        text.remove()
