from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.quantities import Draws
from lqbayes.report.comparison import combined_shift, compared_rows, comparison_report
from lqbayes.report.plots.corner_plot import overlaid_corner_figure
from lqbayes.results.agreement import Comparison, agreement, same_target
from lqbayes.results.evidence_ratios import bayes_factor, comparable, evidence_ratio, find_tensions
from lqbayes.results.intervals import credible_intervals


def another(make_run: Callable[..., Any], name: str, seed: int, shift: float = 0.0) -> Any:
    """A run with draws of its own from the same prior; `shift` moves M_LQ and a coupling."""
    run = make_run(name, ensembles=4, steps=3, walkers=400)
    rng = np.random.default_rng(seed)
    run.configuration.seed = seed
    run.positions = [run.posterior_target.prior.sample(1200, rng).reshape(3, 400, -1) for _ in range(4)]
    for z in run.positions:
        column = run.posterior_target.coordinate_names.index("M_LQ")
        z[..., column] = np.clip(z[..., column] * (1 - shift), 0, 1)
    run._draws = Draws(run.posterior_target, run.positions)
    return run


@pytest.fixture(scope="module")
def pair(make_run: Callable[..., Any]) -> tuple[Any, Any]:
    return another(make_run, "one", 101), another(make_run, "two", 202)


def test_two_seeds_agree_as_often_as_chance_says(pair: tuple[Any, Any]) -> None:
    found = agreement(*pair)
    assert found.agree
    assert found.sentence().startswith("agree: ")
    assert len(found.comparisons) > 200
    count, expected = found.beyond(1.0)
    assert expected == pytest.approx(0.3173 * len(found.comparisons), rel=1e-3)
    assert 0.6 * expected < count < 1.4 * expected


def test_a_biased_run_disagrees(make_run: Callable[..., Any], pair: tuple[Any, Any]) -> None:
    found = agreement(pair[0], another(make_run, "biased", 303, shift=0.4))
    assert not found.agree
    assert found.worst.quantity == "log10_M_LQ"
    assert found.sentence().startswith("DISAGREE: ")


def test_errors_are_those_of_the_ensembles(pair: tuple[Any, Any]) -> None:
    (entry,) = (c for c in agreement(*pair).comparisons if (c.quantity, c.statistic) == ("log10_M_LQ", "median"))
    medians = [[np.median(np.log10(run.draws().points[k, ..., 0])) for k in range(4)] for run in pair]
    # The number in the tables is the median of all draws, its error that of the ensembles' medians.
    shown = [np.median(np.log10(run.draws().points[..., 0])) for run in pair]
    assert (entry.first, entry.second) == pytest.approx(shown)
    error = math.sqrt(sum(np.var(m, ddof=1) / 4 for m in medians))
    assert entry.errors == pytest.approx((shown[1] - shown[0]) / error)


def test_every_printed_number_is_judged(pair: tuple[Any, Any]) -> None:
    judged = {(c.quantity, c.statistic): c for c in agreement(*pair).comparisons}
    for row in credible_intervals(pair[1].draws(), pair[1].convergence()):
        if row.fixed or row.constant:
            continue
        sign = row.quantity.kind == "sign"
        expected = {"probability": row.median} if sign else {"low68": row.low68, "median": row.median, "high68": row.high68}
        assert {name: judged[row.quantity.name, name].second for name in expected} == expected


def test_evidence_is_judged_by_student(make_run: Callable[..., Any], pair: tuple[Any, Any]) -> None:
    other = another(make_run, "evident", 404)
    other.log_evidence, other.log_evidence_error = -19.0, 0.1
    entry = agreement(pair[0], other).evidence
    assert (entry.quantity, entry.first, entry.second) == ("ln Z", -20.0, -19.0)
    assert entry.errors == pytest.approx(1 / math.hypot(0.1, 0.1))
    assert entry.freedom == pytest.approx(6)  # equal errors of 4 and 4 ensembles
    other.log_evidence = -10.0
    found = agreement(pair[0], other)
    assert not found.agree
    assert found.worst is found.evidence


def test_student_and_not_gauss() -> None:
    # Three standard errors with two degrees of freedom are not rare: p = 0.0955.
    entry = Comparison("x", "median", 0.0, 3.0, 1.0, 2.0)
    assert entry.p_value == pytest.approx(0.0955, abs=1e-4)
    assert entry.deviation == pytest.approx(1.667, abs=1e-3)


