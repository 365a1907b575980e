"""The prior: densities, draws, coordinates and points must be four views of the same distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import quad

from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX, PARAMETER_NAMES, PARAMETERS
from lqbayes.prior.file import ParameterPrior, PriorSet
from lqbayes.prior.prior import Prior

Array = NDArray[np.float64]

DRAWS = 20_000
# Seeds are fixed, so a test fails always or never; a right program fails one with this probability when a seed is changed.
ERROR_PROBABILITY = 1e-5


@dataclass(frozen=True)
class SplitNormal:
    """Split normal distribution between two ends, with the interface of scipy.stats."""

    mode: float
    plus: float
    minus: float
    lower: float
    upper: float

    def _height(self) -> float:
        left = self.minus * (0.5 - stats.norm.cdf((self.lower - self.mode) / self.minus))
        right = self.plus * (stats.norm.cdf((self.upper - self.mode) / self.plus) - 0.5)
        return float(1 / (left + right))

    def logpdf(self, x: Array) -> Array:
        sigma = np.where(x < self.mode, self.minus, self.plus)
        density = math.log(self._height()) + stats.norm.logpdf((x - self.mode) / sigma)
        return np.where((x >= self.lower) & (x <= self.upper), density, -np.inf)

    def cdf(self, x: Array) -> Array:
        x = np.clip(x, self.lower, self.upper)
        start = stats.norm.cdf((self.lower - self.mode) / self.minus)
        left = self.minus * (stats.norm.cdf((np.minimum(x, self.mode) - self.mode) / self.minus) - start)
        right = self.plus * (stats.norm.cdf((np.maximum(x, self.mode) - self.mode) / self.plus) - 0.5)
        return np.asarray(self._height() * (left + right))


@dataclass(frozen=True)
class WithSign:
    """Distribution of a modulus, made one of the value: negative, or of either sign with the same odds."""

    modulus: Any
    either: bool

    def logpdf(self, x: Array) -> Array:
        density = np.asarray(self.modulus.logpdf(np.abs(x)))
        return density - math.log(2) if self.either else np.where(x < 0, density, -np.inf)

    def cdf(self, x: Array) -> Array:
        below = 1 - np.asarray(self.modulus.cdf(-x))
        return np.where(x < 0, below / 2, 0.5 + np.asarray(self.modulus.cdf(x)) / 2) if self.either else below


def entry(name: str, distribution: str, **numbers: Any) -> ParameterPrior:
    absent: dict[str, Any] = dict.fromkeys(("lower", "upper", "sign", "value", "plus", "minus"))
    return ParameterPrior(name=name, distribution=distribution, **(absent | numbers), unit="1", source="test")  # type: ignore[arg-type]


def prior_of(*sampled: ParameterPrior) -> Prior:
    """Prior with these distributions and all else fixed."""
    given = {prior.name: prior for prior in sampled}
    fixed = {name: entry(name, "fixed", value=1000.0 if name == "M_LQ" else 0.5) for name in PARAMETER_NAMES}
    return Prior(PriorSet("test", Path("test.toml"), "", "", tuple((fixed | given)[name] for name in PARAMETER_NAMES)), PAPER)


TURN = 2 * math.pi
LOG, FLAT = {"lower": 1e-5, "upper": 3.5}, {"lower": 0.2, "upper": 1.7}
CASES: dict[str, tuple[ParameterPrior, Any]] = {
    "log-uniform positive": (entry("h_32", "log-uniform", sign="positive", **LOG), stats.loguniform(1e-5, 3.5)),
    "log-uniform negative": (entry("h_32", "log-uniform", sign="negative", **LOG), WithSign(stats.loguniform(1e-5, 3.5), False)),
    "log-uniform either": (entry("h_32", "log-uniform", sign="either", **LOG), WithSign(stats.loguniform(1e-5, 3.5), True)),
    "log-uniform mass": (entry("M_LQ", "log-uniform", sign="positive", lower=1e3, upper=5e3), stats.loguniform(1e3, 5e3)),
    "uniform": (entry("M_LQ", "uniform", lower=1e3, upper=5e3), stats.uniform(1e3, 4e3)),
    "uniform across zero": (entry("delta_m_B1", "uniform", lower=-0.5, upper=2.0), stats.uniform(-0.5, 2.5)),
    "uniform below zero": (entry("delta_m_B1", "uniform", lower=-20.0, upper=-10.0), stats.uniform(-20, 10)),
    "uniform symmetric about zero": (entry("h_32", "uniform", lower=-1.0, upper=1.0), stats.uniform(-1, 2)),
    "uniform angle": (entry("alpha_21", "uniform", lower=-math.pi, upper=math.pi), stats.uniform(-math.pi, TURN)),
    "uniform positive": (entry("h_32", "uniform", sign="positive", **FLAT), stats.uniform(0.2, 1.5)),
    "uniform negative": (entry("h_32", "uniform", sign="negative", **FLAT), WithSign(stats.uniform(0.2, 1.5), False)),
    "uniform either": (entry("h_32", "uniform", sign="either", **FLAT), WithSign(stats.uniform(0.2, 1.5), True)),
    "uniform either from zero": (entry("h_32", "uniform", sign="either", lower=0.0, upper=2.0), stats.uniform(-2, 4)),
    "circle": (entry("delta_CP", "circle"), stats.uniform(0, TURN)),
    "normal without ends": (entry("h_32", "normal", value=-0.3, plus=0.2, minus=0.2), stats.norm(-0.3, 0.2)),
    "normal": (entry("s12sq", "normal", value=0.304, plus=0.012, minus=0.012), SplitNormal(0.304, 0.012, 0.012, 0, 1)),
    "normal cut on both sides": (
        entry("s23sq", "normal", value=0.5, plus=0.6, minus=0.6),
        stats.truncnorm(-0.5 / 0.6, 0.5 / 0.6, loc=0.5, scale=0.6),
    ),
    "split normal without ends": (
        entry("f_11", "split-normal", value=0.1, plus=0.5, minus=0.02),
        SplitNormal(0.1, 0.5, 0.02, -math.inf, math.inf),
    ),
    "split normal": (
        entry("s13sq", "split-normal", value=0.02219, plus=0.00062, minus=0.00063),
        SplitNormal(0.02219, 0.00062, 0.00063, 0, 1),
    ),
    "split normal cut near its mode": (
        entry("s13sq", "split-normal", value=0.0005, plus=0.02, minus=0.01),
        SplitNormal(0.0005, 0.02, 0.01, 0, 1),
    ),
    "split normal cut at its mode": (entry("dm21", "split-normal", value=0.0, plus=1e-4, minus=5e-5), SplitNormal(0, 1e-4, 5e-5, 0, 1)),
    "split normal cut at its upper mode": (entry("s12sq", "split-normal", value=1.0, plus=0.3, minus=0.1), SplitNormal(1, 0.3, 0.1, 0, 1)),
    "split normal cut near its upper mode": (
        entry("s12sq", "split-normal", value=0.98, plus=0.3, minus=0.001),
        SplitNormal(0.98, 0.3, 0.001, 0, 1),
    ),
    "split normal angle": (
        entry("delta_CP", "split-normal", value=3.438, plus=0.471, minus=0.419),
        SplitNormal(3.438, 0.471, 0.419, 3.438 - math.pi, 3.438 + math.pi),
    ),
    "broad split normal angle": (
        entry("delta_CP", "split-normal", value=1.0, plus=3.0, minus=2.0),
        SplitNormal(1.0, 3.0, 2.0, 1 - math.pi, 1 + math.pi),
    ),
}
EACH = pytest.mark.parametrize(("line", "reference"), CASES.values(), ids=CASES.keys())


def range_of(prior: Prior, line: ParameterPrior) -> tuple[float, float]:
    k = PARAMETER_INDEX[line.name]
    return max(float(prior.table.lower[k]), -45.0), min(float(prior.table.upper[k]), 45.0)


def integral(prior: Prior, lower: float, upper: float) -> float:
    """Integral of the density over the only coordinate; its widths and steps are known to lie at these places."""
    breaks = np.array([-5, -1, -0.2, -0.02, 0, 0.02, 0.2, 1, 5])
    breaks = breaks[(breaks > lower) & (breaks < upper)]

    def density(y: float) -> float:
        return float(np.exp(prior.log_density([[y]])[0]))

    return float(quad(density, lower, upper, points=breaks if len(breaks) else None, epsabs=1e-11, epsrel=1e-11, limit=400)[0])


def values_of(prior: Prior, line: ParameterPrior, y: Array) -> Array:
    return prior.points(y)[:, PARAMETER_INDEX[line.name]]


@EACH
def test_draws_follow_the_distribution(line: ParameterPrior, reference: Any) -> None:
    prior = prior_of(line)
    x = values_of(prior, line, prior.sample(DRAWS, np.random.default_rng(11)))
    assert stats.kstest(x, reference.cdf).pvalue > ERROR_PROBABILITY
    # The two signs have the odds that they should have, also where a distribution function would not see it.
    below = int(np.count_nonzero(x < 0))
    assert stats.binomtest(below, DRAWS, float(reference.cdf(np.zeros(1))[0])).pvalue > ERROR_PROBABILITY


@EACH
def test_density_integrates_to_one(line: ParameterPrior, reference: Any) -> None:
    prior = prior_of(line)
    assert integral(prior, *range_of(prior, line)) == pytest.approx(1, abs=1e-9)


@EACH
def test_density_in_coordinates_is_the_physical_density_times_the_jacobian(line: ParameterPrior, reference: Any) -> None:
    prior = prior_of(line)
    k = PARAMETER_INDEX[line.name]
    y = prior.sample(500, np.random.default_rng(12))
    lower, upper = range_of(prior, line)
    step = 1e-6
    inside = (y[:, 0] - step > lower) & (y[:, 0] + step < upper) & (np.abs(y[:, 0]) > 2 * step)
    y = y[inside]
    assert len(y) > 450
    slope = (prior.points(y + step)[:, k] - prior.points(y - step)[:, k]) / (2 * step)
    expected = np.asarray(reference.logpdf(values_of(prior, line, y))) + np.log(np.abs(slope))
    np.testing.assert_allclose(prior.log_density(y), expected, rtol=0, atol=1e-6)


@EACH
def test_draws_density_and_the_way_back_agree(line: ParameterPrior, reference: Any) -> None:
    """Chi^2 of a histogram of coordinates(points(draws)) against the integral of exp(log_density) over each bin."""
    prior = prior_of(line)
    drawn = prior.sample(DRAWS, np.random.default_rng(13))
    y = prior.coordinates(prior.points(drawn))[:, 0]
    lower, upper = range_of(prior, line)
    edges = np.array([lower, *np.quantile(drawn[:, 0], np.linspace(0, 1, 21)[1:-1]), upper])
    counts = np.histogram(y, edges)[0]
    assert counts.sum() == DRAWS
    masses = np.array([integral(prior, a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)])
    assert masses.sum() == pytest.approx(1, abs=1e-8)
    assert stats.chisquare(counts, masses / masses.sum() * DRAWS).pvalue > ERROR_PROBABILITY


@EACH
def test_way_to_points_and_back(line: ParameterPrior, reference: Any) -> None:
    prior = prior_of(line)
    y = prior.sample(2000, np.random.default_rng(14))
    points = prior.points(y)
    again = prior.coordinates(points)
    np.testing.assert_allclose(again, y, rtol=0, atol=1e-12)
    np.testing.assert_allclose(prior.points(again), points, rtol=1e-12, atol=0)
    assert np.array_equal(np.signbit(values_of(prior, line, again)), np.signbit(values_of(prior, line, y)))


@EACH
def test_ends_of_the_range_are_inside_and_beyond_is_nothing(line: ParameterPrior, reference: Any) -> None:
    prior = prior_of(line)
    k = PARAMETER_INDEX[line.name]
    lower, upper = float(prior.table.lower[k]), float(prior.table.upper[k])
    for end, outwards in ((lower, -1), (upper, 1)):
        if not math.isfinite(end):
            continue
        assert np.isfinite(prior.log_density([[end]])[0])
        there_and_back = prior.coordinates(prior.points([[end]]))
        assert np.isfinite(prior.log_density(there_and_back)[0])
        for beyond in (np.nextafter(end, outwards * math.inf), end + outwards * 1e-6, end + outwards, outwards * math.inf):
            assert prior.log_density([[beyond]])[0] == -math.inf
            assert np.all(np.isnan(prior.points([[beyond]])))
    assert prior.log_density([[math.nan]])[0] == -math.inf


@pytest.mark.parametrize(
    ("line", "reference"),
    [case for case in CASES.values() if case[0].distribution != "circle"],
    ids=[name for name in CASES if name != "circle"],
)
def test_values_that_the_prior_excludes_have_no_density(line: ParameterPrior, reference: Any) -> None:
    prior = prior_of(line)
    k = PARAMETER_INDEX[line.name]
    points = np.tile(prior.points(prior.sample(1, np.random.default_rng(15))), (200, 1))
    scale = 1.0 if PARAMETERS[k].periodic else float(np.max(np.abs(values_of(prior, line, prior.sample(100, np.random.default_rng(16))))))
    points[:, k] = np.concatenate([np.linspace(-3, 3, 197) * scale, [0.0, 1e-300, -1e100]])
    if PARAMETERS[k].periodic:  # an angle stands for all that differ from it by turns
        points = points[:-1]
    shifted = [points[:, k] + turns * TURN for turns in ((-1, 0, 1) if PARAMETERS[k].periodic else (0,))]
    allowed = np.any([np.isfinite(np.asarray(reference.logpdf(x))) for x in shifted], axis=0)
    found = prior.log_density(prior.coordinates(points))
    assert np.array_equal(np.isfinite(found), allowed)


def test_angle_on_the_circle_is_taken_modulo_a_turn() -> None:
    prior = prior_of(entry("delta_CP", "circle"))
    points = np.tile(prior.points([[0.3]]), (5, 1))
    k = PARAMETER_INDEX["delta_CP"]
    points[:, k] += TURN * np.array([-2, -1, 0, 1, 2])
    np.testing.assert_allclose(prior.coordinates(points), 0.3, rtol=1e-14)
    points[0, k] = -1e-20
    assert np.isfinite(prior.log_density(prior.coordinates(points[:1])))[0]


@pytest.mark.parametrize("case", ["split normal angle", "broad split normal angle", "uniform angle"])
@pytest.mark.parametrize("turns", [-2, -1, 1, 2])
def test_angle_with_a_range_is_taken_modulo_a_turn(case: str, turns: int) -> None:
    line, _ = CASES[case]
    prior = prior_of(line)
    y = prior.sample(100, np.random.default_rng(17))
    points = prior.points(y)
    points[:, PARAMETER_INDEX[line.name]] += turns * TURN
    np.testing.assert_allclose(prior.coordinates(points), y, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["paper", "paper-inverted", "paper-positive"])
def test_shipped_priors(name: str) -> None:
    prior = Prior.load(name)
    assert prior.dimension == 45
    assert prior.coordinate_names == tuple(name for name in PARAMETER_NAMES if name != "delta_m_B1")
    y = prior.sample(4000, np.random.default_rng(18))
    assert y.shape == (4000, 45)
    density = prior.log_density(y)
    assert np.all(np.isfinite(density))
    points = prior.points(y)
    assert np.all(points[:, PARAMETER_INDEX["delta_m_B1"]] == 10)
    for k, parameter in enumerate(PARAMETERS):
        assert np.all((points[:, k] >= parameter.lower) & (points[:, k] <= parameter.upper))
    np.testing.assert_allclose(prior.coordinates(points), y, rtol=0, atol=1e-11)
    # The density is the product of those of the coordinates: each alone, with all others fixed.
    total = np.zeros(4000)
    for column, line in enumerate(line for line in prior.settings.parameters if line.distribution != "fixed"):
        total += prior_of(line).log_density(y[:, column : column + 1])
    np.testing.assert_allclose(density, total, rtol=0, atol=1e-11)
    # Coordinates are independent: the largest of 990 correlations of so many draws.
    correlation = np.corrcoef(y.T) - np.eye(45)
    assert np.max(np.abs(correlation)) < stats.norm.isf(ERROR_PROBABILITY / 990 / 2) / math.sqrt(4000)


@pytest.mark.parametrize("name", ["paper", "paper-inverted", "paper-positive"])
def test_every_line_of_the_shipped_priors(name: str) -> None:
    prior = Prior.load(name)
    points = prior.points(prior.sample(DRAWS, np.random.default_rng(19)))
    for k, line in enumerate(prior.settings.parameters):
        reference: Any
        match line.distribution:
            case "fixed":
                continue
            case "log-uniform":
                assert line.lower is not None and line.upper is not None
                reference = stats.loguniform(line.lower, line.upper)
                if line.sign != "positive":
                    reference = WithSign(reference, either=line.sign == "either")
            case "circle":
                reference = stats.uniform(0, TURN)
            case _:
                assert line.value is not None and line.plus is not None and line.minus is not None
                reference = SplitNormal(line.value, line.plus, line.minus, -math.inf, math.inf)
        assert stats.kstest(points[:, k], reference.cdf).pvalue > ERROR_PROBABILITY / len(PARAMETERS), line.name


def test_draws_are_those_of_their_seed() -> None:
    prior = Prior.load("paper")
    first, again, other = (prior.sample(10, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert not np.any(first == other)
    assert prior.sample(0, np.random.default_rng(1)).shape == (0, 45)


def test_nothing_sampled_is_a_prior_too() -> None:
    prior = prior_of()
    assert prior.dimension == 0
    y = prior.sample(3, np.random.default_rng(0))
    assert y.shape == (3, 0)
    assert np.array_equal(prior.log_density(y), np.zeros(3))
    assert np.all(prior.points(y)[:, PARAMETER_INDEX["M_LQ"]] == 1000)


@pytest.mark.parametrize("shape", [(44,), (3, 44), (3, 46), (2, 3, 45), ()])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    prior = Prior.load("paper")
    for method in (prior.log_density, prior.points):
        with pytest.raises(ValueError, match="this prior has 45 coordinates"):
            method(np.zeros(shape))


@pytest.mark.parametrize("shape", [(45,), (3, 45), (3, 47), (2, 3, 46), (2, 46, 1), ()])
def test_wrong_shapes_of_points_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="46"):
        Prior.load("paper").coordinates(np.zeros(shape))


def test_prior_of_incomplete_settings_is_refused() -> None:
    line, _ = CASES["log-uniform either"]
    with pytest.raises(ValueError, match="h_32: a log-uniform prior needs a range"):
        prior_of(replace(line, lower=None))
    line, _ = CASES["split normal"]
    with pytest.raises(ValueError, match="s13sq: a split-normal prior needs a value and errors"):
        prior_of(replace(line, plus=None))
