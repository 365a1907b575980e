"""The annealing: evidences and mode weights that are known, and the rules of its ladder.

Every evidence is estimated in independent repetitions, which are combined by the function that combines the ensembles of a run: its
interval must hold the truth, and must be so narrow that a wrong evidence could not pass. Coverage and biases of a hundredth want more
repetitions than a test can have: `bench/evidence.py` measures them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from emcee.state import State
from numpy.typing import NDArray
from scipy import integrate, stats
from scipy.special import logsumexp

from lqbayes.sampling.annealing import _resample_halves, anneal, log_density, next_rung, sweeps_by_rung
from lqbayes.sampling.evidence import combined
from lqbayes.sampling.impossible import ImpossibleTargetError
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import line_chart
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.walk import WalkMove
from lqbayes.sampling.population import POSTERIOR, PRIOR, Population, Rung
from lqbayes.sampling.sampler import ArraySampler

Array = NDArray[np.float64]
REPETITIONS = 24
ERROR_PROBABILITY = 1e-4  # of each assertion, for a right program, if the seed is changed
NO_SIGNALS = np.array([False])
# With copies of a walker in both halves, ln Z would come out a tenth too high here; bench/evidence.py shows it with fewer walkers.
ENOUGH = {"walkers": 500, "sweeps": 20}


@dataclass(frozen=True)
class Problem:
    """A normal prior N(0, 1)^d, a likelihood of some terms and perhaps a bound, with the evidence."""

    dimension: int
    terms: Callable[[Array], Array]  # (n, d) to (n, t)
    log_evidence: float
    violation: Callable[[Array], Array] = lambda z: np.zeros(len(z))
    signals: tuple[bool, ...] = (False,)

    def evaluate(self, z: Array) -> Array:
        log_prior = -0.5 * np.sum(z * z, axis=1) - 0.5 * self.dimension * math.log(2 * math.pi)
        broken = self.violation(z)
        terms = np.where(broken[:, None] > 0, -math.inf, 0.0) + self.terms(z) if self.hard else self.terms(z)
        return np.column_stack([log_prior, broken, terms])

    @property
    def hard(self) -> bool:
        """The posterior's terms are -inf outside the bounds in one half of the problems, finite in the other: both must do."""
        return self.dimension % 2 == 0


def run(
    problem: Problem, seed: int, walkers: int = 300, sweeps: int = 12, moves: Sequence[tuple[ArrayMove, float]] | None = None
) -> Population:
    # As in a run: the streams of RandomState(1), RandomState(2), ... are not independent, and repetitions would agree too well.
    random = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
    start = random.normal(size=(walkers, problem.dimension))
    chart = line_chart(problem.dimension)
    moves = moves or [(DifferenceMove(chart), 0.3), (DifferenceMove(chart, 0.3), 0.3), (WalkMove(chart, 3), 0.4)]
    first = Population(start, problem.evaluate(start), PRIOR, 0.0, ())
    *_, last = anneal(first, problem.evaluate, moves, np.array(problem.signals), lambda _: sweeps, random)
    return last


def assert_unbiased(errors: Array, finds: float = 0.3) -> None:
    """Errors of the log evidence, one per repetition; a bias of the size `finds` or larger could not pass."""
    low, high = combined(errors).interval(1 - ERROR_PROBABILITY)
    assert 0.5 * (high - low) < finds  # else the test says little
    assert low < 0 < high


