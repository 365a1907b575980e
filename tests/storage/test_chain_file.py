"""The chain file: what goes in comes out, complete steps only, and never over another file."""

from __future__ import annotations

import io
import math
import os
import signal
import time
from pathlib import Path
from typing import Any

import emcee
import h5py
import numpy as np
import pytest
from emcee.state import State
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.sampling.annealing import POSTERIOR, Population, Rung
from lqbayes.storage.chain_file import ChainFile
from lqbayes.storage.chain_steps import Step, append_steps

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
    assert chain.iteration == len(states)
    everything = range(len(states))
    for name, expected in (
        ("chain", [state.coords for state, _ in states]),
        ("log_prob", [state.log_prob for state, _ in states]),
        ("blobs", [state.blobs for state, _ in states]),
    ):
        np.testing.assert_array_equal(list(chain.rows(name, everything)), expected)


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
    chain.make_room(8)
    _save(chain, range(3))
    chain.flush()
    with h5py.File(chain.path, "r+") as file:
        for name in ("chain", "log_prob", "blobs"):
            file["mcmc"][name][3:] = 7.0
    _assert_holds(chain, range(3))
    np.testing.assert_array_equal(chain.read_last().coords, _state(2)[0].coords)
    _save(chain, range(3, 4))
    chain.flush()
    _assert_holds(chain, range(4))


def test_growth_keeps_everything(chain: ChainFile) -> None:
    ladder = ((Rung(math.inf, 0.0), -3.0, 0.25), (POSTERIOR, -2.0, 0.05))
    chain.write_population(0, Population(np.zeros((WALKERS, DIMENSION)), np.zeros((WALKERS, PARTS)), POSTERIOR, -5.0, ladder))
    sizes = []
    for seed in range(20):
        _save(chain, range(seed, seed + 1))
        chain.flush()
        with h5py.File(chain.path, "r") as file:
            sizes.append(len(file["mcmc/chain"]))
    _assert_holds(chain, range(20))
    assert sorted(set(sizes)) == [1, 2, 4, 8, 16, 32]  # a copy for every doubling, none between
    assert chain.read_ladder() == ladder
    assert chain.read_log_evidence() == -5.0
    assert [path.name for path in chain.path.parent.iterdir()] == [chain.path.name]


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
    with pytest.raises(RunError, match="no step"):
        chain.read_last()
    assert not ChainFile(tmp_path / "none.h5").initialized


def test_ladder_and_evidence(chain: ChainFile) -> None:
    ladder = (
        (Rung(0.25, 0.0), -0.7, 0.5),
        (Rung(math.inf, 0.0), -3.0, 0.25),
        (Rung(math.inf, 1e-9), -1.5, 0.1),
        (POSTERIOR, -2.0, 0.05),
    )
    population = Population(np.zeros((WALKERS, DIMENSION)), np.zeros((WALKERS, PARTS)), POSTERIOR, -7.2, ladder)
    chain.write_population(0, population)
    assert chain.read_ladder() == ladder
    assert chain.read_log_evidence() == -7.2
    long = tuple((Rung(math.inf, k / 300), -0.1, 0.5) for k in range(1, 301))  # more rungs than there is room for at first
    chain.write_population(2, Population(population.positions, population.parts, POSTERIOR, -1.0, long))
    assert chain.read_ladder(2) == long
    assert chain.read_log_evidence(2) == -1.0
    assert chain.read_ladder() == ladder
    assert chain.read_ladder(1) == ()
    assert math.isnan(chain.read_log_evidence(1))


def test_emcee_reads_it(chain: ChainFile) -> None:
    _save(chain, range(4))
    chain.flush()
    backend = emcee.backends.HDFBackend(str(chain.path), read_only=True)
    np.testing.assert_array_equal(backend.get_chain(), [_state(seed)[0].coords for seed in range(4)])
    np.testing.assert_array_equal(backend.get_blobs(), [_state(seed)[0].blobs for seed in range(4)])
    np.testing.assert_array_equal(backend.get_log_prob(), [_state(seed)[0].log_prob for seed in range(4)])
    last, expected = backend.get_last_sample(), _state(3)[0]
    np.testing.assert_array_equal(last.coords, expected.coords)
    random = np.random.RandomState()
    random.set_state(tuple(last.random_state))
    again = np.random.RandomState()
    again.set_state(expected.random_state)
    np.testing.assert_array_equal(random.normal(size=9), again.normal(size=9))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_truncated(chain: ChainFile, share: float) -> None:
    _save(chain, range(50))
    chain.flush()
    contents = chain.path.read_bytes()
    chain.path.write_bytes(contents[: int(share * len(contents))])
    for access in (
        lambda: list(chain.rows("chain", range(50))),
        chain.read_last,
        chain.read_ladder,
        chain.read_log_evidence,
        lambda: chain.iteration,
    ):
        with pytest.raises(RunError, match=r"ensemble-1\.h5"):
            access()


