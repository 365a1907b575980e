"""The runs that the scripts of this folder read: an existing complete one, or a new one."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import lqbayes
from lqbayes.results.summary import Summary
from lqbayes.sampling.settings import SamplingSettings

ROOT = Path(__file__).resolve().parent.parent
# Enough to run every line of a script, and far from enough to believe a number of it.
QUICK = {"ensembles": 2, "walkers": 200, "sweeps_per_rung": 2, "thin": 2, "steps_per_population": 2}
_QUICK_STEPS = 4


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line of a script says."""

    script: str  # its name, without suffix
    quick: bool  # whether to make tiny runs
    seed: int  # of every run
    chains: Path  # folder of the runs
    output: Path  # folder of the results
    workers: int | None  # processes of a new run; None for one per core
    runs: tuple[str, ...] = ()  # run directories that it was given

    @property
    def command(self) -> str:
        """The command as a reader would type it."""
        words = ["python", f"analysis/{self.script}.py", *self.runs]
        if self.quick:
            words.append("--quick")
        if self.seed != 1:
            words += ["--seed", str(self.seed)]
        return " ".join(words)

    @property
    def starts(self) -> int:
        """From how many draws a search for the best fit starts."""
        return 8 if self.quick else 256


def options(script: str, description: str | None, arguments: list[str] | None = None) -> Options:
    """Read the command line of a script, or the words that are given."""
    parser = argparse.ArgumentParser(prog=f"python analysis/{script}.py", description=description)
    parser.add_argument("--quick", action="store_true", help="tiny runs, in less than a minute, that have not converged")
    parser.add_argument("--seed", type=int, default=1, help="seed of every run (default: 1)")
    parser.add_argument("--chains", type=Path, default=ROOT / "chains", help="folder of the runs; complete ones there are used again")
    parser.add_argument("--output", type=Path, help=f"folder of the results (default: analysis/results/{script}, or {script}-quick)")
    parser.add_argument("--workers", type=int, help="processes of a new run (default: one per core); the result does not depend on it")
    words = parser.parse_args(arguments)
    output = words.output or ROOT / "analysis" / "results" / (f"{script}-quick" if words.quick else script)
    output.mkdir(parents=True, exist_ok=True)
    return Options(script, words.quick, words.seed, words.chains, output, words.workers)


@cache
def summary_of(run: lqbayes.Run) -> Summary:
    """Numbers of a run, made once."""
    return Summary.of(run)


def get_run(given: Options, likelihood: str, prior: str = "paper", model: lqbayes.Model | None = None) -> lqbayes.Run:
    """Open the run of a shipped likelihood, a shipped prior and a model, and sample it first where there is none."""
    model = model or lqbayes.Model.load()
    posterior = lqbayes.Posterior(lqbayes.Prior.load(prior, model), lqbayes.Likelihood.load(likelihood, model))
    # As `lqbayes sample` names its runs, so that its runs are found.
    parts = [likelihood, prior, *([] if model is lqbayes.Model.load(model.name) else [model.variant]), str(given.seed)]
    folder = given.chains / "-".join(["quick", *parts] if given.quick else parts)
    settings = SamplingSettings.chosen(posterior.dimension, seed=given.seed, **(QUICK if given.quick else {}))
    if (folder / "run.toml").exists():
        return _existing(folder, posterior, settings)
    print(f"sampling {folder.name}", flush=True)
    steps = {"max_steps": _QUICK_STEPS} if given.quick else {}
    workers = 1 if given.quick else given.workers
    sizes = {name: getattr(settings, name) for name in QUICK}
    return lqbayes.sample(posterior, folder, seed=given.seed, workers=workers, **sizes, **steps)


def _existing(folder: Path, posterior: lqbayes.Posterior, settings: SamplingSettings) -> lqbayes.Run:
    run = lqbayes.Run.open(folder)
    found = run.configuration
    wanted = (posterior.prior.settings.to_dict(), posterior.likelihood.settings.to_dict(), posterior.model, settings)
    if (found.prior.to_dict(), found.likelihood.to_dict(), found.model, found.sampling) != wanted:
        raise SystemExit(
            f"{folder}: holds a run of other settings or of an older likelihood or prior; move it away, or give another --chains"
        )
    status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
    if status["stage"] != "ended":
        raise SystemExit(f"{folder}: this run has not ended; wait for it, move it away, or give another --chains")
    print(f"using {folder.name}", flush=True)
    return run
