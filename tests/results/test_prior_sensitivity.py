"""Against numbers in closed form, or from a grid: exact draws of the posterior of a model of a line, a product and an angle."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import toy_model as toy
from scipy import stats

from lqbayes.input.errors import ArgumentError
from lqbayes.posterior import Posterior
from lqbayes.prior.file import parse_prior_set
from lqbayes.prior.prior import Prior
from lqbayes.prior.support import lost_ranges
from lqbayes.quantities import Draws
from lqbayes.results.importance import weighted_quantiles
from lqbayes.results.influence import headline_values
from lqbayes.results.prior_sensitivity import (
    EDGES,
    NOTABLE,
    PriorGroup,
    PriorScaling,
    PriorSensitivity,
    _scaling,
    notable,
    prior_sensitivity,
)
from lqbayes.results.reweighting import reweight_prior, reweighted_rows, verdict
from lqbayes.results.summary import Summary

HALF = float(stats.norm.ppf(0.84))
SHAPE = (4, 5, 4000)
OFFSET = {"distribution": "normal", "value": 1.0, "error": 0.4}  # narrow enough to matter


def other(**lines: dict[str, Any]) -> Prior:
    text = copy.deepcopy(toy.PRIOR)
    for name, line in {"offset": OFFSET, **lines}.items():
        text["parameters"][name] = {"unit": toy.TOY.parameters[toy.TOY.parameter_index[name]].unit, "source": "test", **line}
    return Prior(parse_prior_set(text, "other.toml", toy.TOY), toy.TOY)


def line_posterior(power: float = 1.0) -> tuple[Any, Any]:
    """Mean and covariance of slope and offset when the prior of the offset is raised to a power."""
    design = np.array([[0.0, 1.0], [2.0, 1.0]])
    noise, prior = np.diag([1 / 0.4**2, 1 / 0.6**2]), np.diag([1.0, power / 0.4**2])
    covariance = np.linalg.inv(prior + design.T @ noise @ design)
    return covariance @ (prior @ np.array([0.0, 1.0]) + design.T @ noise @ np.array([0.5, 2.5])), covariance


def exact_draws(rng: np.random.Generator) -> Any:
    """Points of the toy's posterior: a normal distribution, and prior draws that its likelihood accepts."""
    n = math.prod(SHAPE)
    line = rng.multivariate_normal(*line_posterior(), n)
    scale, coupling = (10 ** rng.uniform(-1, 1, 60 * n) for _ in range(2))
    coupling *= rng.choice([-1, 1], 60 * n)
    product = np.column_stack([scale, coupling])[rng.random(60 * n) < np.exp(-0.5 * ((scale * coupling - 2) / 0.5) ** 2)][:n]
    phase = rng.uniform(0, 2 * np.pi, 20 * n)
    phase = phase[rng.random(20 * n) < np.exp(-0.5 * ((np.cos(phase) - 0.5) / 0.3) ** 2)][:n]
    return np.column_stack([line, product, phase])


@pytest.fixture(scope="module")
def run(make_run: Callable[..., Any]) -> Any:
    made = make_run("toy-draws", ensembles=SHAPE[0], steps=SHAPE[1], walkers=SHAPE[2])
    target = Posterior(other(), toy.posterior().likelihood)
    made.configuration = replace(made.configuration, prior=target.prior.settings, likelihood=target.likelihood.settings, model=toy.TOY)
    made.posterior_target = target
    made.replace_draws(list(target.prior.coordinates(exact_draws(np.random.default_rng(5))).reshape(*SHAPE, -1)))
    return made


@pytest.fixture(scope="module")
def found(run: Any) -> PriorSensitivity:
    return prior_sensitivity(run, run.convergence())


def scaling(found: PriorSensitivity, name: str) -> PriorScaling:
    (entry,) = (entry for entry in found.scalings if entry.group.name == name)
    return entry


def column(found: PriorSensitivity, name: str) -> int:
    return [q.name for q in found.quantities].index(name)


def scaled_line(power: float) -> tuple[float, float]:
    """Mean and error of the offset when its prior is raised to a power."""
    mean, covariance = line_posterior(power)
    return float(mean[1]), math.sqrt(covariance[1, 1])


