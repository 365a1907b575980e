"""Draws of a run annealed to another likelihood, where both posteriors are known."""

from __future__ import annotations

import math
import os
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy_model as toy
from same_bits import assert_same_bits
from scipy import stats

from lqbayes import Run, anneal_from, resume, sample
from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.report.reproduce import reproduction
from lqbayes.report.tables import settings_table
from lqbayes.results.evidence_ratios import annealed_ratio
from lqbayes.results.summary import Summary
from lqbayes.running.source_run import start_of
from lqbayes.sampling.bridge import Bridge
from lqbayes.sampling.impossible import refuse_impossible
from lqbayes.sampling.population import PRIOR, Population

SETTINGS: dict[str, Any] = {"seed": 3, "ensembles": 6, "walkers": 400, "sweeps_per_rung": 15, "thin": 3, "steps_per_population": 2}
# Narrow and displaced by five old widths; the sign of the coupling, two modes apart, becomes less certain.
OLD = toy.VALUES | {"strength": (0.3, 0.5)}
NEW = OLD | {"at_zero": (-1.0, 0.1), "strength": (0.05, 0.4)}
STUDENT = float(stats.t.isf(0.0005, SETTINGS["ensembles"] - 1))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Run:
    path = tmp_path_factory.mktemp("chains") / "old"
    sample(toy.posterior(contents=toy.measurements(OLD)), path, max_steps=2, workers=1, audit=0, **SETTINGS)
    return resume(path, steps=4, workers=1)


# Where statistics do not matter.
SMALL = SETTINGS | {"ensembles": 2, "walkers": 120, "sweeps_per_rung": 3}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sample(
        toy.posterior(contents=toy.measurements(OLD)), tmp_path_factory.mktemp("small") / "old", max_steps=4, workers=1, audit=0, **SMALL
    )


