"""Kill a run at random moments: see whether its files open, what is lost, and whether the bits are those of a run that was left alone.

python bench/kills.py [--kills 100] [--walkers 200] [--workers 2] [--write]

Each session is a process of its own, `lqbayes resume` without the report, and SIGKILL hits it with all its workers at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from lqbayes.running.making_way import has_ended
from lqbayes.storage.chains_of_run import chain_path
from lqbayes.storage.checkpoint import checkpoint_path
from lqbayes.storage.checksums import CHECKED, CHECKSUMS
from measured_table import MeasuredTable

from lqbayes import Likelihood, Posterior, Prior, Run, resume, sample
from lqbayes.running.heartbeat import read_heartbeat

SEED = 4
ALL_RUNGS = 10**6
BEGIN = "import sys, lqbayes as l; p = l.Posterior(l.Prior.load('{name}'), l.Likelihood.load('{name}')); "
SAMPLE = BEGIN + "l.sample(p, sys.argv[1], **{settings!r})"
RESUME = "import sys, lqbayes as l; l.resume(sys.argv[1], workers={workers})"


@dataclass
class Tally:
    """What the kills did."""

    kills: int = 0
    files: int = 0
    damaged: int = 0
    in_annealing: int = 0
    among_steps: int = 0
    before: int = 0
    after: int = 0
    runs: int = 0
    different: int = 0
    rungs_back: int = 0
    steps_back: int = 0
    failed: int = 0
    lost: int = 0


def progress(folder: Path, ensembles: int, block: int, tally: Tally) -> list[tuple[int, int, int]]:
    """Count what each ensemble has on the disk: stored steps, begun population, complete rungs of it; and the files that do not open."""
    found = []
    for index in range(ensembles):
        steps = rungs = 0
        population = -1
        for path in (chain_path(folder, index), checkpoint_path(folder, index)):
            if not path.exists():
                continue
            tally.files += 1
            try:
                with h5py.File(path, "r", locking=False) as file:
                    if "mcmc" in file:
                        steps = int(file["mcmc"].attrs["iteration"])
                        assert np.isfinite(file["mcmc/chain"][:steps]).all()
                    else:
                        population, rungs = int(file.attrs["population"]), len(file["annealing/power"])
            except (OSError, KeyError, AssertionError):
                tally.damaged += 1
        begun = max(population, steps // block)
        # Once steps of a population are stored, its checkpoint does not matter any more.
        found.append((steps, begun, ALL_RUNGS if steps % block else rungs if begun == population else 0))
    return found


def more_than_one_lost(folder: Path, ensembles: int, now: list[tuple[int, int, int]], block: int) -> int:
    """Count the ensembles that had said, before the kill, that they were more than a rung or a block of steps beyond what is there."""
    count = 0
    for index, (steps, population, rungs) in zip(range(ensembles), now, strict=True):
        said = read_heartbeat(folder, index)
        if said is None:
            continue
        if said.stage in {"bounds", "likelihood"} and said.population == population:
            count += said.rung - rungs > 1
        # Of a later population than the disk knows, there may be one rung at the most.
        count += said.population > population and said.rung > 1
        count += said.steps - steps > block
    return count


def judged(folder: Path, before: list[tuple[int, int, int]], block: int, tally: Tally) -> list[tuple[int, int, int]]:
    """See what is there after a session: at least what was there before it, and what its ensembles had said of themselves."""
    now = progress(folder, len(before), block, tally)
    tally.steps_back += sum(max(old[0] - new[0], 0) for old, new in zip(before, now, strict=True))
    tally.rungs_back += sum(old[1:] > new[1:] for old, new in zip(before, now, strict=True))
    tally.lost += more_than_one_lost(folder, len(before), now, block)
    if not has_ended(folder):
        tally.in_annealing += any(rungs not in {0, ALL_RUNGS} for _, _, rungs in now)
        tally.among_steps += any(steps for steps, _, _ in now)
        tally.before += not any(steps or rungs for steps, _, rungs in now)
    return now


def same(first: Run, second: Run) -> bool:
    """Whether every bit of two runs is the same."""
    if first.steps != second.steps or not np.array_equal(first.population_log_evidences, second.population_log_evidences):
        return False
    for index in range(first.configuration.ensembles):
        with h5py.File(chain_path(first.path, index)) as a, h5py.File(chain_path(second.path, index)) as b:
            for name in (*CHECKED, CHECKSUMS):
                if not np.array_equal(a["mcmc"][name][: first.steps], b["mcmc"][name][: first.steps]):
                    return False
    return first.population_ladders == second.population_ladders


def measured(tally: Tally, command: str, job: str) -> MeasuredTable:
    """Make the table."""
    rows = [
        ("kills", tally.kills),
        ("files looked at after a kill", tally.files),
        ("files that did not open or were incomplete", tally.damaged),
        ("kills before the first rung", tally.before),
        ("kills with a population on its way", tally.in_annealing),
        ("kills with steps stored", tally.among_steps),
        ("kills after the run's last word, which do not count", tally.after),
        ("ensembles that lost more than a rung or a block of steps", tally.lost),
        ("stored steps that were gone after a later session", tally.steps_back),
        ("populations and rungs that were gone after a later session", tally.rungs_back),
        ("sessions that ended with an error", tally.failed),
        ("runs brought to their end", tally.runs),
        ("runs whose bits differ from the undisturbed one", tally.different),
    ]
    return MeasuredTable("kills", command, ("what", "number"), [(what, str(number)) for what, number in rows], [f"Runs with {job}."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--walkers", type=int, default=200)
    parser.add_argument("--sweeps", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--set", default="calibration", help="prior and likelihood of that name")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args()
    settings = {"walkers": options.walkers, "sweeps": options.sweeps, "thin": 5, "block": 3, "ensembles": 2, "max_steps": 8, "seed": SEED}
    settings["workers"] = options.workers
    posterior = Posterior(Prior.load(options.set), Likelihood.load(options.set))
    tally, random = Tally(), np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as place:
        sample(posterior, Path(place) / "warm", **settings)  # compiles
        start = time.monotonic()
        command = [sys.executable, "-c", SAMPLE.format(name=options.set, settings=settings)]
        undisturbed = Path(place) / "undisturbed"
        subprocess.run([*command, str(undisturbed)], check=True, timeout=600)
        whole = time.monotonic() - start
        reference = Run.open(undisturbed)
        while tally.kills < options.kills:
            folder = Path(place) / f"run-{tally.runs}"
            before = [(0, 0, 0)] * 2
            while tally.kills < options.kills:
                code = RESUME.format(workers=options.workers) if (folder / "run.toml").exists() else command[-1]
                process = subprocess.Popen([sys.executable, "-c", code, str(folder)], start_new_session=True)
                time.sleep(random.uniform(0.3, 0.9) * whole)
                ended = process.poll() is not None
                if not ended:
                    os.killpg(process.pid, signal.SIGKILL)
                tally.failed += process.wait() not in {0, -signal.SIGKILL}
                now = judged(folder, before, settings["block"], tally) if folder.exists() else before
                if ended or has_ended(folder):  # a kill after its last word does not count, and `resume` would go on beyond what was asked
                    tally.after += not ended
                    break
                tally.kills += 1
                before = now
            if (folder / "run.toml").exists():
                tally.different += not same(reference, Run.open(folder) if has_ended(folder) else resume(folder, workers=1))
            tally.runs += 1
    command = " ".join(["python bench/kills.py", *(a for a in sys.argv[1:] if a != "--write")])
    table = measured(tally, command, f"{options.walkers} walkers and {options.workers} processes (prior and likelihood {options.set})")
    table.show()
    if options.write:
        table.write()
    if any((tally.damaged, tally.lost, tally.steps_back, tally.rungs_back, tally.failed, tally.different)):
        raise SystemExit("something was lost, see the table")


if __name__ == "__main__":
    main()
