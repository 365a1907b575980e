"""The likelihood's arithmetic: every form of a term against scipy.stats and against what its confidence level means."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import quad

from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX, OBSERVABLES

Array = NDArray[np.float64]


def likelihood_of(*measurements: dict[str, Any]) -> Likelihood:
    tables = []
    for number, measurement in enumerate(measurements):
        name = measurement.get("observable") or measurement["observables"][0]
        unit = OBSERVABLES[OBSERVABLE_INDEX[name]].unit
        tables.append({"name": f"term_{number}", "unit": unit, "source": "test", "data": [f"data_{number}"]} | measurement)
    data = {f"data_{number}": "test" for number in range(len(measurements))}
    return Likelihood(parse_likelihood_set({"title": "test", "data": data, "measurement": tables}, "test.toml", PAPER), PAPER)


def predictions(**values: Any) -> Array:
    """Rows of observables with these columns; the others are zero."""
    n = max((np.size(value) for value in values.values()), default=1)
    rows = np.zeros((n, len(OBSERVABLES)))
    for name, value in values.items():
        rows[:, OBSERVABLE_INDEX[name]] = value
    return rows


def terms_of(measurement: dict[str, Any], **values: Any) -> Array:
    return likelihood_of(measurement).log_terms(predictions(**values))[:, 0]


def violations_of(likelihood: Likelihood, rows: Array) -> Array:
    return likelihood.evaluate(rows)[:, 1]


def violation_of(likelihood: Likelihood, row: Array) -> float:
    return float(violations_of(likelihood, row[None, :])[0])


GAUSSIAN = {"observable": "delta_a_mu", "form": "gaussian", "value": 25.1e-10, "error": 5.9e-10}
SPLIT = {"observable": "R_K", "form": "split-normal", "value": 0.846, "plus": 0.044, "minus": 0.041}
LIMIT = {"observable": "BR_mu_egamma", "form": "upper-limit", "limit": 4.2e-13, "cl": 0.9}
INTERVAL = {"observable": "dm_Bs", "form": "interval", "lower": -2.77e-12, "upper": 1.07e-12, "cl": 0.95}
BOUND = {"observable": "g_max", "form": "hard-bound", "upper": 3.5}
PAIR = {
    "observables": ["C9_mu", "C10_mu"],
    "form": "correlated-gaussian",
    "values": [-0.864, 0.342],
    "errors": [0.182, 0.226],
    "correlation": [[1, 0.157], [0.157, 1]],
}


def test_gaussian() -> None:
    x = np.linspace(-1e-9, 6e-9, 101)
    expected = stats.norm.logpdf(x, 25.1e-10, 5.9e-10) - stats.norm.logpdf(25.1e-10, 25.1e-10, 5.9e-10)
    np.testing.assert_allclose(terms_of(GAUSSIAN, delta_a_mu=x), expected, rtol=1e-12, atol=1e-13)
    assert terms_of(GAUSSIAN, delta_a_mu=25.1e-10)[0] == 0


def test_split_normal_takes_the_error_of_its_side() -> None:
    above, below = 0.846 + np.linspace(0, 0.3, 31), 0.846 - np.linspace(0, 0.3, 31)
    expected = stats.norm.logpdf(above, 0.846, 0.044) - stats.norm.logpdf(0.846, 0.846, 0.044)
    np.testing.assert_allclose(terms_of(SPLIT, R_K=above), expected, rtol=1e-12, atol=1e-13)
    expected = stats.norm.logpdf(below, 0.846, 0.041) - stats.norm.logpdf(0.846, 0.846, 0.041)
    np.testing.assert_allclose(terms_of(SPLIT, R_K=below), expected, rtol=1e-12, atol=1e-13)


def test_named_errors_of_a_side_add_in_quadrature() -> None:
    parts = SPLIT | {"plus": {"statistical": 0.042, "systematic": 0.013}, "minus": {"statistical": 0.039, "systematic": 0.012}}
    found = terms_of(parts, R_K=[0.9, 0.8])
    assert found == pytest.approx([-0.5 * 0.054**2 / (0.042**2 + 0.013**2), -0.5 * 0.046**2 / (0.039**2 + 0.012**2)])


def test_correlated_gaussian_in_two_dimensions() -> None:
    rng = np.random.default_rng(0)
    mean, sigma, rho = np.array([-0.864, 0.342]), np.array([0.182, 0.226]), 0.157
    x = rng.normal(mean, 3 * sigma, (200, 2))
    covariance = np.outer(sigma, sigma) * [[1, rho], [rho, 1]]
    reference = stats.multivariate_normal(mean, covariance)
    found = terms_of(PAIR, C9_mu=x[:, 0], C10_mu=x[:, 1])
    np.testing.assert_allclose(found, reference.logpdf(x) - reference.logpdf(mean), rtol=1e-10, atol=1e-12)


def test_correlated_gaussian_in_three_dimensions_beside_another() -> None:
    names = ["BR_mu_egamma", "BR_tau_egamma", "BR_tau_mugamma"]
    mean, sigma = np.array([1e-13, 2e-8, 3e-8]), np.array([4e-14, 1e-8, 5e-9])
    correlation = np.array([[1, 0.8, -0.3], [0.8, 1, 0.1], [-0.3, 0.1, 1]])
    triple = {"observables": names, "form": "correlated-gaussian", "values": mean.tolist(), "errors": sigma.tolist()}
    likelihood = likelihood_of(
        GAUSSIAN, PAIR, triple | {"correlation": correlation.tolist()}, LIMIT | {"observable": "BR_Bs_mumu", "limit": 1e-8}
    )
    x = np.random.default_rng(1).multivariate_normal(mean, 4 * correlation * np.outer(sigma, sigma), 200)
    rows = predictions(**dict(zip(names, x.T, strict=True)), C9_mu=-0.5, C10_mu=0.1, delta_a_mu=2e-9, BR_Bs_mumu=3e-9)
    found = likelihood.log_terms(rows)
    reference = stats.multivariate_normal(np.zeros(3), correlation)
    pulls = (x - mean) / sigma
    np.testing.assert_allclose(found[:, 2], reference.logpdf(pulls) - reference.logpdf(np.zeros(3)), rtol=1e-10, atol=1e-12)
    # The neighbours' rows are their own.
    assert found[:, 1] == pytest.approx(terms_of(PAIR, C9_mu=-0.5, C10_mu=0.1)[0], rel=1e-14)
    assert found[:, 0] == pytest.approx(-0.5 * (5.1 / 5.9) ** 2)
    assert found[:, 3] == pytest.approx(-0.5 * (0.3 * stats.norm.ppf(0.95)) ** 2)


@pytest.mark.parametrize("cl", [0.5, 0.68, 0.9, 0.95, 0.999])
def test_limit_holds_its_confidence_level(cl: float) -> None:
    """The normalised likelihood as a density of x >= 0 has the probability cl below the limit."""
    likelihood = likelihood_of(LIMIT | {"cl": cl})

    def density(x: float) -> float:
        return float(np.exp(likelihood.log_terms(predictions(BR_mu_egamma=x * 4.2e-13))[0, 0]))

    below, above = quad(density, 0, 1, epsrel=1e-10)[0], quad(density, 1, 80, points=[2, 5, 10], epsrel=1e-10)[0]
    assert below / (below + above) == pytest.approx(cl, rel=1e-8)


def test_limits_of_the_paper_in_standard_deviations() -> None:
    assert terms_of(LIMIT, BR_mu_egamma=4.2e-13)[0] == pytest.approx(-0.5 * 1.645**2, rel=1e-3)
    assert terms_of(LIMIT | {"cl": 0.95}, BR_mu_egamma=4.2e-13)[0] == pytest.approx(-0.5 * 1.960**2, rel=1e-3)


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("centre", [0.0, -1e-12])
def test_each_side_of_an_interval_holds_the_confidence_level(side: int, centre: float) -> None:
    likelihood = likelihood_of(INTERVAL | {"centre": centre})
    end = 1.07e-12 if side > 0 else -2.77e-12

    def density(x: float) -> float:
        return float(np.exp(likelihood.log_terms(predictions(dm_Bs=centre + x * (end - centre)))[0, 0]))

    inside, outside = quad(density, 0, 1, epsrel=1e-10)[0], quad(density, 1, 40, points=[2, 5], epsrel=1e-10)[0]
    assert inside / (inside + outside) == pytest.approx(0.95, rel=1e-8)


def test_interval_has_two_sides_and_its_maximum_at_the_centre() -> None:
    sigma = stats.norm.ppf(0.975)
    found = terms_of(INTERVAL, dm_Bs=[-2.77e-12, 0, 1.07e-12, 1e-12, -1e-12])
    expected = -0.5 * sigma**2 * np.array([1, 0, 1, (1 / 1.07) ** 2, (1 / 2.77) ** 2])
    assert found == pytest.approx(expected, rel=1e-12)


def test_nothing_is_held_against_values_below_a_limit_without_modulus() -> None:
    found = terms_of(LIMIT | {"observable": "dm_K", "limit": 3e-15}, dm_K=[-1e-10, -1e-15, 0, 3e-15])
    assert found[:3].tolist() == [0, 0, 0]
    assert found[3] < -1


def test_modulus() -> None:
    limit = LIMIT | {"observable": "dm_K", "limit": 3e-15, "modulus": True}
    x = np.linspace(0, 1e-14, 21)
    assert np.array_equal(terms_of(limit, dm_K=x), terms_of(limit, dm_K=-x))
    half_normal = stats.halfnorm(scale=3e-15 / stats.norm.ppf(0.95))
    np.testing.assert_allclose(terms_of(limit, dm_K=-x), half_normal.logpdf(x) - half_normal.logpdf(0), rtol=1e-9, atol=1e-12)
    cut = limit | {"cut": True}
    assert terms_of(cut, dm_K=[-3.1e-15, -2.9e-15, 2.9e-15, 3.1e-15]).tolist() == [-math.inf, 0, 0, -math.inf]
    bound = {"observable": "dm_K", "form": "hard-bound", "lower": 1e-15, "upper": 2e-15, "modulus": True}
    assert terms_of(bound, dm_K=[-2.5e-15, -1.5e-15, -0.5e-15, 0, 1.5e-15]).tolist() == [-math.inf, 0, -math.inf, -math.inf, 0]


@pytest.mark.parametrize(
    ("measurement", "name", "inside", "outside"),
    [
        (GAUSSIAN | {"cut": 2.0}, "delta_a_mu", [25.1e-10, 36.8e-10, 13.4e-10], [37e-10, 13.2e-10]),
        (SPLIT | {"cut": 1.0}, "R_K", [0.8899, 0.8051], [0.8901, 0.8049]),
        (LIMIT | {"cut": True}, "BR_mu_egamma", [0, 4.19e-13, 4.2e-13, -1], [4.21e-13, 1]),
        (INTERVAL | {"cut": True}, "dm_Bs", [-2.76e-12, 0, 1.06e-12], [-2.78e-12, 1.08e-12]),
        (BOUND, "g_max", [0, 3.5, -1], [3.5001, 1e300]),
        (BOUND | {"lower": 0.5}, "g_max", [0.5, 3.5], [0.4999, 3.5001, -1]),
        ({"observable": "g_max", "form": "hard-bound", "lower": -2.0}, "g_max", [-2, 0, 1e300], [-2.001]),
        ({"observable": "C9_mu", "form": "hard-bound", "upper": -0.5}, "C9_mu", [-0.5, -3], [-0.4999, 0, 3]),
        ({"observable": "C9_mu", "form": "hard-bound", "lower": 0.0}, "C9_mu", [0, 3], [-1e-9]),
    ],
)
def test_cuts_and_bounds(measurement: dict[str, Any], name: str, inside: list[float], outside: list[float]) -> None:
    likelihood = likelihood_of(measurement)
    allowed, excluded = predictions(**{name: inside}), predictions(**{name: outside})
    assert likelihood.log_terms(allowed)[:, 0].tolist() == [0] * len(inside)
    assert likelihood.log_terms(excluded)[:, 0].tolist() == [-math.inf] * len(outside)
    assert violations_of(likelihood, allowed).tolist() == [0] * len(inside)
    assert np.all(violations_of(likelihood, excluded) > 0)


def test_cut_of_a_correlated_gaussian_is_an_ellipse() -> None:
    likelihood = likelihood_of(PAIR | {"cut": 2.0})
    mean, sigma, rho = np.array([-0.864, 0.342]), np.array([0.182, 0.226]), 0.157
    root = np.linalg.cholesky(np.outer(sigma, sigma) * [[1, rho], [rho, 1]])
    angle = np.linspace(0, 2 * math.pi, 50)
    for distance, value in ((1.999, 0.0), (2.001, -math.inf)):
        x = mean + distance * (root @ [np.cos(angle), np.sin(angle)]).T
        assert set(likelihood.log_terms(predictions(C9_mu=x[:, 0], C10_mu=x[:, 1]))[:, 0]) == {value}


def test_violation_grows_with_the_powers_of_ten() -> None:
    likelihood = likelihood_of(BOUND, LIMIT | {"cut": True})
    rows = predictions(g_max=[3.5, 35, 3500, 3.5, 35], BR_mu_egamma=[0, 0, 0, 4.2e-11, 4.2e-11])
    assert violations_of(likelihood, rows) == pytest.approx([0, 1, 3, 2, 3], rel=1e-12)


def test_violation_of_a_window_counts_from_its_edge() -> None:
    likelihood = likelihood_of(GAUSSIAN | {"cut": 2.0})
    rows = predictions(delta_a_mu=25.1e-10 + 5.9e-10 * np.array([2.0 - 1e-9, 20, -200]))
    assert violations_of(likelihood, rows) == pytest.approx([0, 1, 2], abs=1e-9)


ALL_FORMS: list[dict[str, Any]] = [
    GAUSSIAN,
    SPLIT,
    LIMIT,
    INTERVAL,
    PAIR,
    GAUSSIAN | {"observable": "C9_e", "cut": 2.0},
    SPLIT | {"observable": "BR_Bs_mumu", "cut": 3.0},
    LIMIT | {"observable": "BR_tau_egamma", "cut": True},
    LIMIT | {"observable": "dm_K", "modulus": True},
    LIMIT | {"observable": "dm_D", "modulus": True, "cut": True},
    INTERVAL | {"observable": "dm_Bd", "cut": True},
    PAIR | {"observables": ["C9p_mu", "C10p_mu"], "cut": 2.0},
    BOUND,
    {"observable": "C10_e", "form": "hard-bound", "lower": -1.0, "upper": 1.0},
    {"observable": "im_C9_mu", "form": "hard-bound", "lower": 0.0, "modulus": True},
    {"observables": ["im_C10_mu"], "form": "tabulated", "grid": [[-1.0, 1.0]], "log_likelihood": [[0.0, -2.0]], "outside": "nearest"},
    {"observable": "BR_tau_mugamma", "form": "gamma", "observed": 3, "background": 1.5, "background_error": 0.4, "scale": 1e8},
]
HARD = [4 < k < 15 and k != 8 for k in range(len(ALL_FORMS))]


@cache
def all_forms() -> tuple[Likelihood, list[Likelihood]]:
    """All forms in one likelihood, and the hard ones each in one of its own."""
    return likelihood_of(*ALL_FORMS), [likelihood_of(form) for form, hard in zip(ALL_FORMS, HARD, strict=True) if hard]


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1e308, -1e308, 1e200])
@pytest.mark.parametrize("number", range(len(ALL_FORMS)))
def test_no_value_makes_a_term_nan(number: int, value: float) -> None:
    form = ALL_FORMS[number]
    likelihood = likelihood_of(form)
    found = likelihood.log_terms(np.full((1, len(OBSERVABLES)), value))[0, 0]
    assert found <= 0
    has_lower_end = form["form"] not in {"upper-limit", "hard-bound", "gamma"} or form.get("modulus", False) or "lower" in form
    has_upper_end = form["form"] != "hard-bound" or "upper" in form
    if math.isnan(value) or (value == math.inf and has_upper_end) or (value == -math.inf and has_lower_end and has_upper_end):
        assert found == -math.inf
    assert not math.isnan(violation_of(likelihood, np.full(len(OBSERVABLES), value)))


def test_one_infinite_observable_of_a_pair() -> None:
    rows = predictions(C9_mu=[math.inf, math.inf, -math.inf, 0], C10_mu=[0, math.inf, math.inf, -math.inf])
    assert likelihood_of(PAIR).log_terms(rows)[:, 0].tolist() == [-math.inf] * 4


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=True, allow_infinity=True),
            st.floats(-4, 4),
            st.floats(-3e-12, 3e-12),
            st.floats(-5e-9, 5e-9),
            st.sampled_from([0.0, 0.846, 25.1e-10]),
        ),
        min_size=len(OBSERVABLES),
        max_size=len(OBSERVABLES),
    )
)
def test_violation_is_zero_if_and_only_if_all_hard_terms_are_met(values: list[float]) -> None:
    likelihood, single = all_forms()
    row = np.array(values)
    terms = likelihood.log_terms(row[None, :])[0]
    amount = violation_of(likelihood, row)
    assert not np.any(np.isnan(terms))
    assert np.all(terms <= 0)
    assert set(terms[HARD]) <= {0.0, -math.inf}
    assert amount >= 0
    assert (amount == 0) == bool(np.all(terms[HARD] == 0))
    for term, alone in zip(terms[HARD], single, strict=True):
        assert (violation_of(alone, row) == 0) == (term == 0)


def test_hard_limits_of_the_whole_set() -> None:
    soft = Likelihood.load("paper")
    hard = soft.with_hard_limits()
    assert hard.term_names == soft.term_names
    limits = {m.name: m for m in soft.settings.measurements if m.form in {"upper-limit", "interval"}}
    assert len(limits) == 7
    rows = []
    for factor in (0.999, 1.001):
        ends = {m.observables[0]: factor * m.limits(0)[1] for m in limits.values()}
        rows.append(predictions(**ends, delta_a_mu=25.1e-10, C9_mu=-0.864, C10_mu=0.342, R_K=0.846)[0])
    inside, outside = hard.log_terms(np.array(rows))
    assert inside.tolist() == [0] * 11
    assert {name for name, value in zip(hard.term_names, outside, strict=True) if value == -math.inf} == set(limits)
    # The smooth terms are those of the calibrated half normals, and the set itself has not become hard.
    smooth = soft.log_terms(np.array(rows))[0]
    assert np.all(np.isfinite(smooth))
    assert smooth.sum() == pytest.approx(-0.5 * 0.999**2 * (3 * 1.6449**2 + 4 * 1.9600**2), rel=1e-3)


@pytest.mark.parametrize("name", ["paper", "paper-global"])
def test_every_term_is_zero_at_its_maximum(name: str) -> None:
    likelihood = Likelihood.load(name)
    best = {
        observable: centre for m in likelihood.settings.measurements for observable, centre in zip(m.observables, m.centre, strict=False)
    }
    assert likelihood.log_terms(predictions(**best))[0].tolist() == [0] * len(likelihood.term_names)
    assert "R_K" not in likelihood.term_names or name == "paper"


@pytest.mark.parametrize("measurement", [GAUSSIAN, SPLIT, LIMIT, INTERVAL])
def test_units_are_converted(measurement: dict[str, Any]) -> None:
    numbers = {key: value for key, value in measurement.items() if isinstance(value, float) and key != "cl"}
    base = measurement | {"observable": "dm_K"}
    converted = base | {key: value * 1e9 for key, value in numbers.items()} | {"unit": "eV"}
    x = np.linspace(-2, 2, 9) * max(abs(value) for value in numbers.values())
    np.testing.assert_allclose(terms_of(converted, dm_K=x), terms_of(base, dm_K=x), rtol=1e-10, atol=1e-14)


def test_batch_is_its_rows_bit_for_bit() -> None:
    likelihood = likelihood_of(*ALL_FORMS)
    rows = np.random.default_rng(4).normal(0, 1, (100, len(OBSERVABLES))) * 10.0 ** np.random.default_rng(5).uniform(-14, 1, (100, 1))
    batch = likelihood.log_terms(rows)
    assert np.concatenate([likelihood.log_terms(row) for row in rows]).tobytes() == batch.tobytes()
    assert np.concatenate([likelihood.log_terms(rows[:33]), likelihood.log_terms(rows[33:])]).tobytes() == batch.tobytes()
    assert likelihood.log_terms(rows[::-3]).tobytes() == batch[::-3].tobytes()


@pytest.mark.parametrize("shape", [(26,), (3, 26), (3, 28), (2, 3, 27), ()])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="27"):
        Likelihood.load("paper").log_terms(np.zeros(shape))


def test_a_likelihood_is_a_table_in_a_notebook() -> None:
    page = likelihood_of(PAIR | {"source": "<script>"}, BOUND)._repr_html_()
    assert page.count("<tr>") == 4
    assert "<td>-0.864 +- 0.182</td>" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
