"""The one style of all plots: colours, settings of matplotlib, title, notes and margins."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lqbayes.results.summary import Summary
from lqbayes.sampling.settings import NOT_CONVERGED

_SETTINGS: Final = mpl.rc_params_from_file(Path(__file__).with_name("lqbayes.mplstyle"), use_default_template=False)
ENSEMBLES: Final[Sequence[str]] = [f"#{colour.lstrip('#')}" for colour in _SETTINGS["axes.prop_cycle"].by_key()["color"]]
INK: Final = f"#{_SETTINGS['text.color'].lstrip('#')}"
POSTERIOR: Final = ENSEMBLES[0]
PRIOR: Final = "#666666"
REGIONS: Final = ("#b9d7ea", "#6aaad4")
"""Fills of the 95 % and the 68 % region of the posterior."""
DATA: Final = "#E69F00"
DATA_LIMIT: Final = "#D55E00"
ALARM: Final = "#C00000"

TITLE_HEIGHT: Final = 0.85
"""Inches that the title takes."""

_CAPTION = "caption-{}"  # gid of texts that say in a plot what an article says below it: no two alike, as an SVG file wants them
_LINE = 0.17  # inches
_CHARACTERS_PER_INCH, _STATE_PER_INCH = 14.5, 12.5  # of notes, and of the larger sentence about the state

Lines = list[tuple[str, dict[str, Any]]]


@contextmanager
def styled() -> Iterator[None]:
    """Draw and write with these settings, whatever a matplotlibrc says; also a decorator of functions that draw."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield


def new_figure(width: float, height: float, dpi: int = 100) -> Figure:
    """Make a figure that needs no display: never by pyplot, which follows MPLBACKEND."""
    figure = Figure(figsize=(width, height), dpi=dpi)
    FigureCanvasAgg(figure)
    return figure


def pixels(figure: Figure) -> NDArray[np.uint8]:
    """Draw a figure as it is in a file: (height, width, 3) array, red, green and blue of each pixel."""
    canvas: Any = FigureCanvasAgg(figure)
    with styled():
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def title_lines(summary: Summary, subject: str) -> Lines:
    """Say what is shown, of which run, and whether it has converged: lines with their style."""
    asked = summary.configuration
    physics = f"formulas {asked.model.variant}" if asked.model.variant else f"model {asked.model.name}"
    settings = f"likelihood {asked.likelihood.name}, prior {asked.prior.name}, {physics}"
    state = {"fontsize": 9.5, "color": ALARM if summary.state.startswith(NOT_CONVERGED) else INK}
    lines: Lines = [(f"{literal(summary.name)}: {subject}", {"fontsize": 12, "fontweight": "bold"}), (literal(settings), {"fontsize": 9.5})]
    return lines + [(part, state) for part in summary.state.split("; ")]


def literal(text: str) -> str:
    """Text in which nothing is mathematics."""
    return text.replace("$", r"\$")


def frame(
    figure: Figure,
    summary: Summary,
    subject: str,
    notes: Sequence[str] = (),
    *,
    left: float,
    right: float,
    below: float,
    above: float = 0.0,
    **space: float,
) -> float:
    """Write the title across the top and notes at the bottom, leave margins in inches; return where the notes end."""
    width, height = figure.get_size_inches()
    (name, bold), (settings, plain), *state = title_lines(summary, subject)
    # In a narrow figure the verdict stays, and as many of the reasons as there is room for.
    parts = [part for part, _ in state]
    while len(parts) > 1 and len("; ".join(parts)) > width * _STATE_PER_INCH:
        parts.pop()
    for inches, words, style in ((0.10, name, bold), (0.36, settings, plain), (0.56, "; ".join(parts), state[0][1])):
        draw_caption(figure, 0.12 / width, 1 - inches / height, words, va="top", **style)
    lines = [line for note in notes for line in textwrap.wrap(literal(note), int(width * _CHARACTERS_PER_INCH))]
    for number, line in enumerate(lines, start=1):
        draw_caption(figure, 0.12 / width, (0.10 + (len(lines) - number) * _LINE) / height, line, fontsize=8.5, va="bottom")
    end = 0.15 + _LINE * len(lines) if lines else 0.0
    edges = {"left": left / width, "right": 1 - right / width, "bottom": (end + below) / height}
    figure.subplots_adjust(**edges, top=1 - (TITLE_HEIGHT + above) / height, **space)
    return end


def label_room(figure: Figure) -> float:
    """Inches that the labels of ticks beside the panels take."""
    labels = [label for axes in figure.axes for label in axes.get_yticklabels()]
    return 0.2 + max((label.get_window_extent().width for label in labels), default=0.0) / figure.dpi


def draw_caption(figure: Figure, x: float, y: float, words: str, *, color: str = INK, **style: Any) -> None:
    """Write what an article says in its caption, to be left out there; a warning stays."""
    figure.text(x, y, words, color=color, gid=None if color == ALARM else _CAPTION.format(len(figure.texts)), **style)


def drop_captions(figure: Figure) -> None:
    """Take title and notes out of a figure, for an article that has a caption below it."""
    for text in [text for text in figure.texts if (text.get_gid() or "").startswith(_CAPTION.format(""))]:
        text.remove()
