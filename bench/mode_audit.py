"""What the mode audit sees and what not: targets with a known evidence, annealed by few walkers, and audited for a tenth of the work.

python bench/mode_audit.py [--seeds 8] [--walkers 1000] [--sweeps 20] [--only spike] [--run chains/NAME ...] [--write]

A run is wrong if its ln Z is off by more than 0.5, or if a mode has too few draws: odds below a third of the true ones. The audit is to
raise an alarm where draws are too few, and nowhere else.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from measured_table import MeasuredTable
from numpy.typing import NDArray
from scipy.special import logsumexp

from lqbayes import Run
from lqbayes.running.audit_of_run import audited, evaluations_of
from lqbayes.running.cores import available_cores
from lqbayes.sampling.annealing import anneal
from lqbayes.sampling.mode_audit import ModeAudit, audit_modes
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import INTERVAL, LINE, SIGNED, Chart, line_chart
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.flips import FlipMove
from lqbayes.sampling.moves.walk import WalkMove
from lqbayes.sampling.population import PRIOR, Population
from lqbayes.sampling.settings import AUDIT_SHARE

Array = NDArray[np.float64]

_WRONG, _TOO_FEW = 0.5, 3.0
_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True)
class Target:
    """A prior of independent coordinates, N(0, 1) on lines and flat else, a likelihood, the evidence, and the modes' shares if known.

    `mode` returns the number of the mode to which each point belongs.
    """

    name: str
    chart: Chart
    log_likelihood: Callable[[Array], Array]
    log_evidence: float
    shares: Sequence[float] = (1.0,)
    mode: Callable[[Array], NDArray[np.int64]] = lambda z: np.zeros(len(z), dtype=np.int64)

    def starved(self, draws: Array) -> float:
        """Odds of a mode over those among the draws, of the mode where they are highest."""
        true = np.asarray(self.shares)
        found = np.bincount(self.mode(draws), minlength=len(true)) / len(draws)
        few = found < 1
        with np.errstate(divide="ignore"):
            return float(np.max(true[few] * (1 - found[few]) / ((1 - true[few]) * found[few]), initial=1.0))

    def prior(self, count: int, random: np.random.Generator) -> Array:
        """Draw from the prior."""
        dimension = len(self.chart.kind)
        lower, upper = (np.where(self.chart.kind == LINE, 0.0, end) for end in (self.chart.lower, self.chart.upper))
        flat = lower + (upper - lower) * random.random((count, dimension))
        return np.where(self.chart.kind == LINE, random.normal(size=(count, dimension)), flat)

    def evaluate(self, z: Array) -> Array:
        """The columns of an `Evaluation`."""
        line = self.chart.kind == LINE
        flat = np.sum(np.log((self.chart.upper - self.chart.lower)[~line]))
        inside = np.all((z >= self.chart.lower) & (z <= self.chart.upper), axis=1)
        log_prior = np.where(inside, -0.5 * np.sum(z[:, line] ** 2 + _LOG_2PI, axis=1) - flat, -np.inf)
        return np.column_stack([log_prior, np.where(inside, 0.0, np.inf), np.where(inside, self.log_likelihood(z), -np.inf)])

    def moves(self) -> list[tuple[ArrayMove, float]]:
        """Moves that know nothing of the target."""
        moves: list[tuple[ArrayMove, float]] = [(DifferenceMove(self.chart), 0.3), (DifferenceMove(self.chart, 0.3), 0.3)]
        moves.append((WalkMove(self.chart, 3), 0.4))
        signed = [[int(column)] for column in np.flatnonzero(self.chart.kind == SIGNED)]
        return [*moves, (FlipMove(self.chart, signed), 0.2)] if signed else moves


def gaussians(name: str, centres: Array, widths: Sequence[float], shares: Sequence[float]) -> Target:
    """Spherical Gaussians with given shares of an evidence of 1 under the prior N(0, 1)^d."""
    dimension = centres.shape[1]
    square = np.square(widths)
    log_evidences = 0.5 * dimension * np.log(square / (1 + square)) - 0.5 * np.sum(centres**2, axis=1) / (1 + square)
    heights = np.log(shares) - log_evidences

    def each(z: Array) -> Array:
        return np.asarray(heights - 0.5 * np.sum((z[:, np.newaxis] - centres) ** 2, axis=2) / square)

    return Target(
        f"{name}, d = {dimension}",
        line_chart(dimension),
        lambda z: np.asarray(logsumexp(each(z), axis=1)),
        0.0,
        shares,
        lambda z: np.argmax(each(z), axis=1),
    )


def spike(dimension: int, off: float = 0.0) -> Target:
    """A broad slab, and in it a spike with nine tenths of the evidence."""
    centres = np.zeros((2, dimension))
    centres[1, 0] = off
    return gaussians(f"spike {off:g} off centre" if off else "spike in slab", centres, (0.5, 0.05), (0.1, 0.9))


def unequal(dimension: int, narrow: float, turned: bool = False) -> Target:
    """Two separate modes of the same evidence, the other .4 wide; 2 apart along an axis, or turned: at right angles, along none."""
    centres = np.eye(dimension)[:1] * [[-1.0], [1.0]]
    if turned:
        centres = math.sqrt(2) * np.linalg.qr(np.random.default_rng(0).normal(size=(dimension, 2)))[0].T
    name = f"modes .4 and {narrow:g}{' turned' if turned else ''}"
    return gaussians(name, centres, (0.4, narrow), (0.5, 0.5))


def apart(dimension: int, narrow: float) -> Target:
    """The same where typical draws of the prior are: nothing draws attention to the narrow one."""
    return gaussians(f"modes .4 and {narrow:g} anywhere", np.random.default_rng(1).normal(size=(2, dimension)), (0.4, narrow), (0.5, 0.5))


def sixteen() -> Target:
    """Sixteen Gaussians on the corners of a cube, of shares from 1 to 3."""
    centres = np.array(np.meshgrid(*[(-1.0, 1.0)] * 4)).reshape(4, 16).T
    shares = np.linspace(1, 3, 16)
    return gaussians("16 Gaussians", centres, [0.15] * 16, list(shares / shares.sum()))


def toys() -> Iterator[Target]:
    """A linear one with a limit, two modes of unequal weight, and a ridge with two signs."""
    limit = 0.60795683191177

    def half(x: Array) -> Array:
        return np.asarray(-0.5 * (np.maximum(x, 0.0) / limit) ** 2)

    inverse = np.linalg.inv([[0.25, 0.12], [0.12, 0.16]])

    def linear(z: Array) -> Array:
        a, b, c, d = (z * [1, 2, 0.5, 1.5] + [0, 1, -1, 0]).T
        pulls = np.stack([a - 2 * c - 2.4, b + c - 0.3], axis=1)
        return np.asarray(-0.5 * ((a + b - 1.5) / 0.2) ** 2 - 0.5 * np.einsum("ni,ij,nj->n", pulls, inverse, pulls) + half(a + d))

    yield Target("toy A: linear with a limit", line_chart(4), linear, -4.82216328)

    def two(z: Array) -> Array:
        x = 0.5 + 2 * z[:, 0]
        return np.asarray(-0.5 * ((x**2 - 4) / 0.5) ** 2 + half(z[:, 1] * np.exp(np.minimum(x, 300.0))))

    chart = Chart(np.array([LINE, INTERVAL]), np.array([-math.inf, 0.0]), np.array([math.inf, 1.0]))
    yield Target("toy B: two modes", chart, two, -3.38661866, (0.8509, 0.1491), lambda z: np.asarray(z[:, 0] > -0.25, dtype=np.int64))

    def ridge(z: Array) -> Array:
        g, h = np.copysign(np.exp(math.log(0.01) + math.log(1000) * np.abs(z)), z).T
        return np.asarray(-0.5 * ((g * h - 1) / 0.1) ** 2)

    yield Target(
        "toy C: ridges",
        Chart(np.full(2, SIGNED), np.full(2, -1.0), np.full(2, 1.0)),
        ridge,
        -4.40127907,
        (0.5, 0.5),
        lambda z: np.asarray(z[:, 0] > 0, dtype=np.int64),
    )


def targets() -> list[Target]:
    """Everything in the table."""
    return [
        *(spike(d, off) for off in (0.0, 0.25) for d in (5, 10, 20)),
        *(unequal(d, 0.1) for d in (2, 5, 10)),
        *(unequal(d, 0.2) for d in (5, 10, 20)),
        *(unequal(d, width, turned=True) for d, width in ((10, 0.1), (20, 0.2))),
        *(apart(d, width) for d, width in ((5, 0.1), (10, 0.2), (10, 0.1), (20, 0.2))),
        *(gaussians("one Gaussian", np.zeros((1, d)), (0.3,), (1.0,)) for d in (5, 20)),
        sixteen(),
        *toys(),
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """One run and its audit: by how much ln Z is off, how starved a mode is, seconds of the audit, its share of the run's evaluations."""

    error: float
    starved: float
    audit: ModeAudit
    seconds: float
    share: float

    @property
    def right(self) -> bool:
        """Whether the run is good enough."""
        return abs(self.error) <= _WRONG and self.starved <= _TOO_FEW


