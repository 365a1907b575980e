"""The chain file: what goes in comes out, complete steps only, and never over another file."""

from __future__ import annotations

import math
from pathlib import Path

import emcee
import h5py
import numpy as np
import pytest
from emcee.state import State
from numpy.typing import NDArray

from lqbayes.errors import RunError
from lqbayes.inference.annealing import COLD, Population, Temperature
from lqbayes.storage.chain_file import ChainFile

Array = NDArray[np.float64]
WALKERS, DIMENSION, PARTS = 6, 3, 4


@pytest.fixture
def chain(tmp_path: Path) -> ChainFile:
    file = ChainFile(tmp_path / "ensemble-1.h5")
    file.create(WALKERS, DIMENSION, PARTS)
    return file


def _state(seed: int) -> tuple[State, NDArray[np.bool_]]:
    random = np.random.RandomState(seed)
    coords, log_prob, blobs = random.normal(size=(WALKERS, DIMENSION)), random.normal(size=WALKERS), random.normal(size=(WALKERS, PARTS))
    blobs[0, 0] = -math.inf
    return State(coords, log_prob=log_prob, blobs=blobs, random_state=random.get_state()), random.random_sample(WALKERS) < 0.5


def _save(chain: ChainFile, seeds: range) -> None:
    for seed in seeds:
        chain.save_step(*_state(seed))


def _assert_holds(chain: ChainFile, seeds: range) -> None:
    states = [_state(seed) for seed in seeds]
    stored = chain.read()
    assert chain.iteration == len(states)
    np.testing.assert_array_equal(stored.positions, np.array([state.coords for state, _ in states]).reshape(-1, WALKERS, DIMENSION))
    np.testing.assert_array_equal(stored.parts, np.array([state.blobs for state, _ in states]).reshape(-1, WALKERS, PARTS))


def test_steps_come_back(chain: ChainFile) -> None:
    _save(chain, range(5))
    chain.flush()
    _assert_holds(chain, range(5))
    assert chain.shape == (WALKERS, DIMENSION)
    last, expected = chain.read_last(), _state(4)[0]
    np.testing.assert_array_equal(last.coords, expected.coords)
    np.testing.assert_array_equal(last.log_prob, expected.log_prob)
    np.testing.assert_array_equal(last.blobs, expected.blobs)
    a, b = np.random.RandomState(), np.random.RandomState()
    a.set_state(last.random_state)
    b.set_state(expected.random_state)
    np.testing.assert_array_equal(a.random_sample(700), b.random_sample(700))


def test_what_is_saved_is_a_copy(chain: ChainFile) -> None:
    """emcee's moves change the state in place between two steps."""
    state, accepted = _state(0)
    chain.save_step(state, accepted)
    state.coords[...] = 0
    state.log_prob[...] = 0
    state.blobs[...] = 0
    accepted[...] = False
    chain.flush()
    _assert_holds(chain, range(1))


def test_nothing_is_written_before_the_flush(chain: ChainFile) -> None:
    before = chain.path.read_bytes()
    _save(chain, range(3))
    assert chain.iteration == 0
    assert chain.path.read_bytes() == before
    chain.flush()
    assert chain.iteration == 3
    after = chain.path.read_bytes()
    chain.flush()  # nothing more to write
    assert chain.path.read_bytes() == after


def test_blocks_add_up(chain: ChainFile) -> None:
    for block in (range(2), range(2, 3), range(3, 9)):
        _save(chain, block)
        chain.flush()
        _assert_holds(chain, range(block.stop))
    with h5py.File(chain.path, "r") as file:
        np.testing.assert_array_equal(file["mcmc"]["accepted"][...], np.sum([_state(seed)[1] for seed in range(9)], axis=0))


def test_goes_on_in_another_process(chain: ChainFile) -> None:
    _save(chain, range(2))
    chain.flush()
    other = ChainFile(chain.path)
    assert other.initialized
    _save(other, range(2, 5))
    other.flush()
    _assert_holds(ChainFile(chain.path), range(5))


