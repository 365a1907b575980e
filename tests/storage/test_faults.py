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
from same_bits import ARRAYS, LADDERS, assert_same_bits, populations
from typer.testing import CliRunner

from lqbayes import Likelihood, Model, Posterior, Prior, resume, sample
from lqbayes.cli.app import app
from lqbayes.input.errors import RunError
from lqbayes.report.results import result_texts, write_results
from lqbayes.results.summary import Summary
from lqbayes.storage.population_file import Origin, PopulationFile, checkpoint_path, population_path
from lqbayes.storage.run import Run
from lqbayes.storage.stored_draws import stored_steps

SETTINGS: dict[str, Any] = {
    "seed": 4, "walkers": 60, "sweeps_per_rung": 2, "thin": 1, "steps_per_population": 2, "ensembles": 2, "max_steps": 6, "workers": 1,
}  # fmt: skip
FLIPPED = int(os.environ.get("LQBAYES_FLIPS", "30"))


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    model = Model.load("singlet")
    return Posterior(Prior.load("s1", model), Likelihood.load("s1", model))


@pytest.fixture(scope="module")
def undisturbed(posterior: Posterior, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sample(posterior, tmp_path_factory.mktemp("runs") / "undisturbed", **SETTINGS)


@pytest.fixture
def run(undisturbed: Run, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(undisturbed.path, tmp_path / "run"))


# A full disk.

# Where the disk is full: what is called then, at which of its calls or with which file, and how many steps of each ensemble are complete.
FULL: list[tuple[str, int | str, list[int] | None, str]] = [
    ("lqbayes.running.population_task.write_population", 2, [0, 0], r"ensemble-1/population-1\.checkpoint\.h5"),
    ("lqbayes.running.population_task.write_population", "ensemble-2/population-1.h5", [2, 0], r"ensemble-2/population-1\.h5"),
    ("lqbayes.running.population_task.write_population", "ensemble-1/population-2.h5", [2, 2], r"ensemble-1/population-2\.h5"),
    ("lqbayes.running.sampling_session.write_status", 2, None, r"status\.json"),
    ("lqbayes.running.population_task.write_heartbeat", 3, [0, 0], r"heartbeat"),
    ("lqbayes.running.sampling_session.write_session", 1, [0, 0], r"session\.json"),
]


def _wrap(monkeypatch: pytest.MonkeyPatch, name: str, call: int | str, happens: Callable[[], object]) -> None:
    """Let something happen just before one of the calls of a function, by its number or by the end of its first argument."""
    module, attribute = name.rsplit(".", 1)
    real: Callable[..., Any] = getattr(import_module(module), attribute)
    calls = itertools.count(1)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        if next(calls) == call or (isinstance(call, str) and str(arguments[0]).endswith(call)):
            happens()
        return real(*arguments, **options)

    monkeypatch.setattr(name, wrapped)


@pytest.mark.parametrize(("name", "call", "complete", "file"), FULL, ids=[f"{name.rsplit('.', 1)[1]} {call}" for name, call, *_ in FULL])
def test_a_full_disk(
    posterior: Posterior,
    undisturbed: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    call: int | str,
    complete: list[int] | None,
    file: str,
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = disk / "run"
        with monkeypatch.context() as patch:
            _wrap(patch, name, call, partial(fill, disk))
            said = outcome(partial(sample, posterior, folder, **SETTINGS))
        assert said.startswith(f"refused: {folder}"), said
        for word in (file, "No space left on device", "what was stored is kept", "resume"):
            assert re.search(word, said), said
        found = stored_steps(folder, undisturbed.configuration)
        assert complete is None or found == complete  # the state of the run is reported now and then
        (disk / "filler").unlink()
        resume(folder, workers=1)
        assert_same_bits(undisturbed.path, folder)
        assert not [path.name for path in folder.rglob(".*")]


def test_a_full_disk_while_tables_are_written(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = Path(shutil.copytree(run, disk / "run"))
        with monkeypatch.context() as patch:
            _wrap(patch, "lqbayes.report.results.write_text_atomically", 2, partial(fill, disk))
            said = outcome(lambda: write_results(Run.open(folder), groups=()))
        assert said.startswith("refused by the system: [Errno 28] No space left on device"), said
        assert {path.name for path in (folder / "results").iterdir()} == {"convergence.csv"}
        assert repr(str(folder / "results" / "credible-intervals.csv")) in said


def test_a_full_disk_while_plots_are_written_costs_a_warning(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = Path(shutil.copytree(run, disk / "run"))
        with monkeypatch.context() as patch:
            patch.setattr("lqbayes.running.side_by_side.available_cores", lambda: 1)  # each process would count its own plots
            _wrap(patch, "lqbayes.report.results.save_figure", 2, partial(fill, disk))
            with pytest.warns(RuntimeWarning, match=r"could not be drawn: annealing.png \(OSError: \[Errno 28\] No space left on device"):
                write_results(Run.open(folder), groups=())
        made = {path.name for path in (folder / "results").iterdir()}
        tables = {"convergence.csv", "credible-intervals.csv", "credible-intervals.md", "credible-intervals.tex", "interval-errors.csv"}
        assert made == tables | {"diagnostics.png"}


# Changed bits.


def _everything(path: Path, origin: Origin) -> list[Any]:
    """What reports read of a population's file, and what it takes to go on."""
    file = PopulationFile(path, origin)
    rows = [np.array(list(file.rows(name, range(file.iteration)))) for name in ("chain", "log_prob", "blobs")]
    found = file.snapshot()
    return [
        *rows,
        found.steps.accepted,
        found.population.positions,
        found.population.evaluated,
        file.ladder,
        file.log_evidence,
        found.random_state,
    ]


def test_no_changed_bit_goes_unnoticed(run: Path, undisturbed: Run) -> None:
    """Anywhere in the file: what is read is refused, or is what was written."""
    path = population_path(run, 1, 2)
    raw = path.read_bytes()
    origin = undisturbed.configuration.origin(undisturbed.posterior_target, 1, 2)
    expected = _everything(path, origin)
    inside = np.zeros(len(raw), dtype=bool)
    with h5py.File(path) as file:
        for name in ARRAYS + LADDERS:
            inside[file[name].id.get_offset() :][: file[name].nbytes] = True
    rng = np.random.default_rng(7)
    # Headers and trees are few bytes among many numbers: they get as many of the changes.
    places = [*rng.choice(np.flatnonzero(inside), size=FLIPPED), *rng.choice(np.flatnonzero(~inside), size=FLIPPED)]
    said: list[str] = []

    def look() -> None:
        for place in places:
            path.write_bytes(raw)
            flip(path, int(place), int(rng.integers(8)))
            try:
                found = _everything(path, origin)
            except RunError as error:
                assert str(error).startswith(str(path))
                said.append(str(error))
                continue
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_equal(a, b, err_msg=f"byte {place}")
        assert sum("checksum" in word for word in said) >= FLIPPED

    assert outcome(look) == "done"


def test_a_changed_bit_is_named_and_mended(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    """In the checkpoint of a first population, which is read to go on; in any other one it is named when it is judged."""
    run = sample(posterior, tmp_path / "run", **SETTINGS | {"max_steps": 1}).path
    path = checkpoint_path(run, 1, 0)
    for name in ("mcmc/chain", "mcmc/log_prob", "mcmc/blobs", "mcmc/accepted", "annealing/beta"):
        flip_in(path, name)
        said = outcome(partial(resume, run, steps=6, workers=1))
        assert said.startswith(f"refused: {path}: {name}: does not fit its checksum"), said
        assert "remove this file alone and `lqbayes resume`" in said
        flip_in(path, name)  # as it was
    path.unlink()
    resume(run, steps=6, workers=1)
    assert_same_bits(undisturbed.path, run)


@pytest.mark.parametrize(("name", "use"), [("mcmc/chain", "coordinates"), ("mcmc/blobs", "terms"), ("mcmc/log_prob", "stored_heights")])
def test_readers_notice_a_changed_bit(run: Path, name: str, use: str) -> None:
    path = population_path(run, 1, 2)
    flip_in(path, name)
    opened = Run.open(run)
    said = outcome(lambda: list(opened.stored_heights(1)) if use == "stored_heights" else getattr(opened, use)())
    assert said.startswith(f"refused: {path}: {name}: does not fit its checksum"), said


@pytest.mark.parametrize(
    ("group", "name"), [("annealing", "log_evidence"), ("mcmc", "iteration"), ("mcmc", "random_state_2"), ("mcmc", "random_state_1")]
)
def test_a_changed_number_is_named(run: Path, group: str, name: str) -> None:
    path = population_path(run, 0, 0)
    with h5py.File(path, "r+") as file:
        attributes = file[group].attrs
        attributes.modify(name, attributes[name] - (1e-9 if name == "log_evidence" else 1))
    for use in (partial(Run.open, run), partial(resume, run, steps=8, workers=1)):
        said = outcome(use)
        assert said.startswith(f"refused: {path}: its numbers do not fit their checksum"), said


def test_a_heap_without_end(run: Path) -> None:
    """HDF5 reads zeros beyond the heap as entries of no length, for ever."""
    path = population_path(run, 0, 0)
    flip(path, path.read_bytes().index(b"GCOL") + 9, 3)

    def read() -> None:
        signal.alarm(20)
        Run.open(run)

    said = outcome(read)
    assert said.startswith(f"refused: {path}: has a heap of texts whose sizes do not fit"), said


@pytest.mark.parametrize("error", [TypeError, AttributeError, IndexError, RuntimeError, KeyError, ValueError])
def test_a_mistake_of_ours_or_of_h5py_is_no_damage(run: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def broken(*_: object) -> None:
        raise error("get() takes 2 arguments")

    monkeypatch.setattr(PopulationFile, "_check_origin", broken)
    with pytest.raises(error, match="takes 2 arguments"):
        Run.open(run)


def test_a_truncated_population(run: Path, undisturbed: Run) -> None:
    path = population_path(run, 0, 1)
    size = path.stat().st_size
    for share in (0.999, 0.2):
        os.truncate(path, int(share * size))
        for use in (partial(Run.open, run), partial(resume, run, workers=1)):
            said = outcome(use)
            assert said.startswith(f"refused: {path}: cannot be read as a file of a population"), said
            assert "remove this file alone and `lqbayes resume`" in said
    path.unlink()
    assert Run.open(run).steps == 2  # the populations that every ensemble has
    resume(run, steps=6, workers=1)
    assert_same_bits(undisturbed.path, run)


def test_ensembles_of_unequal_length_have_the_tables_and_plots_of_what_all_have(run: Path) -> None:
    for population in (1, 2):
        population_path(run, 0, population).unlink()
    unequal = Run.open(run)
    texts = result_texts(Summary.of(unequal))
    names = {path.name for path in write_results(unequal, groups=["tau"])}  # a plot that fails is not among them
    assert names == {*texts, "diagnostics.png", "annealing.png", "corner-tau.png"}
    for population in (1, 2):
        population_path(run, 1, population).unlink()
    assert result_texts(Summary.of(Run.open(run))) == texts


def test_a_file_that_cannot_be_read_now_is_not_to_be_removed(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("lqbayes.storage.trusted_hdf5.h5py.File", broken)
    with pytest.raises(RunError, match=r"population-1\.h5: cannot be read \(Input/output error\)") as error:
        Run.open(run)
    assert "remove" not in str(error.value)


def test_a_damaged_checkpoint(posterior: Posterior, undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, path = tmp_path / "run", tmp_path / "run" / "ensemble-1" / "population-1.checkpoint.h5"
    with monkeypatch.context() as patch:
        _wrap(patch, "lqbayes.running.population_task.write_population", 3, lambda: os.kill(os.getpid(), signal.SIGKILL))
        assert outcome(partial(sample, posterior, folder, **SETTINGS)) == "escaped: killed"
    raw = path.read_bytes()

    def another_evidence() -> None:
        with h5py.File(path, "r+") as file:
            file["annealing"].attrs["log_evidence"] = file["annealing"].attrs["log_evidence"] * (1 + 1e-15)

    for damage in (partial(flip_in, path, "walkers"), another_evidence, partial(os.truncate, path, len(raw) // 2)):
        path.write_bytes(raw)
        damage()
        said = outcome(partial(resume, folder, workers=1))
        assert said.startswith(f"refused: {path}: "), said
        assert "goes on from its beginning, to the same bits" in said
    path.unlink()
    resume(folder, workers=1)
    assert_same_bits(undisturbed.path, folder)


# Others at work.


def test_a_second_process_is_refused(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    child, reading = begin(partial(sample, posterior, folder, **SETTINGS))
    while not (folder / "ensemble-1" / "population-1.checkpoint.h5").exists():
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
    assert_same_bits(undisturbed.path, folder)


def test_readers_in_a_tight_loop(posterior: Posterior, undisturbed: Run, tmp_path: Path) -> None:
    """Never a part of a file, never an error, never a row that is not the run's; and the run does not notice them."""
    folder = tmp_path / "run"
    child, reading = begin(partial(sample, posterior, folder, **SETTINGS))
    statuses, files = 0, 0
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if (folder / "status.json").exists():
            assert json.loads((folder / "status.json").read_text(encoding="utf-8"))["name"] == "run"
            statuses += 1
            if statuses % 20 == 1:
                result = CliRunner().invoke(app, ["status", str(folder)])
                assert result.exit_code == 0, result.output
        for place in populations(folder):
            path, same = (population_path(parent, *place) for parent in (folder, undisturbed.path))
            found, expected = (emcee.backends.HDFBackend(str(p), read_only=True).get_chain() for p in (path, same))
            np.testing.assert_array_equal(found, expected)
            files += 1
    with os.fdopen(reading) as stream:
        assert stream.read() == "done"
    assert statuses > 5 and files > 2
    assert_same_bits(undisturbed.path, folder)


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
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
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
    assert said == f"refused: {folder / 'results'}: cannot be written (Permission denied); mend that, or write to another place", said

    expected = undisturbed.coordinates()
    assert CliRunner().invoke(app, ["status", str(folder)]).exit_code == 0  # imports what the other user may not be able to

    def read() -> None:
        np.testing.assert_array_equal(Run.open(folder).coordinates(), expected)
        assert CliRunner().invoke(app, ["status", str(folder)]).exit_code == 0

    assert outcome(read, user) == "done"
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
