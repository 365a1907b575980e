"""Faults of machines in tiny runs: each is named, nothing complete is lost, and once it is mended `resume` gives the same bits."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import stat
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import emcee
import h5py
import numpy as np
import pytest
from faults import NOBODY, begin, fill, flip, flip_in, outcome, small_disk
from typer.testing import CliRunner

from lqbayes import Likelihood, Posterior, Prior, resume, sample
from lqbayes.cli.app import app
from lqbayes.input.errors import RunError
from lqbayes.report.results import write_results
from lqbayes.storage.chain_file import ChainFile
from lqbayes.storage.chain_reader import ChainReader
from lqbayes.storage.chains_of_run import chain_identity, chain_path
from lqbayes.storage.checksums import CHECKED
from lqbayes.storage.run import Run

SETTINGS: dict[str, Any] = {"seed": 4, "walkers": 200, "sweeps": 2, "thin": 1, "block": 2, "ensembles": 2, "max_steps": 6, "workers": 1}
FLIPPED = int(os.environ.get("LQBAYES_FLIPS", "30"))
GROWING = SETTINGS | {"max_steps": 2}


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return Posterior(Prior.load("calibration"), Likelihood.load("calibration"))


@pytest.fixture(scope="module")
def undisturbed(posterior: Posterior, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sample(posterior, tmp_path_factory.mktemp("runs") / "undisturbed", **SETTINGS)


@pytest.fixture
def run(undisturbed: Run, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(undisturbed.path, tmp_path / "run"))


def _assert_same_bits(expected: Run, folder: Path) -> None:
    found = Run.open(folder)
    assert found.steps == expected.steps
    for index in range(SETTINGS["ensembles"]):
        with h5py.File(chain_path(expected.path, index)) as a, h5py.File(chain_path(folder, index)) as b:
            for name in (*CHECKED, "checksums"):
                np.testing.assert_array_equal(a["mcmc"][name][: expected.steps], b["mcmc"][name][: expected.steps], err_msg=name)
    assert found.population_ladders == expected.population_ladders
    np.testing.assert_array_equal(found.population_log_evidences, expected.population_log_evidences)


def _complete_steps(folder: Path) -> list[int]:
    """Complete steps of each ensemble, every row of which is read."""
    found = []
    for index in range(SETTINGS["ensembles"]):
        reader = ChainReader(chain_path(folder, index))
        found.append(reader.iteration if reader.path.exists() else 0)
        for name in ("chain", "log_prob", "blobs"):
            for _ in reader.rows(name, range(found[-1])) if found[-1] else ():
                pass
    return found


# A full disk.

# Where the disk is full: what is called then, at which of its calls, how many steps of each ensemble are complete, and what is written.
FULL: list[tuple[str, int, list[int] | None, str]] = [
    ("lqbayes.running.ensemble_task.write_checkpoint", 3, [0, 0], r"ensemble-1\.checkpoint\.h5"),
    ("lqbayes.storage.chain_file.make_chain_file", 2, [2, 0], r"ensemble-2\.h5"),
    ("lqbayes.storage.chain_file.append_steps", 3, [2, 2], r"ensemble-1\.h5"),
    ("lqbayes.running.rounds.write_text_atomically", 2, None, r"status\.json"),
    ("lqbayes.running.ensemble_task.write_heartbeat", 3, [0, 0], r"heartbeat"),
    ("lqbayes.running.rounds.write_session", 1, [0, 0], r"session\.json"),
]


def _fill_at(monkeypatch: pytest.MonkeyPatch, disk: Path, name: str, call: int) -> None:
    """Fill the disk just before one of the calls of a function."""
    module, attribute = name.rsplit(".", 1)
    real: Callable[..., Any] = getattr(import_module(module), attribute)
    calls = itertools.count(1)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        if next(calls) == call:
            fill(disk)
        return real(*arguments, **options)

    monkeypatch.setattr(name, wrapped)


@pytest.mark.parametrize(("name", "call", "complete", "file"), FULL, ids=[name.rsplit(".", 1)[1] for name, *_ in FULL])
def test_a_full_disk(
    posterior: Posterior,
    undisturbed: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    call: int,
    complete: list[int] | None,
    file: str,
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = disk / "run"
        with monkeypatch.context() as patch:
            _fill_at(patch, disk, name, call)
            said = outcome(partial(sample, posterior, folder, **SETTINGS))
        assert said.startswith(f"refused: {folder}"), said
        for word in (file, "No space left on device", "what was stored is kept", "resume"):
            assert re.search(word, said), said
        found = _complete_steps(folder)
        assert complete is None or found == complete  # the state of the run is told now and then
        (disk / "filler").unlink()
        resume(folder, workers=1)
        _assert_same_bits(undisturbed, folder)
        assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_a_full_disk_while_the_file_grows(posterior: Posterior, undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = disk / "run"
        sample(posterior, folder, **GROWING)
        with monkeypatch.context() as patch:
            _fill_at(patch, disk, "lqbayes.storage.chain_file.make_chain_file", 1)
            said = outcome(partial(resume, folder, steps=6, workers=1))
        assert said.startswith(f"refused: {folder / 'ensemble-1.h5'}: cannot be written (No space left on device)"), said
        assert _complete_steps(folder) == [2, 2]
        (disk / "filler").unlink()
        resume(folder, steps=6, workers=1)
        _assert_same_bits(undisturbed, folder)


@pytest.mark.parametrize("name", ["lqbayes.report.results.write_text_atomically", "lqbayes.report.results.save_figure"])
def test_a_full_disk_while_results_are_written(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = Path(shutil.copytree(run, disk / "run"))
        before = {path.name for path in folder.iterdir()}
        with monkeypatch.context() as patch:
            _fill_at(patch, disk, name, 2)
            said = outcome(lambda: write_results(Run.open(folder), groups=()))
        assert said.startswith("refused by the system: [Errno 28] No space left on device"), said
        made = {path.name for path in folder.iterdir()} - before
        tables = {"convergence.csv", "credible-intervals.csv", "credible-intervals.md", "credible-intervals.tex", "interval-errors.csv"}
        assert made == ({"convergence.csv"} if "text" in name else tables | {"diagnostics.png"})
        assert repr(str(folder / ("credible-intervals.csv" if "text" in name else "annealing.png"))) in said


# Changed bits.


def _everything(path: Path, identity: str, shape: tuple[int, int, int]) -> list[Any]:
    """What reports read of a chain file, and what it takes to go on."""
    reader = ChainReader(path)
    reader.check_identity(identity)
    reader.check_layout(*shape)
    last, state = reader.read_last(), reader.random_state
    rows = [np.array(list(reader.rows(name, range(reader.iteration)))) for name in ("chain", "log_prob", "blobs")]
    ladders = [(reader.read_ladder(p), reader.read_log_evidence(p)) for p in range(3)]
    return [*rows, last.coords, last.log_prob, last.blobs, ladders, state]


def test_no_changed_bit_goes_unnoticed(run: Path, undisturbed: Run, tmp_path: Path) -> None:
    """Anywhere in the file: what is read is refused, or is what was written. The counter may lose steps: they are sampled again."""
    path = chain_path(run, 1)
    raw = path.read_bytes()
    with h5py.File(path) as file:
        used = sum(6 * file["mcmc"][name][0].nbytes for name in CHECKED)
        shape = (*file["mcmc/chain"].shape[1:], file["mcmc/blobs"].shape[2])
        beginnings = sorted(file["mcmc"][name].id.get_offset() for name in (*CHECKED, "checksums"))
    identity = chain_identity(undisturbed.configuration, 1)
    expected = _everything(path, identity, shape)
    rng = np.random.default_rng(7)
    # Headers and trees are few bytes among many numbers: they get as many of the changes.
    headers = [k for k in range(len(raw)) if k < beginnings[0] or raw[k : k + 8] in {b"TREE\0\0\0\0", b"HEAP\0\0\0\0"}]
    places = [*rng.integers(len(raw), size=FLIPPED), *rng.choice(headers, size=FLIPPED)]
    bits = rng.integers(8, size=len(places))
    said: list[str] = []

    def look() -> None:
        for place, bit in zip(places, bits, strict=True):
            path.write_bytes(raw)
            flip(path, int(place), int(bit))
            try:
                found = _everything(path, identity, shape)
            except RunError as error:
                assert str(error).startswith(str(path))
                said.append(str(error))
                continue
            if len(found[0]) == 6:
                for a, b in zip(found, expected, strict=True):
                    np.testing.assert_equal(a, b, err_msg=f"byte {place}, bit {bit}")
            else:
                assert len(found[0]) < 6
        noticed = sum("does not fit its checksum" in word for word in said)
        assert noticed > 0.3 * FLIPPED * used / len(raw)

    assert outcome(look) == "done"


# Array, step, what reads it: reports (None), or going on with the run.
FLIPS: list[tuple[str, int, int | None]] = [
    ("chain", 1, None),
    ("blobs", 0, None),
    *((name, 5, 8) for name in CHECKED),
    ("log_prob", 2, 10),  # where the file grows, by a copy
    ("random_keys", 1, 10),
]


@pytest.mark.parametrize(("name", "step", "more"), FLIPS)
def test_a_changed_bit_is_named_and_mended(run: Path, undisturbed: Run, name: str, step: int, more: int | None) -> None:
    path = chain_path(run, 1)
    flip_in(path, f"mcmc/{name}", step)

    def use() -> None:
        if more is None:
            Run.open(run).coordinates()
            Run.open(run).terms()
        else:
            resume(run, steps=more, workers=1)

    said = outcome(use)
    assert said.startswith(f"refused: {path}: mcmc/{name}, step {step + 1} (row {step}): does not fit its checksum"), said
    assert "remove this file alone and `lqbayes resume`" in said
    if name == "chain" and more is None:  # the way is the same for all of them
        path.unlink()
        resume(run, workers=1)
        _assert_same_bits(undisturbed, run)


@pytest.mark.parametrize("damage", ["penalty", "log_evidence", "rungs"])
def test_a_changed_bit_of_an_evidence_is_named(run: Path, damage: str) -> None:
    path = chain_path(run, 0)
    if damage == "penalty":
        flip_in(path, "annealing/population-1/penalty")
    else:
        with h5py.File(path, "r+") as file:
            group = file["annealing/population-1"]
            group.attrs.modify(damage, {"log_evidence": group.attrs["log_evidence"] + 1e-9, "rungs": np.int64(0)}[damage])
    said = outcome(lambda: Run.open(run).log_evidence)
    assert said.startswith(f"refused: {path}: annealing/population-1"), said
    assert "resume" in said


@pytest.mark.parametrize(("counter", "said"), [(4, "done"), (1, "done"), (7, "refused"), (-1, "refused"), (1 << 40, "refused")])
def test_a_changed_counter(run: Path, undisturbed: Run, counter: int, said: str) -> None:
    """Fewer steps are sampled again, with the same bits; more than there are is refused."""
    path = chain_path(run, 0)
    with h5py.File(path, "r+") as file:
        file["mcmc"].attrs.modify("iteration", np.int64(counter))
    found = outcome(partial(resume, run, steps=6, workers=1))
    assert found.startswith(said), found
    if said == "refused":
        assert str(path) in found
        path.unlink()
        resume(run, workers=1)
    _assert_same_bits(undisturbed, run)


def test_a_counter_within_the_room_but_ahead(posterior: Posterior, tmp_path: Path) -> None:
    """Rows that were never written have no checksum that fits."""
    folder = tmp_path / "run"
    sample(posterior, folder, **GROWING)
    path = chain_path(folder, 0)
    ChainFile(path).make_room(3)
    with h5py.File(path, "r+") as file:
        assert len(file["mcmc/chain"]) == 4
        file["mcmc"].attrs.modify("iteration", np.int64(3))
    said = outcome(partial(resume, folder, steps=6, workers=1))
    assert said.startswith(f"refused: {path}: mcmc/"), said
    assert "step 3 (row 2)" in said


@pytest.mark.parametrize("share", [0.2, 0.999])
def test_a_truncated_chain(run: Path, undisturbed: Run, share: float) -> None:
    path = chain_path(run, 0)
    os.truncate(path, int(share * path.stat().st_size))
    for use in (partial(Run.open, run), partial(resume, run, workers=1)):
        said = outcome(use)
        assert said.startswith(f"refused: {path}: cannot be read as a chain file"), said
        assert "remove this file alone and `lqbayes resume`" in said
    path.unlink()
    resume(run, workers=1)
    _assert_same_bits(undisturbed, run)


@pytest.mark.parametrize("damage", ["positions", "log_evidence", "truncated"])
def test_a_damaged_checkpoint(posterior: Posterior, undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    folder, path = tmp_path / "run", tmp_path / "run" / "ensemble-1.checkpoint.h5"
    with monkeypatch.context() as patch:
        _die_at(patch, "lqbayes.running.ensemble_task.write_checkpoint", 3)
        assert outcome(partial(sample, posterior, folder, **SETTINGS)) == "escaped: killed"
    if damage == "truncated":
        os.truncate(path, path.stat().st_size // 2)
    elif damage == "log_evidence":
        with h5py.File(path, "r+") as file:
            file.attrs["log_evidence"] = file.attrs["log_evidence"] * (1 + 1e-15)
    else:
        flip_in(path, damage)
    said = outcome(partial(resume, folder, workers=1))
    assert said.startswith(f"refused: {path}: "), said
    assert "remove it: the annealing of this population then begins anew, with the same result" in said
    path.unlink()
    resume(folder, workers=1)
    _assert_same_bits(undisturbed, folder)


def _die_at(monkeypatch: pytest.MonkeyPatch, name: str, call: int) -> None:
    module, attribute = name.rsplit(".", 1)
    real: Callable[..., Any] = getattr(import_module(module), attribute)
    calls = itertools.count(1)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)

    monkeypatch.setattr(name, wrapped)


# Others at work.


def test_a_second_process_is_refused(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    child, reading = begin(partial(sample, posterior, folder, **SETTINGS))
    while not (folder / "ensemble-1.checkpoint.h5").exists():
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.kill(child, signal.SIGSTOP)  # until all have tried
    try:
        for second in (
            partial(sample, posterior, folder, **SETTINGS),
            partial(sample, posterior, folder, force=True, **SETTINGS),
            partial(resume, folder, workers=1),
            partial(resume, folder, steps=1, workers=1),
        ):
            with pytest.raises(RunError, match="another process is working on this run"):
                second()
    finally:
        os.kill(child, signal.SIGCONT)
    with os.fdopen(reading) as stream:
        assert stream.read() == "done"
    os.waitpid(child, 0)
    _assert_same_bits(undisturbed, folder)


def test_readers_in_a_tight_loop(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    """Never a part of a file, never an error, never a row that is not the run's; and the run does not notice them."""
    folder, path = tmp_path / "run", tmp_path / "run" / "ensemble-1.h5"
    expected = list(ChainReader(chain_path(undisturbed.path, 0)).rows("chain", range(6)))
    child, reading = begin(partial(sample, posterior, folder, **SETTINGS))
    seen: list[int] = []
    statuses = 0
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if (folder / "status.json").exists():
            assert json.loads((folder / "status.json").read_text(encoding="utf-8"))["name"] == "run"
            statuses += 1
            if statuses % 20 == 1:
                result = CliRunner().invoke(app, ["status", str(folder)])
                assert result.exit_code == 0, result.output
        if path.exists():
            with h5py.File(path, "r") as file:
                steps = int(file["mcmc"].attrs["iteration"])
                for step in range(steps):
                    np.testing.assert_array_equal(file["mcmc/chain"][step], expected[step])
            seen.append(steps)
            backend = emcee.backends.HDFBackend(str(path), read_only=True)
            if backend.iteration:
                chain = backend.get_chain()
                np.testing.assert_array_equal(chain, expected[: len(chain)])
    with os.fdopen(reading) as stream:
        assert stream.read() == "done"
    assert seen == sorted(seen)
    assert statuses > 5 and len(seen) > 2
    _assert_same_bits(undisturbed, folder)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can reach."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(stat.S_IRWXU)
    shutil.rmtree(folder)


def test_a_read_only_directory(run: Path, posterior: Posterior, undisturbed: Run, open_folder: Path) -> None:
    folder = Path(shutil.copytree(run, open_folder / "run"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    open_folder.chmod(0o555)
    user = NOBODY if os.geteuid() == 0 else None
    for use in (
        partial(resume, folder, steps=6, workers=1),
        partial(sample, posterior, folder, force=True, **SETTINGS),
        partial(sample, posterior, open_folder / "new", **SETTINGS),
    ):
        said = outcome(use, user)
        assert said.startswith(f"refused: {open_folder}") and "cannot be written (Permission denied)" in said, said
    said = outcome(lambda: write_results(Run.open(folder), groups=()), user)
    assert said.startswith("refused by the system: [Errno 13] Permission denied") and str(folder) in said, said

    expected = undisturbed.coordinates()
    assert CliRunner().invoke(app, ["status", str(folder)]).exit_code == 0  # imports what the other user may not be able to

    def read() -> None:
        np.testing.assert_array_equal(Run.open(folder).coordinates(), expected)
        assert CliRunner().invoke(app, ["status", str(folder)]).exit_code == 0

    assert outcome(read, user) == "done"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
