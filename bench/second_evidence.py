"""A second evidence, from the draws alone: whether bridge sampling from a fitted mixture holds where the truth is known, and on a run.

python bench/second_evidence.py [--run chains/paper-paper-1] [--groups 6] [--write]

A mixture is fitted to the draws of one half of the ensembles: normal or Student's t in probits of the coordinates' ranges, with odds of
their own for each sign in each component, folded by the exact symmetries of signs. Each ensemble of the other half then gives a bridge
between the mixture and the posterior (Meng and Wong 1996, the iterative optimum); then the halves change places. The annealing's ladder has
no part in this, only its last draws.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import mode_audit
import numpy as np
from evidence import GROUP
from known_evidence import Problem, correlated_gaussian, gaussian_shells, two_modes
from measured_table import MeasuredTable
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import gammaln, logsumexp, ndtr, ndtri
from scipy.stats import t

from lqbayes import Run
from lqbayes.sampling.annealing import anneal
from lqbayes.sampling.evidence import combined
from lqbayes.sampling.moves.chart import CIRCLE, LINE, SIGNED, Chart, chart_of, line_chart
from lqbayes.sampling.population import PRIOR, Population
from lqbayes.sampling.symmetries import sign_symmetries

Array = NDArray[np.float64]
LogDensity = Callable[[Array], Array]

_EDGE = 1e-12
_ROUNDS, _BRIDGES = 60, 200
_MODEST = 1e-3  # of the whole covariance in each component's
_WALKERS, _SWEEPS = 2000, 30
_TRIED = 300  # draws at which symmetries are tried


@dataclass(frozen=True, slots=True)
class Frame:
    """Coordinates without ends for magnitudes, bits for signs, and one of all images under the symmetries of signs."""

    chart: Chart
    symmetries: Sequence[tuple[int, NDArray[np.int64]]]  # the coordinate that decides, and all that change with it

    @classmethod
    def of(cls, chart: Chart, sets: Sequence[Sequence[int]]) -> Frame:
        """Let each symmetry be decided by a coordinate that no other one changes."""
        rows = _reduced([np.isin(np.arange(len(chart.kind)), one) for one in sets])
        return cls(chart, [(int(np.flatnonzero(row)[0]), np.flatnonzero(row)) for row in rows])

    def _half(self) -> NDArray[np.bool_]:
        """Circles of which a symmetry leaves one half."""
        half = np.zeros(len(self.chart.kind), dtype=bool)
        half[[pivot for pivot, _ in self.symmetries]] = True
        return np.asarray(half & (self.chart.kind == CIRCLE))

    def ends(self) -> tuple[Array, Array]:
        """Ends of the ranges of magnitudes."""
        lower = np.where(np.isin(self.chart.kind, (SIGNED, CIRCLE)), 0.0, self.chart.lower)
        upper = np.where(np.isin(self.chart.kind, (SIGNED, CIRCLE)), 1.0, self.chart.upper)
        return lower, np.where(self._half(), 0.5, upper)

    @property
    def signs(self) -> NDArray[np.int64]:
        """Coordinates whose sign no symmetry fixes."""
        fixed = {pivot for pivot, _ in self.symmetries}
        return np.array([k for k in np.flatnonzero(self.chart.kind == SIGNED) if k not in fixed], dtype=np.int64)

    def to(self, z: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Probits of magnitudes, and signs."""
        z = z.copy()
        for pivot, columns in self.symmetries:
            turned = z[:, pivot] < 0 if self.chart.kind[pivot] == SIGNED else z[:, pivot] > 0.5
            images = np.where(self.chart.kind[columns] == CIRCLE, np.mod(-z[:, columns], 1.0), -z[:, columns])
            z[:, columns] = np.where(turned[:, np.newaxis], images, z[:, columns])
        line, (lower, upper) = self.chart.kind == LINE, self.ends()
        signs, magnitude = z[:, self.signs] > 0, np.where(self.chart.kind == SIGNED, np.abs(z), z)
        with np.errstate(invalid="ignore"):
            share = np.clip((magnitude - lower) / (upper - lower), _EDGE, 1 - _EDGE)
        return np.where(line, z, ndtri(np.where(line, 0.5, share))), signs

    def back(self, x: Array, signs: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Coordinates, and the logarithm of their volume for a unit of probits and all images."""
        line, (lower, upper) = self.chart.kind == LINE, self.ends()
        width = np.where(line, 1.0, upper - lower)
        with np.errstate(invalid="ignore"):
            z = np.where(line, x, lower + np.where(line, 0.0, width * ndtr(x)))
        z[:, self.signs] *= np.where(signs, 1.0, -1.0)
        each = np.where(line, 0.0, np.log(width) - 0.5 * x**2 - 0.5 * math.log(2 * math.pi))
        return z, np.sum(each, axis=1) + len(self.symmetries) * math.log(2)


def _reduced(rows: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """Rows in reduced echelon form, each with a first column that no other one has."""
    left = [row for row in rows if row.any()]
    done: list[NDArray[np.bool_]] = []
    while left:
        row = left.pop(0)
        pivot = int(np.flatnonzero(row)[0])
        left = [other ^ row if other[pivot] else other for other in left]
        left = [other for other in left if other.any()]
        done = [other ^ row if other[pivot] else other for other in done] + [row]
    return done


@dataclass(slots=True)
class Mixture:
    """Components of one shape, normal or Student's t, each with its own covariance and its own odds of each sign."""

    shares: Array
    means: Array
    factors: Array  # lower triangular
    positive: Array
    freedom: float  # infinite: normal

    def parts(self, x: Array, signs: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Logarithm of each component's density, (n, components), and squared distances."""
        d = x.shape[1]
        distance = np.empty((len(x), len(self.shares)))
        for k, (mean, factor) in enumerate(zip(self.means, self.factors, strict=True)):
            distance[:, k] = np.sum(solve_triangular(factor, (x - mean).T, lower=True) ** 2, axis=0)
        volume = np.sum(np.log(np.diagonal(self.factors, axis1=1, axis2=2)), axis=1)
        if math.isinf(self.freedom):
            kernel = -0.5 * distance - 0.5 * d * math.log(2 * math.pi)
        else:
            nu = self.freedom
            kernel = gammaln(0.5 * (nu + d)) - gammaln(0.5 * nu) - 0.5 * d * math.log(nu * math.pi)
            kernel = kernel - 0.5 * (nu + d) * np.log1p(distance / nu)
        odds = signs @ np.log(self.positive).T + (~signs) @ np.log1p(-self.positive).T
        return np.log(self.shares) + kernel - volume + odds, distance

    def log_density(self, x: Array, signs: NDArray[np.bool_]) -> Array:
        """Logarithm of the density."""
        return np.asarray(logsumexp(self.parts(x, signs)[0], axis=1))

    def sample(self, count: int, random: np.random.Generator) -> tuple[Array, NDArray[np.bool_]]:
        """Draw."""
        which = np.sort(random.choice(len(self.shares), count, p=self.shares))
        step = random.standard_normal((count, self.means.shape[1]))
        if not math.isinf(self.freedom):
            step /= np.sqrt(random.chisquare(self.freedom, count) / self.freedom)[:, np.newaxis]
        for k in np.unique(which):
            step[which == k] = self.means[k] + step[which == k] @ self.factors[k].T
        return step, random.random((count, self.positive.shape[1])) < self.positive[which]


def fitted(x: Array, signs: NDArray[np.bool_], components: int, freedom: float, random: np.random.Generator) -> Mixture:
    """Fit by expectation and maximisation."""
    n, d = x.shape
    whole = np.cov(x.T).reshape(d, d) + 1e-9 * np.eye(d)
    start = x[random.choice(n, components, replace=False)]
    factors = np.repeat(np.linalg.cholesky(whole)[np.newaxis], components, axis=0)
    positive = np.full((components, signs.shape[1]), 0.5) + 0.02 * random.standard_normal((components, signs.shape[1]))
    mixture = Mixture(np.full(components, 1 / components), start, factors, positive, freedom)
    for _ in range(_ROUNDS):
        logs, distance = mixture.parts(x, signs)
        belongs = np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
        kept = belongs.sum(axis=0) > 2 * d if components > 1 else np.ones(1, dtype=bool)
        belongs, distance = belongs[:, kept], distance[:, kept]
        pulls = belongs if math.isinf(freedom) else belongs * (freedom + d) / (freedom + distance)
        count = belongs.sum(axis=0)
        means = (pulls.T @ x) / pulls.sum(axis=0)[:, np.newaxis]
        covariances = [((x - mean) * pull[:, np.newaxis]).T @ (x - mean) for mean, pull in zip(means, pulls.T, strict=True)]
        spread = [c / m + _MODEST * whole for c, m in zip(covariances, count, strict=True)]
        odds = (belongs.T @ signs + 1.0) / (count[:, np.newaxis] + 2.0)
        mixture = Mixture(count / count.sum(), means, np.linalg.cholesky(np.array(spread)), odds, freedom)
    return mixture


def bridge(at_draws: Array, at_proposals: Array) -> float:
    """Logarithm of the evidence from logarithms of the density over the mixture's, at draws of either."""
    n, m = len(at_draws), len(at_proposals)
    log_n, log_m = math.log(n / (n + m)), math.log(m / (n + m))
    found = float(np.median(at_draws))
    for _ in range(_BRIDGES):
        above = logsumexp(at_proposals - np.logaddexp(log_n + at_proposals, log_m + found)) - math.log(m)
        below = logsumexp(-np.logaddexp(log_n + at_draws, log_m + found)) - math.log(n)
        old, found = found, float(above - below)
        if abs(found - old) < 1e-8:
            break
    return found


@dataclass(frozen=True, slots=True)
class Second:
    """What the bridges say: one logarithm for each ensemble, and how many draws of the mixture count as importance weights, of how many."""

    logs: Array
    effective: float
    proposals: int

    @property
    def log(self) -> float:
        """Their mean."""
        return float(np.mean(self.logs))

    @property
    def error(self) -> float:
        """Of the mean, by their scatter."""
        return float(np.std(self.logs, ddof=1) / math.sqrt(len(self.logs)))


def second_evidence(
    log_density: LogDensity, frame: Frame, draws: Sequence[Array], components: int, freedom: float, random: np.random.Generator
) -> Second:
    """Fit on one half of the ensembles and cross the bridge with each of the other half, both ways."""
    logs, effective = np.empty(len(draws)), 0.0
    for half in (0, 1):
        mixture = fitted(*frame.to(np.concatenate(draws[half::2])), components, freedom, random)
        for k in range(1 - half, len(draws), 2):
            x, signs = mixture.sample(2 * len(draws[k]), random)  # new ones for each, so that the scatter knows of their chance
            z, volume = frame.back(x, signs)
            at_proposals = log_density(z) + volume - mixture.log_density(x, signs)
            own = frame.to(draws[k])
            at_draws = log_density(draws[k]) + frame.back(*own)[1] - mixture.log_density(*own)
            logs[k] = bridge(at_draws, at_proposals)
            effective += math.exp(2 * logsumexp(at_proposals) - logsumexp(2 * at_proposals))
    return Second(logs, effective, 2 * sum(map(len, draws)))


@dataclass(frozen=True, slots=True)
class Known:
    """A target with a known evidence, and how to lead a population to it."""

    name: str
    dimension: int
    parts: Callable[[Array], Array]
    log_evidence: float

    def log_density(self, z: Array) -> Array:
        """Prior times likelihood."""
        found = self.parts(z)
        return np.asarray(found[:, 0] + found[:, 2])

    def population(self, seed: Sequence[int]) -> Population:
        """Anneal a population as a run does, with moves that know nothing of the target."""
        random = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
        start, chart = random.normal(size=(_WALKERS, self.dimension)), line_chart(self.dimension)
        moves = mode_audit.Target(self.name, chart, lambda z: z[:, 0], 0.0).moves()
        first = Population(start, self.parts(start), PRIOR, 0.0, ())
        *_, last = anneal(first, self.parts, moves, np.array([0]), lambda _: _SWEEPS, random)
        return last


def known() -> Iterator[tuple[Known, int]]:
    """Those of bench/evidence.py, and a spike that populations know in parts, with a number of components each."""

    def of(problem: Problem) -> Known:
        return Known(problem.name, problem.dimension, problem.parts, problem.log_evidence)

    yield of(correlated_gaussian(20)), 1
    yield of(gaussian_shells(2)), 24
    yield of(gaussian_shells(10)), 24
    yield of(two_modes()), 2
    spike = mode_audit.spike(5)
    yield Known(spike.name, 5, spike.evaluate, spike.log_evidence), 2


def _row(name: str, truths: Array, annealed: Array, errors: Array, found: Sequence[Second]) -> tuple[str, ...]:
    off = np.array([one.log for one in found]) - truths
    reach = float(t.ppf(0.975, len(found[0].logs) - 1))
    return (
        name,
        f"{np.mean(annealed - truths):+.3f}",
        f"{np.mean(errors):.3f}",
        f"{np.mean(off):+.3f}",
        f"{np.mean([one.error for one in found]):.3f}",
        f"{sum(abs(x) < reach * one.error for x, one in zip(off, found, strict=True))} of {len(found)}",
        f"{np.mean([one.effective for one in found]):.0f} of {found[0].proposals}",
    )


def _of_known(target: Known, components: int, groups: int) -> tuple[str, ...]:
    annealed, errors, found = np.empty(groups), np.empty(groups), []
    for group in range(groups):
        populations = [target.population((group, k, target.dimension)) for k in range(GROUP)]
        evidence = combined(np.array([population.log_evidence for population in populations]))
        annealed[group], errors[group] = evidence.log, evidence.error
        draws = [population.positions for population in populations]
        frame, random = Frame(line_chart(target.dimension), ()), np.random.default_rng(group)
        found.append(second_evidence(target.log_density, frame, draws, components, math.inf, random))
    return _row(f"{target.name}, {components} components", np.full(groups, target.log_evidence), annealed, errors, found)


def _exact(sets: Sequence[Sequence[int]], log_density: LogDensity, draws: Array) -> list[Sequence[int]]:
    """Keep of the symmetries those that change no draw of the posterior; what the prior's draws hardly show may matter there."""
    rows, heights, kept = np.array([np.isin(np.arange(draws.shape[1]), one) for one in sets]), log_density(draws), []
    for choice in range(1, 2 ** len(sets)):
        row = np.logical_xor.reduce(rows[[k for k in range(len(sets)) if choice >> k & 1]])
        if np.allclose(log_density(np.where(row, -draws, draws)), heights, rtol=0, atol=1e-6):
            kept.append(np.flatnonzero(row).tolist())
    return kept


def _of_run(path: str, components: int, freedom: float, most: int) -> tuple[str, ...]:
    run = Run.open(path)
    posterior = run.posterior_target
    draws = [run.ensemble_coordinates(k)[-1][:most] for k in range(run.configuration.sampling.ensembles)]
    frame = Frame.of(chart_of(posterior.prior.table), _exact(sign_symmetries(posterior), posterior.log_prob, draws[0][:_TRIED]))
    found = second_evidence(posterior.log_prob, frame, draws, components, freedom, np.random.default_rng(1))
    shape = "normal" if math.isinf(freedom) else f"t with {freedom:g} degrees of freedom"
    truth = np.array([run.log_evidence])
    return _row(f"{run.name}, {components} components, {shape}", truth, truth, np.array([run.log_evidence_error]), [found])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default="", help="a run, whose annealed ln Z stands for the truth")
    parser.add_argument("--groups", type=int, default=6, help="of eight populations of each known target (default: 6)")
    parser.add_argument("--draws", type=int, default=3000, help="of each ensemble of the run (default: 3000)")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    rows, start = [], time.process_time()

    def add(row: tuple[str, ...]) -> None:
        rows.append(row)
        print("  ".join(row), f"  {time.process_time() - start:.0f} s", flush=True)

    for target, components in known():
        if options.groups > 0:
            add(_of_known(target, components, options.groups))
    if options.run:
        for components, freedom in ((1, math.inf), (16, math.inf), (16, 20.0)):
            add(_of_run(options.run, components, freedom, options.draws))
    given = sys.argv[1:] if arguments is None else arguments
    header = ("target", "annealed ln Z off by", "its error", "bridge off by", "its error", "within 95 %", "effective proposals")
    table = MeasuredTable(
        "second-evidence",
        " ".join(["python bench/second_evidence.py", *(word for word in given if word != "--write")]),
        header,
        rows,
        [
            f"Means over {options.groups} groups of {GROUP} populations of {_WALKERS} walkers with {_SWEEPS} sweeps a rung. Off by: less "
            "the true ln Z, or less the annealed one of the run. Its error: from the scatter of the ensembles; within 95 %: Student's t. "
            "Effective proposals: what importance weights leave of the mixture's draws, of all eight bridges together: eight is one each.",
        ],
    )
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
