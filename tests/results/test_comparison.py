from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.report.comparison import comparison_report
from lqbayes.report.plots.corner_plot import overlaid_corner_figure
from lqbayes.results.agreement import Comparison, agreement
from lqbayes.results.evidence_ratios import bayes_factor, comparable, evidence_ratio, find_tensions
from lqbayes.results.intervals import Interval
from lqbayes.results.reweighting import compared_rows
from lqbayes.results.summary import Summary
from lqbayes.sampling.estimates import Estimate
from lqbayes.sampling.evidence import Evidence
from lqbayes.storage.configuration import Source


def another(make_run: Callable[..., Any], name: str, seed: int, shift: float = 0.0) -> Any:
    """A run with draws of its own from the same prior; `shift` moves M_LQ and with it all that depends on it."""
    run = make_run(name, ensembles=4, steps=3, walkers=400, seed=seed)
    rng = np.random.default_rng(seed)
    positions = [run.posterior_target.prior.sample(1200, rng).reshape(3, 400, -1) for _ in range(4)]
    column = run.posterior_target.coordinate_names.index("M_LQ")
    for z in positions:
        z[..., column] = np.clip(z[..., column] * (1 - shift), 0, 1)
    run.replace_draws(positions)
    return run


def evident(run: Any, log: float, error: float = 0.1) -> Summary:
    run.evidence = Evidence(log, error, 3)
    return Summary.of(run)


@pytest.fixture(scope="module")
def runs(make_run: Callable[..., Any]) -> tuple[Any, Any]:
    return another(make_run, "one", 101), another(make_run, "two", 202)


@pytest.fixture(scope="module")
def pair(runs: tuple[Any, Any]) -> tuple[Summary, Summary]:
    return Summary.of(runs[0]), Summary.of(runs[1])


def test_two_seeds_agree_as_often_as_chance_says(pair: tuple[Summary, Summary]) -> None:
    found = agreement(*pair)
    assert found.agree
    assert found.sentence().startswith("agree: ")
    assert len(found.comparisons) > 200
    count, expected = found.beyond(1.0)
    assert expected == pytest.approx(0.3173 * len(found.comparisons), rel=1e-3)
    assert 0.6 * expected < count < 1.4 * expected


def test_a_biased_run_disagrees(make_run: Callable[..., Any], pair: tuple[Summary, Summary]) -> None:
    found = agreement(pair[0], Summary.of(another(make_run, "biased", 303, shift=0.4)))
    assert not found.agree
    assert found.worst.quantity == "log10_M_LQ"
    assert found.sentence().startswith("DISAGREE: ")


def test_errors_are_those_of_the_ensembles(runs: tuple[Any, Any], pair: tuple[Summary, Summary]) -> None:
    (entry,) = (c for c in agreement(*pair).comparisons if (c.quantity, c.statistic) == ("log10_M_LQ", "median"))
    medians = [[np.median(np.log10(run.draws().points[k, ..., 0])) for k in range(4)] for run in runs]
    # The number in the tables is the median of all draws, its error that of interval-errors.csv.
    shown = [np.median(np.log10(run.draws().points[..., 0])) for run in runs]
    assert (entry.first, entry.second) == pytest.approx(shown)
    error = math.hypot(*(row.error("median") for summary in pair for row in summary.intervals if row.quantity.name == "log10_M_LQ"))
    assert entry.errors == pytest.approx((shown[1] - shown[0]) / error)
    # About the scatter of the ensembles' own medians, in which the density is that of each of 1200 draws.
    assert error == pytest.approx(math.sqrt(sum(np.var(m, ddof=1) / 4 for m in medians)), rel=0.2)


def test_every_printed_number_is_judged(pair: tuple[Summary, Summary]) -> None:
    judged = {(c.quantity, c.statistic): c for c in agreement(*pair).comparisons}
    for row in pair[1].intervals:
        if row.fixed or (row.quantity.kind != "sign" and len(row.values) == 1):
            continue
        sign = row.quantity.kind == "sign"
        expected = {"probability": row.median} if sign else dict(zip(("low68", "median", "high68"), row.central, strict=True))
        assert {name: judged[row.quantity.name, name].second for name in expected} == expected


