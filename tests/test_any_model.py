"""The engine samples a model that it has never seen: five parameters in plain NumPy, installed beside lqbayes."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
import toy_model as toy
from scipy import stats
from typer.testing import CliRunner

import lqbayes
from lqbayes.cli.app import app
from lqbayes.input.errors import ArgumentError
from lqbayes.report import tables
from lqbayes.results.summary import Summary

SETTINGS: dict[str, Any] = {"seed": 3, "ensembles": 4, "walkers": 200, "sweeps_per_rung": 10, "thin": 3, "steps_per_population": 2}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> lqbayes.Run:
    path = tmp_path_factory.mktemp("chains") / "toy"
    lqbayes.sample(toy.posterior(), path, max_steps=2, workers=2, **SETTINGS)
    return lqbayes.resume(path, max_steps=4, workers=1)


def invoke(*arguments: str) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code in (0, 3), (arguments, result.output)
    return result


def test_it_is_found_by_name() -> None:
    assert lqbayes.Model.load("toy") is toy.TOY
    with pytest.raises(lqbayes.InputError, match="there is no model 'toyy'.*did you mean 'toy'"):
        lqbayes.Model.load("toyy")


def test_its_evidence_is_the_exact_one(run: lqbayes.Run) -> None:
    error = run.log_evidence_error
    assert 0 < error < 0.2
    # Four ensembles: Student's t with three degrees of freedom, error probability 1e-3.
    assert abs(run.log_evidence - toy.log_evidence()) < stats.t.isf(0.0005, 3) * error


def test_its_draws_are_those_of_the_posterior(run: lqbayes.Run) -> None:
    points = run.draws().points
    assert points.shape[:2] == (4, 2) and points.shape[3] == 5
    means = points.mean(axis=(1, 2))
    mean, covariance, _ = toy.line()
    for column in range(2):
        assert stats.ttest_1samp(means[:, column], mean[column]).pvalue > 1e-3
        assert np.std(points[..., column]) == pytest.approx(np.sqrt(covariance[column, column]), rel=0.1)
    assert np.mean(points[..., 3] > 0) == pytest.approx(toy.product()[0], abs=0.02)
    assert stats.ttest_1samp(np.sin(points[..., 4]).mean(axis=(1, 2)), 0.0).pvalue > 1e-3


def test_workers_and_interruptions_do_not_matter(run: lqbayes.Run, tmp_path: Path) -> None:
    at_once = lqbayes.sample(toy.posterior(), tmp_path / "alone", max_steps=4, workers=1, **SETTINGS)
    assert at_once.draws().points.tobytes() == run.draws().points.tobytes()
    assert at_once.log_evidence == run.log_evidence


def test_no_mode_is_missed(run: lqbayes.Run) -> None:
    assert run.audit is not None and not run.audit.missed


def test_every_command_reads_it(run: lqbayes.Run, tmp_path: Path, short_search: Callable[[], AbstractContextManager[None]]) -> None:
    path = str(run.path)
    assert "log10_abs_coupling" in invoke("diagnose", path).stdout
    invoke("export", path, "--format", "csv", "--output", str(tmp_path / "draws.csv"))
    with (tmp_path / "draws.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {"slope", "offset", "scale", "coupling", "phase", "at_zero", "at_two", "strength", "wave"} <= set(rows[0])
    assert float(rows[0]["strength"]) == pytest.approx(float(rows[0]["scale"]) * float(rows[0]["coupling"]))
    for form, name in (("csv", "wave"), ("md", "wave"), ("latex", "$w$"), ("terminal", "wave")):
        assert name in invoke("table", path, "--format", form).stdout
    invoke("report", path)
    assert (run.results / "report.html").stat().st_size > 10_000
    invoke("corner", path, "--group", "line", "--output", str(tmp_path / "line.png"))
    assert "at_two" in invoke("explain", path).stdout
    with short_search():
        assert "strength" in invoke("best-fit", path, "--starts", "8").stdout
    # The toy has no variants between which an option could choose.
    assert "Predictions: lqbayes predict best-fit.toml --model toy\n" in (run.results / "best-fit.toml").read_text(encoding="utf-8")


def rooms_entered(work: Callable[[], object]) -> set[str]:
    """Rooms of the package in which Python functions run meanwhile: a room is a folder, or a module beside the folders."""
    package, entered = Path(lqbayes.__file__).parent, set()

    def note(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and frame.f_code.co_name != "<module>" and path.is_relative_to(package):
            entered.add(path.relative_to(package).with_suffix("").parts[0])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return entered


def test_the_way_from_a_run_to_its_tables_enters_at_most_twelve_rooms(run: lqbayes.Run, tmp_path: Path) -> None:
    """From the directory to every table of the report and the files of them; not counted: plots, and what importing runs."""

    def report() -> None:
        summary = Summary.of(lqbayes.Run.open(run.path))
        asked = summary.configuration
        written = (tables.interval_table(summary), tables.error_table(summary), tables.convergence_table(summary))
        shown = (tables.evidence_table(summary), tables.settings_table(summary), tables.pull_table(summary))
        fixed = (tables.prior_table(asked.prior, asked.model), tables.measurement_table(asked.likelihood))
        for k, table in enumerate((*written, *shown, *fixed)):
            for suffix in (".csv", ".md", ".tex"):
                table.write(tmp_path / f"{k}{suffix}")
            table.html()

    entered = rooms_entered(report)
    assert {"storage", "sampling", "results", "report"} <= entered
    assert len(entered) <= 12, sorted(entered)


def test_a_prior_of_another_model_is_refused() -> None:
    with pytest.raises(ArgumentError, match="load both with the same model"):
        lqbayes.Posterior(toy.posterior().prior, lqbayes.Likelihood.load("paper"))


def test_nothing_free_is_nothing_to_sample(tmp_path: Path) -> None:
    fixed = {p.name: {"distribution": "fixed", "value": 1.0, "unit": p.unit, "source": "test"} for p in toy.TOY.parameters}
    posterior = toy.posterior(toy.PRIOR | {"parameters": fixed})
    assert posterior.log_prob(np.empty((3, 0))).shape == (3,)
    with pytest.raises(ArgumentError, match="no parameter free"):
        lqbayes.sample(posterior, tmp_path / "run", ensembles=2)
    assert not (tmp_path / "run").exists()
