"""What ArviZ does with an exported netCDF file and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import arviz_plots
import arviz_stats
import numpy as np
import pytest
import xarray

from lqbayes.export.draws import write_netcdf
from lqbayes.export.selection import select

pytestmark = [pytest.mark.arviz, pytest.mark.filterwarnings("ignore")]  # of ArviZ's own, about the few draws


@pytest.fixture(scope="module")
def tree(make_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[xarray.DataTree]:
    run = make_run("for-arviz", prior="calibration", likelihood="calibration")
    likely = np.concatenate([z.reshape(-1, z.shape[-1]) for z in run.positions])[run.terms().sum(axis=-1).argmax()]
    run.replace_draws([likely + 0.01 * (z - likely) for z in run.positions])  # near each other, as draws of a posterior are
    path = write_netcdf(run, tmp_path_factory.mktemp("netcdf") / "posterior.nc", select(run, 0))
    with xarray.open_datatree(path, engine="h5netcdf") as found:
        yield found


def test_sensitivity_to_prior_and_likelihood(tree: xarray.DataTree) -> None:
    mass, density = (tree[group]["M_LQ"].values for group in ("posterior", "log_prior"))
    np.testing.assert_allclose(np.diff(density.ravel()), -np.diff(np.log(mass.ravel())), atol=1e-9)  # log-uniform
    table = arviz_stats.psense_summary(tree, var_names=["M_LQ", "R_K"])
    assert np.isfinite(table[["prior", "likelihood"]].to_numpy(dtype=float)).all()


def test_leave_one_out(tree: xarray.DataTree) -> None:
    found = arviz_stats.loo(tree, pointwise=True)
    assert np.isfinite(float(found.elpd))
    assert list(found.elpd_i["measurement"].values) == list(tree["log_likelihood"]["measurement"].values)


def test_predictive_check(tree: xarray.DataTree) -> None:
    copies = tree["posterior_predictive"]["measured"].sel(value="delta_a_mu")
    error = (copies - tree["posterior"]["delta_a_mu"]).values / 4e-10
    assert abs(error.mean()) < 5 / np.sqrt(error.size) and abs(error.std() - 1) < 5 / np.sqrt(2 * error.size)
    for group in ("posterior_predictive", "prior_predictive"):
        assert list(tree[group]["value"].values) == list(tree["observed_data"]["value"].values)
        assert arviz_plots.plot_ppc_pit(tree, group=group) is not None


def test_prior_beside_posterior(tree: xarray.DataTree) -> None:
    assert arviz_plots.plot_prior_posterior(tree, var_names=["M_LQ", "R_K"]) is not None
