"""Bayesian inference for models of new physics; the first is that of three scalar leptoquarks (Nomura and Okada 2021, arXiv:2104.03248).

>>> import lqbayes
>>> prior = lqbayes.Prior.load("paper")
>>> likelihood = lqbayes.Likelihood.load("paper")
>>> posterior = lqbayes.Posterior(prior, likelihood)
>>> run = lqbayes.sample(posterior, "chains/name", seed=1)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lqbayes.version import __version__

if TYPE_CHECKING:
    from lqbayes.input.errors import InputError, LqbayesError, RunError
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.model import Model, Observable, Parameter
    from lqbayes.posterior import Posterior
    from lqbayes.predictions import predict
    from lqbayes.prior.prior import Prior
    from lqbayes.running.annealed_run import anneal_from
    from lqbayes.running.ensembles import resume, sample
    from lqbayes.sampling.settings import ConvergenceTargets
    from lqbayes.storage.run import Run

__all__ = [
    "InputError",
    "Likelihood",
    "LqbayesError",
    "Model",
    "Observable",
    "Parameter",
    "Posterior",
    "Prior",
    "Run",
    "RunError",
    "ConvergenceTargets",
    "__version__",
    "anneal_from",
    "predict",
    "resume",
    "sample",
]

# Where each name lives: modules are imported when they are first asked for, since compiled code and plots take time to load.
_HOMES = {
    "InputError": "lqbayes.input.errors",
    "Likelihood": "lqbayes.likelihood.likelihood",
    "LqbayesError": "lqbayes.input.errors",
    "Model": "lqbayes.model",
    "Observable": "lqbayes.model",
    "Parameter": "lqbayes.model",
    "Posterior": "lqbayes.posterior",
    "Prior": "lqbayes.prior.prior",
    "Run": "lqbayes.storage.run",
    "RunError": "lqbayes.input.errors",
    "ConvergenceTargets": "lqbayes.sampling.settings",
    "anneal_from": "lqbayes.running.annealed_run",
    "predict": "lqbayes.predictions",
    "resume": "lqbayes.running.ensembles",
    "sample": "lqbayes.running.ensembles",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'lqbayes' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