def _gaussian(bound: float = -math.inf, signals: tuple[bool, ...] = (False, False)) -> Problem:
    """Correlated normal likelihood in 20 dimensions; the bound is on a coordinate that is independent of the others."""
    d = 20
    rng = np.random.default_rng(0)
    factor = 0.4 * np.tril(rng.normal(size=(d, d)), -1) / math.sqrt(d) + np.diag(np.geomspace(0.5, 1, d))
    factor[0, 1:] = factor[1:, 0] = 0.0
    center, inverse = np.linspace(-0.5, 0.5, d), np.linalg.inv(factor)
    total = stats.multivariate_normal(center, factor @ factor.T + np.eye(d))
    # exp(-chi^2/2) without norm: the evidence is N(center; 0, Sigma + 1) sqrt(det(2 pi Sigma)).
    log_evidence = float(total.logpdf(np.zeros(d)) + 0.5 * d * math.log(2 * math.pi) + np.linalg.slogdet(factor)[1])
    if bound > -math.inf:
        variance = 1 / (1 + 1 / factor[0, 0] ** 2)
        mean = variance * center[0] / factor[0, 0] ** 2
        log_evidence += float(stats.norm.logsf(bound, mean, math.sqrt(variance)))

    def terms(z: Array) -> Array:
        pulls = (z - center) @ inverse.T
        # The two parts are raised with different powers when one is called a signal.
        return -0.5 * np.stack([np.sum(pulls[:, 10:] ** 2, axis=1), np.sum(pulls[:, :10] ** 2, axis=1)], axis=1)

    def violation(z: Array) -> Array:
        return np.maximum(bound - z[:, 0], 0.0) if bound > -math.inf else np.zeros(len(z))

    return Problem(d, terms, log_evidence, violation, signals)


@cache
def _gaussian_errors() -> Array:
    """Errors of the log evidence in independent repetitions."""
    problem = _gaussian()
    return np.array([run(problem, seed, **ENOUGH).log_evidence for seed in range(128)]) - problem.log_evidence


def test_correlated_gaussian() -> None:
    assert_unbiased(_gaussian_errors(), 0.1)


def test_correlated_gaussian_with_bound_and_signal() -> None:
    problem = _gaussian(-0.6, (False, True))
    populations = [run(problem, 1000 + seed, **ENOUGH) for seed in range(2 * REPETITIONS)]
    assert_unbiased(np.array([p.log_evidence for p in populations]) - problem.log_evidence, 0.15)
    assert all(p.rung == POSTERIOR and len(p.ladder) > 4 for p in populations)
    assert all(np.all(p.positions[:, 0] >= -0.6) for p in populations)


@pytest.mark.parametrize("bounded", [False, True])
def test_gaussian_shells(bounded: bool) -> None:
    """Two thin rings, as in the papers of Feroz and Hobson; with the bound, only what lies above the line y = -0.5 is left."""
    radius, width, place = 1.0, 0.1, 1.6
    low = -0.5 if bounded else -math.inf

    def log_likelihood(x: Array, y: Array) -> Array:
        rings = [-0.5 * ((np.hypot(x - c, y) - radius) / width) ** 2 for c in (-place, place)]
        return np.logaddexp(*rings)

    x = np.linspace(-5, 5, 1001)
    y = np.linspace(max(low, -5), 5, 1001)
    density = np.exp(log_likelihood(x[:, None], y[None]) - 0.5 * (x[:, None] ** 2 + y[None] ** 2)) / (2 * math.pi)
    truth = math.log(integrate.simpson(integrate.simpson(density, x=y, axis=1), x=x))
    problem = Problem(2, lambda z: log_likelihood(z[:, 0], z[:, 1])[:, None], truth, lambda z: np.maximum(low - z[:, 1], 0.0))
    assert_unbiased(np.array([run(problem, 100 + seed).log_evidence for seed in range(REPETITIONS)]) - truth)


