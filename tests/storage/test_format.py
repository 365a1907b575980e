"""The example of chains/README.md, run as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lqbayes import Likelihood, Posterior, Prior, sample

README = Path(__file__).parents[2] / "chains" / "README.md"


def test_the_example_reads_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posterior = Posterior(Prior.load("calibration"), Likelihood.load("calibration"))
    settings = {"walkers": 200, "sweeps_per_rung": 2, "thin": 1, "steps_per_population": 2, "ensembles": 1, "max_steps": 5, "workers": 1}
    run = sample(posterior, tmp_path / "chains" / "NAME", seed=2, **settings)
    example = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert example is not None
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(example.group(1), names)  # noqa: S102 - our own text
    assert [chain.shape for chain in names["chains"]] == [(2, 200, posterior.dimension)] * 3
    assert names["columns"].shape == (2, 200, 2 + len(posterior.term_names))
    assert names["damaged"] == []
    np.testing.assert_array_equal(names["log_evidences"], run.population_log_evidences[0])
    # Resampling gives each population its share up to one draw of 400.
    spread = np.abs(np.diff([chain.mean(axis=(0, 1)) for chain in names["chains"][:2]], axis=0))[0]
    pooled = run.ensemble_coordinates(0).mean(axis=(0, 1))
    np.testing.assert_allclose(pooled, names["pooled_mean"], atol=0.1 * spread.max() + 0.02)


def test_the_example_finds_a_changed_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posterior = Posterior(Prior.load("calibration"), Likelihood.load("calibration"))
    settings = {"walkers": 200, "sweeps_per_rung": 2, "thin": 1, "steps_per_population": 2, "ensembles": 1, "max_steps": 3, "workers": 1}
    run = sample(posterior, tmp_path / "chains" / "NAME", seed=2, **settings)
    with h5py.File(run.path / "ensemble-1" / "population-1.h5", "r+") as file:
        file["mcmc/blobs"][1, 7, 0] = np.nextafter(file["mcmc/blobs"][1, 7, 0], 0)
    example = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert example is not None
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(example.group(1), names)  # noqa: S102 - our own text
    assert names["damaged"] == ["chains/NAME/ensemble-1/population-1.h5: blobs"]
