"""The numbers of credible-intervals.csv, computed again from the chain files alone."""

from __future__ import annotations

import csv
import math
import tomllib
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

import lqbayes
from lqbayes.quantities import resampled
from lqbayes.report.results import write_results

# Written out here, so that a slip in the package's own map from coordinates cannot hide itself.
_ORDER = (
    "M_LQ delta_m_B1 alpha_1 alpha_2 A_12_abs A_13_abs A_23_abs A_12_arg A_13_arg A_23_arg "
    + " ".join(f"{matrix}_{i}{j}" for matrix in ("f", "h", "ht") for i in (1, 2, 3) for j in (1, 2, 3))
    + " s12sq s23sq s13sq delta_CP dm21 dm3l m_lightest alpha_21 alpha_31"
).split()


def values(y: NDArray[np.float64], prior: dict[str, object]) -> dict[str, NDArray[np.float64]]:
    """Quantities of the table from one column of coordinates, as chains/README.md explains them."""
    match prior["distribution"]:
        case "log-uniform":
            low, high = (math.log10(end) for end in prior["range"])  # type: ignore[attr-defined]
            if prior.get("sign") == "either":
                return {"log10_abs_": low + np.abs(y) * (high - low), "positive_": (y > 0).astype(float)}
            return {"log10_": low + y * (high - low)}
        case "circle":
            return {"": 2 * math.pi * y}
        case "split-normal" | "normal":
            plus, minus = float(prior.get("plus", prior.get("error"))), float(prior.get("minus", prior.get("error")))  # type: ignore[arg-type]
            return {"": float(prior["value"]) + y * (plus + minus) / 2}  # type: ignore[arg-type]
        case "fixed":
            return {}
    raise AssertionError(prior)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("numbers") / "run"
    posterior = lqbayes.Posterior(lqbayes.Prior.load("paper"), lqbayes.Likelihood.load("paper"))
    run = lqbayes.sample(posterior, path, seed=8, ensembles=2, walkers=200, sweeps_per_rung=1, thin=3, max_steps=5, workers=1, audit=0)
    assert "credible-intervals.csv" in {file.name for file in write_results(run, groups=[])}
    return path


def test_parameters_come_again_from_the_chain_files(folder: Path) -> None:
    priors = tomllib.loads((folder / "run.toml").read_text(encoding="utf-8"))["prior"]["parameters"]
    chains, log_evidences = [], []
    for file in sorted(folder.glob("ensemble-?/population-1.h5")):
        with h5py.File(file) as stream:
            chains.append(stream["mcmc/chain"][: stream["mcmc"].attrs["iteration"]])
            log_evidences.append(stream["annealing"].attrs["log_evidence"])
    assert len(chains) == 2
    drawn = np.concatenate([chain.reshape(-1, chain.shape[-1]) for chain in chains])
    # Ensembles count as their evidences.
    y = drawn[resampled(np.array(log_evidences), len(drawn) // 2, len(drawn))]
    weights = np.exp(log_evidences - np.logaddexp(*log_evidences))
    with (folder / "results" / "credible-intervals.csv").open(encoding="utf-8") as stream:
        table = {row["quantity"]: row for row in csv.DictReader(stream)}
    column, checked = 0, 0
    for name in _ORDER:
        if priors[name]["distribution"] == "fixed":
            assert float(table[name]["median"]) == priors[name]["value"]
            continue
        for prefix, x in values(y[:, column], priors[name]).items():
            row = table[prefix + name]
            if prefix == "positive_":
                positive = values(drawn[:, column], priors[name])[prefix].reshape(2, -1).mean(axis=1)
                assert float(row["median"]) == pytest.approx(weights @ positive, rel=1e-12)
            else:
                for key, level in (("median", 0.5), ("low68", 0.16), ("high68", 0.84), ("low95", 0.025), ("high95", 0.975)):
                    assert float(row[key]) == pytest.approx(np.quantile(x, level), rel=1e-9), (prefix + name, key)
            checked += 1
        column += 1
    assert column == y.shape[1]
    assert checked == sum(not name.startswith(("C9", "C10", "im_", "R_", "BR", "g_max", "delta_a", "dm_")) for name in table) - 1
