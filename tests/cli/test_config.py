from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import lqbayes
from lqbayes import Likelihood, Model, Posterior, Prior
from lqbayes.cli.app import app
from lqbayes.input.errors import RunError
from lqbayes.sampling.settings import ConvergenceTargets, SamplingSettings
from lqbayes.storage.configuration import RunConfiguration

TINY = """
model = "singlet"
likelihood = "s1-gm2-2021"
prior = "s1-uniform"
seed = 5
ensembles = 2
walkers = 64
sweeps = 1
max-steps = 5
workers = 1
audit = 0.0
"""


def no_results(*_: Any, **__: Any) -> list[Path]:
    return []


def invoke(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_options_of_a_file_and_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.report.results.write_results", no_results)
    options = tmp_path / "options.toml"
    options.write_text(TINY)
    first, second = tmp_path / "first", tmp_path / "second"
    # What the command line says wins.
    assert invoke("sample", "--config", options, "--seed", 6, "--output", first).exit_code == 3
    run = RunConfiguration.read(first)
    assert (run.likelihood.name, run.prior.name, run.seed, run.walkers) == ("s1-gm2-2021", "s1-uniform", 6, 64)
    # The run's own file makes the run again, without the shipped files that it was made from.
    assert (
        invoke("sample", "--config", first / "run.toml", "--max-steps", 5, "--workers", 1, "--audit", 0, "--output", second).exit_code == 3
    )
    assert RunConfiguration.read(second).identity == run.identity
    population = Path("ensemble-1", "population-1.h5")
    sizes = [(folder / population).stat().st_size for folder in (first, second)]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("name", ["run.toml", "options.toml"])
def test_no_configuration_runs_a_model_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """It may come from anybody, as a run directory may."""
    monkeypatch.chdir(tmp_path)
    Path("evil.py").write_text("open('ran', 'w')\n")
    given = "model = 'evil.py'\n" if name == "options.toml" else "[sampling]\n[targets]\n[model]\nname = 'evil.py'\nvariant = ''\n"
    Path(name).write_text(given)
    found = invoke("sample", "--config", name, "--output", "run")
    assert found.exit_code == 2 and f"{name}: model: names a file of code" in found.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["evil.py", name])


def test_wrong_options_are_named_all_at_once_with_their_file(tmp_path: Path) -> None:
    options = tmp_path / "options.toml"
    options.write_text('seed = "x"\nwalker = 3\nsweeps = 2.5\nhard_limits = 1\nlikelihood = ["a"]\n')
    found = invoke("sample", "--config", options, "--output", tmp_path / "run")
    assert found.exit_code == 2
    lines = [line.strip() for line in found.stderr.splitlines()[1:]]
    assert [line.split(": ")[1] for line in lines] == ["likelihood", "seed", "sweeps", "hard-limits", "walker"]
    assert all(line.startswith(str(options)) for line in lines)
    assert "did you mean 'walkers'" in lines[-1]
    assert not (tmp_path / "run").exists()


def test_a_run_of_another_state_is_refused_as_a_configuration(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("seed = 1\n")
    found = invoke("sample", "--config", file)
    assert found.exit_code == 2
    assert "not the run.toml of a run" in found.stderr


def test_what_has_no_option_is_that_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of the Python interface may store more steps, at other distances, than the command does."""
    monkeypatch.setattr("lqbayes.report.results.write_results", no_results)
    posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    tiny = {"ensembles": 2, "walkers": 200, "sweeps_per_rung": 1, "max_steps": 3, "workers": 1, "audit": 0}
    lqbayes.sample(posterior, tmp_path / "first", thin=2, steps_per_population=3, **tiny)  # type: ignore[arg-type]
    again = ("--max-steps", 3, "--workers", 1, "--audit", 0, "--output", tmp_path / "second")
    assert invoke("sample", "--config", tmp_path / "first" / "run.toml", *again).exit_code == 3
    first, second = (RunConfiguration.read(tmp_path / name) for name in ("first", "second"))
    assert second.sampling == first.sampling
    assert second.identity == first.identity


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what was asked of a run of each built-in model."""
    folder = tmp_path_factory.mktemp("runs")
    for name, prior, likelihood in (("three-leptoquarks", "paper", "paper"), ("singlet", "s1", "s1")):
        model = Model.load(name)
        asked = RunConfiguration(
            Prior.load(prior, model).settings,
            Likelihood.load(likelihood, model).settings,
            model,
            SamplingSettings(),
            ConvergenceTargets(),
            "",
            {},
        )
        (folder / "chains" / f"{likelihood}-{prior}-1").mkdir(parents=True)
        asked.write(folder / "chains" / f"{likelihood}-{prior}-1")
    return folder


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("sample --likelihood 20", {"2026"}),
        ("sample --model singlet --prior s1", {"s1", "s1-uniform"}),
        ("sample --formulas c", {"corrected"}),
        ("report pap", {"paper-paper-1"}),
        ("sample --model sing", {"singlet"}),
        ("compare paper-paper-1 s1", {"s1-s1-1"}),
        ("corner s1-s1-1 --group h", {"headline"}),
        ("profile s1-s1-1 log10_M", {"log10_M_S1"}),
        ("reweight s1-s1-1 --likelihood s1-g", {"s1-gm2-2021"}),
        ("explain s1-s1-1 --prior s1-u", {"s1-uniform"}),
        ("resume s1-s1-1 --prior s1-u", {"s1-uniform"}),
        ("check data full-k", {"full-kaons"}),
        ("check sbc --model singlet --prior s1-u", {"s1-uniform"}),
        ("check model sing", {"singlet"}),
        ("import pdg S004R3 --model sing", {"singlet"}),
        ("predict point.json --likelihood 20", {"2026"}),
        ("show --model singlet s1-", {"s1-gm2-2021", "s1-uniform"}),
    ],
)
def test_the_shell_completes_names(runs: Path, words: str, expected: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)
    found = CliRunner().invoke(app, [], env=completion_of(words), prog_name="lqbayes")
    assert set(found.output.split()) == expected


def test_the_shell_completes_names_of_the_program_itself(runs: Path) -> None:
    command = [sys.executable, "-c", "from lqbayes.cli import main; main()"]
    environment = os.environ | completion_of("report pap")
    found = subprocess.run(command, cwd=runs, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert found.stdout.split() == ["paper-paper-1"], found.stderr


def completion_of(words: str) -> dict[str, str]:
    """Variables by which bash asks for the end of a line."""
    line = f"lqbayes {words}"
    return {"_LQBAYES_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}


@pytest.mark.parametrize("kept", [True, False])
def test_the_first_run_compiles_ahead_where_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    asked: list[int | None] = []

    def refuse(*_: Any, **__: Any) -> None:
        raise RunError("far enough")

    monkeypatch.setattr("lqbayes.compilation.nothing_kept", lambda: not kept)
    monkeypatch.setattr("lqbayes.running.warm_up.compile_first", lambda posterior, workers: asked.append(workers))
    monkeypatch.setattr("lqbayes.running.ensembles.sample", refuse)
    result = invoke("sample", "--workers", "2", "--output", tmp_path / "run")
    assert result.exit_code == 1 and "far enough" in result.stderr
    assert (asked, "compiling, as after" in result.stderr) == (([], False) if kept else ([2], True))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.toml").touch()  # a run that is there is refused first
    asked.clear()
    invoke("sample", "--output", tmp_path / "run")
    assert not asked
