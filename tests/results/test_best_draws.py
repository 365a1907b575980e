"""The search for a maximum starts from the best points of the files, not of the draws that tables take."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import lqbayes
from lqbayes.posterior import Evaluation
from lqbayes.results import best_fit as search
from lqbayes.results.best_draws import best_points
from lqbayes.storage import stored_draws as storage


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two ensembles of three populations of 3 steps."""
    posterior = lqbayes.Posterior(lqbayes.Prior.load("paper"), lqbayes.Likelihood.load("paper"))
    path = tmp_path_factory.mktemp("starts") / "run"
    settings = {"ensembles": 2, "walkers": 200, "sweeps_per_rung": 1, "steps_per_population": 3, "max_steps": 9}
    lqbayes.sample(posterior, path, seed=5, workers=1, audit=0, **settings)
    return path


def stored(folder: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Coordinates, log density and log-likelihood of all steps of each ensemble."""
    result = []
    for ensemble in sorted(folder.glob("ensemble-?")):
        parts = []
        for path in sorted(ensemble.glob("population-?.h5")):
            with h5py.File(path) as file:
                group = file["mcmc"]
                parts.append((group["chain"][:], group["log_prob"][:], Evaluation.of(group["blobs"][:]).terms.sum(axis=-1)))
        chain, density, likelihood = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        result.append((chain, density, likelihood))
    return result


def test_the_files_hold_more_than_the_draws(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without this the next tests would say nothing.
    monkeypatch.setattr(storage, "_DRAWS", 40)
    run = lqbayes.Run.open(folder)
    assert [len(chain) for chain, _, _ in stored(folder)] == [9, 9]
    assert run.log_density().max() < max(density.max() for _, density, _ in stored(folder))
    assert run.terms().sum(axis=-1).max() < max(likelihood.max() for _, _, likelihood in stored(folder))


def test_best_points_are_those_of_all_stored_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_DRAWS", 40)
    run = lqbayes.Run.open(folder)
    found = best_points(run, 11)
    for kind, points in enumerate(found):
        expected = []
        for chain, *heights in stored(folder):
            candidates = []
            for population in (slice(0, 3), slice(3, 6), slice(6, 9)):
                block = heights[kind][population]
                candidates += [(block[:, w].max(), tuple(chain[population][block[:, w].argmax(), w])) for w in range(200)]
            expected += [z for _, z in sorted(candidates, key=lambda c: -c[0])[:6]]
        assert [tuple(z) for z in points] == expected


def test_no_maximum_is_below_a_stored_point(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_DRAWS", 40)
    monkeypatch.setattr(search, "maximise", lambda objective, chart, moves, starts, random: starts[objective(starts).argmax()])
    fit = search.best_fit(lqbayes.Run.open(folder), starts=8)
    highest = [max(ensemble[kind].max() for ensemble in stored(folder)) for kind in (1, 2)]
    assert fit.posterior_maximum.best_sampled == pytest.approx(highest[0], rel=1e-12)
    assert fit.likelihood_maximum.best_sampled == pytest.approx(highest[1], rel=1e-12)
    assert fit.posterior_maximum.log_posterior >= highest[0] - 1e-9
    assert fit.likelihood_maximum.log_likelihood >= highest[1] - 1e-9
