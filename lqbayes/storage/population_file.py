"""The file of one population: HDF5 in emcee's own layout, written aside in one go and renamed when the population is complete.

`emcee.backends.HDFBackend(path, read_only=True)` reads it. A checkpoint of a population on its way has the same layout: on a rung it holds
the walkers, at the posterior the steps stored so far. Each dataset carries its checksum, since disks and memory change bits, and a changed
bit is still a number.
"""

import math
import zlib
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.sampling.emcee_parts import Backend
from lqbayes.sampling.emcee_parts import __version__ as emcee_version
from lqbayes.sampling.population import POSTERIOR, PRIOR, Ladder, Population, Rung
from lqbayes.storage.atomic import atomic_path, disk_reason
from lqbayes.storage.trusted_hdf5 import opened, refusal, refuse_endless_heaps

SCHEMA: Final = 3
LADDER: Final = ("penalty", "beta", "log_mean_weight", "acceptance")
_GROUP, _ANNEALING, _WALKERS, _CHECKSUM = "mcmc", "annealing", "walkers", "crc32"
_STEPS = ("chain", "log_prob", "blobs")
_MOST_RUNGS = 100_000  # a ladder has some dozens
_KEYS = 624  # words of the state of MT19937

RandomState = tuple[Any, ...]
"""As `numpy.random.RandomState.get_state` gives it."""


def population_path(folder: Path, ensemble: int, population: int) -> Path:
    """Path of a population's file; both are counted from 0, in names from 1."""
    return folder / f"ensemble-{ensemble + 1}" / f"population-{population + 1}.h5"


def checkpoint_path(folder: Path, ensemble: int, population: int) -> Path:
    """Path of the checkpoint of a population on its way."""
    return population_path(folder, ensemble, population).with_suffix(".checkpoint.h5")


def remove_traces(population: Path) -> None:
    """Remove what a population leaves on its way: once its file is there, neither the checkpoint nor the lock is needed."""
    for suffix in (".checkpoint.h5", ".lock"):
        population.with_suffix(suffix).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file must say that it belongs to, and the sizes that the run's configuration gives it."""

    identity: str
    walkers: int
    dimension: int
    columns: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that it takes to go on with a population: where it stands, the steps stored at the posterior, and the random generator.

    On a rung `population.evaluated` is empty when it comes from a file, since the posterior gives it again to the bit.
    """

    population: Population
    steps: Backend
    random_state: RandomState


def no_steps(walkers: int, dimension: int) -> Backend:
    """Make the store of a population that has no step yet."""
    steps = Backend()
    steps.reset(walkers, dimension)
    return steps


def write_population(path: Path, identity: str, snapshot: Snapshot) -> None:
    """Write a population's file or its checkpoint in one go: a reader finds the old or the new one."""
    population, steps = snapshot.population, snapshot.steps
    walkers, dimension = population.positions.shape
    columns = np.array([(r.penalty, r.beta, weight, acceptance) for r, weight, acceptance in population.ladder]).reshape(-1, len(LADDER)).T
    numbers = {"version": emcee_version, "nwalkers": walkers, "ndim": dimension, "has_blobs": True, "iteration": steps.iteration}
    try:
        path.parent.mkdir(exist_ok=True)
        with atomic_path(path) as aside, h5py.File(aside, "w", locking=False) as file:
            file.attrs.update({"schema": SCHEMA, "identity": identity})
            group, annealing = file.create_group(_GROUP), file.create_group(_ANNEALING)
            group.attrs.update(numbers | {f"random_state_{k}": value for k, value in enumerate(snapshot.random_state)})
            for name in _STEPS if steps.iteration else ():
                _store(group, name, getattr(steps, name)[: steps.iteration])
            if not steps.iteration:
                _store(file, _WALKERS, population.positions)
            _store(group, "accepted", steps.accepted)
            for name, column in zip(LADDER, columns, strict=True):
                _store(annealing, name, column)
            split = walkers // 2 if population.split is None else population.split
            annealing.attrs.update({"log_evidence": population.log_evidence, "split": split})
            file.attrs[_CHECKSUM] = _checksum_of_numbers(steps.iteration, split, population.log_evidence, snapshot.random_state)
    except OSError as error:
        advice = f"what was stored is kept: mend that, then `lqbayes resume {path.parent.parent}`"
        raise RunError(f"{path}: cannot be written ({disk_reason(error)}); {advice}") from error


