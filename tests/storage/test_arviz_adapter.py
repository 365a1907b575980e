from __future__ import annotations

from pathlib import Path
from typing import Any

import arviz_stats
import numpy as np
import pytest
import xarray

from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX
from lqbayes.storage.datatree import to_datatree

pytestmark = pytest.mark.arviz


def test_values_and_layout(unconverged: Any) -> None:
    tree = to_datatree(unconverged)
    of_draws = {"posterior", "posterior_predictive", "log_prior", "log_likelihood", "sample_stats"}
    assert set(tree.children) == of_draws | {"observed_data", "constant_data"}
    draws = unconverged.draws()
    posterior = tree["posterior"].to_dataset()
    assert posterior["R_K"].dims == ("chain", "draw")
    step, walker = 4, 7
    at = posterior.isel(draw=int(np.flatnonzero((posterior.step == step) & (posterior.walker == walker))[0]))
    for ensemble in range(3):
        assert float(at["M_LQ"][ensemble]) == draws.points[ensemble, step, walker, PARAMETER_INDEX["M_LQ"]]
        assert float(at["R_K"][ensemble]) == draws.observables[ensemble, step, walker, OBSERVABLE_INDEX["R_K"]]
    unstacked = posterior["R_K"].set_index(draw=["step", "walker"]).unstack("draw")
    assert dict(unstacked.sizes) == {"chain": 3, "step": 6, "walker": 50}
    np.testing.assert_array_equal(unstacked.values, draws.observables[..., OBSERVABLE_INDEX["R_K"]])
    assert "delta_m_B1" not in posterior
    assert float(tree["constant_data"]["delta_m_B1"]) == 10.0
    assert posterior["M_LQ"].attrs["units"] == "GeV"


def test_terms_and_density(unconverged: Any) -> None:
    tree = to_datatree(unconverged)
    terms = tree["log_likelihood"]["measured"]
    names, all_terms = unconverged.posterior_target.term_names, unconverged.terms()
    shown = [names.index(name) for name in terms["measurement"].values]
    np.testing.assert_array_equal(terms.values.ravel(), all_terms[..., shown].ravel())
    distinguishes = (all_terms != all_terms[0, 0, 0]).any(axis=(0, 1, 2))
    assert shown == np.flatnonzero(distinguishes).tolist() and not distinguishes.all()
    np.testing.assert_array_equal(tree["sample_stats"]["lp"].values.ravel(), unconverged.log_density().ravel())
    assert [float(tree["observed_data"]["measured"].sel(value=f"C9_C10_mu: {name}")) for name in ("C9_mu", "C10_mu")] == [-0.864, 0.342]


def test_arviz_compares_ensembles_and_reads_what_is_stored(unconverged: Any, tmp_path: Path) -> None:
    tree = to_datatree(unconverged, every=5)
    assert tree["posterior"].sizes["draw"] == 60
    rhat = arviz_stats.rhat(tree, var_names=["M_LQ"])
    value = float(np.asarray(rhat["posterior"]["M_LQ"] if "posterior" in getattr(rhat, "children", {}) else rhat["M_LQ"]))
    # Independent draws of the prior: between-chain variance is that of 60 draws each, for which R-hat scatters by 1 / 60.
    assert 0.99 < value < 1.05
    tree.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    again = xarray.open_datatree(tmp_path / "run.nc", engine="h5netcdf")
    np.testing.assert_array_equal(again["posterior"]["C9_mu"].values, tree["posterior"]["C9_mu"].values)
    assert again.attrs["likelihood"] == "paper"
