"""Panels that have no ticks until they need some: those that matplotlib makes of any axes take a third of the time of a corner plot."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick, XAxis, YAxis
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from typing_extensions import override

TICK_LENGTH = 3.0
"""Points."""

_Segment = tuple[tuple[float, float], tuple[float, float]]


class _BareAxis(Axis):
    """An axis with the ticks that it is given, and no grid lines."""

    @override
    def set_clip_path(self, *_: Any, **__: Any) -> None: ...

    @override
    def get_major_ticks(self, numticks: int | None = None) -> list[Tick]:
        return super().get_major_ticks(numticks) if numticks or (numticks is None and len(self.get_majorticklocs())) else []

    @override
    def get_minor_ticks(self, numticks: int | None = None) -> list[Tick]:
        return []


class _BareXAxis(_BareAxis, XAxis): ...


class _BareYAxis(_BareAxis, YAxis): ...


class Panel(Axes):
    """Axes whose ticks are not styled before somebody does so."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for spine in self.spines.values():  # which go to their places with the first tick otherwise
            spine.set_position(("outward", 0.0))

    def _init_axis(self) -> None:
        self.xaxis, self.yaxis = _BareXAxis(self, clear=False), _BareYAxis(self, clear=False)

    @override
    def grid(self, *_: Any, **__: Any) -> None: ...

    @override
    def tick_params(self, axis: Literal["both", "x", "y"] = "both", **kwargs: Any) -> None:
        if "which" not in kwargs:  # as matplotlib calls it for new axes
            super().tick_params(axis, **kwargs)


def tick_marks(figure: Figure, panel: Axes, axis: Axis, ticks: Sequence[float], *, both: bool) -> list[_Segment]:
    """Ticks of an axis without labels, inwards from one side or from both, in shares of the figure."""
    axis.set_visible(False)
    box, across, (width, height) = panel.get_position(), axis is panel.xaxis, figure.get_size_inches()
    low, high = axis.get_view_interval()
    along = (np.asarray(ticks) - low) / (high - low)
    along = box.x0 + along * box.width if across else box.y0 + along * box.height
    length = TICK_LENGTH / 72 / (height if across else width)
    first, last = (box.y0, box.y1) if across else (box.x0, box.x1)
    ends = [(first, first + length), (last, last - length)][: 1 + both]
    return [((x, a), (x, b)) if across else ((a, x), (b, x)) for x in along.tolist() for a, b in ends]


def draw_tick_marks(figure: Figure, marks: Sequence[_Segment]) -> None:
    """Draw the ticks of all panels."""
    figure.add_artist(LineCollection(list(marks), colors="black", linewidths=0.8))
