"""What storage costs a run: time in checkpoints, in files of populations and in what the run says about itself, as a share of the run.

python bench/storage.py [--walkers 12000] [--ensembles 2] [--steps 10] [--write]

One process works on one ensemble after the other, so that the times add up: of calls within each other, each has its own time only. The
share grows with the price of a sync to disk.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from emcee.backends import Backend
from measured_table import MeasuredTable

from lqbayes import Likelihood, Posterior, Prior, Run, sample
from lqbayes.running import population_task, sampling_session
from lqbayes.running.warm_up import warm_up
from lqbayes.sampling.settings import SamplingSettings

OF_TASK = {
    "write_population": "checkpoints and files of populations, written",
    "PopulationFile": "files of populations, opened and checked",
    "write_heartbeat": "heartbeat",
}
_STEP = "step, kept in memory"
_STATUS = "status.json and its table, by the main process"
_SESSION = "session.json, by the main process"


class Times:
    """Seconds in functions, each without those of the watched functions that it calls."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.seconds: dict[str, float] = {}
        self._inner = [0.0]

    def watch(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function that adds its time to a name."""

        def call(*arguments: Any, **options: Any) -> Any:
            start = time.perf_counter()
            self._inner.append(0.0)
            try:
                return function(*arguments, **options)
            finally:
                seconds = time.perf_counter() - start
                self.calls[name] = self.calls.get(name, 0) + 1
                self.seconds[name] = self.seconds.get(name, 0.0) + seconds - self._inner.pop()
                self._inner[-1] += seconds

        return call


def watched_run(posterior: Posterior, path: Path, **settings: Any) -> tuple[Run, Times, float]:
    """Sample with every function watched that touches files; the functions are put back. Gives the seconds of all as well."""
    times = Times()
    with ExitStack() as patches:

        def replace(owner: Any, name: str, title: str) -> None:
            function = owner.__dict__[name]
            setattr(owner, name, times.watch(title, function))
            patches.callback(setattr, owner, name, function)

        for name, title in OF_TASK.items():
            replace(population_task, name, title)
        replace(Backend, "save_step", _STEP)
        replace(sampling_session.SamplingSession, "_report", _STATUS)
        replace(sampling_session, "write_session", _SESSION)
        start = time.perf_counter()
        run = sample(posterior, path, workers=1, **settings)
        return run, times, time.perf_counter() - start


def measured(times: Times, whole: float, command: str, job: str) -> MeasuredTable:
    """Make the table, the largest first."""
    order = sorted(times.seconds, key=lambda name: -times.seconds[name])
    rows = [_row(name, times.calls[name], times.seconds[name], whole) for name in order]
    everything = sum(times.seconds.values())
    rows.append(("together", "", "", f"{everything:.3f}", f"{everything / whole:.2%}"))
    notes = [f"{job} {whole:.1f} s in one process. Calls within each other: each has its own time only."]
    return MeasuredTable("storage", command, ("what", "calls", "ms each", "s in all", "share of the run"), rows, notes)


def _row(name: str, calls: int, seconds: float, whole: float) -> tuple[str, ...]:
    return name, str(calls), f"{1e3 * seconds / calls:.2f}", f"{seconds:.3f}", f"{seconds / whole:.2%}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = SamplingSettings()
    parser.add_argument("--walkers", type=int, default=defaults.walkers)
    parser.add_argument("--ensembles", type=int, default=2)
    parser.add_argument(
        "--steps", type=int, default=2 * defaults.steps_per_population, help="stored steps of each ensemble; two populations by default"
    )
    parser.add_argument("--sweeps", type=int, default=defaults.sweeps_per_rung)
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    warm_up(posterior)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        run, times, whole = watched_run(
            posterior, Path(folder) / "run", walkers=options.walkers, ensembles=options.ensembles, sweeps_per_rung=options.sweeps,
            max_steps=options.steps,
        )  # fmt: skip
        size = sum(path.stat().st_size for path in run.path.glob("ensemble-*/*.h5")) / 1e6
    job = f"{options.ensembles} ensembles of {options.walkers} walkers, {options.sweeps} sweeps, {run.steps} stored steps, {size:.0f} MB,"
    given = [] if arguments is None else list(arguments)
    table = measured(times, whole, " ".join(["python bench/storage.py", *(a for a in given or sys.argv[1:] if a != "--write")]), job)
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
