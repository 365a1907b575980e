"""How fine a temperature ladder should be: steps between rungs against sweeps on each of them, for about the same work.

python bench/ladder.py [--populations 24] [--walkers 2000] [--set paper] [--write]

Populations with different seeds are compared right after their annealing: how far their evidences and the means of all quantities
scatter says how many independent draws each of them holds.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from measured_table import MeasuredTable
from numpy.typing import NDArray

from lqbayes import Likelihood, Posterior, Prior
from lqbayes.quantities import Draws, quantities
from lqbayes.running.cores import available_cores
from lqbayes.running.warm_up import warm_up
from lqbayes.sampling.annealing import anneal
from lqbayes.sampling.effective_size import nested_rhat, rank_normalised
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.population import PRIOR, Population

# Share of the walkers that a rung's effective sample size may fall to, and sweeps on a rung.
LADDERS = ((0.5, 110), (0.7, 75), (0.8, 55), (0.9, 35), (0.95, 24))
_SLOWEST = 30


@dataclass(frozen=True, slots=True)
class Annealed:
    """One population at the posterior: its walkers, its evidence, its number of rungs, and the seconds of the processor that it took."""

    positions: NDArray[np.float64]
    log_evidence: float
    rungs: int
    seconds: float


def annealed(name: str, share: float, sweeps: int, walkers: int, seed: int) -> Annealed:
    """Lead a population from the prior to the posterior of the prior and likelihood with that name."""
    posterior = Posterior(Prior.load(name), Likelihood.load(name))
    first, second = np.random.SeedSequence(seed).spawn(2)
    z = posterior.prior.sample(walkers, np.random.default_rng(first))
    start = time.process_time()
    prior = Population(z, posterior.evaluate(z), PRIOR, 0.0, ())
    random = np.random.RandomState(np.random.MT19937(second))
    moves, signals = moves_of(posterior), posterior.likelihood.signals
    *_, last = anneal(prior, posterior.evaluate, moves, signals, lambda _: sweeps, random, share)
    return Annealed(last.positions, last.log_evidence, len(last.ladder), time.process_time() - start)


def effective_draws(posterior: Posterior, populations: Sequence[Annealed]) -> NDArray[np.float64]:
    """Count the independent draws in a population for each quantity, the fewest first: the variance within over that of the means."""
    draws = Draws(posterior, [population.positions[np.newaxis] for population in populations])
    found = []
    for quantity in quantities(posterior):
        monitored = quantity.monitored(draws.values(quantity)).values()
        rhats = [nested_rhat(x if quantity.kind == "sign" else rank_normalised(x)) for x in monitored]
        worst = max((rhat for rhat in rhats if not math.isnan(rhat)), default=math.nan)
        if not math.isnan(worst):
            found.append(1 / (worst**2 - 1))
    return np.sort(found)


def row(share: float, sweeps: int, found: Sequence[Annealed], draws: NDArray[np.float64]) -> tuple[str, ...]:
    """Write what the populations of one ladder say."""
    logs = np.array([population.log_evidence for population in found])
    seconds = float(np.mean([population.seconds for population in found]))
    slowest = math.exp(float(np.mean(np.log(draws[:_SLOWEST]))))
    return (
        f"{share:g}",
        str(sweeps),
        f"{np.mean([population.rungs for population in found]):.0f}",
        f"{seconds:.1f}",
        f"{np.std(logs, ddof=1):.2f}",
        f"{draws[0]:.0f}",
        f"{slowest:.0f}",
        f"{slowest / seconds:.1f}",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--populations", type=int, default=24)
    parser.add_argument("--walkers", type=int, default=2000)
    parser.add_argument("--set", default="paper", help="prior and likelihood of that name")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    if options.populations < 2:
        parser.error("--populations: at least 2")
    posterior = Posterior(Prior.load(options.set), Likelihood.load(options.set))
    warm_up(posterior)
    rows = []
    with ProcessPoolExecutor(available_cores()) as pool:
        for share, sweeps in LADDERS:
            jobs = [pool.submit(annealed, options.set, share, sweeps, options.walkers, seed) for seed in range(options.populations)]
            found = [job.result() for job in jobs]
            rows.append(row(share, sweeps, found, effective_draws(posterior, found)))
            print("  ".join(rows[-1]), flush=True)
    given = sys.argv[1:] if arguments is None else arguments
    table = MeasuredTable(
        "ladder",
        " ".join(["python bench/ladder.py", *(word for word in given if word != "--write")]),
        ("share", "sweeps a rung", "rungs", "core-seconds", "sd of ln Z", "draws, slowest", f"slowest {_SLOWEST}", "per core-second"),
        rows,
        [
            f"Means over {options.populations} populations of {options.walkers} walkers, prior and likelihood {options.set}. Share: what "
            "the effective sample size may fall to at a rung, over the number of walkers. Draws: independent ones in a population, by the "
            f"scatter of the populations' means, of the slowest quantity, and of the slowest {_SLOWEST} the geometric mean.",
        ],
    )
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
