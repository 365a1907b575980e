"""Whole runs, tiny ones: reproducible to the bit, guarded against mistakes, and what they store is what the posterior says."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import emcee
import h5py
import numpy as np
import pytest
import tomli_w
from same_bits import assert_same_bits
from same_bits import populations as populations_of
from scipy.special import logsumexp

import lqbayes
from lqbayes.input.errors import ArgumentError, InputError, RunError
from lqbayes.input.problems import shown
from lqbayes.input.shipped import read_toml
from lqbayes.input.small_json import read_small_json
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model
from lqbayes.posterior import Evaluation, Posterior
from lqbayes.prior.prior import Prior
from lqbayes.running.audit_of_run import search_modes
from lqbayes.running.ensembles import sample
from lqbayes.running.status import RunStatus
from lqbayes.running.workers import advance, deaths_named, start_workers
from lqbayes.sampling.population import POSTERIOR as POSTERIOR_RUNG
from lqbayes.sampling.settings import AUDIT_SHARE, ConvergenceTargets
from lqbayes.storage.population_file import population_path
from lqbayes.storage.run import Run

# A second of work; nobody would trust its results.
TINY: dict[str, Any] = {
    "walkers": 60,
    "sweeps_per_rung": 3,
    "thin": 2,
    "steps_per_population": 4,
    "ensembles": 2,
    "max_steps": 4,
    "workers": 1,
}
MODEL = Model.load("singlet")
POSTERIOR = Posterior(Prior.load("s1", MODEL), Likelihood.load("s1", MODEL))
DIMENSION, WALKERS = POSTERIOR.dimension, TINY["walkers"]
# One measurement that excludes nothing: two rungs lead to the posterior, which is the prior.
FLAT = Posterior(
    POSTERIOR.prior,
    Likelihood(
        parse_likelihood_set(
            {
                "title": "nothing measured",
                "data": {"none": "none"},
                "measurement": [
                    {
                        "name": "delta_a_mu",
                        "observable": "delta_a_mu",
                        "form": "gaussian",
                        "value": 0.0,
                        "error": 1e9,
                        "unit": "1",
                        "source": "test",
                        "data": ["none"],
                    }
                ],
            },
            "test.toml",
            MODEL,
        ),
        MODEL,
    ),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sample(POSTERIOR, tmp_path_factory.mktemp("runs") / "tiny", seed=1, **TINY)


# Same seed, same bits.


def test_same_seed_same_bits_whatever_the_global_random_state(run: Run, tmp_path: Path) -> None:
    np.random.seed(99)
    before = np.random.get_state()[1]
    assert_same_bits(run.path, sample(POSTERIOR, tmp_path / "again", seed=1, **TINY).path)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_same_bits_in_two_processes(run: Run, tmp_path: Path) -> None:
    assert_same_bits(run.path, sample(POSTERIOR, tmp_path / "two", seed=1, **(TINY | {"workers": 2})).path)


def test_two_processes_judge_and_search_to_the_same_bits(run: Run) -> None:
    with start_workers(2, "fork") as pool:
        assert pool is not None
        convergence = Run.open(run.path).convergence(mapped=pool.map)
        audit = pool.submit(search_modes, str(run.path), AUDIT_SHARE, None).result()
    assert audit == search_modes(str(run.path), AUDIT_SHARE, None)
    assert len(convergence.quantities) > 20
    for found, alone in zip(convergence.quantities, Run.open(run.path).convergence().quantities, strict=True):
        assert repr(found) == repr(alone)  # numbers in full; NaN is NaN
        for ours, theirs in zip((found.estimates, *found.directions.values()), (alone.estimates, *alone.directions.values()), strict=True):
            assert [x.ensembles.tobytes() for x in ours.values()] == [x.ensembles.tobytes() for x in theirs.values()]


def test_a_process_that_dies_while_it_compiles_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(RunError, match="a process that compiled, or judged the draws, died.*lqbayes resume"),
        start_workers(2, "fork") as pool,
    ):
        assert pool is not None
        with deaths_named(tmp_path):
            pool.submit(os._exit, 1).result()


def test_other_seeds_and_ensembles_differ(run: Run, tmp_path: Path) -> None:
    other = sample(POSTERIOR, tmp_path / "other", seed=2, **(TINY | {"max_steps": 2}))
    chains = [*run.coordinates()[:, :2], *other.coordinates()]
    assert len(chains) == 4
    for i, a in enumerate(chains):
        for b in chains[:i]:
            assert not np.any(a == b)
    assert len({*run.log_evidences, *other.log_evidences}) == 4


# What is stored.


def test_stored_values_are_those_of_the_posterior(run: Run) -> None:
    for index in range(2):
        with h5py.File(population_path(run.path, index, 0), "r") as file:
            z, log_prob, blobs = (file["mcmc"][name][...] for name in ("chain", "log_prob", "blobs"))
        assert z.shape == (4, WALKERS, DIMENSION)
        rows = z.reshape(-1, DIMENSION)
        assert np.all(np.isfinite(log_prob))
        np.testing.assert_array_equal(POSTERIOR.evaluate(rows), blobs.reshape(len(rows), -1))
        np.testing.assert_allclose(POSTERIOR.log_prob(rows), log_prob.ravel(), rtol=1e-13)
        assert len(np.unique(rows, axis=0)) > WALKERS  # walkers move


def test_emcee_reads_the_file(run: Run) -> None:
    for index in range(2):
        backend = emcee.backends.HDFBackend(str(population_path(run.path, index, 0)), read_only=True)
        assert backend.iteration == 4
        assert backend.shape == (WALKERS, DIMENSION)
        with h5py.File(population_path(run.path, index, 0), "r") as file:
            np.testing.assert_array_equal(backend.get_chain(), file["mcmc"]["chain"][...])
            np.testing.assert_array_equal(backend.get_log_prob(), file["mcmc"]["log_prob"][...])
            np.testing.assert_array_equal(backend.get_blobs(), file["mcmc"]["blobs"][...])
            np.testing.assert_array_equal(backend.accepted, file["mcmc"]["accepted"][...])
        last = backend.get_last_sample()
        np.testing.assert_array_equal(last.coords, run.coordinates()[index, -1])
        random = np.random.RandomState()
        random.set_state(last.random_state)  # a state that emcee could go on with
        # Every stored step is two of emcee's; a step that moves nobody at all would be a wonder.
        assert 0 < np.sum(backend.accepted) <= 4 * 2 * WALKERS


def test_views_of_a_run(run: Run) -> None:
    assert run.name == "tiny"
    assert run.steps == 4
    assert run.coordinates().shape == (2, 4, WALKERS, DIMENSION)
    flat = run.coordinates().reshape(-1, DIMENSION)
    np.testing.assert_array_equal(run.terms().reshape(len(flat), -1), POSTERIOR.terms(flat))
    np.testing.assert_allclose(run.log_density().ravel(), POSTERIOR.log_prob(flat), rtol=1e-13)
    np.testing.assert_array_equal(run.draws().points.reshape(len(flat), -1), POSTERIOR.points(flat))
    assert run.draws().shape == (2, 4, WALKERS)
    assert not run.converged
    assert run.convergence().steps == 4
    assert run.convergence(ConvergenceTargets(5.0, 1.0, 1.0)).targets.rhat == 5.0
    found = Evaluation.of(POSTERIOR.evaluate(flat))
    np.testing.assert_array_equal(found.log_prior + found.terms.sum(axis=1), run.log_density().ravel())


def test_evidence(run: Run) -> None:
    weights = np.exp(run.log_evidences)
    assert run.log_evidence == pytest.approx(np.log(np.mean(weights)))
    assert run.log_evidence_error == pytest.approx(abs(run.log_evidences[0] - run.log_evidences[1]) / 2)  # of two
    for ladder, log_evidence in zip(run.ladders, run.log_evidences, strict=True):
        assert ladder[-1][0] == POSTERIOR_RUNG
        assert sum(weight for _, weight, _ in ladder) == pytest.approx(log_evidence)


def test_reopened(run: Run) -> None:
    again = lqbayes.Run.open(str(run.path))
    assert again.configuration == run.configuration
    np.testing.assert_array_equal(again.coordinates(), run.coordinates())
    assert again.log_evidence == run.log_evidence


def test_reading_leaves_a_run_directory_as_it_is(run: Run, tmp_path: Path) -> None:
    """So that one that cannot be written is read as well."""
    copy = tmp_path / "run"
    shutil.copytree(run.path, copy, ignore=shutil.ignore_patterns("results"))
    before = {path: path.stat().st_mtime_ns for path in (copy, *copy.rglob("*"))}
    opened = Run.open(copy)
    assert opened.to_dataframe().shape and opened.convergence() and opened._repr_html_()
    assert {path: path.stat().st_mtime_ns for path in (copy, *copy.rglob("*"))} == before
    assert opened.results.is_dir()


def test_results_that_cannot_be_written_are_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Run.open(shutil.copytree(run.path, tmp_path / "run", ignore=shutil.ignore_patterns("results")))
    (opened.path / "results").write_text("", encoding="utf-8")
    with pytest.raises(RunError, match=r"results: cannot be written \(File exists\); mend that, or write to another place$"):
        _ = opened.results


def test_status_of_an_ended_run(run: Run) -> None:
    status = read_small_json(run.path / "status.json", RunStatus)
    assert (status.name, status.stage, status.time_left, status.converged) == ("tiny", "ended", 0.0, False)
    assert [e.stage for e in status.ensembles] == ["done", "done"]
    assert [e.steps for e in status.ensembles] == [4, 4]
    assert status.worst_quantity == run.convergence().worst.name
    assert status.missing == len(run.convergence().missing)
    populations = ["ensemble-1/population-1.h5", "ensemble-2/population-1.h5"]
    files = [*populations, "mode-audit.json", "run.lock", "run.toml", "session.json", "status.json"]
    assert sorted(str(p.relative_to(run.path)) for p in run.path.rglob("*") if p.is_file()) == files


# When a run ends.


def test_ends_when_converged(tmp_path: Path) -> None:
    settings = {key: value for key, value in TINY.items() if key != "max_steps"} | {"walkers": 200}
    messages: list[RunStatus] = []
    run = sample(FLAT, tmp_path / "easy", targets=ConvergenceTargets(1.2, 10, 10, 1e9), report_status=messages.append, **settings)
    assert run.converged
    assert run.steps == 4  # the first population
    assert messages[-1].converged
    assert messages[-1].stage == "ended"
    assert messages[0].converged is None


def test_goes_on_in_populations_until_the_bound(tmp_path: Path) -> None:
    run = sample(POSTERIOR, tmp_path / "long", seed=1, **(TINY | {"steps_per_population": 2, "max_steps": 7}))
    assert run.steps == 8  # whole populations
    assert not run.converged
    assert populations_of(run.path) == [(e, p) for e in range(2) for p in range(4)]


@pytest.fixture(scope="module")
def populations(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sample(
        POSTERIOR, tmp_path_factory.mktemp("runs") / "populations", seed=1, **(TINY | {"steps_per_population": 2, "max_steps": 6})
    )


def test_each_population_is_annealed_anew(populations: Run, tmp_path: Path) -> None:
    assert populations.steps == 6
    assert populations.population_log_evidences.shape == (2, 3)
    assert len(np.unique(populations.population_log_evidences)) == 6
    assert [[ladder[-1][0] for ladder in ladders] for ladders in populations.population_ladders] == [[POSTERIOR_RUNG] * 3] * 2
    assert populations.coordinates().shape == (2, 2, 3 * WALKERS, DIMENSION)
    assert populations.draws().shape == (2, 2, 3 * WALKERS)
    # The first population is that of a run which has no other.
    single = sample(POSTERIOR, tmp_path / "single", seed=1, **(TINY | {"steps_per_population": 2, "max_steps": 2}))
    np.testing.assert_array_equal(single.population_log_evidences[:, 0], populations.population_log_evidences[:, 0])
    for index in range(2):
        a, b = (_chain(run, index, 0) for run in (single, populations))
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(single.ensemble_coordinates(index), a)


def _chain(run: Run, ensemble: int, population: int) -> Any:
    with h5py.File(population_path(run.path, ensemble, population)) as file:
        return file["mcmc/chain"][...]


@pytest.mark.usefixtures("forked")
def test_all_populations_of_a_round_are_shared_out_at_once(populations: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = sample(POSTERIOR, tmp_path / "run", seed=1, **(TINY | {"steps_per_population": 2, "max_steps": 2}))
    rounds: list[list[tuple[int, int, int]]] = []

    def note(folder: Path, tasks: Any, *more: Any) -> None:
        rounds.append([tuple(task) for task in tasks])
        advance(folder, tasks, *more)

    monkeypatch.setattr("lqbayes.running.sampling_session.advance", note)
    lqbayes.resume(run.path, steps=6, workers=3)
    # The next population of every ensemble before another one of any.
    assert sum(rounds, []) == [(0, 1, 2), (1, 1, 2), (0, 2, 2), (1, 2, 2)]
    assert len(rounds[-1]) > 1
    assert_same_bits(run.path, populations.path)


def test_draws_are_pooled_by_evidence(populations: Run) -> None:
    for index, log_evidences in enumerate(populations.population_log_evidences):
        share = np.exp(log_evidences - logsumexp(log_evidences))
        assert populations.log_evidences[index] == pytest.approx(logsumexp(log_evidences) - math.log(3), rel=1e-12)
        draws = populations.ensemble_coordinates(index)
        for slot in range(2):
            rows = {row.tobytes(): p for p in range(3) for row in _chain(populations, index, p)[slot]}
            counts = np.bincount([rows[row.tobytes()] for row in draws[slot]], minlength=3)
            assert np.all(np.abs(counts - 3 * WALKERS * share) <= 1)
    flat = populations.coordinates().reshape(-1, DIMENSION)
    np.testing.assert_array_equal(populations.terms().reshape(len(flat), -1), POSTERIOR.terms(flat))
    np.testing.assert_allclose(populations.log_density().ravel(), POSTERIOR.log_prob(flat), rtol=1e-13)


def test_too_little_time_for_the_annealing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="lqbayes resume"):
        sample(POSTERIOR, tmp_path / "short", max_time=0.0, **TINY)
    with pytest.raises(RunError, match="no posterior draws yet"):
        Run.open(tmp_path / "short")


# Mistakes.


def test_refuses_a_directory_that_holds_a_run(run: Run) -> None:
    before = {p: p.read_bytes() for p in run.path.rglob("*") if p.is_file()}
    with pytest.raises(RunError, match="there is a run here already"):
        sample(POSTERIOR, run.path, seed=1, **TINY)
    assert {p: p.read_bytes() for p in run.path.rglob("*") if p.is_file()} == before


@contextmanager
def _lock_held_elsewhere(folder: Path) -> Iterator[None]:
    code = "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "run.lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate("")


def test_refuses_a_directory_in_use(tmp_path: Path) -> None:
    with _lock_held_elsewhere(tmp_path), pytest.raises(RunError, match="another process"):
        sample(POSTERIOR, tmp_path, **TINY)
    assert not (tmp_path / "run.toml").exists()


def test_refuses_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        sample(POSTERIOR, tmp_path / "file" / "run", **TINY)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("walkers", 4 * DIMENSION - 1),
        ("ensembles", 0),
        ("sweeps_per_rung", 0),
        ("thin", 0),
        ("steps_per_population", 1),
        ("seed", -1),
        ("walkers", 200.0),
        ("thin", True),
    ],
)
def test_refuses_senseless_settings(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(ArgumentError, match=f"^{name}: must be .*{shown(value)}"):
        sample(POSTERIOR, tmp_path / "run", **(TINY | {name: value}))
    assert not (tmp_path / "run").exists()


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    wrong = TINY | {
        "walkers": 10,
        "thin": 0,
        "max_steps": 0,
        "workers": 0,
        "engine": "mpi",
        "targets": ConvergenceTargets(1.0, math.nan, -1.0),
    }
    with pytest.raises(ArgumentError) as error:
        sample(POSTERIOR, tmp_path / "run", **wrong)
    names = [line.partition(":")[0] for line in str(error.value).splitlines()]
    assert names == ["walkers", "thin", "rhat", "ess_observables", "ess_parameters", "max_steps", "workers", "engine"]


def test_resume_refuses_senseless_targets_before_they_are_written(run: Run) -> None:
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    with pytest.raises(ArgumentError) as error:
        lqbayes.resume(run.path, targets=ConvergenceTargets(1.0, math.nan, -1.0, 0.0), workers=1)
    names = [line.partition(":")[0] for line in str(error.value).splitlines()]
    assert names == ["rhat", "ess_observables", "ess_parameters", "interval_error"]
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before
    assert Run.open(run.path).configuration == run.configuration


def test_what_could_not_be_read_again_is_refused_at_the_start(tmp_path: Path) -> None:
    """As prior and likelihood are with all that was left out, or that patterns stand for."""
    (one,) = FLAT.likelihood.settings.to_dict()["measurement"]
    many = [one | {"name": f"m{k}", "data": [f"d{k}"]} for k in range(501)]
    content = {"title": "many", "data": {f"d{k}": "d" for k in range(501)}, "measurement": many}
    likelihood = Likelihood(parse_likelihood_set(content, "test.toml", MODEL), MODEL)
    with pytest.raises(InputError, match=r"run\.toml, as it would be written: likelihood\.\w+: has 501 entries, more than 500"):
        sample(Posterior(FLAT.prior, likelihood), tmp_path / "run", **TINY)
    assert not (tmp_path / "run").exists()


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    settings = TINY | {name: np.int64(TINY[name]) for name in ("walkers", "thin", "ensembles", "max_steps")}
    run = sample(FLAT, tmp_path / "run", seed=np.int32(1), targets=ConvergenceTargets(np.float32(1.5), np.int64(1), 1), **settings)
    assert Run.open(run.path).configuration == run.configuration


def test_not_a_run(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RunError, match=r"no run\.toml here"):
            Run.open(path)


def _copy(run: Run, folder: Path) -> Path:
    return Path(shutil.copytree(run.path, folder))


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("sampling", "seed"), 2),
        (("sampling", "thin"), 3),
        (("model", "variant"), "corrected"),
        (("prior", "title"), "another"),
        (("identity",), "0" * 64),
    ],
)
def test_refuses_an_edited_configuration(make_run: Callable[..., Any], tmp_path: Path, keys: tuple[str, ...], value: object) -> None:
    make_run("edited", ensembles=1, steps=1, walkers=180).configuration.write(tmp_path)
    data = read_toml(tmp_path / "run.toml")
    place = data
    for key in keys[:-1]:
        place = place[key]
    assert place[keys[-1]] != value
    place[keys[-1]] = value
    (tmp_path / "run.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    with pytest.raises(RunError, match="edited after the run began"):
        Run.open(tmp_path)


def test_targets_may_be_edited(tmp_path: Path) -> None:
    """They decide how long a run goes on, not what it samples."""
    run = sample(FLAT, tmp_path / "flat", **TINY | {"walkers": 200})
    assert not run.converged
    folder = _copy(run, tmp_path / "copy")
    data = read_toml(folder / "run.toml")
    data["targets"] = {"rhat": 1.2, "ess_observables": 10.0, "ess_parameters": 10.0, "interval_error": 1e9}
    (folder / "run.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    assert Run.open(folder).converged


def test_refuses_a_damaged_configuration(run: Run, tmp_path: Path) -> None:
    folder = _copy(run, tmp_path / "copy")
    data = read_toml(folder / "run.toml")
    del data["sampling"]["walkers"]
    (folder / "run.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="walkers"):
        Run.open(folder)


def test_a_missing_or_truncated_chain(run: Run, tmp_path: Path) -> None:
    folder = _copy(run, tmp_path / "copy")
    chain = population_path(folder, 1, 0)
    contents = chain.read_bytes()
    chain.write_bytes(contents[: len(contents) // 2])
    with pytest.raises(RunError, match=r"ensemble-2/population-1\.h5"):
        Run.open(folder)
    chain.unlink()
    with pytest.raises(RunError, match=r"no posterior draws yet in ensemble-2/population-1\.h5"):
        Run.open(folder)


def test_a_name_may_be_used_again_after_a_run_that_stored_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="NOT CONVERGED"):
        sample(POSTERIOR, tmp_path / "again", max_time=0.0, **TINY)
    assert not (tmp_path / "again" / "heartbeat").exists()
    assert sample(POSTERIOR, tmp_path / "again", seed=1, **TINY).steps > 0


def test_refuses_a_chain_file_of_another_run(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "mixed")
    shutil.copy(population_path(run.path, 0, 0), population_path(tmp_path / "mixed", 1, 0))
    with pytest.raises(RunError, match=r"ensemble-2.*belongs to another run, ensemble or population"):
        Run.open(tmp_path / "mixed")


def test_of_a_long_run_every_so_many_steps_are_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.storage.stored_draws._DRAWS", 2 * run.configuration.walkers * run.configuration.ensembles)
    read = Run.open(run.path)
    assert run.steps == read.steps == 4
    np.testing.assert_array_equal(read.coordinates(), run.coordinates()[:, 1::2])
    assert read.draws().shape == (run.configuration.ensembles, 2, run.configuration.walkers)
    assert read.terms().shape[:3] == read.log_density().shape == read.draws().shape
    assert read.convergence().steps == 2