def test_evidence_is_judged_by_student(make_run: Callable[..., Any], pair: tuple[Summary, Summary]) -> None:
    other = another(make_run, "evident", 404)
    first = evident(another(make_run, "first", 101), -20.0)
    entry = agreement(first, evident(other, -19.0)).evidence
    assert (entry.quantity, entry.first, entry.second) == ("ln Z", -20.0, -19.0)
    assert entry.errors == pytest.approx(1 / math.hypot(0.1, 0.1))
    assert entry.freedom == pytest.approx(6)  # equal errors of 4 and 4 ensembles
    found = agreement(first, evident(other, -10.0))
    assert not found.agree
    assert found.worst is found.evidence


def test_student_and_not_gauss() -> None:
    # Three standard errors with two degrees of freedom are not rare: p = 0.0955.
    entry = Comparison("x", "median", 0.0, 3.0, 1.0, 2.0)
    assert entry.p_value == pytest.approx(0.0955, abs=1e-4)
    assert entry.deviation == pytest.approx(1.667, abs=1e-3)


def test_what_cannot_be_tested_says_why(make_run: Callable[..., Any], pair: tuple[Summary, Summary]) -> None:
    with pytest.raises(ArgumentError, match="same seed"):
        agreement(pair[0], pair[0])
    other = Summary.of(make_run("positive", ensembles=2, steps=2, prior="paper-positive"))
    assert pair[0].target != other.target
    with pytest.raises(ArgumentError, match="different posteriors"):
        agreement(pair[0], other)
    single = Summary.of(make_run("single", ensembles=1, steps=2, seed=5))
    with pytest.raises(ArgumentError, match="single ensemble"):
        agreement(pair[0], single)


def test_bayes_factor_needs_the_same_data(make_run: Callable[..., Any], pair: tuple[Summary, Summary]) -> None:
    other = make_run("narrow", ensembles=2, steps=2, prior="paper-positive")
    first, second = replace(pair[0], evidence=Evidence(-20.0, 0.1, 3)), evident(other, -17.5, 0.3)
    ratio = bayes_factor(first, second)
    assert (ratio.value, ratio.error) == pytest.approx((2.5, math.hypot(0.1, 0.3)))
    assert ratio.text == "+2.50 +- 0.32"
    second = with_likelihood(second, Likelihood.load("paper-global").settings)
    assert "C9_C10_mu, R_K" in comparable(first, second)
    with pytest.raises(ArgumentError, match="no Bayes factor"):
        bayes_factor(first, second)
    assert any("no Bayes factor" in part for part in comparison_report([first, second]).parts if isinstance(part, str))


def with_likelihood(summary: Summary, settings: Any) -> Summary:
    return replace(summary, configuration=replace(summary.configuration, likelihood=settings))


def test_tension_counts_shared_bounds_once(pair: tuple[Summary, Summary]) -> None:
    def subset(name: str, log_evidence: float, *names: str) -> Summary:
        settings = pair[0].configuration.likelihood
        kept = tuple(m for m in settings.measurements if m.name in names)
        named = replace(pair[0], name=name, evidence=Evidence(log_evidence, 0.1, 3))
        return with_likelihood(named, replace(settings, measurements=kept))

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


def test_shift_is_in_half_widths_of_the_first_interval(pair: tuple[Summary, Summary]) -> None:
    (row,) = (row for row in compared_rows(*pair) if row.quantity.name == "log10_M_LQ")
    assert (row.before, row.after) == tuple(
        next(r.central for r in summary.intervals if r.quantity.name == "log10_M_LQ") for summary in pair
    )
    assert replace(row, before=(0.0, 1.0, 4.0), after=(1.0, 5.0, 5.5)).shift == pytest.approx(4 / 2)
    assert math.isnan(replace(row, before=(1.0, 1.0, 1.0)).shift)


def overlaid(runs: Sequence[Any], group: str) -> Figure:
    return overlaid_corner_figure(runs, [Summary.of(run) for run in runs], group)


