"""Words beside the panels of a corner plot: what is shown, what colours mean, where measured values come from."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lqbayes.likelihood.measurement import Measurement
from lqbayes.report.plots.axes import Scale
from lqbayes.report.plots.captions import draw_caption, state_colour
from lqbayes.report.plots.data_marks import BEYOND, Marks, data_names
from lqbayes.report.plots.palette import DATA, DATA_LIMIT, INK, POSTERIOR
from lqbayes.results.summary import state_sentence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lqbayes.storage.run import Run


_LONGEST_NAMES = 42  # characters


def write_legend(figure: Figure, marks: Sequence[Marks], *, top: float) -> float:
    """Say what the colours of a corner plot mean."""
    handles: list[Patch | Line2D] = [
        Patch(facecolor="#6aaad4", edgecolor=POSTERIOR, label="posterior, 68 %"),
        Patch(facecolor="#b9d7ea", edgecolor=POSTERIOR, label="posterior, 95 %"),
    ]
    measured = sum(mark.centre is not None for mark in marks)
    if measured:
        handles.append(Patch(facecolor=DATA, alpha=0.35, edgecolor=DATA, label=r"measured, $\pm 1\sigma$"))
    if measured > 1:
        handles.append(Line2D([], [], color=DATA, linewidth=1.6, label="measured, 68 % in two dimensions"))
    if any(mark.limits for mark in marks):
        handles.append(Line2D([], [], color=DATA_LIMIT, linestyle="--", linewidth=1.3, label="limit (arrow: allowed side)"))
    for colour, what in ((DATA, "measured value"), (DATA_LIMIT, "limit")):
        if any(line.get_gid() == BEYOND and line.get_color() == colour for axes in figure.axes for line in axes.lines):
            handles.append(Line2D([], [], color=colour, marker=">", markersize=6, linestyle="none", label=f"{what} beyond this edge"))
    legend = figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.99, top), frameon=False, fontsize=10, borderaxespad=0)
    return float(legend.get_window_extent().transformed(figure.transFigure.inverted()).y0)


def name_data(figure: Figure, scales: Sequence[Scale], measurements: Sequence[Measurement], *, top: float) -> None:
    """Name the data of each measured quantity that is shown, as the likelihood's file does; one line a measurement."""
    shown = {scale.quantity.source: scale.quantity for scale in scales if scale.quantity.origin == "observable"}
    y, height = top - 0.1 / figure.get_figheight(), figure.get_figheight()
    for m in measurements:
        symbols = ", ".join(f"${shown[name].symbol}$" for name in m.observables if name in shown)
        if symbols and m.data:
            # Beside the smallest plots there is room for so much.
            text = f"{symbols}: {textwrap.shorten(data_names(m), _LONGEST_NAMES, placeholder=' ...')}"
            figure.text(0.985, y, text, ha="right", va="top", fontsize=8.5, color=INK)
            y -= 0.19 / height


def write_title(figure: Figure, run: Run, group: str, constant: Sequence[str]) -> float:
    """Say what is shown, and whether it has converged."""
    height = figure.get_figheight()
    sentence = state_sentence(run.convergence())
    configuration = run.configuration
    lines = [
        (f"{run.name}: {group}", 13, INK, "bold"),
        (
            f"likelihood {configuration.likelihood.name}, prior {configuration.prior.name}, formulas {configuration.model.variant}",
            10,
            INK,
            "normal",
        ),
        *((part, 10, state_colour(sentence), "normal") for part in sentence.split("; ")),
    ]
    if constant:
        lines.append((f"constant and not shown: {', '.join(constant)}", 9, INK, "normal"))
    y = 1 - 0.15 / height
    for text, size, colour, weight in lines:
        draw_caption(figure, 0.985, y, text, ha="right", va="top", fontsize=size, color=colour, fontweight=weight)
        y -= (size + 5) / 72 / height
    return y
