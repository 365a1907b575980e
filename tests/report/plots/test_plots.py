from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy_model as toy
from matplotlib.figure import Figure

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.models.three_leptoquarks.paper.figures import figure_1, figure_2
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior
from lqbayes.quantities import group_quantities, quantities
from lqbayes.report.explanation import explain, write_explanation
from lqbayes.report.page import write_page
from lqbayes.report.plots.axes import Scale, _ticks, scale_of
from lqbayes.report.plots.corner_plot import corner_figure, overlaid_corner_figure
from lqbayes.report.plots.data_marks import BEYOND, Marks, _ellipse, draw_marks, marks_of
from lqbayes.report.plots.diagnostic_plots import annealing_figure, diagnostics_figure
from lqbayes.report.results import save_figure, write_results
from lqbayes.results.summary import Summary


def corner_plot(run: Any, group: str = "headline") -> Figure:
    return corner_figure(run, Summary.of(run), group)


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.texts)


@pytest.fixture(scope="module")
def scales() -> dict[str, Scale]:
    posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    return {q.name: Scale(q, -10 if q.name == "delta_a_mu" else 0) for q in quantities(posterior, logarithms=True)}


@pytest.mark.parametrize(("prior", "coupling"), [("paper", "log10_abs_h_32"), ("paper-positive", "log10_h_32")])
def test_groups_follow_the_prior(prior: str, coupling: str) -> None:
    posterior = Posterior(Prior.load(prior), Likelihood.load("paper"))
    assert coupling in [q.name for q in group_quantities(posterior, "couplings-g2")]
    headline = [q.name for q in group_quantities(posterior, "headline")]
    branching = ["log10_BR_mu_egamma", "log10_BR_tau_mugamma", "log10_BR_tau_egamma"]
    assert headline == ["log10_M_LQ", "C9_mu", "C10_mu", "R_K", *branching, "delta_a_mu"]


def test_unknown_group_gives_advice() -> None:
    posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    with pytest.raises(ArgumentError, match="did you mean 'headline'"):
        group_quantities(posterior, "headlin")


def test_marks_of_each_form(scales: dict[str, Scale]) -> None:
    measurements = Likelihood.load("paper").settings.measurements
    g2 = marks_of(scales["delta_a_mu"], measurements)
    assert (g2.centre, g2.low, g2.high) == pytest.approx((25.1, 19.2, 31.0))
    assert marks_of(scales["log10_BR_mu_egamma"], measurements).limits == ((pytest.approx(math.log10(4.2e-13)), -1),)
    assert marks_of(scales["dm_K"], measurements).limits == ((-3.48e-15, 1), (3.48e-15, -1))
    assert marks_of(scales["dm_Bd"], measurements).limits == ((-1.85e-13, 1), (4.05e-14, -1))
    assert marks_of(scales["log10_g_max"], measurements).limits == ((pytest.approx(math.log10(math.sqrt(4 * math.pi))), -1),)
    assert marks_of(scales["log10_M_LQ"], measurements).ends == ()
    r_k = marks_of(scales["R_K"], measurements)
    assert (r_k.high, r_k.low) == pytest.approx((0.846 + math.hypot(0.042, 0.013), 0.846 - math.hypot(0.039, 0.012)))


def test_ellipse_is_a_contour_of_the_likelihood_that_holds_68_percent(scales: dict[str, Scale]) -> None:
    likelihood = Likelihood.load("paper")
    x, y = _ellipse(*(marks_of(scales[name], likelihood.settings.measurements) for name in ("C9_mu", "C10_mu")))
    observables = np.zeros((len(x), len(OBSERVABLE_INDEX)))
    observables[:, OBSERVABLE_INDEX["C9_mu"]], observables[:, OBSERVABLE_INDEX["C10_mu"]] = x, y
    term = likelihood.log_terms(observables)[:, likelihood.term_names.index("C9_C10_mu")]
    # In two dimensions a Gaussian's probability within a contour is 1 - L / L_max.
    np.testing.assert_allclose(1 - np.exp(term), 0.68, rtol=1e-10)


