from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.models.three_leptoquarks.paper.figures import allowed_points, figure_1, figure_2, signal_terms, write_figures
from lqbayes.models.three_leptoquarks.paper.published import BSMUMU, error_bar
from lqbayes.posterior import Posterior
from lqbayes.results.summary import Summary


def texts(figure: Any) -> str:
    return " ".join(" ".join(text.get_text() for text in figure.texts).split())


@pytest.fixture(scope="module")
def constrained(make_run: Callable[..., Any]) -> Any:
    """A run whose likelihood has limits and bounds only."""
    run = make_run("constrained", ensembles=2, steps=2, walkers=2000)
    settings = run.configuration.likelihood
    kept = tuple(m for m in settings.measurements if m.name not in {"C9_C10_mu", "R_K", "delta_a_mu"})
    run.configuration = replace(run.configuration, likelihood=replace(settings, name="constraints-only", measurements=kept))
    run.posterior_target = Posterior(run.posterior_target.prior, Likelihood(run.configuration.likelihood, run.posterior_target.model))
    return run


def test_error_bars_lie_along_the_scenario() -> None:
    assert error_bar(BSMUMU[0]) == (pytest.approx((-1.08, -0.73)), pytest.approx((0.0, 0.0)))
    assert error_bar(BSMUMU[3]) == (pytest.approx((-0.77, -0.53)), pytest.approx((0.77, 0.53)))


def test_terms_of_the_run_decide_the_caption(unconverged: Any, constrained: Any) -> None:
    assert signal_terms(unconverged) == ("delta_a_mu", "C9_C10_mu", "R_K")
    assert signal_terms(constrained) == ()
    summary, without = Summary.of(unconverged), Summary.of(constrained)
    for draw in (figure_1, figure_2):
        for points, subject in ((False, "density"), (True, "points")):
            caption = texts(draw(unconverged, summary, points=points))
            assert "delta_a_mu, C9_C10_mu, R_K" in caption
            assert f"so that the {subject} include" in caption
            assert "NOT CONVERGED" in caption
            assert "no term of C9, C10" in texts(figure := draw(constrained, without, points=points))
            if draw is figure_2 and not points:
                assert any("not imposed" in text.get_text() for text in figure.legends[0].get_texts())


def test_points_satisfy_every_limit_and_nothing_else(constrained: Any) -> None:
    kept = allowed_points(constrained)
    x = constrained.draws().observables

    def of(name: str) -> Any:
        return x[..., OBSERVABLE_INDEX[name]]

    expected = (of("BR_mu_egamma") < 4.2e-13) & (of("BR_tau_mugamma") < 4.4e-8) & (of("BR_tau_egamma") < 3.3e-8)
    expected &= (abs(of("dm_K")) < 3.48e-15) & (abs(of("dm_D")) < 6.25e-15) & (of("g_max") < math.sqrt(4 * math.pi))
    expected &= (of("dm_Bd") > -1.85e-13) & (of("dm_Bd") < 4.05e-14) & (of("dm_Bs") > -2.77e-12) & (of("dm_Bs") < 1.07e-12)
    assert np.array_equal(kept, constrained.draws().pooled(expected))


def test_scatter_shows_the_allowed_draws_with_positive_g2(make_run: Callable[..., Any]) -> None:
    run = make_run("scatter", ensembles=2, steps=2, walkers=50)
    observables = run.draws().observables
    observables[:] = 0  # the standard model satisfies all limits
    observables[0, 0, :30, OBSERVABLE_INDEX["delta_a_mu"]] = np.linspace(1e-10, 3e-9, 30)
    observables[1, 0, :30, OBSERVABLE_INDEX["delta_a_mu"]] = -1e-10
    observables[0, 0, :5, OBSERVABLE_INDEX["BR_mu_egamma"]] = 1e-12
    figure = figure_2(run, Summary.of(run), points=True)
    shown = np.asarray(figure.axes[0].collections[-1].get_offsets())
    assert np.sort(shown[:, 1]) == pytest.approx(np.linspace(1, 30, 30)[5:])
    assert "12.5 % of the draws, 25 of them shown" in texts(figure)


def test_both_formats_are_written(unconverged: Any, tmp_path: Path) -> None:
    written = write_figures(unconverged, Summary.of(unconverged), tmp_path)
    assert len(written) == 8
    assert set(written) == set(tmp_path.iterdir())
    for path in written:
        assert path.read_bytes().startswith({".png": b"\x89PNG", ".pdf": b"%PDF"}[path.suffix])


def test_a_region_that_cannot_be_drawn_is_named(make_run: Callable[..., Any]) -> None:
    run = make_run("far", ensembles=2, steps=2, walkers=2000)
    observables = run.draws().observables
    rng = np.random.default_rng(2)
    for name in ("C9_mu", "C10_mu"):
        observables[..., OBSERVABLE_INDEX[name]] = rng.normal(0, 0.1, observables.shape[:-1])
    assert "not drawn" not in texts(figure_1(run, Summary.of(run)))
    observables[0, ..., OBSERVABLE_INDEX["C9_mu"]] += 1e6  # half of the draws beyond any grid
    figure = figure_1(run, Summary.of(run))
    assert "Region of 68 % and 95 %: not drawn" in texts(figure)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sum("not drawn" in label for label in labels) == 2


def test_no_legend_covers_a_panel(unconverged: Any) -> None:
    for draw in (figure_1, figure_2):
        figure = draw(unconverged, Summary.of(unconverged))
        figure.canvas.draw()
        (legend,) = (legend.get_window_extent() for legend in figure.legends)
        assert all(axes.get_legend() is None and not legend.overlaps(axes.get_window_extent()) for axes in figure.axes)
        assert figure.bbox.x0 <= legend.x0 < legend.x1 <= figure.bbox.x1
