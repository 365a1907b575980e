"""Where the time of a run goes: evaluations of the posterior, proposals of each move, acceptance, storage, convergence, tables and plots.

python bench/time_shares.py [--ensembles 2] [--walkers 12000] [--write]

One process works on one ensemble after the other, so that the times add up: of calls within each other, each has its own time only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from measured_table import MeasuredTable
from storage import OF_TASK, Times

from lqbayes import Likelihood, Posterior, Prior, Run, sample
from lqbayes.report import results
from lqbayes.report.plots import corner_plot, diagnostic_plots
from lqbayes.report.results import write_results
from lqbayes.running import population_task, sampling_session, side_by_side, workers
from lqbayes.running.warm_up import warm_up
from lqbayes.sampling import annealing, convergence
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.moves import base
from lqbayes.sampling.moves.base import ArrayMove
from lqbayes.sampling.sampler import ArraySampler
from lqbayes.sampling.settings import SamplingSettings

EVALUATION = "posterior, evaluated"
SAMPLING = "the rest of sampling: emcee's and our own bookkeeping"
TABLES = "the rest: quantities of the draws, tables, start"
STORAGE = "checkpoints, chain files, words of progress"
JUDGING = "R-hat and effective sample sizes"
PLOTS = "plots"


def watched(posterior: Posterior, path: Path, **settings: Any) -> tuple[Times, float]:
    """Sample and write the results with the costly functions watched; they are put back. Gives the seconds of all as well."""
    times = Times()
    with ExitStack() as patches:

        def replace(owner: Any, name: str, title: str) -> None:
            function = owner.__dict__[name]
            new = property(times.watch(title, function.fget)) if isinstance(function, property) else times.watch(title, function)
            setattr(owner, name, new)
            patches.callback(setattr, owner, name, function)

        replace(Posterior, "evaluate", EVALUATION)
        for kind in {type(move) for move, _ in moves_of(posterior)}:
            replace(kind, "get_proposal", f"{kind.__name__}, proposals")
        replace(base, "_accept", "proposals, accepted or not")
        replace(ArraySampler, "compute_log_prob", "terms, put together")
        for name in ("next_rung", "_resample"):
            replace(annealing, name, "rungs, chosen, and walkers, resampled")
        for name in OF_TASK:
            replace(population_task, name, STORAGE)
        replace(sampling_session.SamplingSession, "_report", STORAGE)
        replace(convergence, "judge", JUDGING)
        replace(ArrayMove, "propose", SAMPLING)
        replace(workers, "run_population", SAMPLING)
        replace(results, "save_figure", PLOTS)
        replace(corner_plot, "corner_figure", PLOTS)
        for name in ("diagnostics_figure", "annealing_figure"):
            replace(diagnostic_plots, name, PLOTS)
        patches.callback(setattr, side_by_side, "available_cores", side_by_side.available_cores)
        side_by_side.available_cores = lambda: 1  # what other processes draw would not be seen
        start = time.perf_counter()
        run: Run = sample(posterior, path, workers=1, **settings)
        write_results(run)
        return times, time.perf_counter() - start


def measured(times: Times, whole: float, command: str, job: str) -> MeasuredTable:
    """Make the table, the largest first."""
    seconds = dict(times.seconds)
    seconds[TABLES] = whole - sum(seconds.values())
    rows = [(name, f"{seconds[name]:.2f}", f"{seconds[name] / whole:.1%}") for name in sorted(seconds, key=lambda name: -seconds[name])]
    notes = [f"{job} {whole:.0f} s in one process, tables and plots included. Each row has its own time only, without that of the others."]
    return MeasuredTable("time-shares", command, ("what", "s", "share"), rows, notes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = SamplingSettings()
    parser.add_argument("--ensembles", type=int, default=2)
    parser.add_argument("--walkers", type=int, default=defaults.walkers)
    parser.add_argument("--sweeps", type=int, default=defaults.sweeps_per_rung)
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    warm_up(posterior)
    settings = {"ensembles": options.ensembles, "walkers": options.walkers, "sweeps_per_rung": options.sweeps}
    with tempfile.TemporaryDirectory() as folder:
        times, whole = watched(posterior, Path(folder) / "run", max_steps=defaults.steps_per_population, **settings)
    job = f"{options.ensembles} ensembles of {options.walkers} walkers, {options.sweeps} sweeps a rung, one population of each."
    given = sys.argv[1:] if arguments is None else arguments
    table = measured(times, whole, " ".join(["python bench/time_shares.py", *(a for a in given if a != "--write")]), job)
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