def test_scales_avoid_offsets(scales: dict[str, Scale]) -> None:
    x = np.linspace(-3e-15, 8e-15, 100)
    scale = scale_of(scales["dm_K"].quantity, x)
    assert scale.power == -15
    assert scale.label == r"$\Delta m_K$ $[10^{-15}\,\mathrm{GeV}]$"
    np.testing.assert_allclose(scale.of(x), x * 1e15)
    assert scale_of(scales["R_K"].quantity, np.array([0.7, 0.9])).power == 0


def test_corner_plot_says_what_it_shows(unconverged: Any, converged: Any) -> None:
    figure = corner_plot(unconverged, "mixing")
    assert len(figure.axes) == 10  # none above the diagonal
    labels = [axes.get_xlabel() for axes in figure.axes[-4:]]
    assert all(label for label in labels)
    assert "unconverged: mixing" in texts(figure)
    assert "likelihood paper, prior paper" in texts(figure)
    alarm = [text for text in figure.texts if text.get_text().startswith("NOT CONVERGED")]
    assert len(alarm) == 1
    assert alarm[0].get_color() == "#C00000"
    assert "NOT CONVERGED" not in texts(corner_plot(converged, "mixing"))


@pytest.mark.parametrize("group", ["headline", "phases", "neutrino", "triplet"])
def test_labels_of_ticks_do_not_touch(unconverged: Any, group: str) -> None:
    figure = corner_plot(unconverged, group)
    figure.canvas.draw()
    count = len([axes for axes in figure.axes if axes.get_xlabel()])
    for labels, low, high in (
        ([axes.get_xticklabels() for axes in figure.axes if axes.get_xlabel()], "x0", "x1"),
        ([axes.get_yticklabels() for axes in figure.axes if axes.get_ylabel()], "y0", "y1"),
    ):
        boxes = [label.get_window_extent() for panel in labels for label in panel if label.get_text()]
        assert len(boxes) >= 2 * (count - 1)
        ends = sorted((getattr(box, low), getattr(box, high)) for box in boxes)
        assert all(right < left for (_, right), (left, _) in zip(ends, ends[1:], strict=False))


@pytest.mark.parametrize(
    "ends", [(-1, 40), (-8.95, -8.1), (-1.2, -0.22), (-14.3, -12.1), (3.0, 3.7), (0.021, 0.0235), (1234, 1300), (-7, -3)]
)
def test_two_to_four_ticks_inside_the_panel(ends: tuple[float, float]) -> None:
    ticks = _ticks(*ends)
    assert 2 <= len(ticks) <= 4
    assert ends[0] < min(ticks) < max(ticks) < ends[1]


def test_what_lies_beyond_a_panel_is_pointed_at() -> None:
    figure = Figure()
    panels = np.array(figure.subplots(2, 2))
    for axes in panels.ravel():
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
    # A value left of the panels, and a limit above them beside one inside.
    draw_marks(panels, [Marks(-2.0, -2.1, -1.9), Marks(limits=((0.4, -1), (7.0, -1)))])

    def beyond(axes: Any) -> set[tuple[str, float, float]]:
        lines = [line for line in axes.lines if line.get_gid() == BEYOND]
        return {(line.get_marker(), round(line.get_xdata()[0], 2), round(line.get_ydata()[0], 2)) for line in lines}

    assert beyond(panels[0, 0]) == {("<", 0.04, 0.5)}
    assert beyond(panels[1, 1]) == {(">", 0.96, 0.7)}
    assert beyond(panels[1, 0]) == {("<", 0.04, 0.5), ("^", 0.7, 0.96)}
    assert panels[1, 0].get_xlim() == (0, 1)
    assert panels[1, 0].get_ylim() == (0, 1)


