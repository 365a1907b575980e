"""What many ensembles cost the process that drives them: memory against the size of the chains, on a dask cluster of this machine.

python bench/many_ensembles.py [--ensembles 8 64] [--walkers 1500] [--more-walkers 12000] [--write]

Scheduler, workers and driver are processes of their own, as on a cluster. The run with most ensembles is made a second time without dask,
to compare every bit of its chains, and a third time with more walkers, to see whether the driver grows with the chains.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from measured_table import MeasuredTable
from scaling import watch

import lqbayes
from lqbayes.running.cores import available_cores
from lqbayes.running.warm_up import warm_up

__all__ = ["cluster", "differing_files"]

_SECONDS_FOR_A_SCHEDULER = 60.0
_ARRAYS = ("chain", "log_prob", "blobs")


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """Start a scheduler and workers of one thread each, and give the scheduler's address."""
    file = folder / "scheduler.json"
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    where = ["--scheduler-file", str(file)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen([*scheduler, *where], **quiet)]
    try:
        deadline = time.monotonic() + _SECONDS_FOR_A_SCHEDULER
        while not (file.exists() and file.stat().st_size):
            if time.monotonic() > deadline:
                raise SystemExit("the dask scheduler did not start: is the package distributed there? pip install 'lqbayes[dask]'")
            time.sleep(0.1)
        started += [subprocess.Popen([*worker, *where, "--local-directory", str(folder)], **quiet) for _ in range(workers)]
        yield json.loads(file.read_text(encoding="utf-8"))["address"]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def differing_files(first: Path, second: Path) -> int:
    """Count the files of populations that are not the same in every bit, or that only one of two runs has."""
    names = {path.relative_to(folder) for folder in (first, second) for path in folder.glob("ensemble-*/population-*.h5")}
    return sum(not ((first / name).exists() and (second / name).exists() and _same(first / name, second / name)) for name in names)


def _same(first: Path, second: Path) -> bool:
    with h5py.File(first) as a, h5py.File(second) as b:
        same = all(np.array_equal(a["mcmc"][name][...], b["mcmc"][name][...]) for name in _ARRAYS)
        return same and np.array_equal(a["mcmc"].attrs["random_state_1"], b["mcmc"].attrs["random_state_1"])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ensembles", type=int, nargs="+", default=[8, 64])
    parser.add_argument("--walkers", type=int, default=1500)
    parser.add_argument("--more-walkers", type=int, default=12000)
    parser.add_argument("--sweeps", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    workers_of_cluster = available_cores()
    rows = []
    warm_up(lqbayes.Posterior(lqbayes.Prior.load("paper"), lqbayes.Likelihood.load("paper")))  # compiles, before the clock starts
    with tempfile.TemporaryDirectory() as name, cluster(Path(name), workers_of_cluster) as address:
        folder = Path(name)
        counts = sorted(options.ensembles)
        for count, walkers in [*((count, options.walkers) for count in counts), (counts[-1], options.more_walkers)]:
            run = folder / f"dask-{count}-{walkers}"
            command = [sys.executable, "-m", "lqbayes", "sample", "--seed", "1", "--ensembles", str(count), "--walkers", str(walkers),
                       "--sweeps", str(options.sweeps), "--max-steps", "5", "--output"]  # fmt: skip
            seconds, _, driver = watch([*command, str(run), "--engine", "dask", "--scheduler", address], folder)
            size = sum(path.stat().st_size for path in run.glob("ensemble-*/*.h5"))
            rows.append((str(count), str(walkers), f"{size / 1e6:.0f}", f"{driver / 1e6:.0f}", f"{seconds:.0f}"))
            print("  ".join(rows[-1]), flush=True)
            if (count, walkers) == (counts[-1], options.walkers):
                watch([*command, str(folder / "local")], folder)
                differing = differing_files(run, folder / "local")
    given = sys.argv[1:] if arguments is None else arguments
    table = MeasuredTable(
        "many-ensembles",
        " ".join(["python bench/many_ensembles.py", *(word for word in given if word != "--write")]),
        ("ensembles", "walkers of each", "chain files, MB", "memory of the driver, MB", "whole command, s"),
        rows,
        [
            f"{options.sweeps} sweeps a rung, 5 stored steps; {workers_of_cluster} dask workers of one thread. "
            "The driver judges convergence and writes tables and plots too, from as many draws as it takes at the most. "
            f"Of the {counts[-1]} chain files with {options.walkers} walkers, {differing} differ from those of the same command without "
            "dask.",
        ],
    )
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