@pytest.mark.parametrize("bounded", [False, True])
def test_two_separated_modes(bounded: bool) -> None:
    """Normal modes eight widths apart with odds 1 to 4: walkers cannot cross in the end, the population carries the odds."""
    d, width, share = 3, 0.15, 0.2
    centers = np.array([[-1.0, 0.3, 0.0], [1.0, 0.0, 0.5]])
    bound = 0.1 if bounded else -math.inf  # cuts the last coordinate: the first mode keeps less than the second

    def log_likelihood(z: Array) -> Array:
        parts = [math.log(w) - 0.5 * np.sum((z - c) ** 2, axis=1) / width**2 for w, c in zip((share, 1 - share), centers, strict=True)]
        return np.logaddexp(*parts)

    spread = 1 / (1 + width**2)  # posterior of a mode: mean spread c, variance spread width^2
    logs = []
    for weight, center in zip((share, 1 - share), centers, strict=True):
        log_z = math.log(weight) + 0.5 * d * math.log(spread * width**2) - 0.5 * spread * float(np.sum(center**2))
        logs.append(log_z + float(stats.norm.logsf(bound, spread * center[2], math.sqrt(spread) * width)))
    truth = float(logsumexp(logs))
    problem = Problem(d, lambda z: log_likelihood(z)[:, None], truth, lambda z: np.maximum(bound - z[:, 2], 0.0), (True,))
    populations = [run(problem, 200 + seed) for seed in range(REPETITIONS)]
    assert_unbiased(np.array([p.log_evidence for p in populations]) - truth)
    # Share of the first mode: the ratio of its evidence estimate to the whole is unbiased in the numerator, sum_i Z_i share_i / sum_i Z_i.
    weights = np.exp([p.log_evidence - truth for p in populations])
    shares = np.array([np.mean(p.positions[:, 0] < 0) for p in populations])
    expected = math.exp(logs[0] - truth)
    assert stats.ttest_1samp(weights * (shares - expected), 0.0).pvalue > ERROR_PROBABILITY
    assert np.std(shares) < 0.5 * expected


def test_draws_are_those_of_the_posterior() -> None:
    """Means and variances of a one-dimensional product with a bound, against the truncated normal."""
    problem = Problem(1, lambda z: -0.5 * ((z - 2) / 0.5) ** 2, 0.0, lambda z: np.maximum(z[:, 0] - 1.8, 0.0))
    exact = stats.truncnorm(-math.inf, (1.8 - 1.6) / math.sqrt(0.2), 1.6, math.sqrt(0.2))
    moments = np.array(
        [[np.mean(z), np.mean((z - exact.mean()) ** 2)] for z in (run(problem, 300 + k).positions for k in range(REPETITIONS))]
    )
    assert stats.ttest_1samp(moments[:, 0], exact.mean()).pvalue > ERROR_PROBABILITY
    assert stats.ttest_1samp(moments[:, 1], exact.var()).pvalue > ERROR_PROBABILITY


def test_a_wrong_evidence_is_found() -> None:
    """The check has teeth: an error of a tenth in the log evidence does not pass it."""
    for wrong in (-0.1, 0.1):
        with pytest.raises(AssertionError):
            assert_unbiased(_gaussian_errors() + wrong, 0.1)


# The ladder.


def _parts(log_likelihood: Array, violation: Array | None = None) -> Array:
    n = len(log_likelihood)
    return np.column_stack([np.zeros(n), np.zeros(n) if violation is None else violation, log_likelihood])


def _share(log_weights: Array) -> float:
    weights = np.exp(log_weights - np.max(log_weights))
    return float(np.sum(weights) ** 2 / np.sum(weights**2) / len(weights))


@pytest.mark.parametrize("signal", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3, 1e12, 1e40])
def test_effective_share_is_what_was_asked(scale: float, share: float, signal: bool) -> None:
    log_likelihood = -scale * np.random.default_rng(1).exponential(size=500) ** 2
    now = Rung(math.inf, 0.0)
    for _ in range(3):
        then = next_rung(_parts(log_likelihood), now, np.array([signal]), share)
        assert then.beta > now.beta
        power = (lambda t: math.sqrt(t.beta)) if signal else (lambda t: t.beta)
        reached = _share((power(then) - power(now)) * log_likelihood)
        if then == POSTERIOR:
            assert reached >= share
            return
        assert reached == pytest.approx(share, abs=1e-3)
        now = then


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_effective_share_while_the_bounds_are_approached(share: float) -> None:
    violation = np.maximum(np.random.default_rng(2).normal(5, 2, 2000), 0.0)
    parts = _parts(np.zeros(2000), violation)
    now = PRIOR
    for _ in range(3):
        then = next_rung(parts, now, NO_SIGNALS, share)
        assert then.stage == "bounds"
        assert then.penalty > now.penalty
        assert _share(-(then.penalty - now.penalty) * violation) == pytest.approx(share, abs=1e-3)
        now = then