def trial(target: Target, seed: int, walkers: int = 1000, sweeps: int = 20) -> Trial:
    """Anneal one population, and audit it."""
    first, second = np.random.SeedSequence([seed, len(target.chart.kind)]).spawn(2)
    z = target.prior(walkers, np.random.default_rng(first))
    start = Population(z, target.evaluate(z), PRIOR, 0.0, ())
    random = np.random.RandomState(np.random.MT19937(second))
    populations = list(anneal(start, target.evaluate, target.moves(), np.array([False]), lambda _: sweeps, random))
    last = populations[-1]
    evaluations = walkers * (1 + sweeps * len(populations))
    rungs = [population.positions for population in populations[:-1]]
    begun = time.process_time()
    audit = audit_modes(
        target.evaluate,
        target.chart,
        target.prior,
        target.moves(),
        last.positions,
        np.array([last.log_evidence]),
        int(AUDIT_SHARE * evaluations),
        seed,
        rungs,
    )
    seconds = time.process_time() - begun
    return Trial(last.log_evidence - target.log_evidence, target.starved(last.positions), audit, seconds, audit.evaluations / evaluations)


def row(name: str, trials: Sequence[Trial]) -> tuple[str, ...]:
    """Count alarms."""
    off = [t for t in trials if abs(t.error) > _WRONG]
    starved = [t for t in trials if t.starved > _TOO_FEW]
    right = [t for t in trials if t.right]

    def alarms(some: Sequence[Trial]) -> str:
        return f"{sum(bool(t.audit.missed) for t in some)} of {len(some)}"

    return (
        name,
        alarms(off),
        alarms(starved),
        alarms(right),
        f"{np.mean([t.seconds for t in trials]):.1f}",
        f"{np.mean([t.share for t in trials]):.1%}",
    )