def test_overlay_names_every_run(runs: tuple[Any, Any]) -> None:
    figure = overlaid(runs, "mixing")
    assert len(figure.axes) == 10
    shown = "\n".join(text.get_text() for text in figure.texts)
    assert "one: likelihood paper" in shown
    assert "two: likelihood paper" in shown


def test_overlay_shows_the_whole_of_every_histogram(make_run: Callable[..., Any], runs: tuple[Any, Any]) -> None:
    # The first run is narrow, so that its histogram is the higher one.
    narrow = another(make_run, "narrow", 404, shift=0.8)
    figure = overlaid([narrow, runs[0]], "headline")
    axes = figure.axes[0]
    tops = [patch.get_xy()[:, 1].max() for patch in axes.patches]
    assert len(tops) == 2
    assert axes.get_ylim()[1] > max(tops) > 2 * min(tops)


def test_a_panel_ends_where_the_prior_does(runs: tuple[Any, Any]) -> None:
    low, high = overlaid(runs, "headline").axes[0].get_xlim()
    assert low >= 3.0
    assert high <= math.log10(5000) + 1e-12


def fake_summary(pair: tuple[Summary, Summary], x: np.ndarray, walkers: int) -> Summary:
    """A run with such means of its ensembles, (ensembles, numbers), and nothing else."""
    weights = np.full(len(x), 1 / len(x))
    quantity = pair[0].intervals[0].quantity
    rows = [
        Interval(replace(quantity, name=f"{k}", kind="sign"), {"median": Estimate(float(each.mean()), each, weights)})
        for k, each in enumerate(x.T)
    ]
    asked = pair[0].configuration
    sampling = replace(asked.sampling, walkers=walkers, ensembles=len(x), seed=walkers + len(x) + int(1e6 * abs(x[0, 0])))
    return replace(
        pair[0],
        configuration=replace(asked, sampling=sampling),
        intervals=tuple(rows),
        evidence=Evidence(0.0, 1.0, len(x) - 1),
        log_evidences=np.zeros(len(x)),
    )


@pytest.mark.parametrize(("sizes", "scatter"), [((8, 8), (1, 1)), ((8, 8), (1, 3)), ((4, 12), (3, 1))])
def test_false_alarms_are_as_rare_as_is_said(pair: tuple[Summary, Summary], sizes: tuple[int, int], scatter: tuple[int, int]) -> None:
    """Where runs differ in size, splits of all their ensembles alarmed for two pairs of three of 4 + 12 ensembles with scatter 3 : 1."""
    rng, alarms, count = np.random.default_rng(10), 0, 150
    mixing = np.random.default_rng(0).standard_normal((3, 10))
    for _ in range(count):
        x = [s * rng.standard_normal((n, 3)) @ mixing for n, s in zip(sizes, scatter, strict=True)]
        runs = [fake_summary(pair, each, 1000 * 10 // s**2) for each, s in zip(x, scatter, strict=True)]
        found = agreement(*runs)
        assert (found.spread is None) == (scatter[0] != scatter[1])
        alarms += not found.agree
    # One in a hundred is stated, 1.5 of 150: with 1.5 times that, more than 6 have a probability of 1 %.
    assert alarms <= 6


def test_runs_of_other_length_are_compared_number_by_number(make_run: Callable[..., Any], pair: tuple[Summary, Summary]) -> None:
    longer = replace(pair[1], steps=pair[1].steps + 1)
    found = agreement(pair[0], longer)
    assert found.spread is None
    assert "needs fresh runs with the same settings and length" in found.sentence()


def test_runs_annealed_from_others_are_compared_number_by_number(pair: tuple[Summary, Summary]) -> None:
    """Their ensembles scatter as the draws of those do, and not as fresh ones."""
    source = Source(path="chains/old", identity="0" * 64, populations=1, draws=1000)
    configuration = replace(pair[1].configuration, source=source)
    assert agreement(*pair).spread is not None
    assert agreement(pair[0], replace(pair[1], configuration=configuration)).spread is None