def test_bounds_that_enough_walkers_meet_are_met_in_one_step() -> None:
    violation = np.where(np.arange(100) < 60, 0.0, 3.0)
    assert next_rung(_parts(np.zeros(100), violation), PRIOR, NO_SIGNALS, 0.5) == Rung(math.inf, 0.0)
    assert next_rung(_parts(np.zeros(100), violation), PRIOR, NO_SIGNALS, 0.7) != Rung(math.inf, 0.0)


def test_walkers_without_likelihood() -> None:
    """Walkers at -inf have no weight at any beta: they count for the share, not for the choice among the others."""
    rng = np.random.default_rng(3)
    log_likelihood = -100 * rng.exponential(size=1000)
    log_likelihood[:300] = -math.inf
    then = next_rung(_parts(log_likelihood), Rung(math.inf, 0.0), NO_SIGNALS, 0.5)
    reached = np.where(np.isfinite(log_likelihood), then.beta * log_likelihood, -math.inf)
    assert _share(reached) == pytest.approx(0.5, abs=1e-3)


def test_more_walkers_without_likelihood_than_a_step_may_lose() -> None:
    """A step that hardly moves leaves them behind, and the next one is as long as asked."""
    log_likelihood = -100 * np.random.default_rng(3).exponential(size=1000)
    log_likelihood[:300] = -math.inf
    first = next_rung(_parts(log_likelihood), Rung(math.inf, 0.0), NO_SIGNALS, 0.8)
    assert 0 < first.beta < 1e-9
    alive = log_likelihood[300:]
    second = next_rung(_parts(alive), first, NO_SIGNALS, 0.8)
    assert _share((second.beta - first.beta) * alive) == pytest.approx(0.8, abs=1e-3)


def test_violations_without_bound() -> None:
    """Points outside the prior's range have an infinite violation."""
    violation = np.random.default_rng(4).uniform(1, 9, 1000)
    violation[:100] = math.inf
    then = next_rung(_parts(np.zeros(1000), violation), PRIOR, NO_SIGNALS, 0.5)
    assert _share(-then.penalty * violation) == pytest.approx(0.5, abs=1e-3)


def test_ladder_rises_and_ends_at_the_posterior() -> None:
    population = run(_gaussian(0.5), 5)
    rungs = [rung for rung, _, _ in population.ladder]
    assert rungs[-1] == POSTERIOR == population.rung
    assert all(a.penalty <= b.penalty and a.beta <= b.beta and a != b for a, b in zip(rungs, rungs[1:], strict=False))
    assert Rung(math.inf, 0.0) in rungs
    assert population.log_evidence == pytest.approx(sum(weight for _, weight, _ in population.ladder))
    assert all(0 < acceptance < 1 for _, _, acceptance in population.ladder)


def test_a_flat_likelihood_needs_no_ladder() -> None:
    problem = Problem(2, lambda z: np.zeros((len(z), 1)), 0.0)
    population = run(problem, 1, walkers=50, sweeps=2)
    assert population.log_evidence == 0
    assert [rung for rung, _, _ in population.ladder] == [Rung(math.inf, 0.0), POSTERIOR]


def test_log_density() -> None:
    parts = np.array([[-1.0, 0.0, -4.0, -9.0], [-2.0, 0.7, -1.0, -1.0]])
    signals = np.array([False, True])
    np.testing.assert_allclose(log_density(PRIOR, signals)(parts), [-1, -2])
    np.testing.assert_allclose(log_density(Rung(10.0, 0.0), signals)(parts), [-1, -9])
    np.testing.assert_allclose(log_density(Rung(math.inf, 0.0), signals)(parts), [-1, -math.inf])
    np.testing.assert_allclose(log_density(Rung(math.inf, 0.25), signals)(parts), [-1 - 1 - 4.5, -math.inf])
    np.testing.assert_allclose(log_density(POSTERIOR, signals)(parts), [-14, -math.inf])
    np.testing.assert_allclose(Rung(math.inf, 1 / 16).powers(np.array([0, 1, 2, 0])), [1 / 16, 1 / 4, 1 / 2, 1 / 16])


class Stay(ArrayMove):
    """Proposes nothing new, so that what the resampling does can be seen."""

    def get_proposal(self, sample: Array, complement: Array, seed: int) -> tuple[Array, Array]:
        return sample.copy(), np.zeros(len(sample))


