"""Steps of an ensemble, and how they get into a chain file: the rows with their checksums first, then the counter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from lqbayes.storage.chain_layout import GROUP
from lqbayes.storage.checksums import CHECKED, CHECKSUMS, checksum, verified_row


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
    """Write steps after the last complete one, then the counter."""
    group = file[GROUP]
    first = int(group.attrs["iteration"])
    accepted = np.zeros(int(group.attrs["nwalkers"])) if first == 0 else verified_row(group, "accepted_so_far", first - 1).astype(float)
    for place, step in enumerate(steps, start=first):
        accepted = accepted + step.accepted
        _, keys, position, has_gauss, gauss = step.random_state
        rows = (step.positions, step.log_prob, step.parts, accepted, keys, (position, has_gauss, gauss))
        # Of the types that the file has, since the checksums are of its bytes.
        stored = [np.asarray(row, dtype=group[name].dtype) for name, row in zip(CHECKED, rows, strict=True)]
        for name, row in zip(CHECKED, stored, strict=True):
            group[name][place] = row
        group[CHECKSUMS][place] = [checksum(row) for row in stored]
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
