"""Markov chains on the posterior: emcee's own moves and lqbayes, in several independent ensembles, side by side in one process."""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path
from typing import Any

import emcee
import numpy as np
from emcee.state import State
from numpy.typing import NDArray
from peer_target import Target, Watch

from lqbayes import Run, sample
from lqbayes.input.errors import TimeOverError
from lqbayes.quantities import Draws, quantities
from lqbayes.running.audit_of_run import evaluations_of
from lqbayes.running.status import RunStatus
from lqbayes.sampling.annealing import POSTERIOR, log_density
from lqbayes.sampling.convergence import ConvergenceTargets, assess
from lqbayes.sampling.effective_size import rank_normalised
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.sampler import ArraySampler
from lqbayes.sampling.settings import SamplingSettings

ENSEMBLES = 4
WALKERS = 512
_FRAMES = 128
_STEPS = 10
_RUNGS = 55  # about as many as the set `paper` takes
_SHARE_OF_FIRST = 0.45  # so that at least two populations have the time
_MEASURED_SWEEPS = 20
_DECAYED = 0.05


class Frames:
    """Positions at evenly spaced steps: when there are too many, every second one is dropped.

    Attributes
    ----------
    every
        Steps from one frame to the next.
    kept
        (walkers, d) arrays of each ensemble.
    """

    def __init__(self, ensembles: int) -> None:
        self.every = 1
        self.kept: list[list[NDArray[np.float64]]] = [[] for _ in range(ensembles)]

    def __len__(self) -> int:
        return len(self.kept[0])

    def add(self, ensemble: int, step: int, positions: NDArray[np.float64]) -> None:
        """Keep the positions of an ensemble after a step, counted from 1, or not."""
        if step % self.every == 0:
            self.kept[ensemble].append(positions.copy())

    def thin(self) -> None:
        """Drop frames if there are too many; to be called when every ensemble has made the same steps."""
        while len(self) >= _FRAMES:
            self.kept = [frames[1::2] for frames in self.kept]
            self.every *= 2

    def of_ensembles(self, skipped: int = 0) -> list[NDArray[np.float64]]:
        """Give a (frames, walkers, d) array of each ensemble."""
        return [np.stack(frames[skipped:]) for frames in self.kept]


def time_scale(x: NDArray[np.float64]) -> float:
    """Integrated autocorrelation time of a stationary quantity, in frames.

    Parameters
    ----------
    x : (ensembles, frames, walkers) array
        Its values.

    Returns
    -------
    float
        From the mean squared change of a walker over a time; where less than a decay fits into half of the frames, of the exponential
        that the largest time suggests. At least 1; infinite where nothing ever moves.
    """
    variance = float(np.var(x))
    total = 1.0
    longest = x.shape[1] // 2
    correlation = 1.0
    for lag in range(1, longest + 1):
        correlation = 1 - 0.5 * float(np.mean((x[:, lag:] - x[:, :-lag]) ** 2)) / variance
        if correlation < _DECAYED:
            return total
        total += 2 * correlation
    return math.inf if correlation >= 1 else max(1.0, -2 * longest / math.log(correlation))


def chains(watch: Watch, name: str, start: Path | None) -> dict[str, Any]:
    """Run one kind of moves until the time is over, from prior draws or from given ones."""
    target = watch.target
    rng = np.random.default_rng(1)
    prior = target.posterior.prior
    given = np.load(start) if start else np.stack([prior.sample(WALKERS, rng) for _ in range(ENSEMBLES)])
    samplers = [_sampler(target, name, number, given.shape[1]) for number in range(len(given))]
    return chains_of(watch, samplers, [State(z.copy()) for z in given], given_start=start is not None)


def chains_of(watch: Watch, samplers: list[Any], states: list[Any], *, given_start: bool = False) -> dict[str, Any]:
    """Let ensembles step side by side until the time is over; samplers and states are those of emcee, or look like them."""
    target, walk = watch.target, _Walk(samplers, states)
    while watch.remaining() > 0:
        walk.go()
        watch.write(reached=f"{walk.steps} steps", acceptance=walk.acceptance)
    known = {"acceptance": walk.acceptance, "seconds": watch.limit - watch.remaining()}
    if len(walk.frames) < 8:
        return {**known, "reached": f"{walk.steps} steps"}
    return {**known, **(_from_posterior(target, walk) if given_start else _from_prior(target, walk))}


class _Walk:
    """Ensembles that step side by side."""

    def __init__(self, samplers: list[Any], states: list[Any]) -> None:
        self.samplers, self.states = samplers, states
        self.frames, self.steps = Frames(len(samplers)), 0
        self._moved, self._proposed = 0, 0

    @property
    def acceptance(self) -> float:
        """Share of the walker-steps that moved a walker."""
        return self._moved / max(self._proposed, 1)

    def go(self) -> None:
        """Make some steps of every ensemble."""
        for k, sampler in enumerate(self.samplers):
            before = self.states[k].coords.copy()
            for number, state in enumerate(sampler.sample(self.states[k], iterations=_STEPS, store=False, skip_initial_state_check=True)):
                self.frames.add(k, self.steps + number + 1, state.coords)
                self._moved += int(np.count_nonzero(np.any(state.coords != before, axis=1)))
                self._proposed += len(before)
                before[:] = state.coords
                self.states[k] = state
        self.steps += _STEPS
        self.frames.thin()


def _sampler(target: Target, name: str, seed: int, walkers: int) -> emcee.EnsembleSampler:
    dimension = target.posterior.dimension
    random = np.random.RandomState(seed)
    if name == "lqbayes":
        signals = target.posterior.likelihood.signals
        return ArraySampler(walkers, dimension, target.evaluate, log_density(POSTERIOR, signals), moves_of(target.posterior), random)
    move = {"stretch": emcee.moves.StretchMove, "de": emcee.moves.DEMove}[name]()
    sampler = emcee.EnsembleSampler(walkers, dimension, target.log_prob, vectorize=True, moves=move)
    sampler._random = random
    return sampler