def _nth_trial(target: int, walkers: int, sweeps: int, seed: int) -> Trial:
    """Run and audit a target by its number: the functions of one do not travel between processes."""
    return trial(targets()[target], seed, walkers, sweeps)


def _of_run(path: str, seed: int) -> Trial:
    """Audit a run that is right."""
    run, begun = Run.open(path), time.process_time()
    audit = audited(run, int(AUDIT_SHARE * evaluations_of(run)), seed)
    return Trial(0.0, 1.0, audit, time.process_time() - begun, audit.evaluations / evaluations_of(run))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--walkers", type=int, default=1000)
    parser.add_argument("--sweeps", type=int, default=20)
    parser.add_argument("--only", default="", help="targets whose name begins so")
    parser.add_argument("--run", action="append", default=[], help="a run that is right, and is to be audited with as many seeds")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    jobs: list[tuple[str, Callable[[int], Trial]]] = [
        (target.name, partial(_nth_trial, number, options.walkers, options.sweeps))
        for number, target in enumerate(targets())
        if target.name.startswith(options.only)
    ]
    jobs += [(f"the run {Path(path).name}", partial(_of_run, path)) for path in options.run]
    rows, nearly = [], []
    with ProcessPoolExecutor(available_cores()) as pool:
        for name, job in jobs:
            trials = list(pool.map(job, range(options.seeds)))
            rows.append(row(name, trials))
            nearly += [t.starved for t in trials if t.right and t.audit.missed]
            print("  ".join(rows[-1]), flush=True)
            if options.only:
                for t in trials:
                    print(f"    ln Z off by {t.error:+.2f}: {t.audit}", flush=True)
    given = sys.argv[1:] if arguments is None else arguments
    table = MeasuredTable(
        "mode-audit",
        " ".join(["python bench/mode_audit.py", *(word for word in given if word != "--write")]),
        ("target", "alarms, ln Z wrong", "mode starved", "run right", "core-seconds", "of the run's evaluations"),
        rows,
        [
            f"{options.seeds} seeds, one population of {options.walkers} walkers with {options.sweeps} sweeps a rung each. Wrong: ln Z off "
            f"by more than {_WRONG}. Starved: the odds of a mode among the draws are below 1/{_TOO_FEW:g} of the true ones. Right: neither."
            " Prior N(0, 1)^d but in the toys. The spike is .05 wide and holds 90 % of the evidence, the slab is .5 wide; separate modes "
            "hold half of it each. Turned: at right angles, along no axis; anywhere: the centres are draws of the prior.",
            f"The alarms in runs that are right: {len(nearly)}"
            + (
                f", where the true odds of a mode are {min(nearly):.1f} to {max(nearly):.1f} times those among the draws."
                if nearly
                else "."
            ),
        ],
    )
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
