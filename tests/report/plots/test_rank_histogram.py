from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lqbayes import Likelihood, Posterior, Prior
from lqbayes.calibration.result import Calibration
from lqbayes.calibration.uniformity import ecdf_band
from lqbayes.report.plots.rank_histogram import rank_figure, rank_labels

RANKED = ("log10_M_LQ", "C9_mu", "cos_alpha_21", "R_K", "delta_a_mu", "log_likelihood")


@pytest.fixture
def calibration() -> Calibration:
    ranks = np.random.default_rng(1).integers(0, 100, (200, len(RANKED) + 1))
    return Calibration((*RANKED, "dm_K"), ranks, 99)


def test_panels_show_counts_bands_and_p_values_of_the_least_uniform_first(calibration: Calibration, tmp_path: Path) -> None:
    figure = rank_figure(calibration)
    p_values = calibration.p_values()
    order = np.argsort(p_values, kind="stable")
    assert len(figure.axes) == 2 * len(order)
    share, low, high = ecdf_band(200, 100)
    for number, column in enumerate(order):
        upper, lower = figure.axes[2 * number : 2 * number + 2]
        assert upper.get_title() == f"{calibration.names[column]}   p = {p_values[column]:.2g}"
        (bars,) = (patch for patch in upper.patches if hasattr(patch, "get_data"))
        np.testing.assert_array_equal(bars.get_data().values, np.histogram(calibration.ranks[:, column], 20, (0, 100))[0])
        curve = lower.lines[-1].get_ydata() + share
        np.testing.assert_allclose(curve[49], np.mean(calibration.ranks[:, column] < 50))
        band = lower.collections[0].get_paths()[0].vertices[:, 1]
        assert band.max() == pytest.approx(np.max(high - share))
        assert band.min() == pytest.approx(np.min(low - share))
    assert calibration.sentence() in [text.get_text() for text in figure.texts]
    figure.savefig(tmp_path / "ranks.png")
    assert (tmp_path / "ranks.png").stat().st_size > 20_000


def test_there_is_room_for_fifteen_quantities() -> None:
    ranks = np.random.default_rng(1).integers(0, 100, (40, 20))
    assert len(rank_figure(Calibration(tuple(f"q{k}" for k in range(20)), ranks, 99)).axes) == 2 * 15


def test_what_is_not_uniform_stands_out(calibration: Calibration) -> None:
    ranks = calibration.ranks.copy()
    ranks[:, 3] //= 2
    figure = rank_figure(Calibration(calibration.names, ranks, 99))
    assert figure.axes[0].get_title().startswith(RANKED[3])
    assert figure.axes[0].title.get_color() not in {axes.title.get_color() for axes in figure.axes[2::2]}
    assert any(text.get_text().startswith("NOT CALIBRATED: 1 of") for text in figure.texts)


def test_panels_name_their_quantities_in_physics(calibration: Calibration) -> None:
    labels = rank_labels(Posterior(Prior.load("calibration"), Likelihood.load("calibration")))
    figure = rank_figure(calibration, labels)
    titles = "".join(axes.get_title() for axes in figure.axes[::2])
    for name in (r"$\cos\,\alpha_{21}$", r"\Delta a_\mu", r"\mathrm{GeV}", r"$\ln\,\mathcal{L}$"):
        assert name in titles
    figure.canvas.draw()  # matplotlib reads all of them
