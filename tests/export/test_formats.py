from __future__ import annotations

import csv
import importlib.util
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import xarray
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.export import draws as tables_of_draws
from lqbayes.export.draws import write_parquet
from lqbayes.export.selection import select
from lqbayes.export.wcxf_files import contents
from lqbayes.input.errors import LqbayesError
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX
from lqbayes.quantities import quantities
from lqbayes.storage.run import Run


def export(run: Run, form: str, path: Path, *options: str) -> Any:
    return CliRunner().invoke(app, ["export", str(run.path), "--format", form, "--output", str(path), *options])


@pytest.mark.arviz
def test_netcdf_opens_and_holds_all_groups(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "posterior.nc"
    result = export(run, "netcdf", path, "--draws", "300")
    assert result.exit_code == 0, result.output
    assert "300 of 600 draws of each of 2 ensembles" in result.stderr
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        assert {"posterior", "log_likelihood", "prior", "observed_data", "sample_stats", "constant_data"} <= set(tree.children)
        draws = run.draws()
        column = draws.observables[:, :, ::2, OBSERVABLE_INDEX["R_K"]].reshape(2, -1)
        np.testing.assert_array_equal(tree["posterior"]["R_K"].values, column)
        assert {"delta_a_mu", "R_K"} <= set(tree["log_likelihood"]["measurement"].values) <= set(run.posterior_target.term_names)
        assert float(tree["observed_data"]["measured"].sel(value="C9_C10_mu: C10_mu")) == 0.342
        assert tree["prior"]["M_LQ"].dims == ("chain", "draw")
        mass = tree["prior"]["M_LQ"].values
        assert mass.shape == (1, 300)
        # Log-uniform between 1 and 5 TeV: the logarithm's mean and spread within five standard errors.
        logarithm = np.log(mass / 1000) / np.log(5)
        assert abs(logarithm.mean() - 0.5) < 5 / np.sqrt(12 * 300)
        assert tree["prior"]["M_LQ"].attrs["units"] == "GeV"


@pytest.mark.arviz
def test_arviz_reads_the_netcdf_file(run: Run, tmp_path: Path) -> None:
    import arviz_stats

    path = tmp_path / "posterior.nc"
    assert export(run, "netcdf", path).exit_code == 0
    # What arviz.from_netcdf does.
    with xarray.open_datatree(path) as tree:
        table = arviz_stats.summary(tree, var_names=["R_K"], round_to="none")
        mean = run.draws().observables[..., OBSERVABLE_INDEX["R_K"]].mean()
        assert float(table["mean"].iloc[0]) == pytest.approx(mean, rel=1e-10)
        assert np.isfinite(float(arviz_stats.loo(tree, pointwise=False).elpd))


def test_csv_holds_every_digit(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "draws.csv"
    result = export(run, "csv", path, "--draws", "60")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert len(rows) == 2 * 60
    draws, density, terms = run.draws(), run.log_density(), run.terms()
    for row in rows:
        at = int(row["ensemble"]) - 1, int(row["step"]) - 1, int(row["walker"])
        assert at[2] % 10 == 0
        for name in ("M_LQ", "h_32", "delta_m_B1"):
            assert float(row[name]) == draws.points[*at, PARAMETER_INDEX[name]]
        assert float(row["delta_a_mu"]) == draws.observables[*at, OBSERVABLE_INDEX["delta_a_mu"]]
        assert float(row["log_posterior"]) == density[at]
        assert float(row["log_likelihood"]) == terms[at].sum()
    places = {(row["ensemble"], row["step"], row["walker"]) for row in rows}
    assert len(places) == len(rows)
    assert set(PARAMETER_INDEX) | set(OBSERVABLE_INDEX) <= set(rows[0])


def test_parquet_has_values_and_units(run: Run, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "draws.parquet"
    assert export(run, "parquet", path, "--draws", "0").exit_code == 0
    table = parquet.read_table(path)
    assert table.num_rows == 1200
    np.testing.assert_array_equal(table["M_LQ"].to_numpy(), run.draws().points[..., PARAMETER_INDEX["M_LQ"]].ravel())
    symbol = run.posterior_target.model.parameters[PARAMETER_INDEX["M_LQ"]].symbol
    assert table.schema.field("M_LQ").metadata.items() >= {b"unit": b"GeV", b"symbol": symbol.encode()}.items()
    assert pandas.read_parquet(path).attrs["symbols"]["M_LQ"] == symbol
    assert str(table.schema.field("walker").type) == "int64"


def test_parquet_without_pyarrow_names_the_extra(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(tables_of_draws, "import_module", refuse)
    with pytest.raises(LqbayesError, match=r"pip install 'lqbayes\[export\]'"):
        write_parquet(run, tmp_path / "draws.parquet", select(run, 60))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(importlib.util.find_spec("getdist") is None, reason="getdist is not installed")
def test_getdist_agrees_with_the_draws(run: Run, tmp_path: Path) -> None:
    import getdist

    root = tmp_path / "tiny"
    result = export(run, "getdist", root, "--draws", "0")
    assert result.exit_code == 0, result.output
    assert {p.name for p in tmp_path.iterdir()} == {"tiny_1.txt", "tiny_2.txt", "tiny.paramnames", "tiny.ranges"}
    samples = getdist.loadMCSamples(str(root), settings={"ignore_rows": 0})
    shown = {q.name: q for q in quantities(run.posterior_target, logarithms=True)}
    draws = run.draws()
    names = samples.getParamNames()
    weights = np.repeat(draws.weights, math.prod(draws.shape[1:]))
    for name in ("log10_M_LQ", "log10_abs_h_32", "positive_h_32", "C9_mu", "R_K", "log10_BR_mu_egamma", "delta_a_mu"):
        x = draws.values(shown[name]).ravel()
        column = samples.samples[:, samples.index[name]]
        np.testing.assert_allclose(np.sort(column), np.sort(x), rtol=1e-11)
        assert samples.mean(name) == pytest.approx(np.average(x, weights=weights), rel=1e-9)
        assert samples.std(name) == pytest.approx(math.sqrt(np.cov(x, aweights=weights, ddof=0)), rel=1e-9)
        assert names.parWithName(name).isDerived == (shown[name].origin == "observable")
        for level in (0.025, 0.16, 0.5, 0.84, 0.975):
            found = float(samples.confidence(name, level))
            # GetDist gives an order statistic, not an interpolation between two.
            near = 1e-9 * abs(found)
            below, up_to = weights[x < found - near].sum() / weights.sum(), weights[x <= found + near].sum() / weights.sum()
            assert below - 2 / len(x) <= level <= up_to + 2 / len(x)
    assert samples.ranges.getLower("log10_M_LQ") == pytest.approx(3)
    assert samples.ranges.getUpper("log10_M_LQ") == pytest.approx(np.log10(5000))
    for name, low, high in (("C9_mu", None, None), ("BR_mu_egamma", 0, None), ("log10_BR_mu_egamma", None, None), ("s12sq", 0, 1)):
        assert (samples.ranges.getLower(name), samples.ranges.getUpper(name)) == (low, high), name
    # With equal weights, which leave enough draws for a density.
    bounded = ["BR_mu_egamma", "BR_tau_mugamma", "BR_tau_egamma"]
    equal = getdist.MCSamples(samples=np.stack([run[name].ravel() for name in bounded], axis=1), names=bounded, ranges=samples.ranges)
    for name in bounded:
        limit = re.search(r"< (?P<mantissa>[\d.]+)\\cdot 10\^{(?P<power>-\d+)}", equal.getInlineLatex(name, limit=2))
        assert limit, equal.getInlineLatex(name, limit=2)  # an upper limit, since it has a wall below
        assert float(f"{limit['mantissa']}e{limit['power']}") == pytest.approx(np.quantile(run[name], 0.95), rel=0.02)
    np.testing.assert_allclose(np.sort(samples.loglikes), np.sort(-run.log_density().ravel()), rtol=1e-11)
    assert names.parWithName("log10_M_LQ").label == r"\log_{10}(M_{\mathrm{LQ}}\,/\,\mathrm{GeV})"


def test_latex_is_the_table_of_the_run(run: Run, tmp_path: Path) -> None:
    result = export(run, "latex", tmp_path / "table.tex")
    assert result.exit_code == 0, result.output
    table = CliRunner().invoke(app, ["table", str(run.path), "--format", "latex"])
    assert (tmp_path / "table.tex").read_text(encoding="utf-8") == table.stdout


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(run: Run, tmp_path: Path) -> None:
    assert export(run, "latex", tmp_path / "table.tex").exit_code == 0
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "table.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull \\hbox" not in done.stdout, done.stdout


def test_files_go_into_the_run_directory_unless_told(run: Run) -> None:
    result = CliRunner().invoke(app, ["export", str(run.path), "--format", "getdist", "--draws", "30"])
    assert result.exit_code == 0, result.output
    assert (run.results / "getdist" / "tiny.paramnames").is_file()
    assert "g_max\t0.0\tN" in (run.results / "getdist" / "tiny.ranges").read_text(encoding="utf-8").splitlines()
    assert result.stdout.splitlines()[0].endswith("tiny_1.txt")


def test_wcxf_holds_the_coefficients_of_draws_and_of_the_best_fit(
    run: Run, tmp_path: Path, short_search: Callable[[], AbstractContextManager[None]]
) -> None:
    with short_search():
        result = export(run, "wcxf", tmp_path, "--draws", "3")
    assert result.exit_code == 0, result.output
    names = {path.stem for path in tmp_path.iterdir()}
    assert names == {"best-fit", *(f"draw-{ensemble}-{k}" for ensemble in (1, 2) for k in (1, 2, 3))}
    written = json.loads((tmp_path / "draw-2-1.json").read_text("utf-8"))
    point = run.draws().points[1, 0, 0]
    assert (written["eft"], written["basis"], written["scale"]) == ("SMEFT", "Warsaw", point[PARAMETER_INDEX["M_LQ"]])
    expected = -point[PARAMETER_INDEX["ht_23"]] * point[PARAMETER_INDEX["h_32"]] / (2 * written["scale"] ** 2)
    assert written["values"]["lequ1_2233"] == pytest.approx(expected, rel=1e-12)
    assert set(written["values"]["lq1_2223"]) == {"Re", "Im"}
    assert isinstance(written["values"]["lq1_2233"], float)


@pytest.mark.skipif(importlib.util.find_spec("flavio") is None, reason="flavio is not installed")
def test_wilson_and_flavio_read_a_wcxf_file(run: Run, tmp_path: Path) -> None:
    import flavio
    from wilson import Wilson, wcxf

    assert export(run, "wcxf", tmp_path, "--draws", "1").exit_code == 0
    path = tmp_path / "best-fit.json"
    with path.open(encoding="utf-8") as stream:
        found = wcxf.WC.load(stream)
    found.validate()
    written = json.loads(path.read_text("utf-8"))
    assert found.scale == written["scale"] and found.dict.keys() == written["values"].keys()
    assert found.dict["lq1_2223"] == complex(*written["values"]["lq1_2223"].values())
    # Without leptoquarks there is no such decay.
    assert flavio.sm_prediction("BR(B+->Kemu)") == 0 < flavio.np_prediction("BR(B+->Kemu)", Wilson.from_wc(found)) < math.inf


def test_wcxf_needs_a_model_that_says_its_coefficients(run: Run) -> None:
    model = replace(run.posterior_target.model, smeft=None)
    with pytest.raises(LqbayesError, match="does not say its Wilson coefficients"):
        contents(model, run.draws().points[0, 0, 0], "")


def test_a_link_is_not_followed(run: Run, tmp_path: Path) -> None:
    received = shutil.copytree(run.path, tmp_path / "received", ignore=shutil.ignore_patterns("getdist"))
    (tmp_path / "mine").mkdir()
    (received / "results").mkdir(exist_ok=True)
    (received / "results" / "getdist").symlink_to(tmp_path / "mine")
    result = CliRunner().invoke(app, ["export", str(received), "--format", "getdist", "--draws", "30"])
    assert result.exit_code == 2
    assert "is a link" in result.stderr
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("path", ["nowhere/draws.csv", "."])
def test_wrong_output_is_refused(run: Run, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = export(run, "csv", Path(path))
    assert result.exit_code == 2
    assert "--output" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_unknown_format_is_refused_before_anything_is_read() -> None:
    command = [sys.executable, "-m", "lqbayes", "export", "nowhere", "--format", "root"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "netcdf" in done.stderr