def test_legend_names_the_markers_only_where_there_are_some(make_run: Callable[..., Any]) -> None:
    run = make_run("beyond", ensembles=2, steps=2)
    for limit, expected in ((1e30, True), (None, False)):
        kept = [m for m in run.configuration.likelihood.measurements if not m.name.startswith("dm_")]
        kept += [m.model_copy(update={"limit": limit}) for m in run.configuration.likelihood.measurements if m.name == "dm_K" and limit]
        likelihood = dataclasses.replace(run.configuration.likelihood, measurements=tuple(kept))
        run.configuration = dataclasses.replace(run.configuration, likelihood=likelihood)
        figure = corner_plot(run, "mixing")
        drawn = any(line.get_gid() == BEYOND for axes in figure.axes for line in axes.lines)
        named = any("limit beyond this edge" in text.get_text() for text in figure.legends[0].get_texts())
        assert drawn == named == expected


def test_data_of_measured_quantities_are_named(make_run: Callable[..., Any]) -> None:
    words = texts(corner_plot(make_run("named", ensembles=2, steps=2), "headline"))
    assert r"$R_K$: LHCb RK 2021" in words
    assert "FNAL gm2 2021, BNL gm2 2006, WP gm2 2020" in words
    assert "PDG dm D 2020" not in words  # of no quantity of this group


def test_data_with_dollars_and_long_names_are_drawn(make_run: Callable[..., Any], tmp_path: Path) -> None:
    run = make_run("strange", ensembles=2, steps=2)
    measurements = tuple(
        m.model_copy(update={"data": ["a$x^$b", *(f"a_long_name_{k}" for k in range(9))]})
        for m in run.configuration.likelihood.measurements
    )
    likelihood = dataclasses.replace(run.configuration.likelihood, measurements=measurements)
    run.configuration = dataclasses.replace(run.configuration, likelihood=likelihood)
    corner = corner_plot(run, "headline")
    for figure in (corner, figure_2(run, Summary.of(run))):
        save_figure(figure, tmp_path / "plot.svg")
    line = next(line for line in texts(corner).splitlines() if line.startswith("$R_K$"))
    assert line.endswith("...")
    assert len(line) < 60


@pytest.mark.parametrize("ensembles", [1, 8, 9, 64])
def test_words_of_diagnostic_plots_stay_clear(make_run: Callable[..., Any], ensembles: int) -> None:
    """No text at the top of a diagnostic plot lies over another one or over a panel, and none is cut off."""
    run = make_run(f"many-{ensembles}", ensembles=ensembles, steps=2)
    summary = Summary.of(run)
    for figure in (diagnostics_figure(run, summary), annealing_figure(run, summary)):
        figure.canvas.draw()
        boxes = [text.get_window_extent() for text in figure.texts] + [legend.get_window_extent() for legend in figure.legends]
        width, height = figure.bbox.size
        assert all(box.x0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)
        panels = [axes.get_window_extent() for axes in figure.axes]
        for k, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in [*boxes[:k], *panels])


@pytest.mark.parametrize("draw", [corner_figure, figure_1, figure_2])
def test_captions_can_be_left_out_but_not_a_warning(unconverged: Any, tmp_path: Path, draw: Any) -> None:
    """An article has captions of its own; that a run has not converged stays."""
    figure = draw(unconverged, Summary.of(unconverged))
    assert f"{unconverged.name}: " in texts(figure)
    save_figure(figure, tmp_path / "plain.pdf", captions=False)
    after = texts(figure)
    assert "NOT CONVERGED" in after
    assert f"{unconverged.name}: " not in after
    assert "likelihood paper, prior paper" not in after
    assert (tmp_path / "plain.pdf").stat().st_size > 3000
    # Publishers want fonts of outlines, not of drawing commands.
    assert b"/Type3" not in (tmp_path / "plain.pdf").read_bytes()


@pytest.mark.parametrize("count", [2, 3])
def test_corner_plots_of_few_quantities_have_their_labels_and_words_beside_the_panels(
    unconverged: Any, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    chosen = group_quantities(unconverged.posterior_target, "headline")[-count:]
    monkeypatch.setattr("lqbayes.report.plots.corner_plot.group_quantities", lambda *_: chosen)
    figure = corner_plot(unconverged)
    figure.canvas.draw()
    labels = [axis.label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) if axis.label.get_text()]
    assert len(labels) == count + count - 1
    for label in labels:
        box = label.get_window_extent()
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1
    first = figure.axes[0].get_window_extent()
    assert not any(first.overlaps(text.get_window_extent()) for text in figure.texts)


