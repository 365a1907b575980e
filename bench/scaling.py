"""What more processes bring, and how much memory a run takes.

python bench/scaling.py [--default [--keep chains/NAME]] [--workers 1 2] [--write]

The same run, bit for bit, with one process and with more. Memory is the resident set of the main process and its children together,
sampled once a second from /proc; pages that they share are counted once (proportional set size) where the system tells.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measured_table import MeasuredTable

_SECONDS_BETWEEN_SAMPLES = 1.0  # each costs some milliseconds of a core, and holds the processes up
_SMALL = ("--ensembles", "8", "--walkers", "2000", "--sweeps", "40", "--max-steps", "5", "--seed", "1")
_NOT_CONVERGED = 3  # exit status of a run that ended at its bounds


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one run took.

    Attributes
    ----------
    workers
        Number of processes that sampled.
    sampling
        Elapsed time of the sampling, in seconds, as the run itself records it.
    seconds
        Elapsed time of the whole command, with tables and plots.
    memory
        Largest memory of all processes together, in bytes.
    main
        Largest memory of the main process, in bytes.
    """

    workers: int
    sampling: float
    seconds: float
    memory: int
    main: int


def family(pid: int) -> list[int]:
    """Give a process and its descendants."""
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:  # it has ended meanwhile
            continue
    return found


def memory(pid: int) -> int:
    """Give the memory of a process in bytes, 0 if it has ended."""
    # Proportional: pages that processes share, such as libraries, are divided among them.
    for file, key in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
                if line.startswith(key):
                    return int(line.split()[1]) * 1024
        except OSError:
            continue
    return 0


def watch(command: Sequence[str], folder: Path, every: float = _SECONDS_BETWEEN_SAMPLES) -> tuple[float, int, int]:
    """Run a command and give its time in seconds, and the largest memory in bytes of all its processes and of the first."""
    start = time.perf_counter()
    with (folder / "log.txt").open("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            largest = largest_main = 0
            while process.poll() is None:
                sizes = [memory(pid) for pid in family(process.pid)]
                largest, largest_main = max(largest, sum(sizes)), max(largest_main, sizes[0])
                time.sleep(every)
            seconds = time.perf_counter() - start
        finally:
            process.terminate()
            process.wait()
        if process.returncode not in {0, _NOT_CONVERGED}:
            log.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{log.read()}")
    return seconds, largest, largest_main


def measure(options: Sequence[str], workers: int, keep: Path | None = None) -> Measurement:
    """Sample once, as the command line does, in a folder that vanishes unless one is given."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = keep or folder / "run"
        command = [sys.executable, "-m", "lqbayes", "sample", "--output", str(run), "--workers", str(workers), *options]
        seconds, largest, largest_main = watch(command, folder)
        sampling = json.loads((run / "status.json").read_text(encoding="utf-8"))["elapsed"]
    return Measurement(workers, sampling, seconds, largest, largest_main)


def measured(measurements: Sequence[Measurement], command: str, job: str, name: str = "scaling") -> MeasuredTable:
    """Make the table with the marks of that name; the whole command counts, not only its sampling."""
    first = measurements[0]
    rows = [
        (
            str(m.workers),
            f"{m.sampling:.1f}",
            f"{first.sampling / m.sampling:.2f}",
            f"{m.seconds:.1f}",
            f"{first.seconds / m.seconds:.2f}",
            f"{m.memory / 1e9:.2f}",
            f"{m.main / 1e9:.2f}",
        )
        for m in measurements
    ]
    times = "; ".join(
        f"{m.workers}: {m.seconds / 60:.1f} minutes, of which {m.sampling / 60:.1f} sampling and {(m.seconds - m.sampling) / 60:.1f} "
        "the start, tables and plots"
        for m in measurements
    )
    notes = [
        f"The whole command with {times}.",
        f"{job} With 1, the main process samples itself. The load of the machine: {os.getloadavg()[0]:.1f}.",
    ]
    return MeasuredTable(
        name,
        command,
        ("processes", "sampling, s", "times faster", "whole command, s", "times faster", "memory of all, GB", "of the main process, GB"),
        rows,
        notes,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cores = os.cpu_count() or 1
    parser.add_argument("--workers", type=int, nargs="+", help="numbers of processes; 1, 2 and all cores unless given")
    parser.add_argument(
        "--default", action="store_true", help="the default run, with all cores only unless --workers is given; many minutes"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="run directory to keep; with one number of processes only")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    parser.add_argument("options", nargs="*", help="options of lqbayes sample after --, instead of those of the small job")
    options = parser.parse_args(arguments)
    if not Path("/proc/self/status").exists():
        raise SystemExit("memory is read from /proc, which this system does not have: run this script on Linux")
    sampling = options.options or ([] if options.default else list(_SMALL))
    workers = options.workers or ([cores] if options.default else sorted({1, min(2, cores), cores}))
    if options.default and options.options:
        parser.error("--default: the default run has no options")
    if options.keep and len(workers) != 1:
        parser.error("--keep: one run only; add --default or one number of --workers")
    job = "lqbayes sample" + "".join(f" {option}" for option in sampling)
    # Once without a clock, for the compiled functions.
    subprocess.run([sys.executable, "-c", "import lqbayes as l; from lqbayes.running.warm_up import warm_up; "
                    "warm_up(l.Posterior(l.Prior.load('paper'), l.Likelihood.load('paper')))"], check=True)  # fmt: skip
    measurements = []
    for count in workers:
        measurements.append(measure(sampling, count, options.keep))
        print(measurements[-1], flush=True)
    given = sys.argv[1:] if arguments is None else arguments
    command = " ".join(["python bench/scaling.py", *(word for word in given if word != "--write")])
    table = measured(measurements, command, f"`{job}`.", "default-run" if options.default else "scaling")
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
