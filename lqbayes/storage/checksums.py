"""Checksums of what a chain file and a checkpoint hold: disks and memory change bits, and a changed bit is still a number."""

from __future__ import annotations

import zlib
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import RunError

CHECKSUMS = "checksums"
# One column of the checksums each, in this order.
CHECKED = ("chain", "log_prob", "blobs", "accepted_so_far", "random_keys", "random_place")
REMEDY = (
    "restore the file from a copy, or remove this file alone and `lqbayes resume` the run: "
    "the ensemble is then sampled again, with the same result"
)


def checksum(*arrays: NDArray[Any] | np.generic) -> int:
    """Compute the CRC-32 of numbers as they lie in a file."""
    found = 0
    for array in arrays:
        found = zlib.crc32(np.ascontiguousarray(array).data, found)
    return found


def verified_row(group: h5py.Group, name: str, step: int) -> NDArray[Any]:
    """Read what one step stored, and compare it with its checksum."""
    row: NDArray[Any] = group[name][step]
    if checksum(row) != int(group[CHECKSUMS][step, CHECKED.index(name)]):
        where = f"{group.file.filename}: mcmc/{name}, step {step + 1} (row {step})"
        raise RunError(f"{where}: does not fit its checksum: bits have changed on the disk since it was written; {REMEDY}")
    return row
