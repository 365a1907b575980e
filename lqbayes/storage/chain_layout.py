"""Layout of a chain file: everything that has a place in it gets its place when the file is made, and keeps it.

HDF5 does not update its own structures in one go, so that a kill at a bad moment can leave a file that no longer opens. Here no structure
ever changes. A file is made aside with room for more steps than there are, and moved into its place; what is written later are numbers in
space that was given to them before. The object headers are of HDF5's first version, which carries no checksum, so that a header whose
counter changes differs from the old one by the bytes of the counter alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import emcee
import h5py
import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.storage.atomic import atomic_path
from lqbayes.storage.checksums import CHECKED, CHECKSUMS, REMEDY, checksum, verified_row
from lqbayes.storage.random_state import KEYS

SCHEMA = 2
GROUP = "mcmc"
ANNEALING = "annealing"
LADDER = ("penalty", "beta", "log_mean_weight", "acceptance")
RUNGS = 200  # of a population's ladder, for which there is room at first
# h5py's name for the oldest structures that can hold a file, which are those without checksums.
_FORMAT = ("earliest", "v108")
# What emcee's backend reads, and besides what it takes to go on after any step.


def population_group(population: int) -> str:
    """Path of a population's annealing in the file."""
    return f"{ANNEALING}/population-{population + 1}"


def written_rows(walkers: int, dimension: int, parts: int) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and type of what each step stores."""
    return {
        "chain": ((walkers, dimension), "f8"),
        "log_prob": ((walkers,), "f8"),
        "blobs": ((walkers, parts), "f8"),
        "accepted_so_far": ((walkers,), "i4"),
        "random_keys": ((KEYS,), "u4"),
        "random_place": ((3,), "f8"),
        CHECKSUMS: ((len(CHECKED),), "u4"),
    }


def make_chain_file(path: Path, shape: tuple[int, int, int], identity: str, room: tuple[int, int, int], old: Path | None = None) -> None:
    """Make a chain file aside and move it into its place."""
    walkers, dimension, parts = shape
    steps, populations, rungs = room
    with atomic_path(path) as aside, h5py.File(aside, "w", libver=_FORMAT, locking=False) as file:
        file.attrs["schema"] = SCHEMA
        file.attrs["identity"] = identity
        group = file.create_group(GROUP)
        attributes = {"version": emcee.__version__, "nwalkers": walkers, "ndim": dimension, "has_blobs": True}
        for name, value in attributes.items():
            group.attrs[name] = value
        group.attrs["iteration"] = np.int64(0)
        for place, value in enumerate(("MT19937", np.zeros(KEYS, dtype=np.uint32), np.int64(0), np.int64(0), np.float64(0.0))):
            group.attrs[f"random_state_{place}"] = value
        _reserve(group, "accepted", (walkers,), "f8")[...] = 0.0
        for name, (row, kind) in written_rows(walkers, dimension, parts).items():
            _reserve(group, name, (steps, *row), kind)
        for population in range(populations):
            ladder = file.create_group(population_group(population))
            ladder.attrs["rungs"] = np.int64(0)
            ladder.attrs["log_evidence"] = np.float64(np.nan)
            ladder.attrs["checksum"] = np.int64(0)
            for name in LADDER:
                _reserve(ladder, name, (rungs,), "f8")[...] = np.nan
        if old is not None:
            with h5py.File(old, "r", locking=False) as source:
                _copy(source, file)


def _reserve(group: h5py.Group, name: str, shape: tuple[int, ...], kind: str) -> h5py.Dataset:
    """Make a dataset whose bytes have their place in the file at once; what was never written takes no space on most disks."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.CONTIGUOUS)
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    properties.set_obj_track_times(False)
    h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(np.dtype(kind)), h5py.h5s.create_simple(shape), properties)
    return group[name]


def _copy(source: h5py.File, target: h5py.File) -> None:
    old, new = source[GROUP], target[GROUP]
    steps = int(old.attrs["iteration"])
    new["accepted"][...] = old["accepted"][...]
    for step in range(steps):  # one at a time: the file may be larger than the memory
        for name in CHECKED:
            new[name][step] = verified_row(old, name, step)
        new[CHECKSUMS][step] = old[CHECKSUMS][step]
    _copy_attributes(old, new, ("iteration", *(f"random_state_{place}" for place in range(1, 5))))
    for name, ladder in source[ANNEALING].items():
        if int(ladder.attrs["rungs"]):
            write_ladder(target[ANNEALING][name], *verified_ladder(ladder))


def _copy_attributes(old: Any, new: Any, names: tuple[str, ...]) -> None:
    for name in names:
        new.attrs.modify(name, old.attrs[name])


def write_ladder(group: h5py.Group, columns: NDArray[np.float64], log_evidence: float, sync: Callable[[], None] | None = None) -> None:
    """Write the ladder and the evidence of a population's annealing, with their checksum, then the number of rungs."""
    rungs = columns.shape[1]
    group.attrs.modify("rungs", np.int64(0))  # a kill among the next lines leaves no ladder rather than a wrong one
    for name, column in zip(LADDER, columns, strict=True):
        group[name][:rungs] = column
    group.attrs.modify("log_evidence", np.float64(log_evidence))
    group.attrs.modify("checksum", np.int64(checksum(columns, np.float64(log_evidence))))
    group.file.flush()
    if sync is not None:
        sync()
    group.attrs.modify("rungs", np.int64(rungs))


def verified_ladder(group: h5py.Group) -> tuple[NDArray[np.float64], float]:
    """Read the ladder and the evidence of a population's annealing."""
    rungs, log_evidence = int(group.attrs["rungs"]), float(group.attrs["log_evidence"])
    columns = np.array([group[name][:rungs] for name in LADDER])
    if rungs and checksum(columns, np.float64(log_evidence)) != int(group.attrs["checksum"]):
        where = f"{group.file.filename}: {group.name.strip('/')}"
        raise RunError(f"{where}: does not fit its checksum: bits have changed on the disk since it was written; {REMEDY}")
    return columns, log_evidence if rungs else float("nan")