def test_corner_plot_leaves_constants_out(make_run: Callable[..., Any]) -> None:
    run = make_run("constant", ensembles=2, steps=2)
    column = run.posterior_target.coordinate_names.index("alpha_1")
    for z in run.positions:
        z[..., column] = 0.5
    figure = corner_plot(run, "triplet")
    assert "constant and not shown: log10_alpha_1" in texts(figure)
    assert len([axes for axes in figure.axes if axes.get_xlabel()]) == len(run.posterior_target.model.groups["triplet"]) - 1


def test_diagnostic_plots_show_every_ensemble(unconverged: Any) -> None:
    summary = Summary.of(unconverged)
    figure = diagnostics_figure(unconverged, summary)
    assert len(figure.axes) == 2 * (len(unconverged.posterior_target.model.headline) + 6)
    course = figure.axes[0]
    bands, means = course.collections
    assert len(bands.get_paths()) == len(means.get_segments()) == 3
    for k, line in enumerate(means.get_segments()):  # side by side
        assert k < min(line[:, 0]) <= max(line[:, 0]) < k + 1
    assert len(course.lines) == 3  # mean and 68 % of all
    assert "NOT CONVERGED" in texts(figure)
    annealing = annealing_figure(unconverged, summary)
    evidence = annealing.axes[1]
    np.testing.assert_allclose(evidence.lines[0].get_ydata()[-1], -20.0)


def test_all_results_are_written_under_stable_names(unconverged: Any) -> None:
    before = {path.name for path in unconverged.results.iterdir()}
    written = write_results(unconverged, groups=["headline", "mixing"])
    names = {path.name for path in written}
    tables = {"convergence.csv", "credible-intervals.csv", "credible-intervals.md", "credible-intervals.tex", "interval-errors.csv"}
    assert names == tables | {"corner-headline.png", "corner-mixing.png", "diagnostics.png", "annealing.png"}
    assert {path.name for path in unconverged.results.iterdir()} == names | before
    for path in written:
        assert path.stat().st_size > 0
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
    for name in ("credible-intervals.md", "credible-intervals.tex"):
        assert "NOT CONVERGED" in (unconverged.results / name).read_text(encoding="utf-8")


def test_plots_as_pdf(make_run: Callable[..., Any]) -> None:
    run = make_run("pdf", ensembles=2, steps=2)
    run.path.mkdir()
    plots = [path for path in write_results(run, groups=["mixing"], form="pdf") if path.suffix == ".pdf"]
    assert [path.name for path in plots] == ["diagnostics.pdf", "annealing.pdf", "corner-mixing.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF") for path in plots)


def test_a_failing_plot_leaves_tables_and_no_debris(make_run: Callable[..., Any], tmp_path: Path) -> None:
    run = make_run("failing", ensembles=2, steps=2)
    run.path = tmp_path
    with pytest.raises(ArgumentError):
        write_results(run, groups=["nonsense"])
    assert sorted(path.name for path in run.results.iterdir()) == [
        "annealing.png",
        "convergence.csv",
        "credible-intervals.csv",
        "credible-intervals.md",
        "credible-intervals.tex",
        "diagnostics.png",
        "interval-errors.csv",
    ]


