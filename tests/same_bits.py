"""Compare two runs to the bit."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from lqbayes.model import Model
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.population_file import population_path

ARRAYS = tuple(f"mcmc/{name}" for name in ("chain", "log_prob", "blobs", "accepted"))
LADDERS = tuple(f"annealing/{name}" for name in ("penalty", "beta", "log_mean_weight", "acceptance"))


def populations(folder: Path) -> list[tuple[int, int]]:
    """Ensemble and population of every file, from 0."""
    names = [(path.parent.name, path.stem) for path in folder.glob("ensemble-*/population-*.h5") if path.stem.count(".") == 0]
    return sorted((int(e.rpartition("-")[2]) - 1, int(p.rpartition("-")[2]) - 1) for e, p in names)


def assert_same_bits(first: Path, second: Path, *models: Model) -> None:
    """Same populations, and of each the same steps, ladder, evidence and random state."""
    assert populations(first) == populations(second)
    assert RunConfiguration.read(first, *models).identity == RunConfiguration.read(second, *models).identity
    for place in populations(first):
        with h5py.File(population_path(first, *place)) as a, h5py.File(population_path(second, *place)) as b:
            for name in (*ARRAYS, *LADDERS):
                np.testing.assert_array_equal(a[name][...], b[name][...], err_msg=f"{place} {name}")
            for group in ("/", "mcmc", "annealing"):
                assert {k: np.asarray(v).tolist() for k, v in a[group].attrs.items()} == {
                    k: np.asarray(v).tolist() for k, v in b[group].attrs.items()
                }
