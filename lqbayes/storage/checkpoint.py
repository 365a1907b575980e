"""The checkpoint of an annealing: where an ensemble stands between two rungs, so that a kill costs one rung at the most."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.sampling.population import Population, Rung
from lqbayes.storage.atomic import atomic_path
from lqbayes.storage.chain_layout import LADDER, SCHEMA
from lqbayes.storage.checksums import checksum
from lqbayes.storage.disk_errors import disk_error, disk_reason
from lqbayes.storage.random_state import KEYS, random_state
from lqbayes.storage.trusted_hdf5 import READING_ERRORS, check_file, check_objects

_MOST_RUNGS = 100_000  # a ladder has some dozens
NUMBERS = ("population", "log_evidence", "penalty", "beta", "random_position", "random_has_gauss", "random_gauss")
"""Attributes from which the annealing goes on; the checksum covers them in this order."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A population between two rungs of its annealing.

    Attributes
    ----------
    number
        Number of the population, from 0.
    population
        The walkers; their parts are empty, since the posterior gives them again to the bit.
    random_state
        State of the random generator, as `numpy.random.RandomState.get_state` gives it.
    """

    number: int
    population: Population
    random_state: tuple[Any, ...]


def checkpoint_path(folder: Path, index: int) -> Path:
    """Path of an ensemble's checkpoint."""
    return folder / f"ensemble-{index + 1}.checkpoint.h5"


def write_checkpoint(path: Path, identity: str, number: int, population: Population, random: np.random.RandomState) -> None:
    """Write a checkpoint in one go: a reader finds the old or the new one."""
    _, keys, position, has_gauss, gauss = random.get_state()
    attributes = {
        "schema": SCHEMA,
        "identity": identity,
        "population": number,
        "log_evidence": population.log_evidence,
        "penalty": population.rung.penalty,
        "beta": population.rung.beta,
        "random_position": position,
        "random_has_gauss": has_gauss,
        "random_gauss": gauss,
    }
    ladder = [(rung.penalty, rung.beta, weight, acceptance) for rung, weight, acceptance in population.ladder]
    columns = np.array(ladder, dtype=np.float64).reshape(-1, len(LADDER)).T
    attributes["checksum"] = _checksum(population.positions, np.asarray(keys, dtype=np.uint32), columns, attributes)
    try:
        with atomic_path(path) as aside, h5py.File(aside, "w", locking=False) as file:
            file.attrs.update(attributes)
            file["positions"] = population.positions
            file["random_keys"] = keys
            for name, column in zip(LADDER, columns, strict=True):
                file[f"annealing/{name}"] = column
    except (OSError, RuntimeError) as error:  # h5py raises either, the second when it closes a file
        if isinstance(error, RuntimeError) and disk_error(error) is None:
            raise
        advice = f"what was stored is kept: mend that, then `lqbayes resume {path.parent}`"
        raise RunError(f"{path}: cannot be written ({disk_reason(error)}); {advice}") from error


def _checksum(positions: NDArray[np.float64], keys: NDArray[np.uint32], columns: NDArray[np.float64], numbers: dict[str, Any]) -> int:
    """Compute the checksum of everything from which the annealing goes on."""
    return checksum(positions, keys, columns, np.array([numbers[name] for name in NUMBERS], dtype=np.float64))


def read_checkpoint(path: Path, identity: str, shape: tuple[int, int]) -> Checkpoint | None:
    """Read a checkpoint."""
    if not path.exists():
        return None
    advice = "remove it: the annealing of this population then begins anew, with the same result"
    check_file(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            check_objects(file, path)
            found = dict(file.attrs)
            if found.get("schema") != SCHEMA or found.get("identity") != identity:
                raise RunError(f"{path}: this checkpoint belongs to another run, ensemble or version of the layout; {advice}")
            _check_shapes(file, path, shape, advice)
            columns = [file[f"annealing/{name}"][...] for name in LADDER]
            ladder = tuple((Rung(float(a), float(b)), float(c), float(d)) for a, b, c, d in zip(*columns, strict=True))
            positions, keys = file["positions"][...], file["random_keys"][...]
            if _checksum(positions, keys, np.array(columns), found) != int(found["checksum"]):
                raise RunError(f"{path}: does not fit its checksum: bits have changed on the disk since it was written; {advice}")
            rung = Rung(float(found["penalty"]), float(found["beta"]))
            place = (float(found[f"random_{name}"]) for name in ("position", "has_gauss", "gauss"))
            state = random_state(keys, *place)
            number, log_evidence = int(found["population"]), float(found["log_evidence"])
    except MemoryError as error:
        raise RunError(f"{path}: the memory does not hold {shape} positions; go on with fewer --workers") from error
    except READING_ERRORS as error:
        raise RunError(f"{path}: cannot be read as a checkpoint ({error}); {advice}") from error
    if not np.isfinite(positions).all():
        raise RunError(f"{path}: has positions that are not finite; {advice}")
    if not (rung.penalty >= 0 and 0 <= rung.beta <= 1 and math.isfinite(log_evidence) and number >= 0):
        raise RunError(f"{path}: no annealing comes to this rung, evidence or population; {advice}")
    population = Population(positions, np.empty((len(positions), 0)), rung, log_evidence, ladder)
    return Checkpoint(number, population, state)


def _check_shapes(file: h5py.File, path: Path, shape: tuple[int, int], advice: str) -> None:
    """Refuse other arrays than the configuration asks for, before any is read: a small file may promise more than the memory holds."""
    rungs = file[f"annealing/{LADDER[0]}"].shape
    if len(rungs) != 1 or rungs[0] > _MOST_RUNGS:
        raise RunError(f"{path}: annealing: must hold one row of at most {_MOST_RUNGS} rungs, not {rungs}; {advice}")
    expected = {"positions": (shape, "f8"), "random_keys": ((KEYS,), "u4")} | {f"annealing/{name}": (rungs, "f8") for name in LADDER}
    for name, (size, kind) in expected.items():
        array = file[name]
        if array.shape != size or array.dtype != np.dtype(kind):
            wanted = f"{size} numbers of the type {np.dtype(kind).name}"
            raise RunError(f"{path}: {name}: must hold {wanted}, not {array.shape} of {array.dtype.name}; {advice}")