def test_relatives_share_a_half() -> None:
    """What proposes to a walker is never a copy of it, in any generation."""
    random, n = np.random.RandomState(4), 400
    ancestors, split = np.arange(n), 200
    for _ in range(12):
        chosen, split = _resample_halves(random.normal(size=n), split, random)
        ancestors = ancestors[chosen]
        assert 0 < split < n
        assert not set(ancestors[:split]) & set(ancestors[split:])
    assert len(set(ancestors)) < 60


def test_halves_of_very_different_size_are_drawn_anew() -> None:
    random, n = np.random.RandomState(5), 400
    log_weights = np.where(np.arange(n) < 200, 0.0, -4.0)
    chosen, split = _resample_halves(log_weights, 200, random)
    assert split == 200
    assert np.mean(chosen[:200] < 200) == pytest.approx(np.mean(chosen < 200), abs=0.02)


def test_inherited_halves_keep_the_target_invariant() -> None:
    """Exact draws of a Gaussian that stay at it through moves between halves of unequal size."""
    random, chart = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(6))), line_chart(2)
    factor = np.array([[1.0, 0.0], [0.9, 0.3]])
    inverse = np.linalg.inv(factor)

    def evaluate(z: Array) -> Array:
        return np.column_stack([-0.5 * np.sum((z @ inverse.T) ** 2, axis=1), np.zeros(len(z)), np.zeros(len(z))])

    whitened = []
    for _ in range(20):
        z = random.normal(size=(300, 2)) @ factor.T
        moves: list[tuple[ArrayMove, float]] = [(DifferenceMove(chart), 1.0)]
        sampler = ArraySampler(300, 2, evaluate, lambda columns: columns[:, 0], moves, random, split=40)
        for moved in sampler.sample(State(z), iterations=20, store=False, skip_initial_state_check=True):
            z = moved.coords
        whitened.append(z @ inverse.T)
    for column in np.concatenate(whitened).T:
        assert stats.kstest(column, "norm").pvalue > ERROR_PROBABILITY


def test_cold_rungs_have_more_sweeps() -> None:
    sweeps = sweeps_by_rung(50)
    assert [sweeps(Rung(*rung)) for rung in ((3.0, 0.0), (math.inf, 0.0), (math.inf, 0.019), (math.inf, 0.02), (math.inf, 1.0))] == [
        30,
        30,
        30,
        105,
        105,
    ]
    assert sweeps_by_rung(1)(PRIOR) == 1


def _unreachable(place: float) -> Problem:
    """A bound that walkers come nearer to, and never nearer than 1."""
    return Problem(2, lambda z: -0.5 * z**2, 0.0, lambda z: 1.0 + np.abs(z[:, 0] - place), (False, False))


@pytest.mark.parametrize(
    ("problem", "columns"),
    [
        (_unreachable(1.0), (0, 1)),
        (Problem(2, lambda z: np.zeros((len(z), 2)), 0.0, lambda z: np.ones(len(z)), (False, False)), (0, 1)),
        (Problem(2, lambda z: -0.5 * z**2, 0.0, lambda z: np.full(len(z), math.inf), (False, False)), (0, 1)),
        (Problem(2, lambda z: np.column_stack([z[:, 0] * 0, np.full(len(z), -math.inf)]), 0.0, signals=(True, True)), (1,)),
        (Problem(2, lambda z: np.column_stack([-(z[:, 0] ** 2), -1e100 * (1 + z[:, 1] ** 2)]), 0.0, signals=(True, True)), (1,)),
    ],
)
def test_what_no_walker_can_meet_ends_after_some_rungs(problem: Problem, columns: tuple[int, ...]) -> None:
    with pytest.raises(ImpossibleTargetError) as error:
        run(problem, 1, walkers=100, sweeps=4)
    assert error.value.columns == columns
    assert error.value.rungs < 60