@pytest.fixture(scope="module")
def small_annealed(small: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return anneal_from(small, toy.likelihood(toy.measurements(NEW)), tmp_path_factory.mktemp("small") / "new", workers=1, audit=0)


@pytest.fixture(scope="module")
def annealed(source: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return anneal_from(source, toy.likelihood(toy.measurements(NEW)), tmp_path_factory.mktemp("chains") / "new", workers=1, audit=0)


def test_a_gaussian_becomes_a_displaced_narrower_one(annealed: Run) -> None:
    draws = annealed.draws()
    mean, covariance, _ = toy.line(NEW)
    before = toy.line(OLD)
    assert np.linalg.norm((mean - before[0]) / np.sqrt(np.diag(before[1]))) > 3  # hopeless for weights
    for column in range(2):
        means = draws.points[..., column].mean(axis=(1, 2))
        error = np.std(means, ddof=1) / math.sqrt(len(means))
        assert abs(means.mean() - mean[column]) < STUDENT * error
        assert error < 0.1 * math.sqrt(covariance[column, column])
        assert np.std(draws.points[..., column]) == pytest.approx(math.sqrt(covariance[column, column]), rel=0.1)


def test_modes_have_their_new_weights(annealed: Run) -> None:
    shares = (annealed["coupling"] > 0).mean(axis=(1, 2))
    before, after = toy.product(OLD)[0], toy.product(NEW)[0]
    assert before - after > 0.1
    error = np.std(shares, ddof=1) / math.sqrt(len(shares))
    assert abs(shares.mean() - after) < STUDENT * error
    assert error < 0.25 * (before - after)


def test_the_ratio_of_evidences_is_the_exact_one(source: Run, annealed: Run) -> None:
    found = annealed_ratio(annealed)
    exact = toy.line(NEW)[2] + toy.product(NEW)[1] - toy.line(OLD)[2] - toy.product(OLD)[1]
    assert 0 < found.error < 0.3
    assert abs(found.value - exact) < STUDENT * found.error
    # Evidences are those of the source times the ratio, population by population.
    gained = [[sum(mean for _, mean, _ in ladder) for ladder in row] for row in annealed.population_ladders]
    old = source.population_log_evidences[:, : annealed.population_log_evidences.shape[1]]
    np.testing.assert_allclose(annealed.population_log_evidences - old, gained)


@pytest.mark.usefixtures("forked")
def test_the_bits_do_not_depend_on_processes_and_interruptions(small: Run, small_annealed: Run, tmp_path: Path) -> None:
    again = anneal_from(small, toy.likelihood(toy.measurements(NEW)), tmp_path / "two", workers=2, audit=0, max_steps=1)
    again = resume(again.path, steps=small_annealed.steps, workers=2)
    assert_same_bits(small_annealed.path, again.path)


def test_the_run_says_where_it_comes_from(small: Run, tmp_path: Path) -> None:
    run = anneal_from(small, toy.likelihood(toy.measurements(NEW)), tmp_path / "new", workers=1, audit=0, max_steps=2)
    written = run.configuration.source
    assert written is not None and written.identity == small.configuration.identity and written.populations == 2
    assert (run.path / written.path).resolve() == small.path.resolve()
    text = (run.path / "run.toml").read_text(encoding="utf-8")
    (run.path / "run.toml").write_text(text.replace(small.configuration.identity, "0" * 64), encoding="utf-8")
    with pytest.raises(RunError, match=r"edited.*\[source\]"):
        Run.open(run.path)


def test_it_goes_on_beyond_the_populations_of_its_source(source: Run, annealed: Run, tmp_path: Path) -> None:
    further = resume(shutil.copytree(annealed.path, source.path.parent / "further"), steps=6, workers=1)
    # The third population begins as the first one, and goes another way; those before are as they were.
    before = annealed.population_log_evidences
    np.testing.assert_array_equal(further.population_log_evidences[:, : before.shape[1]], before)
    gained = [[sum(mean for _, mean, _ in ladder) for ladder in row] for row in further.population_ladders]
    begun = source.population_log_evidences[:, [0, 1, 0]]
    np.testing.assert_allclose(further.population_log_evidences - gained, begun)
    first, third = (next(further.files[p].rows("chain", [0])) for p in (0, 2))
    assert not np.isclose(first, third).any()
    mean, covariance, _ = toy.line(NEW)
    for column in range(2):
        means = further.draws().points[..., column].mean(axis=(1, 2))
        assert abs(means.mean() - mean[column]) < STUDENT * np.std(means, ddof=1) / math.sqrt(len(means))


def test_the_first_rung_chooses_from_all_stored_steps(small: Run, tmp_path: Path) -> None:
    same = anneal_from(small, toy.likelihood(toy.measurements(OLD)), tmp_path / "same", workers=1, audit=0, max_steps=2)
    assert len(same.ladders[0]) == 1
    assert same.ladders[0][0][1] == pytest.approx(0, abs=1e-12)
    assert same.configuration.walkers == SMALL["walkers"] // 6
    start = start_of(same.path, same.configuration, same.posterior_target, 0, 0)
    half = small.files[0].snapshot().population.split
    assert half is not None and start.split == 2 * half
    steps = np.stack(list(small.files[0].rows("chain", [0, 1])))
    np.testing.assert_array_equal(start.positions, np.concatenate([*steps[:, :half], *steps[:, half:]]))


@pytest.mark.usefixtures("forked")
def test_the_script_of_its_page_gives_it_again(small: Run, small_annealed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    language, script = reproduction(small_annealed)
    assert language == "python"
    assert "annealed from" in dict(settings_table(Summary.of(small_annealed)).rows)
    monkeypatch.chdir(tmp_path)
    exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    assert_same_bits(small_annealed.path, tmp_path / "chains" / "new-again")


def test_a_source_that_is_gone_or_another_one(small: Run, tmp_path: Path) -> None:
    kept = shutil.copytree(small.path, tmp_path / "old")
    run = anneal_from(Run.open(kept), toy.likelihood(toy.measurements(NEW)), tmp_path / "new", workers=1, audit=0, max_steps=2)
    os.rename(kept, tmp_path / "moved")
    assert Run.open(run.path).steps == 2  # its draws are its own
    with pytest.raises(RunError, match="goes on with draws of the run"):
        resume(run.path, steps=4, workers=1)
    shutil.copytree(run.path, kept)
    with pytest.raises(RunError, match="another one is there now"):
        resume(run.path, steps=4, workers=1)


def test_a_run_is_not_replaced_by_what_is_annealed_from_it(small: Run) -> None:
    before = sorted(small.path.rglob("*"))
    with pytest.raises(RunError, match="choose another directory"):
        anneal_from(small, toy.likelihood(toy.measurements(NEW)), small.path, force=True)
    assert sorted(small.path.rglob("*")) == before


def test_a_new_hard_bound_is_brought_in_and_a_lost_one_refused(source: Run, tmp_path: Path) -> None:
    bounded = toy.measurements(OLD)
    bound = {"name": "bound", "observable": "at_zero", "form": "hard-bound", "upper": 0.0, "unit": "1", "source": "choice"}
    bounded["data"] = {**bounded["data"]}
    bounded["measurement"] = [*deepcopy(bounded["measurement"]), bound]
    run = anneal_from(source, toy.likelihood(bounded), tmp_path / "bounded", workers=1, audit=0, max_steps=2)
    assert run["at_zero"].max() <= 0
    assert run.ladders[0][0][0].beta == 0  # with nothing of the likelihood yet
    # The probability under the old posterior: the line is Gaussian, and its offset is `at_zero`.
    mean, covariance, _ = toy.line(OLD)
    exact = stats.norm.logcdf(0, mean[1], math.sqrt(covariance[1, 1]))
    found = annealed_ratio(run)
    assert abs(found.value - exact) < STUDENT * found.error
    with pytest.raises(ArgumentError, match=r"lacks the hard bounds or cuts bound"):
        anneal_from(run, toy.likelihood(toy.measurements(OLD)), tmp_path / "unbounded")


def test_a_bridge_is_the_old_posterior_then_the_new_one() -> None:
    old, new = toy.posterior(contents=toy.measurements(OLD)), toy.posterior(contents=toy.measurements(NEW))
    z = old.prior.sample(50, np.random.default_rng(0))
    z[0] = np.inf  # outside the prior's range
    columns = Bridge.from_posterior(old.likelihood, new).evaluate(z)
    assert not np.isnan(columns).any()
    np.testing.assert_allclose(columns[:, 0], old.log_prob(z))
    np.testing.assert_allclose(columns[1:, 0] + columns[1:, 2:].sum(axis=1), new.log_prob(z[1:]))
    refuse_impossible(Population(z, columns, PRIOR, 0.0, ()), np.zeros(50))


def test_what_both_likelihoods_share_stays_as_it_is() -> None:
    old, new = toy.posterior(contents=toy.measurements(OLD)), toy.posterior(contents=toy.measurements(NEW))
    bridge = Bridge.from_posterior(old.likelihood, new)
    columns = bridge.evaluate(old.prior.sample(5, np.random.default_rng(0)))
    names = (*new.term_names, *old.term_names)
    changed = {name for name in NEW if NEW[name] != OLD[name]}
    assert {name for name, column in zip(names, columns[:, 2:].T, strict=True) if np.any(column)} == changed
