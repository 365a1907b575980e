"""What one evaluation of the posterior costs, and what a walker's step costs besides, at the posterior.

python bench/cost.py [--run chains/NAME] [--write]

Walkers start from posterior draws, of a run or of a small population that is annealed first: proposals, and how many of them are accepted,
are those of a real run. The evaluations are timed within the steps, so that the parts add up. Times are those of
the processor, which other work on the machine disturbs less than those of the clock; one core, one process.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import emcee
import numpy as np
from emcee.state import State
from measured_table import MeasuredTable
from numpy.typing import NDArray

from lqbayes import Likelihood, Posterior, Prior, Run
from lqbayes.running.warm_up import warm_up
from lqbayes.sampling.annealing import anneal, log_density
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.population import POSTERIOR, PRIOR, Population
from lqbayes.sampling.sampler import ArraySampler

BATCH = 1024
WALKERS = 4000
REPETITIONS = 41
STEPS = 300
SWEEPS = 40  # on each rung of the small population


class Clock:
    """A function that adds up the time spent in it."""

    def __init__(self, function: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> None:
        self.function, self.seconds = function, 0.0

    def __call__(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Call the function."""
        start = time.process_time()
        result = self.function(z)
        self.seconds += time.process_time() - start
        return result


@dataclass(frozen=True, slots=True)
class StepCost:
    """Seconds for one step of one walker: all of it, and the evaluations of the posterior in it."""

    whole: float
    evaluations: float


def median_time(function: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """Median time of a call in seconds, after one call that compiles."""
    function()
    times = []
    for _ in range(repetitions):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return float(np.median(times))


def annealed_draws(posterior: Posterior, walkers: int = WALKERS, sweeps: int = SWEEPS) -> NDArray[np.float64]:
    """Lead a population from the prior to the posterior."""
    z = posterior.prior.sample(walkers, np.random.default_rng(1))
    population = Population(z, posterior.evaluate(z), PRIOR, 0.0, ())
    moves, signals = moves_of(posterior), posterior.likelihood.signals
    (last,) = deque(anneal(population, posterior.evaluate, moves, signals, lambda _: sweeps, np.random.RandomState(1)), maxlen=1)
    return last.positions


def default_sampler(posterior: Posterior, walkers: int) -> tuple[emcee.EnsembleSampler, Clock]:
    """Give the sampler of lqbayes with its default moves, and the clock of its posterior."""
    clock = Clock(posterior.evaluate)
    combine = log_density(POSTERIOR, posterior.likelihood.signals)
    random = np.random.RandomState(1)
    return ArraySampler(walkers, posterior.dimension, clock, combine, moves_of(posterior), random), clock


def peer_sampler(posterior: Posterior, walkers: int, move: emcee.moves.Move) -> tuple[emcee.EnsembleSampler, Clock]:
    """Give emcee's own sampler with one of its moves, vectorized, and the clock of its posterior."""
    clock = Clock(posterior.log_prob)
    return emcee.EnsembleSampler(walkers, posterior.dimension, clock, vectorize=True, moves=move), clock


def step_cost(sampler: emcee.EnsembleSampler, clock: Clock, positions: NDArray[np.float64], steps: int = STEPS) -> StepCost:
    """Time the steps of all walkers, after one step that is not timed."""
    (state,) = sampler.sample(State(positions.copy()), iterations=1, store=False, skip_initial_state_check=True)
    clock.seconds = 0.0
    start = time.process_time()
    deque(sampler.sample(state, iterations=steps, store=False, skip_initial_state_check=True), maxlen=0)
    whole = time.process_time() - start
    return StepCost(whole / steps / len(positions), clock.seconds / steps / len(positions))


def measured(posterior: Posterior, draws: NDArray[np.float64], steps: int = STEPS, command: str = "python bench/cost.py") -> MeasuredTable:
    """Measure, and make the table.

    Parameters
    ----------
    posterior
        The posterior.
    draws : (walkers, d) array
        Draws of it, at which the walkers start.
    steps
        Steps that are timed.
    command
        What was typed.
    """
    batch = draws[:BATCH]
    points = posterior.points(batch)
    evaluation = median_time(lambda: posterior.evaluate(batch)) / len(batch)
    rows = [(f"one posterior evaluation, batches of {len(batch)}", evaluation)]
    rows.append(("of which all observables of the model", median_time(lambda: posterior.observables(points)) / len(batch)))
    samplers = {
        "lqbayes's default moves": default_sampler(posterior, len(draws)),
        "emcee's own StretchMove": peer_sampler(posterior, len(draws), emcee.moves.StretchMove()),
        "emcee's own DEMove": peer_sampler(posterior, len(draws), emcee.moves.DEMove()),
    }
    for name, (sampler, clock) in samplers.items():
        cost = step_cost(sampler, clock, draws, steps)
        rows.append((f"one step of a walker, {name}", cost.whole))
        rows.append(("of which evaluations of the posterior", cost.evaluations))
        rows.append(("of which the rest: proposal, acceptance, bookkeeping", cost.whole - cost.evaluations))
    notes = [
        f"Processor times; posterior draws, {len(draws)} walkers, {steps} steps of each, one core, emcee {version('emcee')}. Ratios are to "
        "the first row. A step evaluates half of the walkers at a time. Proposals that a move rejects by itself are not evaluated, and one "
        "outside the prior's ranges costs next to nothing: that is most of what emcee's own moves propose in so many dimensions."
    ]
    cells = [(name, f"{1e6 * seconds:.2f}", f"{seconds / evaluation:.2f}") for name, seconds in rows]
    return MeasuredTable("cost", command, ("what", "us", "over one evaluation"), cells, notes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="run directory whose draws the walkers start from; else a small population is annealed")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    command = "python bench/cost.py"
    if options.run:
        run = Run.open(options.run)
        posterior, draws = run.posterior_target, run.ensemble_coordinates(0)[-1, :WALKERS]
        command += f" --run {options.run}"
    else:
        posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    warm_up(posterior)
    if not options.run:
        draws = annealed_draws(posterior)
    table = measured(posterior, draws, command=command)
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
