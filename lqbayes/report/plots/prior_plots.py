"""Plot of what the prior does to the headline quantities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lqbayes.report.plots.style import INK, TITLE_HEIGHT, frame, new_figure, styled
from lqbayes.results.prior_sensitivity import PriorGroup, PriorSensitivity, RangeEnd, notable
from lqbayes.results.summary import Summary

_ROW = 0.3  # inches
_NOTES = (
    "Above: cumulative Jensen-Shannon distance of the posterior for each doubling of the power of a prior. Below: shift of the median, in "
    "half widths of the 68 % interval, when an end of the range is moved inwards; in brackets the posterior probability of what is "
    "dropped, over the prior's, of the parameter with most there. Grey: small, or no more than chance. -: too few draws.",
)


@styled()
def prior_figure(summary: Summary, found: PriorSensitivity) -> Figure:
    """Draw how the headline quantities follow the prior's densities and the ends of its ranges."""
    above, below = max(len(found.scalings), 1), max(len(found.ends), 1)
    figure = new_figure(10, _ROW * (above + below) + TITLE_HEIGHT + 3.3, 130)
    upper, lower = figure.subplots(2, 1, gridspec_kw={"height_ratios": [above, below]})
    frame(
        figure,
        summary,
        "sensitivity to the prior",
        _NOTES,
        left=2.6,
        right=0.14,
        below=1.05,
        above=0.3,
        hspace=1.2 / (_ROW * (above + below)),
    )
    symbols = {parameter.name: f"${parameter.latex}$" for parameter in summary.configuration.model.parameters}

    def name(group: PriorGroup) -> str:
        return symbols.get(group.name, f"{group.name} ({len(group.parameters)})" if "(" not in group.name else group.name)

    _cells(upper, [s.sensitivities for s in found.scalings], [s.chances for s in found.scalings], "Purples", (0.0, 0.5), "{:.2f}")
    upper.set_yticks(range(len(found.scalings)), [name(s.group) for s in found.scalings], fontsize=8.5)
    upper.set_title("power of the prior", fontsize=9.5, loc="left")
    _cells(lower, [e.shifts for e in found.ends], [e.chances for e in found.ends], "RdBu_r", (-0.5, 0.5), "{:+.2f}")
    lower.set_yticks(range(len(found.ends)), [f"{name(e.group).partition(' (')[0]}, {_moved(e)}" for e in found.ends], fontsize=8.5)
    lower.set_title("ends of the ranges moved inwards", fontsize=9.5, loc="left")
    upper.set_xticks(range(len(found.quantities)), [""] * len(found.quantities))
    labels = [q.label for q in found.quantities]
    lower.set_xticks(range(len(labels)), labels, fontsize=9, rotation=30, ha="right", rotation_mode="anchor")
    return figure


def _moved(end: RangeEnd) -> str:
    return f"{end.value:.2g} to {end.narrowed:.2g} [{end.share:.2g}]"


def _cells(
    axes: Axes, values: Sequence[Sequence[float]], chances: Sequence[Sequence[float]], cmap: str, ends: tuple[float, float], form: str
) -> None:
    if not values or not values[0]:
        axes.set_axis_off()
        return
    table = np.array(values)
    rows = (zip(*pair, strict=True) for pair in zip(values, chances, strict=True))
    shown = np.array([[notable(*cell) for cell in row] for row in rows])
    axes.imshow(np.ma.masked_where(~shown, table), cmap=cmap, vmin=ends[0], vmax=ends[1], aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        dark = shown[row, column] and abs(value) > 0.6 * ends[1]
        colour = "white" if dark else INK if shown[row, column] else "#999999"
        axes.text(column, row, "-" if np.isnan(value) else form.format(value + 0.0), ha="center", va="center", fontsize=8.5, color=colour)
