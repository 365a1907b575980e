"""Models in files of the user's own, by the command line: posteriors with exact answers, and every command on their runs."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from dask_cluster import dask_cluster
from numpy.typing import NDArray
from same_bits import assert_same_bits
from typer.testing import CliRunner

import lqbayes
import lqbayes.input.toml_document
from lqbayes.cli.app import app
from lqbayes.input.errors import ArgumentError, InputError
from lqbayes.models.singlet.model import SINGLET
from lqbayes.storage.configuration import RunConfiguration

Array = NDArray[np.float64]
MODELS = Path(__file__).with_name("own_models")
ROOT = Path(__file__).parents[2]
TINY = "--ensembles 2 --walkers 100 --sweeps 2 --max-steps 2 --workers 1".split()
NOT_CONVERGED = 3


def invoke(*arguments: str, status: int | tuple[int, ...] = 0) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code in (status if isinstance(status, tuple) else (status,)), (arguments, result.output, result.exception)
    return result


def error_of(*arguments: str) -> str:
    return " ".join(invoke(*arguments, status=2).output.split())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and a run of it."""
    folder = tmp_path_factory.mktemp("made")
    for path in MODELS.glob("ridge*"):
        shutil.copy(path, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        invoke("sample", "--model", "ridge.py", "--output", "tiny", *TINY, status=(0, 3))
    return folder


@pytest.fixture
def short(
    short_search: Callable[[], AbstractContextManager[None]], empty_corners: Callable[[], AbstractContextManager[None]]
) -> Iterator[None]:
    """Neither what a search finds nor what a plot shows matters here."""
    with short_search(), empty_corners():
        yield


@pytest.fixture
def tiny(made: Path, folder: Path) -> Path:
    """A working directory with a copy of it."""
    return Path(shutil.copytree(made, folder, dirs_exist_ok=True))


# ----- posteriors with exact answers, by default settings


def sample_own(name: str, path: Path, *options: str, status: int = 0) -> lqbayes.Run:
    model = MODELS / f"{name}.py"
    invoke("sample", "--model", str(model), "--output", str(path), "--seed", "5", *options, status=status)
    return lqbayes.Run.open(path, lqbayes.Model.load(model))


@pytest.fixture
def sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], lqbayes.Run]:
    """A run that has converged; without its tables and plots."""
    monkeypatch.setattr("lqbayes.report.results.write_results", lambda *_, **__: [])
    return lambda name: sample_own(name, tmp_path / name, "--workers", "1")


def assert_evidence(run: lqbayes.Run, exact: float) -> None:
    difference = abs(run.log_evidence - exact)
    assert difference < 3 * run.log_evidence_error and difference < 0.05


def assert_mean(values: Array, exact: float) -> None:
    """Within 4 Monte Carlo errors, from the scatter of ensembles."""
    means = values.reshape(len(values), -1).mean(axis=1)
    assert abs(means.mean() - exact) < 4 * means.std(ddof=1) / math.sqrt(len(means))


def test_linear_and_gaussian_with_a_limit(sampled: Callable[[str], lqbayes.Run]) -> None:
    run = sampled("linear")
    assert_evidence(run, -4.82216328)
    exact = {
        "a": (0.06888572, 0.52174114, (-0.790743, -0.449900, 0.069738, 0.587684, 0.925605)),
        "b": (1.42374148, 0.50962550, (0.586635, 0.916978, 1.423072, 1.930495, 2.263134)),
        "c": (-1.14012741, 0.34592151, (-1.709830, -1.484102, -1.139706, -0.796146, -0.571862)),
        "d": (-0.80211789, 1.10280169, (-2.778495, -1.902278, -0.697085, 0.275815, 0.824579)),
    }
    for name, (mean, spread, ends) in exact.items():
        assert_mean(run[name], mean)
        assert_mean((run[name] - mean) ** 2, spread**2)
        for end, level in zip(ends, (0.05, 0.16, 0.5, 0.84, 0.95), strict=True):
            assert_mean((run[name] < end).astype(float), level)
    assert_mean((run["o4"] <= 0).astype(float), 0.71433003)
    correlations = np.corrcoef(np.stack([run[name].ravel() for name in "abcd"]))
    upper = [correlations[i, j] for i in range(4) for j in range(i + 1, 4)]
    assert upper == pytest.approx([-0.93037008, 0.90685895, -0.23103136, -0.90961366, 0.21494467, -0.20951286], abs=0.02)


