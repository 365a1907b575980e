"""What one evaluation of the posterior costs, and what emcee adds to it per walker and step.

python bench/cost.py

Times are medians over repetitions on one core; ratios are taken within this one run, since machines are noisy.
"""

from __future__ import annotations

import platform
import time
from collections import deque
from collections.abc import Callable
from datetime import date
from functools import partial
from importlib.metadata import version

import emcee
import numpy as np
from emcee.state import State
from rich.console import Console
from rich.table import Table

from lqbayes import Likelihood, Posterior, Prior
from lqbayes.inference.annealing import COLD, HOT, log_density
from lqbayes.inference.kernel import FIRST_TERM
from lqbayes.inference.moves.base import ArrayMove
from lqbayes.inference.moves.defaults import default_moves
from lqbayes.inference.sampler import ArraySampler

BATCH = 1024
WALKERS = 4000
REPETITIONS = 41
STEPS = 300


def median_time(function: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """Median time of a call in seconds, after one call that compiles."""
    function()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def step_time(sampler: emcee.EnsembleSampler, positions: np.ndarray) -> float:
    """Time of one step of one walker in seconds."""
    for move in sampler._moves:  # compile each of them first
        if isinstance(move, ArrayMove):
            move.get_proposal(positions[: len(positions) // 2], positions[len(positions) // 2 :], 1)
    (state,) = sampler.sample(State(positions.copy()), iterations=1, store=False, skip_initial_state_check=True)
    start = time.perf_counter()
    deque(sampler.sample(state, iterations=STEPS, store=False, skip_initial_state_check=True), maxlen=0)
    return (time.perf_counter() - start) / STEPS / len(positions)


def cost_rows() -> list[tuple[str, float, float]]:
    """Each measured cost: what, seconds, ratio."""
    rng = np.random.default_rng(1)
    posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    batch = posterior.prior.sample(BATCH, rng)
    points = posterior.points(batch)
    evaluation = median_time(lambda: posterior.evaluate(batch)) / BATCH
    model = median_time(lambda: posterior.observables(points)) / BATCH

    walkers = posterior.prior.sample(WALKERS, rng)
    signals, dimension = posterior.likelihood.signals, posterior.dimension
    # A target that costs next to nothing, so that what is left is emcee, the proposals and the acceptance.
    nothing = np.zeros((WALKERS, FIRST_TERM + len(posterior.term_names)))
    free = ArraySampler(
        WALKERS, dimension, lambda z: nothing[: len(z)], partial(log_density, temperature=HOT, signals=signals),
        default_moves(posterior), np.random.RandomState(1),
    )  # fmt: skip
    ours = step_time(free, walkers)
    full = ArraySampler(
        WALKERS, dimension, posterior.evaluate, partial(log_density, temperature=COLD, signals=signals),
        default_moves(posterior), np.random.RandomState(1),
    )  # fmt: skip
    whole = step_time(full, walkers)
    stock = {
        name: step_time(emcee.EnsembleSampler(WALKERS, dimension, lambda z: np.zeros(len(z)), vectorize=True, moves=move), walkers)
        for name, move in (("StretchMove", emcee.moves.StretchMove()), ("DEMove", emcee.moves.DEMove()))
    }
    return [
        (f"one posterior evaluation, batches of {BATCH}", evaluation, 1.0),
        ("of which all observables of the model", model, model / evaluation),
        (f"one walker-step without the posterior, default moves, {WALKERS} walkers", ours, ours / evaluation),
        *((f"the same with emcee's own {name}", cost, cost / ours) for name, cost in stock.items()),
        ("one walker-step with everything", whole, whole / evaluation),
    ]


def main() -> None:
    table = Table(title=f"Cost on one core ({platform.processor() or platform.machine()}, {date.today()}, emcee {version('emcee')})")
    table.add_column("what")
    table.add_column("us", justify="right")
    table.add_column("ratio", justify="right")
    for name, cost, ratio in cost_rows():
        table.add_row(name, f"{cost * 1e6:.2f}", f"{ratio:.2f}")
    console = Console()
    console.print(table)
    console.print("Ratios: to one posterior evaluation; those of emcee's own moves to the default moves.")


if __name__ == "__main__":
    main()
