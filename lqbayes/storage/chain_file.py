"""The chain file of one ensemble: HDF5 in emcee's own layout, written in blocks of steps.

emcee's HDF backend opens the file at every step, which costs ten milliseconds; this one collects steps and writes them in one go. What
it writes, `emcee.backends.HDFBackend(path, read_only=True)` reads. A kill at any moment leaves a file that opens, with all steps up to its
counter: see `lqbayes.storage.chain_layout`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from emcee.backends import Backend
from emcee.state import State
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.sampling.population import Population
from lqbayes.storage.chain_layout import ANNEALING, GROUP, LADDER, RUNGS, make_chain_file, population_group, write_ladder
from lqbayes.storage.chain_reader import ChainReader
from lqbayes.storage.chain_steps import Step, append_steps
from lqbayes.storage.disk_errors import disk_error, disk_reason

_GROWTH = 2


class ChainFile(ChainReader, Backend):  # type: ignore[misc]
    """Backend of emcee that keeps the steps of a block in memory until `flush`.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._pending: list[Step] = []
        self._expected: tuple[str, int] | None = None

    def create(self, walkers: int, dimension: int, parts: int, identity: str = "", room: tuple[int, int] = (1, 1)) -> None:
        """Make an empty file, where there is none."""
        if self.path.exists():
            raise RunError(f"{self.path}: the file exists; choose another run directory, or remove this one yourself")
        with self._written():
            make_chain_file(self.path, (walkers, dimension, parts), identity, (*room, RUNGS))

    def make_room(self, steps: int, populations: int = 1, rungs: int = 1) -> None:
        """See to it that the file can hold more, by a copy that takes its place; it at least doubles, so that copies stay rare."""
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

    def expect(self, identity: str, steps: int) -> None:
        """Say what the file must be whenever something is written from now on; it is refused else, as one of another process."""
        self._expected = (identity, steps)
        with self._open("r") as file:
            self._check_expected(file)

    def _check_expected(self, file: h5py.File) -> None:
        if self._expected is None:
            return
        found = (file.attrs.get("identity"), int(file[GROUP].attrs["iteration"]))
        if found != self._expected:
            what = f"holds {found[1]} steps, not {self._expected[1]}" if found[0] == self._expected[0] else "belongs to another run by now"
            raise RunError(f"{self.path}: {what}: another process has written it since; nothing was added to it")

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:  # h5py raises either, the second when it closes a file
            if isinstance(error, RuntimeError) and disk_error(error) is None:
                raise
            advice = f"what was stored is kept: mend that, then `lqbayes resume {self.path.parent}`"
            raise RunError(f"{self.path}: cannot be written ({disk_reason(error)}); {advice}") from error

    # What emcee calls while it samples.

    def get_last_sample(self) -> State:
        """Read the state after the last complete step, as emcee does when it opens a file that has steps."""
        return self.read_last()

    def reset(self, nwalkers: int, ndim: int) -> None:
        """Do nothing: emcee empties a new backend, and this one was made by `create`."""

    def grow(self, ngrow: int, blobs: NDArray[np.float64]) -> None:
        """Do nothing: `make_room` did it."""

    def save_step(self, state: State, accepted: NDArray[np.bool_]) -> None:
        """Keep a step until the next `flush`."""
        step = Step(state.coords.copy(), state.log_prob.copy(), state.blobs.copy(), accepted.astype(float), state.random_state)
        self._pending.append(step)

    def flush(self) -> None:
        """Bring the steps kept so far to the disk, then the counter."""
        if not self._pending:
            return
        with self._open("r") as file:  # before a copy may take its place
            self._check_expected(file)
            steps = int(file[GROUP].attrs["iteration"]) + len(self._pending)
        # Taken before they are written: steps whose writing Ctrl-C interrupts may be in the file already, and must not be written twice.
        pending, self._pending = self._pending, []
        self.make_room(steps)
        with self._written(), h5py.File(self.path, "r+", locking=False) as file:
            self._check_expected(file)
            append_steps(file, pending, lambda: os.fsync(file.id.get_vfd_handle()))
        if self._expected is not None:
            self._expected = (self._expected[0], steps)

    def write_population(self, number: int, population: Population) -> None:
        """Write the ladder and the evidence of a population's annealing."""
        ladder = population.ladder
        self.make_room(1, number + 1, len(ladder))
        columns = np.array([(rung.penalty, rung.beta, weight, acceptance) for rung, weight, acceptance in ladder]).T
        with self._written(), h5py.File(self.path, "r+", locking=False) as file:
            self._check_expected(file)
            write_ladder(file[population_group(number)], columns, population.log_evidence, lambda: os.fsync(file.id.get_vfd_handle()))