def test_what_cannot_be_tested_says_why(make_run: Callable[..., Any], pair: tuple[Any, Any]) -> None:
    with pytest.raises(ArgumentError, match="same seed"):
        agreement(pair[0], pair[0])
    other = make_run("positive", ensembles=2, steps=2, prior="paper-positive")
    assert not same_target(pair[0], other)
    with pytest.raises(ArgumentError, match="different posteriors"):
        agreement(pair[0], other)
    single = another(make_run, "single", 5)
    single.configuration.ensembles = 1
    with pytest.raises(ArgumentError, match="single ensemble"):
        agreement(pair[0], single)


def test_bayes_factor_needs_the_same_data(make_run: Callable[..., Any], pair: tuple[Any, Any]) -> None:
    other = make_run("narrow", ensembles=2, steps=2, prior="paper-positive")
    other.log_evidence, other.log_evidence_error = -17.5, 0.3
    ratio = bayes_factor(pair[0], other)
    assert (ratio.value, ratio.error) == pytest.approx((2.5, math.hypot(0.1, 0.3)))
    assert ratio.text == "+2.50 +- 0.32"
    other.configuration.likelihood = Likelihood.load("paper-global").settings
    assert "C9_C10_mu, R_K" in comparable(pair[0], other)
    with pytest.raises(ArgumentError, match="no Bayes factor"):
        bayes_factor(pair[0], other)
    assert any("no Bayes factor" in part for part in comparison_report([pair[0], other]).parts if isinstance(part, str))


def subset(name: str, log_evidence: float, *names: str) -> Any:
    settings = Likelihood.load("paper").settings
    kept = tuple(m for m in settings.measurements if m.name in names)
    configuration = SimpleNamespace(likelihood=replace(settings, measurements=kept), prior=SimpleNamespace(parameters=()), formulas="paper")
    return SimpleNamespace(name=name, configuration=configuration, log_evidence=log_evidence, log_evidence_error=0.1)


def test_tension_counts_shared_bounds_once() -> None:
    joint = subset("joint", -12.0, "delta_a_mu", "R_K", "g_max")
    a, b = subset("a", -9.0, "delta_a_mu", "g_max"), subset("b", -8.5, "R_K", "g_max")
    bounds = subset("bounds", -7.0, "g_max")
    ratio = evidence_ratio(joint, a, b, bounds)
    assert (ratio.value, ratio.error) == pytest.approx((-12.0 - 7.0 + 9.0 + 8.5, 0.2))
    with pytest.raises(ArgumentError, match="both parts contain: g_max"):
        evidence_ratio(joint, a, b)
    with pytest.raises(ArgumentError, match="not two parts"):
        evidence_ratio(joint, a, bounds, bounds)
    assert [r.value for r in find_tensions([a, joint, bounds, b])] == pytest.approx([-1.5])
    assert find_tensions([a, b, bounds]) == []


def test_shift_uses_the_sides_that_face_each_other(pair: tuple[Any, Any]) -> None:
    (row,) = (row for row in compared_rows(*pair) if row.quantity.name == "log10_M_LQ")
    skewed = replace(row, before=(0.0, 1.0, 4.0), after=(1.0, 5.0, 5.5))
    assert combined_shift(skewed) == pytest.approx(4 / 5)
    assert combined_shift(replace(skewed, before=skewed.after, after=skewed.before)) == pytest.approx(-4 / 5)


def test_overlay_names_every_run(pair: tuple[Any, Any]) -> None:
    figure = overlaid_corner_figure(pair, "mixing")
    assert len(figure.axes) == 10
    shown = "\n".join(text.get_text() for text in figure.texts)
    assert "one: likelihood paper" in shown
    assert "two: likelihood paper" in shown


def test_overlay_shows_the_whole_of_every_histogram(make_run: Callable[..., Any], pair: tuple[Any, Any]) -> None:
    # The first run is narrow, so that its histogram is the higher one.
    narrow = another(make_run, "narrow", 404, shift=0.8)
    figure = overlaid_corner_figure([narrow, pair[0]], "headline")
    axes = figure.axes[0]
    tops = [patch.get_data().values.max() for patch in axes.patches]
    assert len(tops) == 2
    assert axes.get_ylim()[1] > max(tops) > 2 * min(tops)


def test_a_panel_ends_where_the_prior_does(pair: tuple[Any, Any]) -> None:
    low, high = overlaid_corner_figure(pair, "headline").axes[0].get_xlim()
    assert low >= 3.0
    assert high <= math.log10(5000) + 1e-12