def test_a_plot_that_fails_costs_only_itself(make_run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run("partly", posterior=toy.posterior(), ensembles=2, steps=2)
    run.path.mkdir()

    def fail(*_: Any, **__: Any) -> Figure:
        raise RuntimeError("Failed to process string with tex\nbecause latex could not be found")

    monkeypatch.setattr("lqbayes.report.plots.corner_plot.corner_figure", fail)
    reason = r"could not be drawn: corner-line.png, corner-product.png \(RuntimeError: Failed to process string with tex\)$"
    with pytest.warns(RuntimeWarning, match=reason) as caught:
        written = write_results(run, groups=["line", "product"])
    assert len(caught) == 1
    assert [path.name for path in written if path.suffix == ".png"] == ["diagnostics.png", "annealing.png"]
    assert "credible-intervals.csv" in {path.name for path in written}
    with pytest.warns(RuntimeWarning, match="could not be drawn: corner-line "):
        text = write_page(run, groups=["line"]).read_text(encoding="utf-8")
    assert text.count("<img") == 3
    monkeypatch.setattr("lqbayes.report.plots.explanation_plots.pulls_figure", fail)
    with pytest.warns(RuntimeWarning, match=r"could not be drawn: pulls "):
        assert "A plot is missing here" in write_page(run, groups=[]).read_text(encoding="utf-8")


@pytest.mark.parametrize("spread", [0.0, 1e-9])
def test_every_plot_survives_quantities_that_hardly_vary(make_run: Callable[..., Any], tmp_path: Path, spread: float) -> None:
    run = make_run(f"narrow-{spread}", ensembles=2, steps=3, walkers=20)
    draws, rng = run.draws(), np.random.default_rng(4)
    for values in (draws.points, draws.observables):
        values[:] = values[0, 0, 0] * (1 + spread * rng.random(values.shape[:3]))[..., np.newaxis]
    draws.observables[..., OBSERVABLE_INDEX["dm_K"]] = 1e-300  # equal and tiny
    draws.observables[..., OBSERVABLE_INDEX["dm_D"]] = np.linspace(-1, 1, draws.observables[..., 0].size).reshape(draws.shape)
    assert len(corner_plot(run, "mixing").axes) == 1
    summary = Summary.of(run)
    for number, draw in enumerate((corner_figure, diagnostics_figure, annealing_figure, figure_1, figure_2)):
        save_figure(figure := draw(run, summary), tmp_path / f"{number}.png")
        assert draw is not corner_figure or "constant and not shown" in texts(figure)


def test_every_plot_survives_a_single_draw(make_run: Callable[..., Any], tmp_path: Path) -> None:
    run = make_run("single", ensembles=1, steps=1, walkers=1)
    summary = Summary.of(run)
    for number, draw in enumerate((corner_figure, diagnostics_figure, annealing_figure, figure_1, figure_2)):
        save_figure(draw(run, summary), tmp_path / f"{number}.png")
    save_figure(overlaid_corner_figure([run, run], [summary] * 2), tmp_path / "overlaid.png")


@pytest.mark.parametrize(("ensembles", "steps", "walkers"), [(1, 1, 1), (2, 1, 1), (1, 3, 1)])
def test_every_table_survives_a_few_draws(make_run: Callable[..., Any], ensembles: int, steps: int, walkers: int) -> None:
    run = make_run(f"few-{ensembles}-{steps}", posterior=toy.posterior(), ensembles=ensembles, steps=steps, walkers=walkers)
    run.path.mkdir()
    assert len(write_results(run, groups=["line"])) == 8
    assert len(write_explanation(run, explain(run))) == 14
    assert write_page(run, groups=["line"]).read_text(encoding="utf-8").count("<img") == 4


def test_the_prior_stands_beside_the_posterior_on_request(converged: Any) -> None:
    summary = Summary.of(converged)
    alone, both = (corner_figure(converged, summary, "neutrino", with_prior=asked) for asked in (False, True))
    last = len(alone.axes) - 1  # log10 of the lightest mass, whose prior is level
    assert (len(alone.axes[last].patches), len(both.axes[last].patches)) == (1, 2)
    heights = both.axes[last].patches[1].get_data().values  # type: ignore[attr-defined]
    assert heights[2:-2] == pytest.approx(np.mean(heights[2:-2]), rel=0.2)
    assert any("prior" in text.get_text() for text in both.legends[0].get_texts())
    assert not any("prior" in text.get_text() for text in alone.legends[0].get_texts())
