from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app
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


def no_results(*_: Any) -> list[Path]:
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


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("sample --likelihood 20", {"2026"}),
        ("sample --model singlet --prior s1", {"s1", "s1-uniform"}),
        ("sample --formulas c", {"corrected"}),
        ("report pap", {"paper-paper-1"}),
        ("sample --model sing", {"singlet"}),
    ],
)
def test_the_shell_completes_names(tmp_path: Path, words: str, expected: set[str]) -> None:
    run = tmp_path / "chains" / "paper-paper-1"
    run.mkdir(parents=True)
    (run / "run.toml").touch()
    line = f"lqbayes {words}"
    environment = os.environ | {"_LQBAYES_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    command = [sys.executable, "-c", "from lqbayes.cli import main; main()"]
    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert set(found.stdout.split()) == expected, found.stderr
