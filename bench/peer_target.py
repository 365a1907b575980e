"""The posterior as every sampler of bench/peers.py sees it, and what is known of a sampler while it works."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lqbayes import Likelihood, Model, Posterior, Prior
from lqbayes.posterior import Evaluation
from lqbayes.sampling.moves.chart import CIRCLE, chart_of
from lqbayes.storage.atomic import write_text_atomically

_SECONDS_BETWEEN_STATES = 0.5
# Outside the hard bounds the likelihood vanishes. No sampler would find the way in from the prior, so all
# get a slope below any likelihood inside.
_WALL = 1e30


def circles(prior: Prior) -> list[int]:
    """Columns of coordinates that close, 0 and 1 being the same angle."""
    return [int(column) for column in np.flatnonzero(chart_of(prior.table).kind == CIRCLE)]


@dataclass(slots=True)
class State:
    """What a sampler has reached.

    Attributes
    ----------
    seconds
        Time since it started.
    evaluations
        Evaluations of the posterior.
    best
        Largest log-likelihood of all evaluations; of points outside the hard bounds, minus their distance in powers of ten, in `outside`.
    outside
        Smallest violation of the hard bounds where `best` is None.
    reached
        How far it is, in its own terms.
    finished
        Whether it stopped by itself.
    processes
        Processes that worked on it, of one thread each.
    acceptance, log_z, log_z_error, rhat, ess
        Whatever of this it has.
    """

    seconds: float = 0.0
    evaluations: int = 0
    best: float | None = None
    outside: float | None = None
    reached: str = ""
    finished: bool = False
    acceptance: float | None = None
    log_z: float | None = None
    log_z_error: float | None = None
    rhat: float | None = None
    ess: float | None = None
    processes: int = 1

    @classmethod
    def read(cls, path: Path) -> State | None:
        """Read the last state that a process wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def posterior_of(model: str) -> Posterior:
    """The posterior of a model's own measurements and prior."""
    known = Model.load(model)
    return Posterior(Prior.load(known.shipped_set, known), Likelihood.load(known.shipped_set, known))


@dataclass
class Target:
    """A posterior, in batches; it counts.

    Attributes
    ----------
    posterior
        The posterior.
    evaluations, best, outside
        As in `State`.
    """

    posterior: Posterior
    evaluations: int = 0
    best: float = -math.inf
    outside: float = math.inf

    def evaluate(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evaluate the posterior, and remember the best point."""
        columns = self.posterior.evaluate(z)
        self.evaluations += len(columns)
        if len(columns):
            found = Evaluation.of(columns)
            self.best = max(self.best, float(np.max(found.terms.sum(axis=1))))
            self.outside = min(self.outside, float(np.min(found.violation)))
        return columns

    def log_likelihood(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-likelihood of (n, d) coordinates, with the slope outside the bounds."""
        return _with_slope(Evaluation.of(self.evaluate(z)))

    def log_prior_and_likelihood(self, z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Log density of the prior at (n, d) coordinates, and the log-likelihood with the slope outside the bounds."""
        found = Evaluation.of(self.evaluate(z))
        return found.log_prior, np.where(found.log_prior == -math.inf, -_WALL * 1e7, _with_slope(found))

    def log_prob(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log posterior density of (n, d) coordinates, with the slope outside the bounds."""
        return np.add(*self.log_prior_and_likelihood(z))


def _with_slope(found: Evaluation) -> NDArray[np.float64]:
    violation = np.minimum(found.violation, 1e6)
    return np.where(violation > 0, -_WALL * (1 + violation), np.maximum(found.terms.sum(axis=1), -_WALL))


class Watch:
    """Write the state of a sampler to a file now and then, and end the process when its time is over.

    Parameters
    ----------
    target
        What is sampled.
    path
        The file.
    limit
        Seconds that the sampler has.
    """

    def __init__(self, target: Target, path: Path, limit: float) -> None:
        self.target, self.path, self.limit = target, path, limit
        self.start = time.perf_counter()
        self.describe: Callable[[], dict[str, object]] = dict

    def remaining(self) -> float:
        """Seconds that are left."""
        return self.limit - (time.perf_counter() - self.start)

    def write(self, **known: object) -> None:
        """Write the present state."""
        best, outside = self.target.best, self.target.outside
        inside = math.isfinite(best)
        state = State(self.limit - self.remaining(), self.target.evaluations, best if inside else None, None if inside else outside)
        write_text_atomically(self.path, json.dumps({**asdict(state), **known}))

    def end_at_limit(self) -> None:
        """Watch from a thread; for samplers that cannot be asked to stop."""

        def watch() -> None:
            while True:
                time.sleep(min(_SECONDS_BETWEEN_STATES, max(self.remaining(), 0.0)))
                over = self.remaining() <= 0
                try:
                    self.write(**self.describe())
                except Exception:  # a sampler that is not ready to be described, in whatever way it says so, must end all the same
                    self.write()
                if over:
                    os._exit(0)

        threading.Thread(target=watch, daemon=True).start()
