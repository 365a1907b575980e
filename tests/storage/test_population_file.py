"""The file of a population and its checkpoint: what goes in comes out, emcee reads it, and what does not belong there is refused."""

from __future__ import annotations

import math
from pathlib import Path

import emcee
import h5py
import numpy as np
import pytest
from emcee.state import State

from lqbayes.input.errors import RunError
from lqbayes.sampling.population import POSTERIOR, Ladder, Population, Rung
from lqbayes.storage.population_file import (
    Origin,
    PopulationFile,
    Snapshot,
    checkpoint_path,
    no_steps,
    population_path,
    write_population,
)

ORIGIN = Origin("run/3/5", 6, 3, 4)
LADDER: Ladder = (
    (Rung(0.25, 0.0), -0.7, 0.5),
    (Rung(math.inf, 0.0), -3.0, 0.25),
    (Rung(math.inf, 1e-9), -1.5, 0.1),
    (POSTERIOR, -2.0, 0.05),
)


def snapshot(steps: int, rungs: int = 4) -> Snapshot:
    rng, random = np.random.default_rng(1), np.random.RandomState(5)
    random.normal()  # leaves the second normal number of a pair in the state
    store = no_steps(6, 3)
    store.grow(steps + 2, np.empty((6, 4)))  # with room that is not used
    for _ in range(steps):
        blobs = -rng.random((6, 4))
        blobs[0, 0] = -math.inf
        state = State(rng.normal(size=(6, 3)), log_prob=rng.normal(size=6), blobs=blobs, random_state=random.get_state())
        store.save_step(state, rng.random(6) < 0.5)
    positions = store.chain[steps - 1] if steps else rng.normal(size=(6, 3))
    ladder = LADDER[:rungs]
    population = Population(positions, np.empty((6, 0)), ladder[-1][0], sum(weight for _, weight, _ in ladder), ladder, split=2)
    return Snapshot(population, store, tuple(random.get_state()))


def test_names(tmp_path: Path) -> None:
    assert population_path(tmp_path, 2, 4) == tmp_path / "ensemble-3" / "population-5.h5"
    assert checkpoint_path(tmp_path, 2, 4).name == "population-5.checkpoint.h5"


@pytest.mark.parametrize(("steps", "rungs", "checkpoint"), [(0, 1, True), (0, 3, True), (0, 4, True), (2, 4, True), (3, 4, False)])
def test_comes_back(tmp_path: Path, steps: int, rungs: int, checkpoint: bool) -> None:
    path, written = tmp_path / "ensemble-3" / "a.h5", snapshot(steps, rungs)
    write_population(path, "run/3/5", snapshot(0, 1))
    write_population(path, "run/3/5", written)  # the next one takes its place
    assert [p.name for p in path.parent.iterdir()] == ["a.h5"]
    file = PopulationFile(path, ORIGIN, checkpoint=checkpoint)
    assert (file.iteration, file.ladder, file.log_evidence) == (steps, LADDER[:rungs], written.population.log_evidence)
    found = file.snapshot()
    np.testing.assert_array_equal(found.population.positions, written.population.positions)
    assert found.population.rung == written.population.rung
    assert found.population.split == 2
    for name in ("chain", "log_prob", "blobs") if steps else ():
        np.testing.assert_array_equal(getattr(found.steps, name), getattr(written.steps, name)[:steps])
        np.testing.assert_array_equal(list(file.rows(name, range(steps))), getattr(written.steps, name)[:steps])
        np.testing.assert_array_equal(list(file.rows(name, [1])), getattr(written.steps, name)[1:2])
    np.testing.assert_array_equal(found.steps.accepted, written.steps.accepted)
    one, other = np.random.RandomState(), np.random.RandomState()
    one.set_state(found.random_state)
    other.set_state(written.random_state)
    np.testing.assert_array_equal(one.normal(size=700), other.normal(size=700))


def test_emcee_reads_it(tmp_path: Path) -> None:
    path, written = tmp_path / "a.h5", snapshot(3)
    write_population(path, "run/3/5", written)
    backend = emcee.backends.HDFBackend(str(path), read_only=True)
    assert (backend.iteration, backend.shape) == (3, (6, 3))
    for name in ("chain", "log_prob", "blobs"):
        np.testing.assert_array_equal(backend.get_value(name), getattr(written.steps, name)[:3])
    np.testing.assert_array_equal(backend.accepted, written.steps.accepted)
    last, random, again = backend.get_last_sample(), np.random.RandomState(), np.random.RandomState()
    random.set_state(tuple(last.random_state))
    again.set_state(written.random_state)
    np.testing.assert_array_equal(random.normal(size=9), again.normal(size=9))


def test_a_kill_while_it_is_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.h5"
    write_population(path, "run/3/5", snapshot(2))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lqbayes.storage.atomic.os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_population(path, "run/3/5", snapshot(3))
    assert PopulationFile(path, ORIGIN).iteration == 2


@pytest.mark.parametrize(
    "origin", [Origin("run/3/6", 6, 3, 4), Origin("run/3/5", 7, 3, 4), Origin("run/3/5", 6, 2, 4), Origin("run/3/5", 6, 3, 5)]
)
def test_refuses_what_belongs_to_something_else(tmp_path: Path, origin: Origin) -> None:
    write_population(tmp_path / "a.h5", "run/3/5", snapshot(2))
    with pytest.raises(RunError, match=r"a\.h5: .*(belongs to another run|must hold).*remove this file alone"):
        PopulationFile(tmp_path / "a.h5", origin)


@pytest.mark.parametrize(("steps", "rungs"), [(0, 4), (0, 2)])
def test_a_checkpoint_is_no_population(tmp_path: Path, steps: int, rungs: int) -> None:
    write_population(tmp_path / "a.h5", "run/3/5", snapshot(steps, rungs))
    with pytest.raises(RunError, match=r"a\.h5"):
        PopulationFile(tmp_path / "a.h5", ORIGIN)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_truncated(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.h5"
    write_population(path, "run/3/5", snapshot(50))
    contents = path.read_bytes()
    path.write_bytes(contents[: int(share * len(contents))])
    with pytest.raises(RunError, match=r"a\.h5: cannot be read as a file of a population"):
        PopulationFile(path, ORIGIN)


@pytest.mark.parametrize("name", ["walkers", "mcmc/accepted", "annealing/penalty", "annealing/beta"])
@pytest.mark.parametrize("kind", ["f8", "f4"])
def test_refuses_other_arrays_before_it_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str) -> None:
    """A sparse file of a terabyte takes no room on the disk, and would not fit into the memory."""
    path = tmp_path / "a.checkpoint.h5"
    write_population(path, "run/3/5", snapshot(0, 2))
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
    with pytest.raises(RunError, match=rf"a\.checkpoint\.h5: {name}.* must hold"):
        PopulationFile(path, ORIGIN, checkpoint=True)


def test_too_little_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    write_population(tmp_path / "a.h5", "run/3/5", snapshot(2))
    file = PopulationFile(tmp_path / "a.h5", ORIGIN)
    monkeypatch.setattr(PopulationFile, "_whole", full)
    with pytest.raises(RunError, match="memory does not hold 2 steps of 6 walkers"):
        file.snapshot()
