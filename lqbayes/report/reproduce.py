"""The command that gives a run again, bit for bit."""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING

from lqbayes.input.errors import LqbayesError
from lqbayes.input.shipped import shipped_names
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.prior.file import load_prior_set
from lqbayes.sampling.settings import SamplingSettings

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


_DEFAULTS = SamplingSettings()
# Settings that the command line leaves at their defaults.
_WITHOUT_OPTION = ("thin", "steps_per_population")


def reproduction(run: Run) -> tuple[str, str]:
    """Say how to make a run again."""
    command = _command(run)
    return ("python", _script(run)) if command is None else ("shell", command)


def _command(run: Run) -> str | None:
    asked = run.configuration
    hard = _likelihood_is_hard(run)
    if hard is None or not _prior_is_shipped(run):
        return None
    if any(getattr(asked.sampling, name) != getattr(_DEFAULTS, name) for name in _WITHOUT_OPTION):
        return None
    words = ["lqbayes", "sample", "--likelihood", asked.likelihood.name, "--prior", asked.prior.name, "--formulas", asked.model.variant]
    words += ["--hard-limits"] if hard else []
    for option, value in (
        ("--seed", asked.sampling.seed),
        ("--ensembles", asked.sampling.ensembles),
        ("--walkers", asked.sampling.walkers),
        ("--sweeps", asked.sampling.sweeps_per_rung),
        ("--max-steps", run.steps),
        ("--rhat", asked.targets.rhat),
        ("--ess-observables", asked.targets.ess_observables),
        ("--ess-parameters", asked.targets.ess_parameters),
        ("--output", f"{_plain(run.name)}-again"),
    ):
        words += [option, str(value)]
    return shlex.join(words)


def _likelihood_is_hard(run: Run) -> bool | None:
    """Tell whether the measurements are a shipped file as it is (False), with hard limits (True), or something else (None)."""
    asked = run.configuration.likelihood
    if asked.name not in shipped_names("likelihoods", run.configuration.model.name):
        return None
    try:
        shipped = load_likelihood_set(asked.name, run.configuration.model)
    except LqbayesError:
        return None
    content = asked.to_dict()
    if content == shipped.to_dict():
        return False
    return True if content == shipped.with_hard_limits().to_dict() else None


def _prior_is_shipped(run: Run) -> bool:
    asked = run.configuration.prior
    if asked.name not in shipped_names("priors", run.configuration.model.name):
        return False
    try:
        return asked.to_dict() == load_prior_set(asked.name, run.configuration.model).to_dict()
    except LqbayesError:
        return False


def _script(run: Run) -> str:
    sampling = run.configuration.sampling
    settings = ", ".join(f"{name}={value}" for name, value in asdict(sampling).items())
    path, again = str(run.path), f"chains/{_plain(run.name)}-again"
    return (
        "import lqbayes\n\n"
        'if __name__ == "__main__":\n'
        f"    asked = lqbayes.Run.open({path!r}).configuration  # prior and measurements as run.toml has them\n"
        f"    lqbayes.sample(asked.posterior(), {again!r}, {settings}, max_steps={run.steps}, targets=asked.targets)\n"
    )


def _plain(name: str) -> str:
    # A directory may be called anything; the name that this proposes should need no thought.
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", name).lstrip(".-") or "run"