@pytest.mark.parametrize("what", ["text", "another layout"])
def test_not_a_chain_file(tmp_path: Path, what: str) -> None:
    path = tmp_path / "ensemble-1.h5"
    chain = ChainFile(path)
    if what == "text":
        path.write_text("not HDF5")
    else:
        with h5py.File(path, "w") as file:
            file["data"] = np.zeros(3)
    for access in (chain.read_log_evidence, chain.read_last):
        with pytest.raises(RunError, match=r"ensemble-1\.h5"):
            access()


class _Recorder(io.BytesIO):
    """A file that remembers every write."""

    def __init__(self, contents: bytes) -> None:
        super().__init__(contents)
        self.writes: list[tuple[int, bytes]] = []

    def write(self, data: Any) -> int:
        self.writes.append((self.tell(), bytes(data)))
        return super().write(data)


def test_a_kill_within_any_write_leaves_a_file_that_opens(chain: ChainFile) -> None:
    """Every state that a kill can leave behind, one after the other: after each write, and with each write torn in the middle."""
    chain.make_room(8)
    _save(chain, range(3))
    chain.flush()
    before = chain.path.read_bytes()
    recorder = _Recorder(before)
    with h5py.File(recorder, "r+") as file:
        new = [
            Step(state.coords, state.log_prob, state.blobs, moved.astype(float), state.random_state) for state, moved in map(_state, (3, 4))
        ]
        append_steps(file, new)
    assert len(recorder.writes) > 5
    contents, counters = bytearray(before), []
    for place, data in recorder.writes:
        for length in sorted({len(data) // 3, len(data) // 2, len(data) - 1, len(data)}):
            contents[place : place + length] = data[:length]
            assert len(contents) == len(before)
            chain.path.write_bytes(contents)
            counters.append(chain.iteration)
            _assert_holds(chain, range(counters[-1]))
            emcee.backends.HDFBackend(str(chain.path), read_only=True).get_chain()
            np.testing.assert_array_equal(chain.random_state[1], _state(counters[-1] - 1)[0].random_state[1])  # type: ignore[index]
            chain.read_ladder()
    assert counters == sorted(counters)
    assert set(counters) == {3, 5}


def test_a_kill_while_the_file_grows_leaves_the_old_one(chain: ChainFile, monkeypatch: pytest.MonkeyPatch) -> None:
    _save(chain, range(1))
    chain.flush()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lqbayes.storage.atomic.os.replace", killed)
    _save(chain, range(1, 2))
    with pytest.raises(KeyboardInterrupt):
        chain.flush()
    _assert_holds(ChainFile(chain.path), range(1))


KILLS = int(os.environ.get("LQBAYES_KILLS", "25"))


def test_sigkill_in_a_loop_of_flushes(chain: ChainFile) -> None:
    """Real kills, at random microseconds."""
    random = np.random.default_rng(3)
    chain.make_room(2)
    for _ in range(KILLS):
        child = os.fork()
        if child == 0:  # pragma: no cover - killed
            while True:
                _save(chain, range(chain.iteration, chain.iteration + 1))
                chain.flush()
        time.sleep(random.uniform(0, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        _assert_holds(chain, range(chain.iteration))
        if chain.iteration:
            emcee.backends.HDFBackend(str(chain.path), read_only=True).get_chain()
    assert chain.iteration > KILLS / 4  # the kills came while something was going on


def test_a_writer_that_was_overtaken_adds_nothing(tmp_path: Path) -> None:
    chain, other = ChainFile(tmp_path / "ensemble-1.h5"), ChainFile(tmp_path / "ensemble-1.h5")
    chain.create(WALKERS, DIMENSION, PARTS, "run/1")
    chain.expect("run/1", 0)
    _save(chain, range(1))
    chain.flush()
    _save(chain, range(1, 2))
    chain.flush()  # what it wrote itself it expects
    _save(other, range(2, 3))
    other.flush()
    _save(chain, range(3, 4))
    with pytest.raises(RunError, match=r"ensemble-1\.h5: holds 3 steps, not 2"):
        chain.flush()
    other.path.unlink()
    other.create(WALKERS, DIMENSION, PARTS, "another run/1")
    population = Population(np.zeros((WALKERS, DIMENSION)), np.zeros((WALKERS, PARTS)), POSTERIOR, -7.2, ((POSTERIOR, -7.2, 0.1),))
    for write in (chain.flush, lambda: chain.write_population(0, population)):
        with pytest.raises(RunError, match="belongs to another run"):
            write()
    with pytest.raises(RunError, match="belongs to another run"):
        chain.expect("run/1", 0)
    assert other.iteration == 0
    assert other.read_ladder() == ()