def assert_met_exactly(run: lqbayes.Run) -> None:
    """The best fit is where every measurement is met exactly."""
    invoke("best-fit", str(run.path), "--model", run.posterior_target.model.source.place, "--starts", "8")
    found = json.loads((run.results / "best-fit.json").read_text(encoding="utf-8"))["likelihood_maximum"]
    assert -1e-6 < found["log_likelihood"] <= 0
    assert found["log_likelihood"] >= run.terms().sum(axis=-1).max()


def test_two_modes_of_unequal_weight(sampled: Callable[[str], lqbayes.Run]) -> None:
    run = sampled("two_modes")
    assert_evidence(run, -3.38661866)
    x, y = run["x"], run["y"]
    assert np.mean(x < 0) == pytest.approx(0.8509145806, abs=0.02)
    for mode, mean, spread, other in ((x < 0, -1.97820975, 0.12762894, 0.49777487), (x > 0, 1.96556269, 0.12896194, 0.06852104)):
        assert_mean(np.array([values[inside].mean() for values, inside in zip(x, mode, strict=True)]), mean)
        assert_mean(np.array([values[inside].mean() for values, inside in zip(y, mode, strict=True)]), other)
        assert x[mode].std() == pytest.approx(spread, rel=0.03)
    assert_met_exactly(run)


def test_a_ridge_with_sign_modes(sampled: Callable[[str], lqbayes.Run]) -> None:
    run = sampled("ridge")
    assert_evidence(run, -4.40127907)
    g, h = run["g"], run["h"]
    assert np.all(g * h > 0)
    assert np.mean(g > 0) == pytest.approx(0.5, abs=0.02)
    assert_mean(np.log(g * h), -0.01779843)
    assert np.log(g * h).std() == pytest.approx(0.10328380, rel=0.02)
    for values in (g, h):
        assert_mean(np.log(np.abs(values)), -0.00889922)
        assert np.log(np.abs(values)).std() == pytest.approx(1.33586767, rel=0.02)
    assert_met_exactly(run)


def test_a_dask_cluster_gives_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("lqbayes.report.results.write_results", lambda *_, **__: [])
    with dask_cluster(tmp_path, 2) as (address, _):
        for name in ("linear", "two_modes", "ridge"):
            here = sample_own(name, tmp_path / f"{name}-here", *TINY, status=NOT_CONVERGED)
            cluster = ("--engine", "dask", "--scheduler", address)
            there = sample_own(name, tmp_path / f"{name}-there", *TINY[:-2], *cluster, status=NOT_CONVERGED)
            assert_same_bits(here.path, there.path, there.posterior_target.model)


# ----- runs of a file


@pytest.mark.usefixtures("short")
def test_every_command_takes_the_file(tiny: Path) -> None:
    again = ("--model", "ridge.py")
    for command in (["diagnose"], ["table"], ["report"], ["explain"], ["best-fit", "--starts", "8"], ["export", "--format", "csv"]):
        invoke(command[0], "tiny", *command[1:], *again, status=(0, 3))
    invoke("corner", "tiny", *again)
    invoke("reweight", "tiny", "--likelihood", "ridge.toml", *again, status=(0, 3))
    invoke("compare", "tiny", "tiny", *again, status=(0, 3))
    invoke("resume", "tiny", "--more", "2", "--workers", "2", *again, status=(0, 3))
    assert "g" in invoke("list", "parameters", *again).stdout
    assert "log-uniform" in invoke("show", "ridge-prior.toml", *again).stdout
    (tiny / "point.json").write_text('{"g": 2.0, "h": 0.25}', encoding="utf-8")
    assert '"product": 0.5' in invoke("predict", "point.json", "--format", "json", *again).stdout
    assert "-5.0" in invoke("predict", "point.json", *again).stdout  # the pull, with the measurements beside the file
    assert "--model" in (tiny / "chains/tiny/results/best-fit.toml").read_text(encoding="utf-8")
    sbc = invoke(
        "check", "sbc", *again, "--repetitions", "20", "--walkers", "100", "--sweeps", "2", "--steps", "5", "--workers", "1", status=(0, 3)
    )
    assert "positive_g" in sbc.stdout


