from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lqbayes import Likelihood, Posterior, Prior
from lqbayes.calibration.result import Calibration
from lqbayes.calibration.uniformity import ecdf_band
from lqbayes.report.plots.rank_histogram import rank_figure, rank_labels

RANKED = ("log10_M_LQ", "C9_mu", "C10_mu", "R_K", "delta_a_mu", "log_likelihood")

@pytest.fixture
def calibration() -> Calibration:
    ranks = np.random.default_rng(1).integers(0, 100, (200, len(RANKED) + 1))
    return Calibration((*RANKED, "dm_K"), ranks, 99)


def test_panels_show_counts_bands_and_p_values(calibration: Calibration, tmp_path: Path) -> None:
    figure = rank_figure(calibration)
    assert len(figure.axes) == 2 * len(RANKED)
    p_values = calibration.p_values()
    share, low, high = ecdf_band(200, 100)
    for number, name in enumerate(RANKED):
        upper, lower = figure.axes[2 * number : 2 * number + 2]
        assert upper.get_title() == f"{name}   p = {p_values[number]:.2g}"
        (bars,) = (patch for patch in upper.patches if hasattr(patch, "get_data"))
        np.testing.assert_array_equal(bars.get_data().values, np.histogram(calibration.ranks[:, number], 20, (0, 100))[0])
        curve = lower.lines[-1].get_ydata() + share
        np.testing.assert_allclose(curve[49], np.mean(calibration.ranks[:, number] < 50))
        band = lower.collections[0].get_paths()[0].vertices[:, 1]
        assert band.max() == pytest.approx(np.max(high - share))
        assert band.min() == pytest.approx(np.min(low - share))
    assert calibration.sentence() in [text.get_text() for text in figure.texts]
    figure.savefig(tmp_path / "ranks.png")
    assert (tmp_path / "ranks.png").stat().st_size > 20_000


def test_quantities_that_were_not_ranked_are_left_out(calibration: Calibration) -> None:
    assert len(rank_figure(calibration, ("dm_K", "no_such", "R_K")).axes) == 4
    few = Calibration(("a", "b"), calibration.ranks[:, :2], 99)
    assert [axes.get_title()[0] for axes in rank_figure(few).axes[::2]] == ["a", "b"]


def test_what_is_not_uniform_stands_out(calibration: Calibration) -> None:
    ranks = calibration.ranks.copy()
    ranks[:, 0] //= 2
    figure = rank_figure(Calibration(calibration.names, ranks, 99))
    colours = {axes.title.get_color() for axes in figure.axes[2::2]}
    assert figure.axes[0].title.get_color() not in colours
    assert any(text.get_text().startswith("NOT CALIBRATED: 1 of") for text in figure.texts)


def test_panels_name_their_quantities_in_physics(calibration: Calibration) -> None:
    labels = rank_labels(Posterior(Prior.load("calibration"), Likelihood.load("calibration")))
    assert set(RANKED) <= set(labels)
    figure = rank_figure(calibration, ("cos_alpha_21", "delta_a_mu", "log10_M_LQ", "log_likelihood"), labels)
    titles = [axes.get_title().split("   ")[0] for axes in figure.axes[::2]]
    assert titles[0] == r"$\cos\,\alpha_{21}$"
    assert r"\Delta a_\mu" in titles[1]
    assert r"\mathrm{GeV}" in titles[2]
    figure.canvas.draw()  # matplotlib reads all of them
