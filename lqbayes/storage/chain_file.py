"""The chain file of one ensemble: HDF5 in emcee's own layout, written in blocks of steps.

emcee's HDF backend opens the file at every step, which costs ten milliseconds; this one collects steps and writes them in one go. What
it writes, `emcee.backends.HDFBackend(path, read_only=True)` reads. A kill at any moment leaves a file that opens, with all steps up to its
counter: see `lqbayes.storage.chain_layout`.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from emcee.backends import Backend
from emcee.state import State
from numpy.typing import NDArray

from lqbayes.errors import RunError
from lqbayes.inference.annealing import Population, Temperature
from lqbayes.storage.chain_layout import ANNEALING, GROUP, LADDER, RUNGS, SCHEMA, make_chain_file, population_group
from lqbayes.storage.trusted_hdf5 import READING_ERRORS, check_file, check_layout, check_numbers, check_objects

__all__ = ["SCHEMA", "ChainFile", "Ladder", "Step", "append_steps"]

Ladder = tuple[tuple[Temperature, float, float], ...]
_GROWTH = 2


@dataclass(frozen=True, slots=True)
class Step:
    """What one step leaves behind.

    Attributes
    ----------
    positions : (walkers, d) array
        Sampling coordinates.
    log_prob : (walkers,) array
        Log-probabilities.
    parts : (walkers, 2 + t) array
        Log prior, violation of the hard bounds, one log-likelihood per term.
    accepted : (walkers,) array
        How often each walker has moved since the step before.
    random_state : tuple
        State of emcee's random generator, as `numpy.random.RandomState.get_state` gives it.
    """

    positions: NDArray[np.float64]
    log_prob: NDArray[np.float64]
    parts: NDArray[np.float64]
    accepted: NDArray[np.float64]
    random_state: tuple[Any, ...]


def append_steps(file: h5py.File, steps: Sequence[Step], sync: Any = None) -> None:
    """Write steps after the last complete one, then the counter.

    Parameters
    ----------
    file
        An open chain file, with room for them.
    steps
        The steps.
    sync
        Called without arguments when the rows are written and again when the counter is; to bring them to the disk in this order.
    """
    group = file[GROUP]
    first = int(group.attrs["iteration"])
    accepted = np.zeros(int(group.attrs["nwalkers"])) if first == 0 else group["accepted_so_far"][first - 1].astype(float)
    for place, step in enumerate(steps, start=first):
        accepted = accepted + step.accepted
        _, keys, position, has_gauss, gauss = step.random_state
        for name, row in (
            ("chain", step.positions),
            ("log_prob", step.log_prob),
            ("blobs", step.parts),
            ("accepted_so_far", accepted),
            ("random_keys", keys),
            ("random_place", (position, has_gauss, gauss)),
        ):
            group[name][place] = row
    file.flush()
    if sync is not None:
        sync()
    # For emcee, which knows but the last of each. A kill may leave these behind or ahead of the counter: the next steps put them right.
    group["accepted"][...] = accepted
    _, keys, position, has_gauss, gauss = steps[-1].random_state
    for place, value in enumerate((np.asarray(keys, dtype=np.uint32), np.int64(position), np.int64(has_gauss), np.float64(gauss)), start=1):
        group.attrs.modify(f"random_state_{place}", value)
    group.attrs.modify("iteration", np.int64(first + len(steps)))
    file.flush()
    if sync is not None:
        sync()


class ChainFile(Backend):  # type: ignore[misc]
    """Backend of emcee that keeps the steps of a block in memory until `flush`.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending: list[Step] = []

    def create(self, walkers: int, dimension: int, parts: int, identity: str = "", room: tuple[int, int] = (1, 1)) -> None:
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
        room
            Number of steps and of populations for which to make room.

        Raises
        ------
        lqbayes.errors.RunError
            If the file exists.
        """
        if self.path.exists():
            raise RunError(f"{self.path}: the file exists; choose another run directory, or remove this one yourself")
        with self._written():
            make_chain_file(self.path, (walkers, dimension, parts), identity, (*room, RUNGS))

    def make_room(self, steps: int, populations: int = 1, rungs: int = 1) -> None:
        """See to it that the file can hold more, by a copy that takes its place; it at least doubles, so that copies stay rare.

        Parameters
        ----------
        steps, populations, rungs
            How many steps, populations and rungs of each the file must have room for.
        """
        with self._open("r") as file:
            group = file[GROUP]
            now = (len(group["chain"]), len(file[ANNEALING]), len(file[population_group(0)][LADDER[0]]))
            shape = (int(group.attrs["nwalkers"]), int(group.attrs["ndim"]), int(group["blobs"].shape[2]))
            identity = str(file.attrs["identity"])
        wanted = (steps, populations, rungs)
        if any(need > has for need, has in zip(wanted, now, strict=True)):
            steps, populations, rungs = (max(need, _GROWTH * has) if need > has else has for need, has in zip(wanted, now, strict=True))
            with self._written():
                make_chain_file(self.path, shape, identity, (steps, populations, rungs), self.path)

    @contextmanager
    def _open(self, mode: str) -> Iterator[h5py.File]:
        check_file(self.path)
        try:
            # HDF5's own lock would let a reader end a run. Here one process writes (its lock sees to that), and readers go by the counter.
            with h5py.File(self.path, mode, locking=False) as file:
                check_objects(file, self.path)
                yield file
        except READING_ERRORS as error:
            raise RunError(f"{self.path}: cannot be opened as a chain file ({error}); is it complete, and written by lqbayes?") from error

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or error
            raise RunError(f"{self.path}: cannot be written ({reason}); what was stored is kept; make room, then resume") from error

    # What emcee calls while it samples.

    @property
    def iteration(self) -> int:
        """Number of complete steps in the file."""
        with self._open("r") as file:
            return int(file[GROUP].attrs["iteration"])

    @property
    def shape(self) -> tuple[int, int]:
        """Number of walkers and of coordinates."""
        with self._open("r") as file:
            return int(file[GROUP].attrs["nwalkers"]), int(file[GROUP].attrs["ndim"])

    @property
    def initialized(self) -> bool:
        """Whether the file exists."""
        return self.path.exists()

    @property
    def random_state(self) -> tuple[Any, ...] | None:
        """State of emcee's random generator after the last complete step; None before the first."""
        with self._open("r") as file:
            steps = int(file[GROUP].attrs["iteration"])
            if steps == 0:
                return None
            position, has_gauss, gauss = file[GROUP]["random_place"][steps - 1]
            return "MT19937", file[GROUP]["random_keys"][steps - 1], int(position), int(has_gauss), float(gauss)

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
        """Do nothing: `make_room` did it.

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
        step = Step(state.coords.copy(), state.log_prob.copy(), state.blobs.copy(), accepted.astype(float), state.random_state)
        self._pending.append(step)

    def flush(self) -> None:
        """Bring the steps kept so far to the disk, then the counter.

        Raises
        ------
        lqbayes.errors.RunError
            If the disk does not take them.
        """
        if not self._pending:
            return
        self.make_room(self.iteration + len(self._pending))
        with self._written(), h5py.File(self.path, "r+", locking=False) as file:
            append_steps(file, self._pending, lambda: os.fsync(file.id.get_vfd_handle()))
        self._pending = []

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
            If the file was made for something else, or by a version with another layout.
        """
        with self._open("r") as file:
            found, schema = file.attrs.get("identity"), file.attrs.get("schema")
        if schema != SCHEMA:
            raise RunError(f"{self.path}: this file has layout {schema}, this lqbayes reads {SCHEMA}; use the version that made it")
        if found != identity:
            raise RunError(f"{self.path}: this file belongs to another run or another ensemble; put the right one in its place")

    def check_layout(self, walkers: int, dimension: int, parts: int) -> None:
        """Refuse a file whose arrays are not those of the run.

        Parameters
        ----------
        walkers, dimension, parts
            As given to `create`.

        Raises
        ------
        lqbayes.errors.RunError
            If an array has another shape or type.
        """
        with self._open("r") as file:
            check_layout(file, self.path, walkers=walkers, dimension=dimension, parts=parts)

    def rows(self, name: str, steps: Sequence[int]) -> Generator[NDArray[np.float64]]:
        """Read steps one after the other, so that no more than one of them is in memory.

        Parameters
        ----------
        name
            ``chain``, ``log_prob`` or ``blobs``.
        steps
            Their numbers, from 0, below `iteration`.

        Yields
        ------
        (walkers, ...) array
            One row of the dataset.
        """
        with self._open("r") as file:
            for step in steps:
                row = file[GROUP][name][step]
                check_numbers(self.path, name, row)
                yield row

    def read_last(self) -> State:
        """Read the state in which the last complete step left the ensemble.

        Returns
        -------
        emcee.state.State
            Positions, log-probabilities, parts, and the state of the random generator.
        """
        with self._open("r") as file:
            group = file[GROUP]
            last = int(group.attrs["iteration"]) - 1
            if last < 0:
                raise RunError(f"{self.path}: there is no step in the file yet")
            position, log_prob, parts = (group[name][last] for name in ("chain", "log_prob", "blobs"))
        return State(position, log_prob=log_prob, blobs=parts, random_state=self.random_state)

    def write_population(self, number: int, population: Population) -> None:
        """Write the ladder and the evidence of a population's annealing.

        Parameters
        ----------
        number
            Number of the population, from 0.
        population
            The walkers that arrived at the posterior.
        """
        ladder = population.ladder
        self.make_room(1, number + 1, len(ladder))
        columns = zip(*[(rung.penalty, rung.power, weight, acceptance) for rung, weight, acceptance in ladder], strict=True)
        with self._written(), h5py.File(self.path, "r+", locking=False) as file:
            group = file[population_group(number)]
            for name, column in zip(LADDER, columns, strict=True):
                group[name][: len(ladder)] = column
            group.attrs.modify("log_evidence", np.float64(population.log_evidence))
            file.flush()
            os.fsync(file.id.get_vfd_handle())
            group.attrs.modify("rungs", np.int64(len(ladder)))

    def read_ladder(self, number: int = 0) -> Ladder:
        """Read the ladder of a population's annealing.

        Parameters
        ----------
        number
            Number of the population, from 0.

        Returns
        -------
        tuple of (Temperature, float, float)
            Each rung after the prior with the logarithm of its mean weight and its acceptance; none where the annealing has not ended.
        """
        with self._open("r") as file:
            group = file[population_group(number)]
            columns = [group[name][: int(group.attrs["rungs"])] for name in LADDER]
        return tuple((Temperature(float(a), float(b)), float(c), float(d)) for a, b, c, d in zip(*columns, strict=True))

    def read_log_evidence(self, number: int = 0) -> float:
        """Read the annealing's estimate of the evidence.

        Parameters
        ----------
        number
            Number of the population, from 0.

        Returns
        -------
        float
            Natural logarithm of the evidence relative to the prior.
        """
        with self._open("r") as file:
            return float(file[population_group(number)].attrs["log_evidence"])