def test_a_run_wants_its_file_and_shows_how_another_one_differs(tiny: Path) -> None:
    assert "ridge.py: name that file with --model" in error_of("diagnose", "tiny")
    before = (tiny / "chains/tiny/run.toml").read_bytes()
    (tiny / "ridge.py").write_text((tiny / "ridge.py").read_text().replace("return g * h", "return g * h * 1.5"))
    for command in ("diagnose", "resume"):
        found = invoke(command, "tiny", "--model", "ridge.py", status=2).output
        assert "-    return g * h\n+    return g * h * 1.5" in found
    assert "made with another model" in error_of("resume", "tiny", "--model", str(MODELS / "linear.py"))
    assert (tiny / "chains/tiny/run.toml").read_bytes() == before
    with pytest.raises(ArgumentError, match="made with another model"):
        lqbayes.resume(tiny / "chains/tiny", model=lqbayes.Model.load(tiny / "ridge.py"), more=2)


def test_run_toml_keeps_the_text_and_its_hash(tiny: Path) -> None:
    model = lqbayes.Model.load("ridge.py")
    configuration = RunConfiguration.read(tiny / "chains/tiny", model)
    assert configuration.model is model
    assert configuration.model_entry == {"sha256": model.source.sha256}
    text = (tiny / "chains/tiny/run.toml").read_text(encoding="utf-8")
    assert "\ndef predict(g, h):\n    return g * h\n" in text
    # The file may move; what is in it counts.
    (tiny / "elsewhere").mkdir()
    shutil.move("ridge.py", "elsewhere/renamed.py")
    invoke("table", "tiny", "--model", "elsewhere/renamed.py")


def test_no_data_file_runs_code(tiny: Path) -> None:
    """A run directory may come from anybody: neither the text nor a path in it is ever run."""
    (tiny / "evil.py").write_text(f"open({str(tiny / 'ran')!r}, 'w')\n", encoding="utf-8")
    path = tiny / "chains/tiny/run.toml"
    good = path.read_text(encoding="utf-8")
    for entry in (
        {"name": str(tiny / "evil.py"), "variant": ""},
        {"name": "evil.py", "variant": ""},
        {"name": "ridge", "variant": "", "sha256": "0" * 64, "file": str(tiny / "evil.py"), "text": (tiny / "evil.py").read_text()},
    ):
        content = lqbayes.input.toml_document.parse_toml(good.encode(), "run.toml") | {"model": entry}
        path.write_text(tomli_w.dumps(content), encoding="utf-8")
        for arguments in (
            ["diagnose", "tiny"],
            ["resume", "tiny"],
            ["report", "tiny", "--model", "ridge.py"],
            ["sample", "--config", str(path)],
        ):
            invoke(*arguments, status=(1, 2))
    (tiny / "options.toml").write_text('model = "evil.py"\nseed = 2\n', encoding="utf-8")
    assert "options.toml: model: names a file of code" in error_of("sample", "--config", "options.toml")
    for file, text in (("prior.toml", 'title = "x"\nextends = "evil.py"\n'), ("likelihood.toml", 'title = "x"\nextends = "evil.py"\n')):
        (tiny / file).write_text(text, encoding="utf-8")
        option = f"--{file.removesuffix('.toml')}"
        invoke("sample", "--model", "ridge.py", option, file, "--output", "other", status=2)
        invoke("sample", "--model", "ridge.py", option, "evil.py", "--output", "other", status=2)
    assert not (tiny / "ran").exists()
    invoke("list", "parameters", "--model", "evil.py", status=2)  # named by the user, it is run
    assert (tiny / "ran").exists()


def test_a_model_that_fails_says_where(folder: Path) -> None:
    text = (
        (MODELS / "ridge.py").read_text().replace("    return g", "    if g > 5:\n        raise RuntimeError('too strong')\n    return g")
    )
    for path in MODELS.glob("ridge*"):
        shutil.copy(path, folder)
    (folder / "ridge.py").write_text(text, encoding="utf-8")
    result = invoke("sample", "--model", "ridge.py", "--output", "run", *TINY, status=2)
    assert "ridge.py: line 11: predict failed at g = " in result.output and "RuntimeError: too strong" in result.output
    assert "Traceback" not in result.output
    found = invoke("check", "model", "ridge.py", status=3).stdout
    assert "points raise an exception: ridge.py: line 11" in " ".join(found.split())


