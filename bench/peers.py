"""Other samplers on the full problem: the very same posterior, 45 coordinates and the set `paper`, each for the same time.

python bench/peers.py --time-limit 600 [--model singlet] [--run chains/NAME] [--samplers ...] [--write]

With --model it is the posterior of that model's own measurements and prior instead.

Every sampler has a process of its own, one after the other, and is stopped at the time limit; a crash costs its row only. emcee's moves
start twice: from prior draws, and from posterior draws of a finished run (--run), where one sees how fast they forget where they were put.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from measured_table import MeasuredTable
from peer_chains import ENSEMBLES, WALKERS, annealed, chains, of_run
from peer_nested import blackjax, dynesty, nautilus, pocomc, ultranest
from peer_target import State, Target, Watch, posterior_of
from peer_tempering import TEMPERATURES, reddemcee

from lqbayes import Run
from lqbayes.model import DEFAULT_MODEL
from lqbayes.running.warm_up import warm_up

_GRACE = 240.0  # seconds for imports, compilation and the judgement after the time limit

FROM_PRIOR: dict[str, Callable[[Watch], dict[str, Any]]] = {
    "lqbayes": annealed,
    "emcee StretchMove": lambda watch: chains(watch, "stretch", None),
    "emcee DEMove": lambda watch: chains(watch, "de", None),
    "dynesty": dynesty,
    "nautilus": nautilus,
    "ultranest": ultranest,
    "pocomc": pocomc,
    "blackjax nss": blackjax,
    "reddemcee": reddemcee,
}
FROM_POSTERIOR = {
    "lqbayes moves, from the posterior": "lqbayes",
    "emcee StretchMove, from the posterior": "stretch",
    "emcee DEMove, from the posterior": "de",
}
# What ends by itself or asks for the time; the others are ended by the watch.
_KEEPS_TIME = {"lqbayes", "emcee StretchMove", "emcee DEMove", "reddemcee", *FROM_POSTERIOR}
SAMPLERS = [*FROM_PRIOR, *FROM_POSTERIOR]
HEADER = (
    *("sampler", "ended by itself, s", "core-seconds", "evaluations", "best log L", "accepted", "ln Z", "R-hat", "ESS"),
    *("ESS per core-second", "reached"),
)


def work(name: str, path: Path, limit: float, start: Path | None, model: str) -> None:
    """Run one sampler in this process and write its states."""
    target = Target(posterior_of(model))
    warm_up(target.posterior)  # compiles, before the clock starts
    sampler = partial(chains, name=FROM_POSTERIOR[name], start=start) if name in FROM_POSTERIOR else FROM_PRIOR[name]
    watch = Watch(target, path, limit)
    if name not in _KEEPS_TIME:
        watch.end_at_limit()
    result = sampler(watch)
    evaluations = {"finished": True, "reached": "its own end"} if name not in _KEEPS_TIME else {}
    watch.write(**{**evaluations, **result})
    sys.stdout.flush()
    os._exit(0)  # threads of the samplers may be left


def run_apart(name: str, limit: float, start: Path | None, folder: Path, model: str = DEFAULT_MODEL) -> tuple[State | None, str]:
    """Run one sampler in a process of its own, and give the last state that it wrote and how it ended."""
    path = folder / f"{name.replace(' ', '-').replace(',', '')}.json"
    command = [sys.executable, __file__, "--worker", name, "--state", str(path), "--time-limit", str(limit), "--model", model]
    command += ["--start", str(start)] if start else []
    # Libraries that write into the working directory do it in a folder that vanishes; one thread each, as for everybody.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    with (folder / "log.txt").open("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment, start_new_session=True)
        try:
            status = process.wait(limit + _GRACE)
            ending = "" if status == 0 else f"crashed (status {status})"
        except subprocess.TimeoutExpired:
            ending = "hung after the time limit"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # its own session: the sampler and what it started
                process.wait()
        log.seek(0)
        lines = log.read().strip().splitlines()
    if ending.startswith("crashed") and lines:
        ending += f": {lines[-1][:120]}"
    return State.read(path), ending


def row(name: str, state: State | None, ending: str) -> tuple[str, ...]:
    """Make the row of a sampler."""
    if state is None:
        return name, *["-"] * (len(HEADER) - 2), ending or "wrote nothing"
    best = "-"
    if state.best is not None:
        best = f"{state.best:.1f}" if abs(state.best) < 1e5 else f"{state.best:.2g}"
    elif state.outside is not None and math.isfinite(state.outside):
        best = f"outside by 10^{state.outside:.2g}"
    log_z = "-" if state.log_z is None else f"{state.log_z:.2f}" + (f" ± {state.log_z_error:.2f}" if state.log_z_error is not None else "")
    ended = f"{state.seconds:.0f}" if state.finished else "no"
    core_seconds = state.seconds * state.processes
    per_core_second = "-" if state.ess is None else f"{state.ess / core_seconds:.2g}"
    return (
        name,
        ended,
        f"{core_seconds:.0f}",
        f"{state.evaluations:.2g}",
        best,
        "-" if state.acceptance is None else f"{state.acceptance:.2%}",
        log_z,
        "-" if state.rhat is None else f"{state.rhat:.3f}",
        "-" if state.ess is None else f"{state.ess:.3g}",
        per_core_second,
        "; ".join(filter(None, (state.reached, ending))),
    )


def row_of_run(run: Run) -> tuple[str, ...]:
    """Make the row of a finished run, from its own records."""
    status = json.loads((run.path / "status.json").read_text(encoding="utf-8"))
    processes = len({ensemble["process"] for ensemble in status["ensembles"]} - {0}) or 1  # 0: nothing was left to do there
    state = State(**of_run(run) | {"seconds": status["elapsed"], "processes": processes})
    state.reached += f", {state.seconds:.0f} s on {processes} cores"
    return row(f"lqbayes, the run {run.name}", state, "")


def starts(run: Run, path: Path) -> None:
    """Store posterior draws for the chains: walkers of each ensemble at its last step."""
    draws = run.coordinates()
    if len(draws) < 2 or draws.shape[2] < WALKERS:
        raise SystemExit(f"{run.path}: 2 ensembles of {WALKERS} walkers are needed to start from")
    np.save(path, draws[:ENSEMBLES, -1, :WALKERS])


def measured(rows: Sequence[Sequence[str]], limit: float, run: Path | None, model: str = DEFAULT_MODEL) -> MeasuredTable:
    """Make the table."""
    notes = [
        "Core-seconds: time times processes. Each sampler has one process with one thread; the run has as many as it was given.",
        "R-hat: nested, the largest of all quantities. ESS: of the slowest quantity; for nested samplers of the weights.",
        f"lqbayes: `lqbayes.sample` with one process, max_time and {ENSEMBLES} ensembles, and so many walkers that their first populations "
        "take half of the time; it ends by itself when it has converged. Its evaluations are proposals, of which a few need none; its "
        "best log L is that of its draws.",
        f"emcee: {ENSEMBLES} independent ensembles of {WALKERS} walkers; they have ended by themselves if at the time limit R-hat is below "
        "1.01 and the effective sample sizes are those that a run wants.",
        "ln Z: lqbayes the logarithm of the mean of the ensembles' estimates of Z, its error from the scatter of their logarithms, as in "
        "every run; nested samplers and pocoMC what they state.",
        "From the posterior: new independent draws of the slowest quantity, from the autocorrelation of single walkers, whatever R-hat "
        "says, since the start was converged.",
        f"reddemcee: {ENSEMBLES} ladders of {TEMPERATURES} temperatures, judged as emcee's chains by their walkers at beta = 1; its "
        "evidence is not asked for. blackjax: its nested slice sampling, which calls the compiled posterior for batches of points.",
        "emcee's DESnookerMove is left out: it does not leave the target invariant (3.1.6). A slope outside the hard bounds shows every "
        "sampler the way in.",
    ]
    # A name, not a path: where a run lies is nobody's business.
    other = model != DEFAULT_MODEL
    command = f"python bench/peers.py --time-limit {limit:g}" + f" --model {model}" * other + (f" --run chains/{run.name}" if run else "")
    return MeasuredTable(f"peers-{model}" if other else "peers", command, HEADER, rows, notes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--time-limit", type=float, default=600.0, help="seconds that each sampler has")
    parser.add_argument("--samplers", nargs="+", choices=SAMPLERS, help="some of them only; all unless given")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name of the model (default: the full problem of the three leptoquarks)")
    parser.add_argument("--run", type=Path, help="run directory whose draws the chains start from, and whose time and ESS are shown")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    for hidden in ("--worker", "--state", "--start"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        work(options.worker, Path(options.state), options.time_limit, Path(options.start) if options.start else None, options.model)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = folder / "start.npy"
        if options.run:
            run = Run.open(options.run)
            rows.append(row_of_run(run))
            starts(run, start)
        for sampler in options.samplers or SAMPLERS:
            if sampler in FROM_POSTERIOR and not options.run:
                print(f"{sampler}: left out, it needs --run", flush=True)
                continue
            state, ending = run_apart(sampler, options.time_limit, start if sampler in FROM_POSTERIOR else None, folder, options.model)
            rows.append(row(sampler, state, ending))
            print("; ".join(rows[-1]), flush=True)
    table = measured(rows, options.time_limit, options.run, options.model)
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
