"""The command that gives a run again, bit for bit."""

import os
import re
import shlex
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal, TypeVar

from lqbayes.input.errors import LqbayesError
from lqbayes.input.shipped import shipped_names
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.likelihood.measurement import LikelihoodSet
from lqbayes.model import Model
from lqbayes.prior.file import load_prior_set
from lqbayes.sampling.settings import SamplingSettings
from lqbayes.storage.run import Run

T = TypeVar("T")

# Settings that the command line leaves at their defaults.
_WITHOUT_OPTION = ("thin", "steps_per_population")


def reproduction(run: Run) -> tuple[str, str]:
    """Say how to make a run again: the language, and a command or a script in it."""
    asked = run.configuration
    if asked.source is not None:
        return "python", _annealing_script(run, asked.source.path)
    measured, chosen = _numbers(asked.likelihood), asked.prior.to_dict()
    likelihood = _shipped("likelihoods", asked.likelihood.name, asked.model, load_likelihood_set)
    prior = _shipped("priors", asked.prior.name, asked.model, load_prior_set)
    defaults = SamplingSettings.chosen(run.posterior_target.dimension)
    usual = all(getattr(asked.sampling, name) == getattr(defaults, name) for name in _WITHOUT_OPTION)
    if usual and likelihood is not None and prior is not None and prior.to_dict() == chosen:
        if _numbers(likelihood) == measured:
            return "shell", _command(run, ())
        if _numbers(likelihood.with_hard_limits()) == measured:
            return "shell", _command(run, ("--hard-limits",))
    return "python", _script(run)


def _numbers(likelihood: LikelihoodSet) -> dict[str, Any]:
    """What a run depends on: runs are older than the PDG identifiers of shipped measurements."""
    content = likelihood.to_dict()
    return content | {"measurement": [{key: table[key] for key in table if key != "pdg"} for table in content["measurement"]]}


def _shipped(kind: Literal["likelihoods", "priors"], name: str, model: Model, load: Callable[[str, Model], T]) -> T | None:
    """Load the file that the package ships under a name; None where there is none, or none that can be read."""
    try:
        return load(name, model) if name in shipped_names(kind, model.name) else None
    except LqbayesError:
        return None


def _command(run: Run, flags: tuple[str, ...]) -> str:
    asked, words = run.configuration, iter(run.configuration.model.options)
    options = {
        "--likelihood": asked.likelihood.name,
        "--prior": asked.prior.name,
        **dict(zip(words, words, strict=True)),
        "--seed": asked.sampling.seed,
        "--ensembles": asked.sampling.ensembles,
        "--walkers": asked.sampling.walkers,
        "--sweeps": asked.sampling.sweeps_per_rung,
        "--max-steps": run.steps,
        "--rhat": asked.targets.rhat,
        "--ess-observables": asked.targets.ess_observables,
        "--ess-parameters": asked.targets.ess_parameters,
        "--interval-error": asked.targets.interval_error,
        "--output": f"{_plain(run.name)}-again",
    }
    return shlex.join(["lqbayes", "sample", *flags, *(word for option, value in options.items() for word in (option, str(value)))])


def _script(run: Run) -> str:
    settings = ", ".join(f"{name}={value}" for name, value in asdict(run.configuration.sampling).items())
    return _of_run(run, f"lqbayes.sample(asked.posterior(), {_again(run)!r}, {settings}, max_steps={run.steps}, targets=asked.targets)")


def _annealing_script(run: Run, source: str) -> str:
    opened = f"source = lqbayes.Run.open({os.path.normpath(run.path / source)!r}{_model(run)})  # with its draws the run began"
    likelihood, settings = "asked.posterior().likelihood", f"seed={run.configuration.seed}, max_steps={run.steps}, targets=asked.targets"
    return _of_run(run, opened, f"lqbayes.anneal_from(source, {likelihood}, {_again(run)!r}, {settings})")


def _of_run(run: Run, *lines: str) -> str:
    read = f"asked = lqbayes.Run.open({str(run.path)!r}{_model(run)}).configuration  # prior and measurements as run.toml has them"
    return "import lqbayes\n\n" + 'if __name__ == "__main__":\n' + "".join(f"    {line}\n" for line in (read, *lines))


def _model(run: Run) -> str:
    file = run.configuration.model.source.file
    return "" if file is None else f", lqbayes.Model.load({file[0]!r})"


def _again(run: Run) -> str:
    return f"chains/{_plain(run.name)}-again"


def _plain(name: str) -> str:
    # A directory may be called anything; the name that this proposes should need no thought.
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", name).lstrip(".-") or "run"