def write_thinned(path: Path, identity: str, snapshot: Snapshot, every: int) -> None:
    """Write the file of a population with one walker in so many."""
    population, steps = snapshot.population, snapshot.steps
    for name in _STEPS:
        setattr(steps, name, getattr(steps, name)[:, ::every])
    steps.accepted = steps.accepted[::every]
    kept = replace(population, positions=population.positions[::every], evaluated=population.evaluated[::every], split=None)
    write_population(path, identity, replace(snapshot, population=kept))


def _store(group: h5py.Group, name: str, array: NDArray[np.float64]) -> None:
    group.create_dataset(name, data=array, dtype="f8", track_times=False).attrs[_CHECKSUM] = checksum(array)


def checksum(rows: Iterable[NDArray[Any]]) -> int:
    """Compute the CRC-32 of numbers as they lie in a file, with one row at a time in memory."""
    found = 0
    for row in rows:
        found = zlib.crc32(np.ascontiguousarray(row).data, found)
    return found


def _checksum_of_numbers(iteration: int, split: int, log_evidence: float, random_state: RandomState) -> int:
    _, keys, *place = random_state
    return checksum([np.array([iteration, split, log_evidence, *place], dtype=np.float64), np.asarray(keys, dtype=np.uint32)])


class PopulationFile:
    """A population's file or checkpoint, to be read.

    What belongs to something else or has other sizes is refused at once; each dataset is compared with its checksum before it is used.
    """

    def __init__(self, path: Path, origin: Origin, *, checkpoint: bool = False) -> None:
        self.path = path
        self._origin, self.identity = origin, origin.identity
        self._verified: set[str] = set()
        again = "goes on from its beginning" if checkpoint else "is then sampled again"
        self.remedy = (
            f"restore it from a copy, or remove this file alone and `lqbayes resume` the run: the population {again}, to the same bits"
        )
        with opened(path, self.remedy) as file:
            refuse_endless_heaps(path, self.remedy)
            self._check_origin(file)
            group, annealing = self._group(file, _GROUP), self._group(file, _ANNEALING)
            self.iteration: int = self._number(group, "iteration", int)
            self.log_evidence: float = self._number(annealing, "log_evidence", float)
            self._split: int = self._number(annealing, "split", int)
            self.random_state = self._random_state(group)
            found = _checksum_of_numbers(self.iteration, self._split, self.log_evidence, self.random_state)
            if found != self._number(file, _CHECKSUM, int):
                raise self._refused("", "its numbers do not fit their checksum: bits have changed on the disk since it was written")
            rungs = self._check_arrays(file, checkpoint)
            columns = [self._whole(file, f"{_ANNEALING}/{name}") for name in LADDER] if rungs else []
        self.ladder: Ladder = tuple((Rung(float(a), float(b)), float(c), float(d)) for a, b, c, d in zip(*columns, strict=True))
        rung = self._rung
        if not 0 < self._split < origin.walkers:
            raise self._refused(f"{_ANNEALING}: split", f"must leave walkers in both halves of {origin.walkers}")
        complete = rung == POSTERIOR and self.iteration > 0
        if not (rung.penalty >= 0 and 0 <= rung.beta <= 1 and math.isfinite(self.log_evidence) and (complete or checkpoint)):
            raise self._refused(_ANNEALING, "no population comes to this rung or evidence")

    def rows(self, name: str, steps: Sequence[int]) -> Generator[NDArray[np.float64]]:
        """Read steps one after the other, so that no more than one of them is in memory."""
        with opened(self.path, self.remedy) as file:
            array = self._array(file, f"{_GROUP}/{name}")
            for step in steps:
                yield self._sound(name, array[step])

    def snapshot(self) -> Snapshot:
        """Read all that it takes to go on."""
        origin = self._origin
        steps = no_steps(origin.walkers, origin.dimension)
        try:
            with opened(self.path, self.remedy) as file:
                if self.iteration:
                    for name in _STEPS:
                        setattr(steps, name, self._sound(name, self._whole(file, f"{_GROUP}/{name}")))
                    positions, evaluated = steps.chain[-1], steps.blobs[-1]
                else:
                    positions, evaluated = self._sound("chain", self._whole(file, _WALKERS)), np.empty((origin.walkers, 0))
                steps.accepted = self._whole(file, f"{_GROUP}/accepted")
        except MemoryError as error:
            what = f"{max(self.iteration, 1)} steps of {origin.walkers} walkers"
            raise RunError(f"{self.path}: the memory does not hold {what}; go on with fewer --workers") from error
        steps.iteration, steps.random_state = self.iteration, self.random_state
        return Snapshot(Population(positions, evaluated, self._rung, self.log_evidence, self.ladder, self._split), steps, self.random_state)

    @property
    def _rung(self) -> Rung:
        return self.ladder[-1][0] if self.ladder else PRIOR

    def _refused(self, key: str, message: str) -> RunError:
        return refusal(self.path, key, message, self.remedy)

    def _check_origin(self, file: h5py.File) -> None:
        if file.attrs.get("schema") != SCHEMA:
            raise self._refused("", f"has the layout {file.attrs.get('schema')}, and this lqbayes reads {SCHEMA}")
        if file.attrs.get("identity") != self._origin.identity:
            raise self._refused("", "belongs to another run, ensemble or population")

    def _group(self, file: h5py.File, name: str) -> h5py.Group:
        group = file.get(name)
        if not isinstance(group, h5py.Group):
            raise self._refused(name, "is not there, or not a group")
        return group

    def _number(self, owner: h5py.Group, name: str, kind: type) -> Any:
        value = owner.attrs.get(name)
        if not isinstance(value, np.integer if kind is int else np.floating) or value < 0 and kind is int:
            raise self._refused(f"{owner.name}: {name}", f"must be {'a whole number, 0 or more' if kind is int else 'a number'}")
        return kind(value)

    def _random_state(self, group: h5py.Group) -> RandomState:
        """Read the state of the generator: NumPy takes whatever it is given, and would read beyond its own arrays."""
        name, keys = group.attrs.get("random_state_0"), group.attrs.get("random_state_1")
        position, has_gauss = (self._number(group, f"random_state_{k}", int) for k in (2, 3))
        gauss = self._number(group, "random_state_4", float)
        sound = isinstance(keys, np.ndarray) and keys.shape == (_KEYS,) and keys.dtype == np.uint32
        if not (sound and name == "MT19937" and position <= _KEYS and has_gauss <= 1 and math.isfinite(gauss)):
            raise self._refused(f"{_GROUP}: random_state", "is that of no random generator")
        return name, keys, position, has_gauss, gauss

    def _check_arrays(self, file: h5py.File, checkpoint: bool) -> int:
        """Refuse other arrays than the configuration asks for, before any is read; count the rungs."""
        origin, steps, group = self._origin, self.iteration, file[_GROUP]
        if [self._number(group, name, int) for name in ("nwalkers", "ndim")] != [origin.walkers, origin.dimension]:
            raise self._refused(_GROUP, f"must hold {origin.walkers} walkers with {origin.dimension} coordinates each")
        rungs = file.get(f"{_ANNEALING}/{LADDER[0]}")
        count = rungs.shape[0] if isinstance(rungs, h5py.Dataset) and len(rungs.shape) == 1 else -1
        if not 0 <= count <= _MOST_RUNGS:
            raise self._refused(f"{_ANNEALING}/{LADDER[0]}", f"must hold one row of at most {_MOST_RUNGS} rungs")
        expected: dict[str, tuple[int, ...]] = {f"{_ANNEALING}/{name}": (count,) for name in LADDER}
        expected[f"{_GROUP}/accepted"] = (origin.walkers,)
        if steps or not checkpoint:
            shapes = ((steps, origin.walkers, origin.dimension), (steps, origin.walkers), (steps, origin.walkers, origin.columns))
            expected |= {f"{_GROUP}/{name}": shape for name, shape in zip(_STEPS, shapes, strict=True)}
        else:
            expected[_WALKERS] = (origin.walkers, origin.dimension)
        for name, shape in expected.items():
            array = file.get(name)
            if not isinstance(array, h5py.Dataset) or array.shape != shape or array.dtype != np.float64:
                raise self._refused(name, f"must hold {shape} numbers of the type float64")
        return count

    def _array(self, file: h5py.File, name: str) -> h5py.Dataset:
        """Find a dataset, and compare it with its checksum at its first use."""
        array = file[name]
        if name not in self._verified:
            rows = array if array.ndim > 1 else [array[...]]  # one number after the other would take long
            if checksum(rows) != self._number(array, _CHECKSUM, int):
                raise self._refused(name, "does not fit its checksum: bits have changed on the disk since it was written")
            self._verified.add(name)
        return array

    def _whole(self, file: h5py.File, name: str) -> NDArray[np.float64]:
        return np.asarray(self._array(file, name))

    def _sound(self, name: str, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Refuse numbers that no run stores."""
        if name == "chain" and not np.isfinite(numbers).all():
            raise self._refused(f"{_GROUP}/{name}", "has numbers that are not finite")
        if not (numbers < np.inf).all():  # nor is NaN
            raise self._refused(f"{_GROUP}/{name}", "has numbers that are infinite or not defined")
        return numbers