def _from_prior(target: Target, walk: _Walk) -> dict[str, Any]:
    """How far the walkers came, and whether the second half of the time agrees among the ensembles."""
    log_likelihood = target.posterior.log_likelihood(np.concatenate([state.coords for state in walk.states]))
    share = float(np.mean(np.isfinite(log_likelihood)))
    text = f"{walk.steps} steps; {share:.1%} of the walkers within the bounds"
    if share < 1:  # prior draws that never moved would agree splendidly
        return {"reached": text}
    text += f", their median log L = {np.median(log_likelihood):.3g}"
    draws = Draws(target.posterior, walk.frames.of_ensembles(len(walk.frames) // 2))
    convergence = assess(draws, ConvergenceTargets())
    _, scale = slowest(draws)
    ess = min(convergence.lowest_ess.ess, math.prod(draws.shape) / scale)
    return {
        "reached": text,
        "rhat": convergence.worst.rhat,
        "ess": ess,
        "finished": convergence.converged and ess >= ConvergenceTargets().ess_parameters,
    }


def _from_posterior(target: Target, walk: _Walk) -> dict[str, Any]:
    """How fast walkers forget where they were put: new independent draws of the slowest quantity."""
    draws = Draws(target.posterior, walk.frames.of_ensembles())
    name, scale = slowest(draws)
    return {
        "reached": f"{walk.steps} steps; slowest {name}, {scale * walk.frames.every:.3g} steps a draw",
        "rhat": assess(draws, ConvergenceTargets()).worst.rhat,
        "ess": math.prod(draws.shape) / scale,
    }


def slowest(draws: Draws) -> tuple[str, float]:
    """Find the quantity with the largest autocorrelation time; the time is in frames."""
    name, largest = "", 1.0
    for quantity in quantities(draws.posterior):
        for x in quantity.monitored(draws.values(quantity)).values():
            if np.ptp(x) > 0:
                scale = time_scale(x if quantity.kind == "sign" else rank_normalised(x))
                if scale > largest:
                    name, largest = quantity.name, scale
    return name, largest


def annealed(watch: Watch) -> dict[str, Any]:
    """Call `lqbayes.sample` with one process and the given time; of its settings only the number of ensembles and of walkers differ."""
    walkers, sweeps = _affordable(watch.target, watch.limit), SamplingSettings.chosen(watch.target.posterior.dimension).sweeps_per_rung
    known: dict[str, Any] = {}

    def report(status: RunStatus) -> None:
        known.update(_of_status(status, walkers, sweeps))
        watch.write(**known)

    with tempfile.TemporaryDirectory(dir=".") as folder:
        try:
            run = sample(watch.target.posterior, Path(folder) / "run", ensembles=ENSEMBLES, walkers=walkers, workers=1,
                         max_time=watch.remaining(), max_steps=None, report_status=report)  # fmt: skip
        except TimeOverError:
            return known
        return {"seconds": watch.limit - watch.remaining()} | of_run(run)


def _of_status(status: RunStatus, walkers: int, sweeps: int) -> dict[str, Any]:
    """Say how far every ensemble of a run is; what the first populations have proposed."""
    places = "; ".join(f"population {e.population + 1}, {e.stage}, beta = {e.beta:.2g}" for e in status.ensembles)
    return {
        "evaluations": walkers * sum(1 + e.rung * sweeps + e.sweep for e in status.ensembles),
        "best": None,
        "outside": None,
        "reached": f"{len(status.ensembles)} ensembles of {walkers} walkers at: {places}",
    }


def of_run(run: Run) -> dict[str, Any]:
    """Give what a run knows of itself."""
    convergence, populations = run.convergence(), run.population_ladders
    return {
        "evaluations": evaluations_of(run),
        "best": float(np.max(run.terms().sum(axis=-1))),
        "outside": None,
        "reached": f"{len(populations)} x {len(populations[0])} populations of {run.configuration.walkers} walkers, "
        f"{run.steps} stored steps",
        "finished": run.converged,
        "acceptance": float(np.mean([ladder[-1][2] for ladders in populations for ladder in ladders])),  # on the last rung
        "log_z": run.log_evidence,
        "log_z_error": run.log_evidence_error,
        "rhat": convergence.worst.rhat,
        "ess": min(q.ess for q in convergence.quantities if not math.isnan(q.ess)),
    }


def _affordable(target: Target, limit: float) -> int:
    """Walkers of each ensemble with which the first population of all ensembles takes a part of the time; at most the default."""
    settings = SamplingSettings.chosen(target.posterior.dimension)
    least, most = 4 * target.posterior.dimension, settings.walkers
    few, many = _time_of_sweep(target, least), _time_of_sweep(target, 10 * least)
    # A sweep takes a time of its own, and more with every walker.
    of_walker = max(many - few, 1e-9) / (9 * least)
    sweeps = ENSEMBLES * (_RUNGS * settings.sweeps_per_rung + settings.steps_per_population * settings.thin)
    return int(np.clip(least + (_SHARE_OF_FIRST * limit / sweeps - few) / of_walker, least, most))


def _time_of_sweep(target: Target, walkers: int) -> float:
    sampler = _sampler(target, "lqbayes", 0, walkers)
    state = State(target.posterior.prior.sample(walkers, np.random.default_rng(0)))
    start = time.perf_counter()
    for _ in sampler.sample(state, iterations=_MEASURED_SWEEPS, store=False, skip_initial_state_check=True):
        pass
    return (time.perf_counter() - start) / _MEASURED_SWEEPS
