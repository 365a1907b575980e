from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lqbayes import Run, predict
from lqbayes.cli.app import app
from lqbayes.model import Model
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_NAMES
from lqbayes.points_file import read_points


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["best-fit", *arguments])


@pytest.fixture(scope="module", autouse=True)
def _short(short_search: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    with short_search():
        yield


@pytest.fixture(scope="module")
def found(tiny_run: Path) -> Any:
    result = invoke(str(tiny_run / "chains" / "tiny"), "--starts", "8")
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def content(found: Any, tiny_run: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((tiny_run / "chains" / "tiny" / "results" / "best-fit.json").read_text(encoding="utf-8"))
    return loaded


def test_help_has_an_example() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    assert "Example: " in result.output


def test_terminal_shows_everything(found: Any) -> None:
    for name in (*PARAMETER_NAMES, *OBSERVABLE_NAMES, "C9_C10_mu", "chi2", "standard model", "+5.27", "sampling coordinates"):
        assert name in found.stdout, name
    assert "NOT CONVERGED" in found.stderr
    assert "best-fit.toml" in found.stderr


def test_not_below_the_draws_of_the_run(content: dict[str, Any], tiny_run: Path) -> None:
    run = Run.open(tiny_run / "chains" / "tiny")
    assert content["likelihood_maximum"]["log_likelihood"] >= run.terms().sum(axis=-1).max()
    assert content["posterior_maximum"]["log_posterior"] >= run.log_density().max()
    assert content["delta_chi2"] == pytest.approx(content["standard_model"]["chi2"] - content["likelihood_maximum"]["chi2"])


def test_predict_reads_the_points(content: dict[str, Any], tiny_run: Path) -> None:
    path = tiny_run / "chains" / "tiny" / "results" / "best-fit.toml"
    points = read_points(path, Model.load())
    names = ("likelihood_maximum", "posterior_maximum")
    assert points == [content[name]["parameters"] for name in names]
    assert [predict(point) for point in points] == [content[name]["observables"] for name in names]
    printed = CliRunner().invoke(app, ["predict", str(path), "--format", "json"])
    assert json.loads(printed.stdout) == [content[name]["observables"] for name in names]


def test_pulls_are_complete(content: dict[str, Any]) -> None:
    for name in ("likelihood_maximum", "posterior_maximum", "standard_model"):
        entry = content[name]
        assert sum(pull["log_likelihood"] for pull in entry["pulls"].values()) == pytest.approx(entry["log_likelihood"])
        assert entry["pulls"]["g_max"] == {"log_likelihood": 0.0, "sigmas": None, "allowed": True}


def test_too_few_starts_are_refused(tiny_run: Path) -> None:
    result = invoke(str(tiny_run / "chains" / "tiny"), "--starts", "7")
    assert result.exit_code == 2
    assert "at least 8" in result.stderr


def test_formats_print_the_files(found: Any, tiny_run: Path, tmp_path: Path) -> None:
    run = tiny_run / "chains" / "tiny"
    for form in ("json", "toml"):
        before = (run / "results" / f"best-fit.{form}").read_text(encoding="utf-8")
        result = invoke(str(run), "--starts", "8", "--format", form, "--output", str(tmp_path))
        assert result.exit_code == 0
        assert result.stdout == before == (tmp_path / f"best-fit.{form}").read_text(encoding="utf-8")


@pytest.mark.parametrize(("arguments", "status"), [(("nothing",), 1), (("nothing", "--format", "md"), 2)])
def test_wrong_input(folder: Path, arguments: tuple[str, ...], status: int) -> None:
    result = invoke(*arguments)
    assert result.exit_code == status
    assert "Traceback" not in result.output
    assert list(folder.iterdir()) == []
