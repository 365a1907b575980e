"""Whether the annealing's evidence, its error and the weights of modes are right, on problems where the truth is known.

python bench/evidence.py [--groups 40] [--walkers 2000] [--sweeps 30] [--quick] [--write]

Each group is what a run is: eight populations that share nothing, combined by the same function, with an interval by Student's t.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from unittest.mock import patch

import numpy as np
from known_evidence import Problem, correlated_gaussian, gaussian_shells, two_modes
from measured_table import MeasuredTable
from numpy.typing import NDArray
from scipy.stats import binomtest

from lqbayes.running.cores import available_cores
from lqbayes.sampling import annealing
from lqbayes.sampling.annealing import anneal
from lqbayes.sampling.evidence import combined
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.moves.chart import line_chart
from lqbayes.sampling.moves.difference import DifferenceMove
from lqbayes.sampling.moves.walk import WalkMove
from lqbayes.sampling.population import PRIOR, Population

Array = NDArray[np.float64]
GROUP = 8  # ensembles of a default run
PROBLEMS: dict[str, Callable[[], Problem]] = {
    "gaussian": partial(correlated_gaussian, 20),
    "shells-2": partial(gaussian_shells, 2),
    "shells-10": partial(gaussian_shells, 10),
    "modes": two_modes,
}


MOVES, CONTROL, MIXED = "", ", walkers that ignore each other", ", halves drawn anew"


def _mixed_halves(log_weights: Array, split: int, random: np.random.RandomState, count: int) -> tuple[NDArray[np.int64], int]:
    """Copies of a walker in both halves, as before halves were inherited."""
    return random.permutation(annealing._resample(log_weights, random, count)), count // 2


class RandomWalk(ArrayMove):
    """Steps that know nothing of the other walkers: a control."""

    def get_proposal(self, sample: Array, complement: Array, seed: int) -> tuple[Array, Array]:
        """Propose normal steps of a fixed size."""
        return sample + 0.2 * np.random.default_rng(seed).normal(size=sample.shape), np.zeros(len(sample))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one population says.

    Attributes
    ----------
    error
        Its log evidence less the true one.
    in_mode
        Share of its walkers in the first mode.
    """

    error: float
    in_mode: float


def estimate(problem: str, walkers: int, sweeps: int, variant: str, seed: int) -> Estimate:
    """Anneal one population.

    Parameters
    ----------
    problem
        Which of `PROBLEMS`.
    walkers, sweeps
        As in a run.
    variant
        `MOVES`; `CONTROL`, with `RandomWalk` in place of moves between walkers; or `MIXED`, with halves that are drawn anew on each rung.
    seed
        Of all its random numbers.

    Returns
    -------
    Estimate
        What it says.
    """
    asked = PROBLEMS[problem]()
    # Through a SeedSequence, as in a run: RandomState(1), RandomState(2), ... are not independent, and the members of a group would agree
    # with each other better than with the truth.
    random = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))
    start = random.normal(size=(walkers, asked.dimension))
    chart = line_chart(asked.dimension)
    moves: list[tuple[ArrayMove, float]] = [(DifferenceMove(chart), 0.3), (DifferenceMove(chart, 0.3), 0.3), (WalkMove(chart, 3), 0.4)]
    first = Population(start, asked.parts(start), PRIOR, 0.0, ())
    halves = _mixed_halves if variant == MIXED else annealing._resample_halves
    with patch.object(annealing, "_resample_halves", halves):
        used = [(RandomWalk(), 1.0)] if variant == CONTROL else moves
        steps = anneal(first, asked.parts, used, np.array([False]), lambda _: sweeps, random)
        *_, last = steps
    share = math.nan if asked.in_mode is None else float(np.mean(asked.in_mode(last.positions)))
    return Estimate(last.log_evidence - asked.log_evidence, share)


def coverage(found: Sequence[Estimate]) -> list[bool]:
    """Whether the truth is in the 95 % interval of each group of eight populations."""
    errors = [e.error for e in found]
    intervals = [combined(np.array(errors[k : k + GROUP])).interval(0.95) for k in range(0, len(errors) - GROUP + 1, GROUP)]
    return [low < 0 < high for low, high in intervals]


