"""How long a run of a model that is not compiled will take, said before it starts."""

import time

import numpy as np

from lqbayes.posterior import Posterior
from lqbayes.running.cores import available_cores
from lqbayes.sampling.settings import SamplingSettings

_RUNGS = 20  # of an annealing, more or less
_SECONDS_OF_MEASURING = 0.3


def expected_time(posterior: Posterior, settings: SamplingSettings, workers: int | None) -> str:
    """Say how long the first population of every ensemble may take; nothing where predictions are compiled."""
    model = posterior.model
    reason = "" if model.uncompiled is None else model.uncompiled()
    if not reason:
        return ""
    points = posterior.points(posterior.prior.sample(16, np.random.default_rng(0)))
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < _SECONDS_OF_MEASURING:
        model.predict(points)
        count += len(points)
    seconds = (time.perf_counter() - began) / count
    steps = _RUNGS * settings.sweeps_per_rung + settings.thin * settings.steps_per_population
    processes = min(workers or available_cores(), settings.ensembles)
    total = seconds * steps * settings.walkers * settings.ensembles / processes
    return f"{reason}; a point takes {1e6 * seconds:.3g} us, so that the run will take about {_duration(total)} or more"


def _duration(seconds: float) -> str:
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{max(seconds, 1):.0f} seconds"
