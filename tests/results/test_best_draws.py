"""The search for a maximum starts from the best points of the files, not of the draws that tables take."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from lqbayes.kernel import FIRST_TERM
from lqbayes.storage.checksums import CHECKED, checksum

import lqbayes
from lqbayes.results import best_fit as search
from lqbayes.results.best_draws import best_points
from lqbayes.storage import run as storage


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two ensembles of two complete populations of 3 steps and one of 2, which tables do not take."""
    posterior = lqbayes.Posterior(lqbayes.Prior.load("paper"), lqbayes.Likelihood.load("paper"))
    path = tmp_path_factory.mktemp("starts") / "run"
    lqbayes.sample(posterior, path, seed=4, ensembles=2, walkers=200, sweeps=1, block=3, max_steps=9, workers=1)
    for file in sorted(path.glob("ensemble-?.h5")):
        hide_the_best(file)
    return path


def hide_the_best(path: Path) -> None:
    """Exchange the highest points with some of the last step, wherever a walker has stayed on them."""
    with h5py.File(path, "r+") as file:
        group = file["mcmc"]
        place = 0
        for heights in (lambda: group["log_prob"][:8], lambda: group["blobs"][:8, :, FIRST_TERM:].sum(axis=-1)):
            now = heights()
            for step, walker in np.argwhere(now[:7] == now.max()):
                for name in ("chain", "log_prob", "blobs"):
                    rows = group[name][:8]
                    rows[step, walker], rows[7, place] = rows[7, place].copy(), rows[step, walker].copy()
                    group[name][:8] = rows
                place += 1
        for name in ("chain", "log_prob", "blobs"):
            group["checksums"][:8, CHECKED.index(name)] = [checksum(row) for row in group[name][:8]]
        group.attrs.modify("iteration", np.int64(8))  # as after a kill, within the third population


def stored(folder: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Coordinates, log density and log-likelihood of all steps of each file."""
    result = []
    for path in sorted(folder.glob("ensemble-?.h5")):
        with h5py.File(path) as file:
            group, steps = file["mcmc"], int(file["mcmc"].attrs["iteration"])
            result.append((group["chain"][:steps], group["log_prob"][:steps], group["blobs"][:steps, :, FIRST_TERM:].sum(axis=-1)))
    return result


def test_the_files_hold_more_than_the_draws(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without this the next tests would say nothing.
    monkeypatch.setattr(storage, "_DRAWS", 400)
    run = lqbayes.Run.open(folder)
    assert [len(chain) for chain, _, _ in stored(folder)] == [8, 8]
    assert run.log_density().max() < max(density.max() for _, density, _ in stored(folder))
    assert run.terms().sum(axis=-1).max() < max(likelihood.max() for _, _, likelihood in stored(folder))


def test_best_points_are_those_of_all_stored_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_DRAWS", 400)
    run = lqbayes.Run.open(folder)
    found = best_points(run, 11)
    for kind, points in enumerate(found):
        expected = []
        for chain, *heights in stored(folder):
            candidates = []
            for population in (slice(0, 3), slice(3, 6), slice(6, 8)):
                block = heights[kind][population]
                candidates += [(block[:, w].max(), tuple(chain[population][block[:, w].argmax(), w])) for w in range(200)]
            expected += [z for _, z in sorted(candidates, key=lambda c: -c[0])[:6]]
        assert [tuple(z) for z in points] == expected


def test_no_maximum_is_below_a_stored_point(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_DRAWS", 400)
    monkeypatch.setattr(search, "maximise", lambda objective, chart, moves, starts, random: starts[objective(starts).argmax()])
    fit = search.best_fit(lqbayes.Run.open(folder), starts=8)
    highest = [max(ensemble[kind].max() for ensemble in stored(folder)) for kind in (1, 2)]
    assert fit.posterior_maximum.best_sampled == pytest.approx(highest[0], rel=1e-12)
    assert fit.likelihood_maximum.best_sampled == pytest.approx(highest[1], rel=1e-12)
    assert fit.posterior_maximum.log_posterior >= highest[0] - 1e-9
    assert fit.likelihood_maximum.log_likelihood >= highest[1] - 1e-9