@pytest.mark.parametrize(
    "problem",
    [
        # Nothing leads to a two-thousandth of the prior, where no walker starts: it is found by chance.
        Problem(1, lambda z: 0 * z, math.log(stats.norm.sf(3.3)), lambda z: np.where(z[:, 0] > 3.3, 0.0, 1.0)),
        # Eight standard deviations away, but what is nearer is seen.
        Problem(1, lambda z: 0 * z, float(stats.norm.logsf(8.0)), lambda z: np.maximum(8.0 - z[:, 0], 0.0)),
        # A fit that is as poor as it must be: prior N(0, 1), measured 200 +- 0.1 and -200 +- 0.1.
        Problem(1, lambda z: -0.5 * ((z - [[200.0, -200.0]]) / 0.1) ** 2, -4e6 - 0.5 * math.log(201), signals=(False, False)),
    ],
)
def test_what_is_merely_hard_to_meet_is_met(problem: Problem) -> None:
    # The walk has steps of all sizes.
    errors = np.array([run(problem, 50 + seed, walkers=200, sweeps=20).log_evidence for seed in range(8)]) - problem.log_evidence
    low, high = combined(errors).interval(1 - ERROR_PROBABILITY)
    assert low < 0 < high


def test_resampling_is_unbiased_and_systematic() -> None:
    """Each walker appears its expected number of times on average, never more than one off."""
    n = 40
    rng = np.random.default_rng(6)
    weights = rng.exponential(size=n)
    weights[5] = 0.0
    weights /= np.sum(weights)
    with np.errstate(divide="ignore"):
        parts = _parts(np.log(weights))
    start = np.arange(n, dtype=float)[:, None]
    counts = []
    for seed in range(400):
        # A share of nothing goes to the posterior in one step.
        for population in anneal(
            Population(start, parts, Rung(math.inf, 0.0), 0.0, ()),
            lambda z: parts[z[:, 0].astype(int)],
            [(Stay(), 1.0)],
            NO_SIGNALS,
            lambda _: 1,
            np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed))),
            0.01,
        ):
            counts.append(np.bincount(population.positions[:, 0].astype(int), minlength=n))
            assert population.log_evidence == pytest.approx(math.log(1 / n))  # the mean of normalised weights
    table = np.array(counts)
    assert len(table) == 400
    expected = n * weights
    assert np.all(np.abs(table - expected) < 1)
    assert np.all(table[:, 5] == 0)
    # A count is rounded up with the probability of its fraction: binomial, 4.5 deviations for 40 walkers, error probability 3e-4.
    fraction = expected % 1
    assert np.all(np.abs(np.mean(table, axis=0) - expected) <= 4.5 * np.sqrt(fraction * (1 - fraction) / 400) + 1e-12)


def test_a_heartbeat_can_stop_the_annealing() -> None:
    problem = _gaussian()
    start = np.random.default_rng(1).normal(size=(60, 20))
    beats: list[tuple[Rung, int]] = []

    def heartbeat(rung: Rung, sweep: int) -> bool:
        beats.append((rung, sweep))
        return len(beats) < 4

    moves = [(DifferenceMove(line_chart(20)), 1.0)]
    population = Population(start, problem.evaluate(start), PRIOR, 0.0, ())
    random = np.random.RandomState(1)
    signals = np.array(problem.signals)
    rungs = list(anneal(population, problem.evaluate, moves, signals, lambda _: 20, random, heartbeat=heartbeat))
    assert [sweep for _, sweep in beats] == [0, 10, 0, 10]
    assert len(rungs) == 1


def test_can_go_on_from_any_rung() -> None:
    """What a rung yields, with the state of the random generator, is all that the rest depends on."""
    problem = _gaussian()

    def moves() -> list[tuple[ArrayMove, float]]:
        return [(DifferenceMove(line_chart(20)), 1.0)]

    random = np.random.RandomState(3)
    start = random.normal(size=(100, 20))
    first = Population(start, problem.evaluate(start), PRIOR, 0.0, ())
    states = [(p, random.get_state()) for p in anneal(first, problem.evaluate, moves(), np.array(problem.signals), lambda _: 4, random)]
    middle, state = states[2]
    again = np.random.RandomState()
    again.set_state(state)
    *_, last = anneal(middle, problem.evaluate, moves(), np.array(problem.signals), lambda _: 4, again)
    np.testing.assert_array_equal(last.positions, states[-1][0].positions)
    assert last.log_evidence == states[-1][0].log_evidence
