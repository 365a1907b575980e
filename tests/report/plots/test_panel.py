from typing import Any

import numpy as np
import pytest
from matplotlib.axis import Tick

from lqbayes.report.plots.panel import TICK_LENGTH, Panel, tick_marks
from lqbayes.report.plots.style import new_figure


@pytest.mark.parametrize("across", [True, False])
def test_tick_marks_stand_where_ticks_of_axes_would(across: bool) -> None:
    figure = new_figure(4, 3)
    panel = figure.add_subplot()
    panel.set(xlim=(2, 6), ylim=(2, 6))
    marks = tick_marks(figure, panel, panel.xaxis if across else panel.yaxis, [3, 5.5], both=True)
    ends = figure.transFigure.transform(np.array(marks).reshape(-1, 2)).reshape(-1, 2, 2)  # type: ignore[attr-defined]
    data = panel.transData.inverted().transform(ends.reshape(-1, 2)).reshape(-1, 2, 2)
    along, edge = (0, 1) if across else (1, 0)
    np.testing.assert_allclose(data[:, :, along], np.repeat([3, 5.5], 4).reshape(4, 2))
    np.testing.assert_allclose(data[:, 0, edge], [2, 6, 2, 6])
    assert np.all((data[:, 1, edge] > 2) & (data[:, 1, edge] < 6))
    np.testing.assert_allclose(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) / figure.dpi * 72, TICK_LENGTH)


def test_a_panel_has_the_ticks_that_it_is_given_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    make = Tick.__init__
    monkeypatch.setattr(Tick, "__init__", lambda tick, *given, **named: made.append(tick) or make(tick, *given, **named))
    figure = new_figure(4, 3)
    panel = figure.add_subplot(axes_class=Panel)
    panel.set(yticks=[], xlim=(2, 6), ylim=(2, 6))
    tick_marks(figure, panel, panel.xaxis, [5], both=False)
    figure.canvas.draw()
    assert made == []
    frame = panel.get_window_extent()
    for side, spine in panel.spines.items():
        ends = spine.get_path().get_extents(spine.get_transform()).extents
        np.testing.assert_allclose(
            ends,
            {
                "left": [frame.x0, frame.y0, frame.x0, frame.y1],
                "right": [frame.x1, frame.y0, frame.x1, frame.y1],
                "bottom": [frame.x0, frame.y0, frame.x1, frame.y0],
                "top": [frame.x0, frame.y1, frame.x1, frame.y1],
            }[side],
        )
    panel.xaxis.set_visible(True)
    panel.set_xticks([3, 4, 5])
    figure.canvas.draw()
    assert len(made) == 3
    assert [label.get_text() for label in panel.get_xticklabels()] == ["3", "4", "5"]