def row(title: str, found: Sequence[Estimate], mode_weight: float) -> list[str]:
    """Write what populations say, in groups of eight.

    Parameters
    ----------
    title
        The first cell.
    found
        All populations.
    mode_weight
        The true weight of the first mode; NaN without modes.

    Returns
    -------
    list of str
        The cells.
    """
    errors = np.array([e.error for e in found])
    groups = errors[: len(errors) // GROUP * GROUP].reshape(-1, GROUP)
    logs = np.array([combined(group).log for group in groups])
    cells = [
        title,
        str(len(groups)),
        f"{np.mean(logs):+.4f} +- {np.std(logs, ddof=1) / math.sqrt(len(logs)):.4f}",
        f"{np.std(errors, ddof=1):.3f}",
        f"{np.mean(coverage(found)):.0%}",
    ]
    if math.isnan(mode_weight):
        return [*cells, "-", "-"]
    # Populations count by their evidence, as the draws of a run do; the error is that of a ratio.
    weights, shares = np.exp(errors), np.array([e.in_mode for e in found])
    weight = float(np.sum(weights * shares) / np.sum(weights))
    scatter = float(np.std(weights * (shares - weight), ddof=1) / np.mean(weights) / math.sqrt(len(shares)))
    return [*cells, f"{weight:.4f} +- {scatter:.4f}", f"{mode_weight:.4f}"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=40, help="groups of eight populations of each problem (default: 40)")
    parser.add_argument("--walkers", type=int, default=2000)
    parser.add_argument("--sweeps", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="tiny: no numbers to trust")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    given = parser.parse_args()
    groups, walkers, sweeps = (2, 100, 4) if given.quick else (given.groups, given.walkers, given.sweeps)
    if groups < 2:
        parser.error("--groups: at least 2")
    # Problem, walkers, sweeps, variant, groups: about the same number of walkers in every row of the second part.
    jobs = [(name, walkers, sweeps, MOVES, groups) for name in PROBLEMS]
    if not given.quick:
        jobs += [("gaussian", n, 10, MOVES, max(min(groups, 40 * 1000 // n), 5)) for n in (300, 1000, 2000, 8000)]
        jobs += [("gaussian", n, 10, variant, max(min(groups, 40 * 1000 // n), 5)) for variant in (MIXED, CONTROL) for n in (300, 1000)]
    rows, covered = [], []
    with ProcessPoolExecutor(available_cores()) as pool:
        for index, (name, n, s, variant, count) in enumerate(jobs):
            asked = PROBLEMS[name]()
            seeds = range(10_000 * (index + 1), 10_000 * (index + 1) + GROUP * count)
            found = list(pool.map(partial(estimate, name, n, s, variant), seeds))
            title = f"{asked.name}; {n} walkers, {s} sweeps{variant}"
            rows.append(row(title, found, asked.mode_weight))
            print("  ".join(rows[-1]), flush=True)
            if (n, s, variant) == (walkers, sweeps, MOVES):
                covered += coverage(found)
    options = " --quick" if given.quick else f" --groups {groups} --walkers {walkers} --sweeps {sweeps}"
    low, high = binomtest(sum(covered), len(covered)).proportion_ci(0.95, "exact")
    table = MeasuredTable(
        "evidence",
        f"python bench/evidence.py{options}",
        ("problem", "groups", "mean error of ln Z", "sd of a population", "truth in 95 % interval", "weight of the first mode", "truth"),
        rows,
        [
            f"With {walkers} walkers and {sweeps} sweeps, the interval holds the truth in {sum(covered)} of {len(covered)} groups of all "
            f"problems, {np.mean(covered):.0%} (95 % interval of this share: {low:.0%} .. {high:.0%}).",
            "Mean error: of the ln Z of groups of eight populations, as a run of eight ensembles reports it; the interval is Student's t "
            "with seven degrees of freedom. What makes ln Z too high with few walkers are moves that take differences from copies of the "
            "walker they move: compare the rows in which halves are inherited, as in a run, with those in which they are drawn anew, and "
            "with walkers that ignore each other, on the same adaptive ladder.",
        ],
    )
    table.show()
    if given.write:
        table.write()


if __name__ == "__main__":
    main()