def test_an_observable_that_is_called_like_a_quantity_of_a_parameter(folder: Path) -> None:
    for path in MODELS.glob("ridge*"):
        text = path.read_text(encoding="utf-8")
        (folder / path.name).write_text(text.replace('"product"', '"log10_abs_g"'), encoding="utf-8")
    found = error_of("sample", "--model", "ridge.py", *TINY)
    assert "the model ridge: what tables call log10_abs_g is made of a parameter or observable and is an observable, too" in found
    assert not (folder / "chains").exists()


def test_what_belongs_to_a_model_is_missing(folder: Path) -> None:
    shutil.copy(MODELS / "ridge.py", folder)
    found = error_of("sample", "--model", "ridge.py")
    assert "--likelihood: the model ridge comes without a likelihood and there is no ridge.toml beside it" in found
    assert "--prior: the model ridge comes without a prior and there is no ridge-prior.toml beside it" in found
    assert not (folder / "chains").exists()
    assert "there is no model 'rigde'" in error_of("sample", "--model", "rigde")


def test_the_time_of_plain_python_is_said_before(folder: Path) -> None:
    for path in MODELS.glob("ridge*"):
        shutil.copy(path, folder)
    text = (
        (folder / "ridge.py")
        .read_text()
        .replace("def predict", "TABLE = {1: 1.0}\n\n\ndef predict")
        .replace("g * h\n", "g * h * TABLE[1]\n")
    )
    (folder / "ridge.py").write_text(text, encoding="utf-8")
    output = invoke("sample", "--model", "ridge.py", "--output", "run", *TINY, status=(0, 3)).output
    assert "predictions are plain Python: ridge.py: line 13: " in output
    assert "so that the run will take about" in output


@pytest.fixture(scope="module")
def runs_of_s1(tmp_path_factory: pytest.TempPathFactory) -> list[lqbayes.Run]:
    """Built in, and by its file in two processes."""
    runs, folder = [], tmp_path_factory.mktemp("s1")
    for k, model in enumerate((SINGLET, lqbayes.Model.load(ROOT / "examples" / "singlet" / "s1.py"))):
        prior, likelihood = (
            kind.load(ROOT / place / "singlet" / "s1.toml", model)
            for kind, place in ((lqbayes.Prior, "priors"), (lqbayes.Likelihood, "likelihoods"))
        )
        settings: dict[str, Any] = {
            "ensembles": 8,
            "walkers": 64,
            "sweeps_per_rung": 2,
            "thin": 1,
            "steps_per_population": 2,
            "max_steps": 2,
        }
        runs.append(lqbayes.sample(lqbayes.Posterior(prior, likelihood), folder / str(k), workers=1 + k, **settings))
    return runs


def test_s1_in_a_file_gives_the_bits_of_s1_built_in(runs_of_s1: list[lqbayes.Run]) -> None:
    first, second = runs_of_s1
    assert first.coordinates().tobytes() == second.coordinates().tobytes()
    assert first.log_evidence == second.log_evidence


@pytest.mark.parametrize("given", ["ridge.py", "singlet"])
def test_killed_and_resumed_to_the_same_bits(folder: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setattr("lqbayes.report.results.write_results", lambda *_, **__: [])
    for path in MODELS.glob("ridge*"):
        shutil.copy(path, folder)
    numbers = "--ensembles 2 --walkers 200 --sweeps 8 --max-steps 10 --rhat 1.000001 --workers 2".split()
    process = subprocess.Popen([sys.executable, "-m", "lqbayes", "sample", "--model", given, "--output", "killed", *numbers])
    deadline = time.monotonic() + 120
    while not list(folder.glob("chains/killed/ensemble-*/population-*.h5")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    invoke("resume", "killed", "--model", given, "--workers", "1", status=3)
    invoke("sample", "--model", given, "--output", "undisturbed", *numbers[:-1], "1", status=3)
    model = lqbayes.Model.load(given)
    assert_same_bits(folder / "chains/killed", folder / "chains/undisturbed", model)
    with pytest.raises(InputError, match="missing.py"):
        lqbayes.Model.load("missing.py")
