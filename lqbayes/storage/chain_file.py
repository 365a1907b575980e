"""The chain file of one ensemble: HDF5 in emcee's own layout, written in blocks of steps.

emcee's HDF backend opens the file at every step, which costs ten milliseconds; this one collects steps and writes them in one go. What
it writes, `emcee.backends.HDFBackend(path, read_only=True)` reads. Datasets are not compressed, so that a kill cannot damage what was
complete, and the counter of the steps is written last.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import emcee
import h5py
import numpy as np
from emcee.backends import Backend
from emcee.state import State
from numpy.typing import NDArray

from lqbayes.errors import RunError
from lqbayes.inference.annealing import Population, Temperature

__all__ = ["SCHEMA", "ChainFile", "StoredSteps"]

SCHEMA = 1
_GROUP = "mcmc"
_ANNEALING = "annealing"


@dataclass(frozen=True, slots=True)
class StoredSteps:
    """Steps of one ensemble, read from its file.

    Attributes
    ----------
    positions : (steps, walkers, d) array
        Sampling coordinates.
    parts : (steps, walkers, 2 + t) array
        Log prior, violation of the hard bounds, one log-likelihood per term.
    """

    positions: NDArray[np.float64]
    parts: NDArray[np.float64]


class ChainFile(Backend):  # type: ignore[misc]
    """Backend of emcee that keeps the steps of a block in memory until `flush`.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending: list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]] = []
        self._accepted: NDArray[np.float64] | None = None
        self._random_state: Any = None

    def create(self, walkers: int, dimension: int, parts: int, identity: str = "") -> None:
        """Make an empty file, where there is none.

        Parameters
        ----------
        walkers
            Number of walkers.
        dimension
            Number of coordinates.
        parts
            Number of parts of the log-probability, emcee's blobs.
        identity
            What the file belongs to: the run's identity and the number of the ensemble.

        Raises
        ------
        lqbayes.errors.RunError
            If the file exists.
        """
        try:
            with h5py.File(self.path, "x") as file:
                file.attrs["schema"] = SCHEMA
                file.attrs["identity"] = identity
                group = file.create_group(_GROUP)
                attributes = {"version": emcee.__version__, "nwalkers": walkers, "ndim": dimension, "has_blobs": True, "iteration": 0}
                for name, value in attributes.items():
                    group.attrs[name] = value
                group.create_dataset("accepted", data=np.zeros(walkers))
                for name, shape in (("chain", (walkers, dimension)), ("log_prob", (walkers,)), ("blobs", (walkers, parts))):
                    group.create_dataset(name, (0, *shape), maxshape=(None, *shape), dtype="f8", chunks=(1, *shape))
        except FileExistsError:
            raise RunError(f"{self.path}: the file exists; choose another run directory, or remove this one yourself") from None

    @contextmanager
    def _open(self, mode: str) -> Iterator[h5py.File]:
        try:
            # HDF5's own lock would let a reader end a run. Here one process writes (run.lock sees to that), and readers go by the counter.
            with h5py.File(self.path, mode, locking=False) as file:
                yield file
        except (OSError, KeyError) as error:  # h5py raises KeyError for what is not in the file
            raise RunError(f"{self.path}: cannot be opened as a chain file ({error}); is it complete, and written by lqbayes?") from error

    # What emcee calls while it samples.

    @property
    def iteration(self) -> int:
        """Number of complete steps in the file."""
        with self._open("r") as file:
            return int(file[_GROUP].attrs["iteration"])

    @property
    def shape(self) -> tuple[int, int]:
        """Number of walkers and of coordinates."""
        with self._open("r") as file:
            return int(file[_GROUP].attrs["nwalkers"]), int(file[_GROUP].attrs["ndim"])

    @property
    def initialized(self) -> bool:
        """Whether the file exists."""
        return self.path.exists()

    @property
    def random_state(self) -> tuple[Any, ...] | None:
        """State of emcee's random generator after the last complete step; None before the first."""
        with self._open("r") as file:
            attributes = file[_GROUP].attrs
            if "random_state_0" not in attributes:
                return None
            return tuple(attributes[f"random_state_{place}"] for place in range(5))

    def get_last_sample(self) -> State:
        """Read the state after the last complete step, as emcee does when it opens a file that has steps.

        Returns
        -------
        emcee.state.State
            Positions, log-probabilities, parts, and the state of the random generator.
        """
        return self.read_last()

    def reset(self, nwalkers: int, ndim: int) -> None:
        """Do nothing: emcee empties a new backend, and this one was made by `create`.

        Parameters
        ----------
        nwalkers, ndim
            Ignored.
        """

    def grow(self, ngrow: int, blobs: NDArray[np.float64]) -> None:
        """Do nothing: the file grows in `flush`.

        Parameters
        ----------
        ngrow, blobs
            Ignored.
        """

    def save_step(self, state: State, accepted: NDArray[np.bool_]) -> None:
        """Keep a step until the next `flush`.

        Parameters
        ----------
        state
            The ensemble after the step.
        accepted : (walkers,) array
            Which walkers have moved.
        """
        self._pending.append((state.coords.copy(), state.log_prob.copy(), state.blobs.copy()))
        self._accepted = accepted.astype(float) + (0.0 if self._accepted is None else self._accepted)
        self._random_state = state.random_state

    def flush(self) -> None:
        """Write the steps kept so far, then the counter."""
        if not self._pending:
            return
        with self._open("r+") as file:
            group = file[_GROUP]
            first = int(group.attrs["iteration"])
            last = first + len(self._pending)
            for place, name in enumerate(("chain", "log_prob", "blobs")):
                dataset = group[name]
                dataset.resize(last, axis=0)
                dataset[first:last] = np.stack([step[place] for step in self._pending])
            group["accepted"][...] += self._accepted
            for place, value in enumerate(self._random_state):
                group.attrs[f"random_state_{place}"] = value
            file.flush()
            group.attrs["iteration"] = last
        self._pending, self._accepted = [], None

    # What the rest of lqbayes reads and writes.

    def check_identity(self, identity: str) -> None:
        """Refuse a file that belongs to another run or another ensemble.

        Parameters
        ----------
        identity
            What was given to `create`.

        Raises
        ------
        lqbayes.errors.RunError
            If the file was made for something else.
        """
        with self._open("r") as file:
            found = file.attrs.get("identity")
        if found != identity:
            raise RunError(f"{self.path}: this file belongs to another run or another ensemble; put the right one in its place")

    def read(self, stop: int | None = None, every: int = 1) -> StoredSteps:
        """Read complete steps.

        Parameters
        ----------
        stop
            How many steps to look at, from the first; all unless given.
        every
            Read one step in so many, the last one that is looked at among them.

        Returns
        -------
        StoredSteps
            Positions and parts.
        """
        with self._open("r") as file:
            group = file[_GROUP]
            count = int(group.attrs["iteration"])
            stop = count if stop is None else min(stop, count)
            wanted = slice((stop - 1) % every if stop else 0, stop, every)
            return StoredSteps(group["chain"][wanted], group["blobs"][wanted])

    def read_last(self) -> State:
        """Read the state in which the last complete step left the ensemble.

        Returns
        -------
        emcee.state.State
            Positions, log-probabilities, parts, and the state of the random generator.
        """
        with self._open("r") as file:
            group = file[_GROUP]
            last = int(group.attrs["iteration"]) - 1
            position, log_prob, parts = (group[name][last] for name in ("chain", "log_prob", "blobs"))
        return State(position, log_prob=log_prob, blobs=parts, random_state=self.random_state)

    def write_population(self, population: Population) -> None:
        """Write the annealing's ladder and evidence.

        Parameters
        ----------
        population
            The walkers that arrived at the posterior.
        """
        ladder = population.ladder
        with self._open("r+") as file:
            group = file.require_group(_ANNEALING)
            for name in list(group):
                del group[name]
            group.create_dataset("penalty", data=[rung.penalty for rung, _, _ in ladder])
            group.create_dataset("power", data=[rung.power for rung, _, _ in ladder])
            group.create_dataset("log_mean_weight", data=[weight for _, weight, _ in ladder])
            group.create_dataset("acceptance", data=[acceptance for _, _, acceptance in ladder])
            group.attrs["log_evidence"] = population.log_evidence

    def read_ladder(self) -> tuple[tuple[Temperature, float, float], ...]:
        """Read the annealing's ladder.

        Returns
        -------
        tuple of (Temperature, float, float)
            Each rung after the prior with the logarithm of its mean weight and its acceptance.
        """
        with self._open("r") as file:
            group = file[_ANNEALING]
            columns = [group[name][...] for name in ("penalty", "power", "log_mean_weight", "acceptance")]
        return tuple((Temperature(float(a), float(b)), float(c), float(d)) for a, b, c, d in zip(*columns, strict=True))

    def read_log_evidence(self) -> float:
        """Read the annealing's estimate of the evidence.

        Returns
        -------
        float
            Natural logarithm of the evidence relative to the prior.
        """
        with self._open("r") as file:
            return float(file[_ANNEALING].attrs["log_evidence"])
