"""What storage costs a run: time in checkpoints, flushes and growth of the chain file, as a share of the sampling.

python bench/storage.py [--walkers 7000] [--ensembles 2] [--steps 5]

One process works on one ensemble after the other, so that the times add up. The share grows with the price of a sync to disk.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lqbayes import Likelihood, Posterior, Prior, sample
from lqbayes.inference import ensemble_task, workers
from lqbayes.inference.warm_up import warm_up
from lqbayes.storage.chain_file import ChainFile

times: dict[str, list[float]] = {}


def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Measure every call."""

    def call(*arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            times.setdefault(name, []).append(time.perf_counter() - start)

    return call


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--walkers", type=int, default=7000)
    parser.add_argument("--ensembles", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--sweeps", type=int, default=110)
    options = parser.parse_args()
    ensemble_task.write_checkpoint = timed("checkpoint after a rung", ensemble_task.write_checkpoint)
    ensemble_task.write_heartbeat = timed("heartbeat", ensemble_task.write_heartbeat)
    ChainFile.create = timed("chain file, made", ChainFile.create)  # type: ignore[method-assign]
    ChainFile.write_population = timed("ladder of a population", ChainFile.write_population)  # type: ignore[method-assign]
    ChainFile.flush = timed("flush of steps", ChainFile.flush)  # type: ignore[method-assign]
    posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    warm_up(posterior)
    settings = {"walkers": options.walkers, "ensembles": options.ensembles, "sweeps": options.sweeps, "max_steps": options.steps}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        advance = timed("whole", ensemble_task.continue_ensemble)
        workers.continue_ensemble = advance
        run = sample(posterior, Path(folder) / "run", seed=1, workers=1, **settings)
        size = sum(path.stat().st_size for path in run.path.glob("ensemble-*.h5")) / 1e6
    whole = sum(times.pop("whole"))
    table = Table(
        title=f"{options.ensembles} ensembles of {options.walkers} walkers, {options.steps} stored steps, {size:.0f} MB, {whole:.1f} s"
    )
    for heading in ("what", "calls", "ms each", "s in all", "share of the run"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for name, values in times.items():
        total = sum(values)
        table.add_row(name, str(len(values)), f"{1e3 * total / len(values):.1f}", f"{total:.2f}", f"{100 * total / whole:.2f} %")
    everything = sum(map(sum, times.values()))
    table.add_row("together", "", "", f"{everything:.2f}", f"{100 * everything / whole:.2f} %")
    Console().print(table)


if __name__ == "__main__":
    main()