def scale_grid(power: float, lowest: float = 0.1, highest: float = 10.0) -> tuple[Any, Any, float]:
    """Logarithms of the scale, distribution function there and mass, its density |x|^-power on a range."""
    u = np.linspace(math.log(lowest), math.log(highest), 2001)
    v = np.linspace(-math.log(10), math.log(10), 2001)
    strength = np.exp(u[:, None] + v)
    likelihood = sum(np.exp(-0.5 * ((sign * strength - 2) / 0.5) ** 2) for sign in (1, -1)) / 2
    density = likelihood.mean(axis=1) * np.exp((1 - power) * u)
    middle = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return u / math.log(10), middle / middle[-1], middle[-1] * (u[1] - u[0])


def scale_quantiles(power: float, levels: tuple[float, ...] = (0.16, 0.5, 0.84), **ends: float) -> Any:
    u, cumulative, _ = scale_grid(power, **ends)
    return np.interp(levels, cumulative, u)


def distance(p: Any, q: Any) -> float:
    """Cumulative Jensen-Shannon distance of two distribution functions on an even grid, the larger one of both directions."""

    def one(p: Any, q: Any) -> float:
        m = (p + q) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.nansum(p * np.log2(p / m)) + (q - p).sum() / (2 * math.log(2))
            second = np.nansum(q * np.log2(q / m)) + (p - q).sum() / (2 * math.log(2))
        return math.sqrt((first + second) / (p.sum() + q.sum()))

    return max(one(p, q), one(1 - p, 1 - q))


