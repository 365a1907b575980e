"""Reading a chain file: what it holds, up to its counter, each row compared with its checksum."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from emcee.state import State
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.sampling.population import Ladder, Rung
from lqbayes.storage.chain_layout import GROUP, SCHEMA, population_group, verified_ladder
from lqbayes.storage.checksums import CHECKED, REMEDY, verified_row
from lqbayes.storage.random_state import random_state
from lqbayes.storage.trusted_hdf5 import READING_ERRORS, check_file, check_layout, check_numbers, check_objects


class ChainReader:
    """A chain file, to be read.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _open(self, mode: str) -> Iterator[h5py.File]:
        check_file(self.path)
        try:
            # HDF5's own lock would let a reader end a run. Here one process writes (its lock sees to that), and readers go by the counter.
            with h5py.File(self.path, mode, locking=False) as file:
                check_objects(file, self.path)
                yield file
        except READING_ERRORS as error:
            raise RunError(f"{self.path}: cannot be read as a chain file of lqbayes ({error}); {REMEDY}") from error

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
            place = verified_row(file[GROUP], "random_place", steps - 1)
            return random_state(verified_row(file[GROUP], "random_keys", steps - 1), *(float(x) for x in place))

    def check_identity(self, identity: str) -> None:
        """Refuse a file that belongs to another run or another ensemble."""
        with self._open("r") as file:
            found, schema = file.attrs.get("identity"), file.attrs.get("schema")
        if schema != SCHEMA:
            raise RunError(f"{self.path}: this file has layout {schema}, this lqbayes reads {SCHEMA}; use the version that made it")
        if found != identity:
            raise RunError(f"{self.path}: this file belongs to another run or another ensemble; put the right one in its place")

    def check_layout(self, walkers: int, dimension: int, parts: int) -> None:
        """Refuse a file whose arrays are not those of the run, or which ends with a damaged step."""
        with self._open("r") as file:
            check_layout(file, self.path, walkers=walkers, dimension=dimension, parts=parts)
            last = int(file[GROUP].attrs["iteration"]) - 1
            for name in CHECKED if last >= 0 else ():  # a counter that is ahead of what was written shows here
                verified_row(file[GROUP], name, last)

    def rows(self, name: str, steps: Sequence[int]) -> Generator[NDArray[np.float64]]:
        """Read steps one after the other, so that no more than one of them is in memory."""
        with self._open("r") as file:
            for step in steps:
                row = verified_row(file[GROUP], name, step)
                check_numbers(self.path, name, row)
                yield row

    def read_last(self) -> State:
        """Read the state in which the last complete step left the ensemble."""
        with self._open("r") as file:
            group = file[GROUP]
            last = int(group.attrs["iteration"]) - 1
            if last < 0:
                raise RunError(f"{self.path}: there is no step in the file yet")
            position, log_prob, parts = (verified_row(group, name, last) for name in ("chain", "log_prob", "blobs"))
        return State(position, log_prob=log_prob, blobs=parts, random_state=self.random_state)

    def read_ladder(self, number: int = 0) -> Ladder:
        """Read the ladder of a population's annealing."""
        with self._open("r") as file:
            columns, _ = verified_ladder(file[population_group(number)])
        return tuple((Rung(float(a), float(b)), float(c), float(d)) for a, b, c, d in zip(*columns, strict=True))

    def read_log_evidence(self, number: int = 0) -> float:
        """Read the annealing's estimate of the evidence."""
        with self._open("r") as file:
            return verified_ladder(file[population_group(number)])[1]
