"""The checkpoint of an annealing: what goes in comes out, and what goes on from it goes on to the bit."""

from __future__ import annotations

import math
from pathlib import Path

import h5py
import numpy as np
import pytest

from lqbayes.input.errors import RunError
from lqbayes.sampling.annealing import Population, Rung
from lqbayes.storage.checkpoint import checkpoint_path, read_checkpoint, write_checkpoint

LADDER = ((Rung(0.5, 0.0), -0.7, 0.3), (Rung(math.inf, 0.0), -1.0, 0.2), (Rung(math.inf, 1e-9), -2.0, 0.1))


def _population(rungs: int) -> Population:
    positions = np.random.default_rng(1).normal(size=(8, 3))
    ladder = LADDER[:rungs]
    return Population(positions, np.zeros((8, 4)), ladder[-1][0], sum(weight for _, weight, _ in ladder), ladder)


@pytest.mark.parametrize("rungs", [1, 2, 3])
def test_comes_back(tmp_path: Path, rungs: int) -> None:
    path, random, population = checkpoint_path(tmp_path, 2), np.random.RandomState(5), _population(rungs)
    random.normal()  # leaves the second normal number of a pair in the state
    write_checkpoint(path, "run/3", 4, population, random)
    assert path.name == "ensemble-3.checkpoint.h5"
    found = read_checkpoint(path, "run/3", (8, 3))
    assert found is not None
    assert found.number == 4
    np.testing.assert_array_equal(found.population.positions, population.positions)
    assert found.population.rung == population.rung
    assert found.population.ladder == population.ladder
    assert found.population.log_evidence == population.log_evidence
    again = np.random.RandomState()
    again.set_state(found.random_state)
    np.testing.assert_array_equal(again.normal(size=700), random.normal(size=700))


def test_the_next_one_takes_its_place(tmp_path: Path) -> None:
    path, random = checkpoint_path(tmp_path, 0), np.random.RandomState(5)
    write_checkpoint(path, "run/1", 0, _population(1), random)
    write_checkpoint(path, "run/1", 0, _population(2), random)
    found = read_checkpoint(path, "run/1", (8, 3))
    assert found is not None
    assert len(found.population.ladder) == 2
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_none(tmp_path: Path) -> None:
    assert read_checkpoint(checkpoint_path(tmp_path, 0), "run/1", (8, 3)) is None


@pytest.mark.parametrize("what", ["another ensemble", "another layout", "truncated", "text"])
def test_refuses_what_does_not_belong_here(tmp_path: Path, what: str) -> None:
    path = checkpoint_path(tmp_path, 0)
    write_checkpoint(path, "run/1", 0, _population(2), np.random.RandomState(5))
    if what == "another layout":
        with h5py.File(path, "r+") as file:
            file.attrs["schema"] = 99
    elif what == "truncated":
        path.write_bytes(path.read_bytes()[:1000])
    elif what == "text":
        path.write_text("not HDF5")
    with pytest.raises(RunError, match=r"ensemble-1\.checkpoint\.h5.*remove it"):
        read_checkpoint(path, "run/2" if what == "another ensemble" else "run/1", (8, 3))


@pytest.mark.parametrize("name", ["positions", "random_keys", "annealing/penalty", "annealing/power"])
@pytest.mark.parametrize("kind", ["f8", "f4"])
def test_refuses_other_arrays_before_it_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str) -> None:
    """A sparse file of a terabyte takes no room on the disk, and would not fit into the memory."""
    path = checkpoint_path(tmp_path, 0)
    write_checkpoint(path, "run/1", 0, _population(2), np.random.RandomState(5))
    with h5py.File(path, "r+") as file:
        del file[name]
        early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        early.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        place = h5py.h5s.create_simple((10**11,))
        h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(np.dtype(kind)), place, early)

    def read(*_: object) -> None:
        raise AssertionError("an array was read")

    monkeypatch.setattr(h5py.Dataset, "__getitem__", read)
    with pytest.raises(RunError, match=r"ensemble-1\.checkpoint\.h5: (annealing|positions|random_keys).* must hold"):
        read_checkpoint(path, "run/1", (8, 3))


def test_too_little_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    path = checkpoint_path(tmp_path, 0)
    write_checkpoint(path, "run/1", 0, _population(2), np.random.RandomState(5))
    monkeypatch.setattr(h5py.Dataset, "__getitem__", full)
    with pytest.raises(RunError, match=r"memory does not hold \(8, 3\) positions"):
        read_checkpoint(path, "run/1", (8, 3))