def test_rows_beyond_the_counter_do_not_count(chain: ChainFile) -> None:
    """A kill between the rows and the counter leaves rows that no one may see, and that the next block overwrites."""
    _save(chain, range(3))
    chain.flush()
    with h5py.File(chain.path, "r+") as file:
        for name in ("chain", "log_prob", "blobs"):
            dataset = file["mcmc"][name]
            dataset.resize(5, axis=0)
            dataset[3:] = 7.0
    _assert_holds(chain, range(3))
    np.testing.assert_array_equal(chain.read_last().coords, _state(2)[0].coords)
    _save(chain, range(3, 4))
    chain.flush()
    _assert_holds(chain, range(4))


def test_create_refuses_an_existing_file(chain: ChainFile, tmp_path: Path) -> None:
    _save(chain, range(1))
    chain.flush()
    with pytest.raises(RunError, match="exists"):
        ChainFile(chain.path).create(WALKERS, DIMENSION, PARTS)
    _assert_holds(chain, range(1))
    foreign = tmp_path / "notes.h5"
    foreign.write_text("mine")
    with pytest.raises(RunError, match=r"notes\.h5"):
        ChainFile(foreign).create(WALKERS, DIMENSION, PARTS)
    assert foreign.read_text() == "mine"


def test_an_empty_file(chain: ChainFile, tmp_path: Path) -> None:
    assert chain.initialized
    assert chain.iteration == 0
    assert chain.random_state is None
    assert len(chain.read().positions) == 0
    assert not ChainFile(tmp_path / "none.h5").initialized


def test_ladder_and_evidence(chain: ChainFile) -> None:
    ladder = (
        (Temperature(0.25, 0.0), -0.7, 0.5),
        (Temperature(math.inf, 0.0), -3.0, 0.25),
        (Temperature(math.inf, 1e-9), -1.5, 0.1),
        (COLD, -2.0, 0.05),
    )
    population = Population(np.zeros((WALKERS, DIMENSION)), np.zeros((WALKERS, PARTS)), COLD, -7.2, ladder)
    chain.write_population(population)
    assert chain.read_ladder() == ladder
    assert chain.read_log_evidence() == -7.2
    chain.write_population(Population(population.positions, population.parts, COLD, -1.0, ladder[-1:]))
    assert chain.read_ladder() == ladder[-1:]
    assert chain.read_log_evidence() == -1.0


def test_emcee_reads_it(chain: ChainFile) -> None:
    _save(chain, range(4))
    chain.flush()
    backend = emcee.backends.HDFBackend(str(chain.path), read_only=True)
    stored = chain.read()
    np.testing.assert_array_equal(backend.get_chain(), stored.positions)
    np.testing.assert_array_equal(backend.get_blobs(), stored.parts)
    np.testing.assert_array_equal(backend.get_log_prob(), [_state(seed)[0].log_prob for seed in range(4)])
    np.testing.assert_array_equal(backend.get_last_sample().coords, stored.positions[-1])


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_truncated(chain: ChainFile, share: float) -> None:
    _save(chain, range(50))
    chain.flush()
    contents = chain.path.read_bytes()
    chain.path.write_bytes(contents[: int(share * len(contents))])
    for access in (chain.read, chain.read_last, chain.read_ladder, chain.read_log_evidence, lambda: chain.iteration):
        with pytest.raises(RunError, match=r"ensemble-1\.h5"):
            access()


@pytest.mark.parametrize("what", ["text", "another layout", "no annealing"])
def test_not_a_chain_file(tmp_path: Path, what: str) -> None:
    path = tmp_path / "ensemble-1.h5"
    chain = ChainFile(path)
    if what == "text":
        path.write_text("not HDF5")
    elif what == "another layout":
        with h5py.File(path, "w") as file:
            file["data"] = np.zeros(3)
    else:
        chain.create(WALKERS, DIMENSION, PARTS)
    with pytest.raises(RunError, match=r"ensemble-1\.h5"):
        chain.read_log_evidence()
    if what != "no annealing":
        with pytest.raises(RunError, match=r"ensemble-1\.h5"):
            chain.read()