def test_a_normal_prior_to_a_power_in_closed_form(run: Any, found: PriorSensitivity) -> None:
    entry, k = scaling(found, "offset"), column(found, "at_zero")
    mean, error = scaled_line(1.0)
    shift = (scaled_line(1.25)[0] - scaled_line(0.8)[0]) / (2 * math.log2(1.25)) / (HALF * error)
    assert entry.power == 1.25
    assert shift > 0.1
    assert entry.shifts[k] == pytest.approx(shift, abs=0.04)  # four standard deviations, as 10 000 draws scatter
    # The distance is over its largest possible value on the range of the draws that are taken.
    taken = run["offset"][:, :, :: math.prod(SHAPE) // 10_000]
    x = np.linspace(taken.min(), taken.max(), 4001)
    sides = [distance(stats.norm.cdf(x, mean, error), stats.norm.cdf(x, *scaled_line(a))) for a in (0.8, 1.25)]
    assert entry.sensitivities[k] == pytest.approx(np.mean(sides) / math.log2(1.25), rel=0.1)


def test_a_log_uniform_prior_is_tilted_towards_a_uniform_one(found: PriorSensitivity) -> None:
    entry, k = scaling(found, "scale"), column(found, "log10_scale")
    low, _, high = scale_quantiles(1.0)
    up, down = (scale_quantiles(a)[1] for a in (1.25, 0.8))
    expected = (up - down) / (2 * math.log2(1.25)) / ((high - low) / 2)
    assert expected < -0.2  # a higher power prefers small values
    assert entry.shifts[k] == pytest.approx(expected, abs=0.04)
    u, before, _ = scale_grid(1.0)
    sides = [distance(before, scale_grid(a)[1]) for a in (0.8, 1.25)]
    assert entry.sensitivities[k] == pytest.approx(np.mean(sides) / math.log2(1.25), rel=0.1)
    assert entry.sensitivities[k] > max(2 * entry.chances[k], NOTABLE)
    assert notable(entry.sensitivities[k], entry.chances[k])


def test_what_has_nothing_to_do_with_a_prior_does_not_follow_it(found: PriorSensitivity) -> None:
    for group, quantity in (("scale", "at_zero"), ("coupling", "at_two"), ("offset", "log10_scale")):
        assert scaling(found, group).sensitivities[column(found, quantity)] < NOTABLE / 2
    # Flat whatever the power, and without an end.
    assert not any("phase" in entry.group.parameters for entry in (*found.scalings, *found.ends))
    assert scaling(found, "all log-uniform").group.parameters == ("scale", "coupling")
    assert scaling(found, "all normal").group.parameters == ("slope", "offset")


def test_chance_is_not_called_sensitivity() -> None:
    # Ensembles that scatter: weights of an independent quantity move the other one all the same.
    rng, large, called = np.random.default_rng(2), 0, 0
    for _ in range(40):
        score, x = (0.3 * rng.standard_normal((8, 1, 1)) + rng.standard_normal((8, 2, 100)) for _ in range(2))
        entry = _scaling(PriorGroup("any", "", ()), 12 * score, np.full(8, 1 / 8), [x], 100.0)
        large += entry.sensitivities[0] > NOTABLE
        called += notable(entry.sensitivities[0], entry.chances[0])
    assert large > 25
    assert called < 12  # one in eight by construction: the largest of eight that are alike


def test_ensembles_count_by_their_evidence() -> None:
    # In the first ensemble a higher power prefers higher values, in the others lower ones: weights decide what is seen.
    rng, heavy = np.random.default_rng(8), np.array([1 - 3e-9, 1e-9, 1e-9, 1e-9])
    draws = rng.standard_normal((4, 2, 5000))
    x = np.where(np.arange(4)[:, np.newaxis, np.newaxis] == 0, draws, -draws)
    entry = _scaling(PriorGroup("any", "", ()), draws / 2, heavy, [x], 10_000.0)
    alone = _scaling(PriorGroup("any", "", ()), draws[:1] / 2, np.ones(1), [x[:1]], 10_000.0)
    # A normal density times exp((a - 1) x / 2) moves by (a - 1) / 2.
    assert entry.shifts[0] == pytest.approx((1.25 - 0.8) / 2 / (2 * math.log2(1.25)) / HALF, abs=0.05)
    assert entry.shifts[0] == pytest.approx(alone.shifts[0], abs=2e-3)
    assert entry.sensitivities[0] == pytest.approx(alone.sensitivities[0], rel=0.01)


def test_ends_of_ranges_count_ensembles_by_their_evidence(run: Any) -> None:
    # The first ensemble's draws of the scale are pushed away from the upper end; what it weighs decides how much lies there.
    positions = [z.copy() for z in run.positions]
    column = run.posterior_target.prior.coordinate_names.index("scale")
    positions[0][..., column] *= 0.5
    weighted = copy.copy(run)
    shares = []
    for log_evidences in (np.array([9.0, 0.0, 0.0, 0.0]), np.array([-9.0, 0.0, 0.0, 0.0])):
        weighted._draws = Draws(run.posterior_target, positions, log_evidences)
        found = prior_sensitivity(weighted, run.convergence())
        shares.append(next(e.share for e in found.ends if e.group.name == "scale" and e.end == "upper"))
    assert shares[0] < 0.05 * shares[1]


@pytest.mark.parametrize("end", ["lower", "upper"])
def test_the_end_of_a_range_moved_inwards(found: PriorSensitivity, end: str) -> None:
    (entry,) = (e for e in found.ends if e.group.name == "scale" and e.end == end)
    narrowed = {"lower": 10**-0.8, "upper": 10**0.8}[end]
    assert entry.narrowed == pytest.approx(narrowed)
    assert entry.value == pytest.approx({"lower": 0.1, "upper": 10.0}[end])
    u, cumulative, _ = scale_grid(1.0)
    inside = np.interp(math.log10(narrowed), u, cumulative)
    assert entry.share == pytest.approx((inside if end == "lower" else 1 - inside) / EDGES[0], abs=0.1)
    low, median, high = scale_quantiles(1.0)
    after = scale_quantiles(1.0, **{"lowest" if end == "lower" else "highest": narrowed})[1]
    assert entry.shifts[column(found, "log10_scale")] == pytest.approx((after - median) / ((high - low) / 2), abs=0.03)
    assert abs(entry.shifts[column(found, "at_zero")]) < 0.05


def test_a_narrower_range_cuts_exactly(run: Any) -> None:
    weights = reweight_prior(run, other(scale={"distribution": "log-uniform", "range": [0.5, 4.0]}))
    assert weights.k == -math.inf
    rows = {row.quantity.name: row for row in reweighted_rows(run, Summary.of(run), weights)}
    np.testing.assert_allclose(rows["log10_scale"].after, scale_quantiles(1.0, lowest=0.5, highest=4.0), atol=0.01)
    whole, part = scale_grid(1.0)[2] / math.log(100), scale_grid(1.0, 0.5, 4.0)[2] / math.log(8)
    assert weights.log_evidence_ratio == pytest.approx(math.log(part / whole), abs=0.02)


def test_another_density_on_the_same_range(run: Any) -> None:
    weights = reweight_prior(run, other(scale={"distribution": "uniform", "range": [0.1, 10.0]}))
    x = np.log10(run["scale"].ravel())
    np.testing.assert_allclose(weighted_quantiles(x, weights.values, [0.16, 0.5, 0.84]), scale_quantiles(0.0), atol=0.02)
    ratio = scale_grid(0.0)[2] / 9.9 / (scale_grid(1.0)[2] / math.log(100))
    assert weights.log_evidence_ratio == pytest.approx(math.log(ratio), abs=0.02)
    half = reweight_prior(run, other(offset={"distribution": "normal", "value": 1.0, "error": 0.5}))
    found = weighted_quantiles(run["offset"].ravel(), half.values, [0.16, 0.5, 0.84])
    np.testing.assert_allclose(found, stats.norm.ppf([0.16, 0.5, 0.84], *scaled_line((0.4 / 0.5) ** 2)), atol=0.01)


@pytest.mark.parametrize(
    "line",
    [
        {"distribution": "log-uniform", "range": [0.05, 10.0]},
        {"distribution": "log-uniform", "range": [0.1, 20.0]},
        {"distribution": "uniform", "range": [0.0, 10.0]},
        {"distribution": "normal", "value": 5.0, "error": 1.0},
        {"distribution": "fixed", "value": 1.0},
    ],
)
def test_a_wider_range_is_refused(run: Any, line: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=r"allows or fixes values of scale where .* --prior"):
        reweight_prior(run, other(scale=line))


def test_ranges_that_are_reached() -> None:
    def lost(old: Prior, new: Prior) -> tuple[str, ...]:
        return lost_ranges(old.settings, new.settings, toy.TOY)

    usual = other()
    assert lost(usual, usual) == ()
    assert lost(usual, other(scale={"distribution": "normal", "value": 5.0, "error": 0.5})) == ()
    assert lost(usual, other(coupling={"distribution": "log-uniform", "range": [0.1, 10.0]})) == ()
    assert lost(other(coupling={"distribution": "log-uniform", "range": [0.1, 10.0]}), usual) == ("coupling",)
    assert lost(usual, other(coupling={"distribution": "uniform", "range": [-10.0, 10.0]})) == ("coupling",)
    signed = other(coupling={"distribution": "uniform", "range": [0.0, 10.0], "sign": "either"})
    assert lost(signed, other(coupling={"distribution": "uniform", "range": [-10.0, 10.0]})) == ()
    assert lost(usual, other(phase={"distribution": "uniform", "range": [-1.0, 1.0], "unit": "rad"})) == ()
    arc = other(phase={"distribution": "uniform", "range": [0.0, 3.0], "unit": "rad"})
    assert lost(arc, usual) == ("phase",)
    assert lost(arc, other(phase={"distribution": "uniform", "range": [7.0, 9.0], "unit": "rad"})) == ()
    assert lost(usual, other(offset={"distribution": "uniform", "range": [-9.0, 9.0]})) == ()
    fixed = other(slope={"distribution": "fixed", "value": 0.0})
    assert lost(fixed, fixed) == ()
    assert lost(fixed, usual) == lost(usual, fixed) == ("slope",)


def test_a_distant_prior_is_refused_by_the_weights(run: Any) -> None:
    weights = reweight_prior(run, other(offset={"distribution": "normal", "value": -4.0, "error": 0.3}))
    assert not weights.usable
    assert "sample the new prior afresh with lqbayes sample --prior" in verdict(weights, "prior")


def test_few_effective_draws_give_no_numbers(run: Any) -> None:
    convergence = run.convergence()
    poor = replace(convergence, quantities=tuple(replace(q, ess=60.0) for q in convergence.quantities))
    entry = scaling(prior_sensitivity(run, poor), "scale")
    assert entry.power < 1.25 or entry.ess >= 50
    none = replace(convergence, quantities=tuple(replace(q, ess=40.0) for q in convergence.quantities))
    entry = scaling(prior_sensitivity(run, none), "scale")
    assert all(math.isnan(x) for x in (*entry.sensitivities, *entry.shifts))


def test_headline_quantities_are_the_columns(run: Any, found: PriorSensitivity) -> None:
    assert found.quantities == tuple(headline_values(run))
