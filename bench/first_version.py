"""The default run of this version beside that of version 0.1.0: whole commands in turn on one machine, and whether their answers agree.

python bench/first_version.py [--seeds 1 2 3] [--seeds-before 1] [--write] [-- --walkers 2000 ...]

Version 0.1.0 is taken from the history of this repository and runs with the packages of this environment. Each version ends by its
own rule, and this one's is stricter: it judges the widths of all intervals, too. Numbers are compared as `lqbayes compare` does.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import combinations
from pathlib import Path

import numpy as np
from measured_table import MeasuredTable
from scaling import watch

from lqbayes import Likelihood, Posterior, Prior
from lqbayes.quantities import CENTRAL, quantities
from lqbayes.results.agreement import Agreement, Comparison

FIRST = "f9a9e755c9e15d090a29006b5d3ac8f2b9392b6b"  # version 0.1.0
ROOT = Path(__file__).parents[1]
QUESTIONS: dict[str, Sequence[str]] = {
    "paper-paper-corrected": ["--formulas", "corrected"],
    "2026-2026": ["--likelihood", "2026", "--prior", "2026"],
    **{
        f"scenario-{name}-paper": ["--likelihood", f"scenario-{name}"]
        for name in ("c9", "c10", "c9-equals-c10", "c9-minus-c10", "best-fit")
    },
    "full-2026-full-full": ["--formulas", "full", "--likelihood", "full-2026", "--prior", "full"],
    "s1-s1": ["--model", "singlet"],
}
_TINY = ("--walkers", "200", "--sweeps", "2", "--ensembles", "2", "--max-steps", "2")


@dataclass(frozen=True, slots=True)
class Finished:
    """A run of one of the versions."""

    version: str
    question: str  # Empty for the default
    seed: int
    seconds: float  # Of the whole command
    memory: int  # Largest of all its processes together, bytes
    sampling: float  # Seconds of the sampling, as the run says
    converged: bool
    log_evidences: tuple[float, ...]  # Of its ensembles
    numbers: dict[tuple[str, str], tuple[float, float]]  # With its Monte Carlo error, by quantity and statistic

    @property
    def name(self) -> str:
        """How tables call it."""
        return self.question or f"{self.version}, seed {self.seed}"

    @property
    def evidence(self) -> tuple[float, float]:
        """Logarithm of the evidence with its error."""
        logs = np.array(self.log_evidences)
        return float(np.logaddexp.reduce(logs) - np.log(len(logs))), float(np.std(logs, ddof=1) / np.sqrt(len(logs)))


def install_first(folder: Path) -> None:
    """Put the source of version 0.1.0 into a folder."""
    command = ["git", "-C", str(ROOT), "archive", FIRST]
    archive = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def command_of(source: Path, output: Path, options: Sequence[str]) -> list[str]:
    """The command that samples with a version."""
    return ["env", f"PYTHONPATH={source}", sys.executable, "-P", "-m", "lqbayes", "sample", "--output", str(output), *options]


def finished(version: str, question: str, seed: int, run: Path, seconds: float, memory: int) -> Finished:
    """Read what a run of either version has written; the numbers of the default question."""
    status = json.loads((run / "status.json").read_text(encoding="utf-8"))
    tables = run / "results" if (run / "results").exists() else run
    with (tables / "credible-intervals.csv").open() as values, (tables / "interval-errors.csv").open() as errors:
        rows = {row["quantity"]: row for row in csv.DictReader(values)}
        errors_of = {row["quantity"]: row for row in csv.DictReader(errors)}
    logs = tuple(ensemble["log_evidence"] for ensemble in status["ensembles"])
    asked = [] if question else quantities(Posterior(Prior.load("paper"), Likelihood.load("paper")))
    reals = [q.name for q in asked if q.kind == "real"]
    numbers = {
        (name, statistic): (float(rows[name][statistic]), float(errors_of[name][f"{statistic}_error"]))
        for name in reals
        if name in rows
        for statistic in CENTRAL
    }
    return Finished(version, question, seed, seconds, memory, status["elapsed"], bool(status["converged"]), logs, numbers)


def agreement(first: Finished, second: Finished) -> Agreement:
    """Compare every median and 68 % end that both have, and ln Z."""
    pairs = [(name, a, second.numbers[name]) for name, a in first.numbers.items() if name in second.numbers]
    pairs.append((("ln Z", "value"), first.evidence, second.evidence))
    freedom = len(first.log_evidences) + len(second.log_evidences) - 2
    found = [Comparison(*name, a[0], b[0], math.hypot(a[1], b[1]), freedom) for name, a, b in pairs if a[1] or b[1]]
    return Agreement(tuple(found), None)


def measured(runs: Sequence[Finished], command: str) -> MeasuredTable:
    """Make the table."""
    rows = []
    before = {run.seed: run.seconds for run in runs if run.version == "0.1.0"}
    of_first = next(iter(before.values()), math.nan)
    for run in runs:
        ratio = f"{run.seconds / before.get(run.seed, of_first):.2f}"
        evidence = "{:.2f} ± {:.2f}".format(*run.evidence)
        memory = f"{run.memory / 1e9:.2f}"
        rows.append((run.name, "yes" if run.converged else "NO", f"{run.sampling:.0f}", f"{run.seconds:.0f}", ratio, memory, evidence))
    notes = []
    for first, second in combinations([run for run in runs if not run.question], 2):
        if first.version == second.version == "0.1.0":
            continue
        found = agreement(first, second)
        worst, (beyond, expected) = found.worst, found.beyond(2)
        notes.append(
            f"{first.name} and {second.name} {'agree' if found.agree else 'DISAGREE'}: of {len(found.comparisons)} numbers {beyond} beyond "
            f"2 sigma ({expected:.0f} expected), the largest {abs(worst.deviation):.1f} ({worst.statistic} of {worst.quantity}; chance "
            f"gives up to {found.bound:.1f}), ln Z {abs(found.evidence.deviation):.1f} sigma."
        )
    if any(run.question for run in runs):
        notes.append("The other questions are over the time of 0.1.0's default run, as are seeds that it was not given.")
    header = ("run", "converged", "sampling, s", "whole command, s", "over 0.1.0", "memory, GB", "ln Z")
    return MeasuredTable("first-version", command, header, rows, notes)


def shown_words(given: Sequence[str]) -> list[str]:
    """What to type to measure the same again: where runs are kept is nobody's business."""
    kept = [k for k, word in enumerate(given) if word == "--keep"]
    return [word for k, word in enumerate(given) if word != "--write" and k not in kept and k - 1 not in kept]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seeds-before", type=int, nargs="+", help="of version 0.1.0 (default: the same)")
    parser.add_argument("--questions", action="store_true", help="the other shipped questions, too, with seed 1")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep this version's runs in this folder")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    parser.add_argument("options", nargs="*", help="options of lqbayes sample after --, for a smaller run")
    options = parser.parse_args(arguments)
    keep = None if options.keep is None else options.keep.resolve()
    runs: list[Finished] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        install_first(folder / "first")
        os.environ["LQBAYES_CACHE_DIR"] = str(folder / "cache")
        os.chdir(folder)  # where no folder is called lqbayes
        versions = {"0.1.0": folder / "first", "now": ROOT}
        for version, source in versions.items():  # once without a clock: compiles
            subprocess.run(command_of(source, folder / f"compiles-{version}", _TINY), check=False, capture_output=True)
        for seed in options.seeds:
            for version, source in versions.items():
                if version == "0.1.0" and options.seeds_before and seed not in options.seeds_before:
                    continue
                place = folder / "0.1.0" if version == "0.1.0" else keep or folder
                run = place / f"paper-paper-{seed}"
                seconds, memory, _ = watch(command_of(source, run, ["--seed", str(seed), *options.options]), folder)
                runs.append(finished(version, "", seed, run, seconds, memory))
                print(f"{runs[-1].name}: {seconds:.0f} s, ln Z {runs[-1].evidence[0]:.2f}", flush=True)
        for question, words in QUESTIONS.items() if options.questions else ():
            run = (keep or folder) / f"{question}-1"
            subprocess.run(command_of(ROOT, folder / f"compiles-{question}", [*words, *_TINY]), check=False, capture_output=True)
            seconds, memory, _ = watch(command_of(ROOT, run, [*words, *options.options]), folder)
            runs.append(finished("now", question, 1, run, seconds, memory))
            print(f"{question}: {seconds:.0f} s, ln Z {runs[-1].evidence[0]:.2f}", flush=True)
    given = " ".join(shown_words(sys.argv[1:] if arguments is None else arguments))
    table = measured(runs, f"python bench/first_version.py {given}".strip())
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
