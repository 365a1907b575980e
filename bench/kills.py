"""Kill a run at random moments: see whether its files open, what is lost, and whether the bits are those of a run that was left alone.

python bench/kills.py [--kills 100] [--walkers 200] [--workers 2] [--write]

Each session is a process of its own, which begins with everything imported, and SIGKILL hits it with all its workers at once.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from measured_table import MeasuredTable

from lqbayes import Likelihood, Posterior, Prior, Run, resume, sample
from lqbayes.running.status import HEARTBEATS, EnsembleStatus, has_ended, heartbeats
from lqbayes.storage.population_file import checkpoint_path

SEED = 4
COMPLETE = 10**6
ARRAYS = ("mcmc/chain", "mcmc/log_prob", "mcmc/blobs", "mcmc/accepted", "annealing/penalty", "annealing/beta", "annealing/log_mean_weight")


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
    back: int = 0
    failed: int = 0
    lost: int = 0


Progress = dict[tuple[int, int], tuple[int, int]]
"""Complete rungs and stored steps of each ensemble's populations, both counted from 0."""


def progress(folder: Path, tally: Tally) -> Progress:
    """Read what each population has on the disk; and count the files that do not open."""
    found: Progress = {}
    for path in sorted(folder.glob("ensemble-*/population-*.h5")):
        tally.files += 1
        place = int(path.parent.name.partition("-")[2]) - 1, int(path.name.partition(".")[0].partition("-")[2]) - 1
        try:
            with h5py.File(path, "r", locking=False) as file:
                steps, rungs = int(file["mcmc"].attrs["iteration"]), len(file["annealing/beta"])
                assert steps == 0 or np.isfinite(file["mcmc/chain"][steps - 1]).all()
        except (OSError, KeyError, AssertionError):
            tally.damaged += 1
            continue
        found[place] = max(found.get(place, (0, 0)), (rungs, steps) if ".checkpoint" in path.name else (COMPLETE, steps))
    return found


def more_than_one_lost(folder: Path, now: Progress) -> int:
    """Count the populations that had said, before the kill, that they were more than a rung and a second beyond what is there, or done."""
    count = 0
    for said in heartbeats(folder):
        rungs, _ = now.get((said.index, said.population), (0, 0))
        count += (said.rung - rungs > 1 and _age(folder, said) > 1.0) or (said.stage == "done" and rungs < COMPLETE)
    return count


def _age(folder: Path, said: EnsembleStatus) -> float:
    """Seconds from a population's checkpoint to its last word."""
    word = folder / HEARTBEATS / f"ensemble-{said.index + 1}-population-{said.population + 1}.json"
    checkpoint = checkpoint_path(folder, said.index, said.population)
    return word.stat().st_mtime - checkpoint.stat().st_mtime if checkpoint.exists() else math.inf


def judged(folder: Path, before: Progress, tally: Tally) -> Progress:
    """See what is there after a session: at least what was there before it, and what its populations had said of themselves."""
    now = progress(folder, tally)
    tally.back += sum(now.get(place, (0, 0)) < then for place, then in before.items())
    tally.lost += more_than_one_lost(folder, now)
    if not has_ended(folder):
        tally.in_annealing += any(rungs < COMPLETE for rungs, _ in now.values())
        tally.among_steps += any(steps for _, steps in now.values())
        tally.before += not now
    return now


def begin(work: Callable[[], object]) -> int:
    """Begin a session in a process of its own, the first of its group; without the seconds that imports take."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setsid()
            work()
            status = 0
        finally:
            os._exit(status)
    return child


def same(first: Run, second: Run) -> bool:
    """Whether every bit of two runs is the same."""
    names = [{str(path.relative_to(run.path)) for path in run.path.glob("ensemble-*/population-*.h5")} for run in (first, second)]
    if names[0] != names[1]:
        return False
    for name in names[0]:
        with h5py.File(first.path / name) as a, h5py.File(second.path / name) as b:
            if not all(np.array_equal(a[array][...], b[array][...]) for array in ARRAYS) or a.attrs["crc32"] != b.attrs["crc32"]:
                return False
    return True


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
        ("populations that lost more than a rung and a second, or were done", tally.lost),
        ("populations that had less after a later session", tally.back),
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
    settings = {"seed": SEED, "ensembles": 2, "walkers": options.walkers, "sweeps_per_rung": options.sweeps, "thin": 5}
    settings |= {"steps_per_population": 3, "max_steps": 8, "workers": options.workers}
    posterior = Posterior(Prior.load(options.set), Likelihood.load(options.set))
    tally, random = Tally(), np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as place:
        sample(posterior, Path(place) / "warm", **settings | {"workers": 1})  # compiles
        start = time.monotonic()
        undisturbed = Path(place) / "undisturbed"
        os.waitpid(begin(partial(sample, posterior, undisturbed, **settings)), 0)
        whole = time.monotonic() - start
        reference = Run.open(undisturbed)
        while tally.kills < options.kills:
            folder = Path(place) / f"run-{tally.runs}"
            before: Progress = {}
            while tally.kills < options.kills:
                begun = (folder / "run.toml").exists()
                session = partial(resume, folder, workers=options.workers) if begun else partial(sample, posterior, folder, **settings)
                child = begin(session)
                time.sleep(random.uniform(0.3, 0.9) * whole)
                ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
                if not ended:
                    os.killpg(child, signal.SIGKILL)
                tally.failed += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) not in {0, -signal.SIGKILL}
                now = judged(folder, before, tally) if folder.exists() else before
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
    if any((tally.damaged, tally.lost, tally.back, tally.failed, tally.different)):
        raise SystemExit("something was lost, see the table")


if __name__ == "__main__":
    main()
