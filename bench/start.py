"""How long commands take to begin: the first time, when compiled functions are compiled, and later on.

python bench/start.py [--write]

Each line has a folder of its own for the machine code, empty at first. Elapsed seconds, and processor seconds of all processes in
brackets; later calls: the fastest of three. Three of the lines beside those of version 0.1.0, with the packages of this environment.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from first_version import ROOT, install_first
from measured_table import MeasuredTable

import lqbayes

_LATER = 3
_NOT_CONVERGED = 3
_TINY = ("--walkers", "200", "--sweeps", "1", "--ensembles", "2", "--max-steps", "2", "--audit", "0", "--workers", "2", "--force")


def timed(command: Sequence[str], cache: Path, source: Path) -> tuple[float, float]:
    """Elapsed and processor seconds of a command of the version whose source this is."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"LQBAYES_CACHE_DIR": str(cache), "PYTHONPATH": str(source)}
    done = subprocess.run([sys.executable, "-P", "-m", "lqbayes", *command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in {0, _NOT_CONVERGED}:
        raise SystemExit(f"lqbayes {' '.join(command)} failed:\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def a_point(folder: Path, name: str, model: lqbayes.Model) -> str:
    """File with one point of a model's own prior."""
    prior = lqbayes.Prior.load(model.shipped_set or "paper", model=model)
    [values] = prior.points(prior.sample(1, np.random.default_rng(1)))
    path = folder / f"{name}.json"
    path.write_text(json.dumps(dict(zip(model.parameter_names, values.tolist(), strict=True))), encoding="utf-8")
    return str(path)


def commands_of_first(folder: Path) -> dict[str, list[str]]:
    """Those of them that version 0.1.0 has; it called two parameters otherwise."""
    point = json.loads((folder / "three-leptoquarks.json").read_text(encoding="utf-8"))
    renamed = {name.replace("delta_m_", "dm_"): value for name, value in point.items()}
    (folder / "first.json").write_text(json.dumps(renamed), encoding="utf-8")
    tiny = [word for word in _TINY if word not in {"--audit", "0"}]
    return {
        "--help": ["--help"],
        "predict": ["predict", str(folder / "first.json")],
        "sample, a tiny run": ["sample", *tiny, "--output", str(folder / "run-of-first")],
    }


def commands(folder: Path) -> dict[str, list[str]]:
    """What to measure, with files of its own."""
    subprocess.run([sys.executable, "-m", "lqbayes", "init", "mymodel"], cwd=folder, check=True, capture_output=True)
    own = str(folder / "mymodel" / "mymodel.py")
    points = {name: a_point(folder, name, lqbayes.Model.installed(name)) for name in ("three-leptoquarks", "singlet")}
    mine = folder / "mine.json"
    mine.write_text(json.dumps({"M": 1000.0, "g": 1.0}), encoding="utf-8")
    run = ["--output", str(folder / "run")]
    return {
        "--help": ["--help"],
        "predict": ["predict", points["three-leptoquarks"]],
        "predict --format json": ["predict", points["three-leptoquarks"], "--format", "json"],
        "predict --formulas full": ["predict", points["three-leptoquarks"], "--formulas", "full"],
        "predict --model singlet": ["predict", points["singlet"], "--model", "singlet"],
        "predict --model mymodel.py": ["predict", str(mine), "--model", own],
        "sample, a tiny run": ["sample", *_TINY, *run],
        "sample --formulas full, a tiny run": ["sample", "--formulas", "full", *_TINY, *run],
        "sample --model mymodel.py, a tiny run": ["sample", "--model", own, *_TINY, *run],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="commands with this word in their name")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    rows, ratios = [], []
    seconds: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        install_first(folder / "first")
        now = commands(folder)
        jobs = [("0.1.0: ", folder / "first", commands_of_first(folder)), ("", ROOT, now)]
        chosen = [
            (version, source, title, command)
            for version, source, found in jobs
            for title, command in found.items()
            if options.only is None or options.only in title
        ]
        for number, (version, source, title, command) in enumerate(chosen):
            cache = folder / f"machine-code-{number}"
            first, later = timed(command, cache, source), min(timed(command, cache, source) for _ in range(_LATER))
            difference = (first[0] - later[0], first[1] - later[1])
            rows.append((version + title, *(f"{elapsed:.2f} ({processor:.2f})" for elapsed, processor in (first, later, difference))))
            print(*rows[-1], sep="; ", flush=True)
            seconds.setdefault(title, []).append((later[0], difference[0]))
    for title, found in seconds.items():
        if len(found) == 2 and title != "--help":  # which compiles nothing
            (later_first, compiling_first), (later_now, compiling_now) = found
            ratios.append(f"`{title}`: {later_now / later_first:.2f} and {compiling_now / compiling_first:.2f}")
    table = MeasuredTable(
        "start",
        "python bench/start.py",
        ("lqbayes ...", "first call, s", "later calls, s", "compiling, s"),
        rows,
        [f"Later calls, and compiling, over 0.1.0: {'; '.join(ratios)}."] * bool(ratios)
        + [f"Elapsed, and in brackets of the processors. The load of the machine: {os.getloadavg()[0]:.1f}."],
    )
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
