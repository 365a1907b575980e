from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from lqbayes.calibration.settings import CalibrationSettings
from lqbayes.cli.app import app
from lqbayes.posterior import Posterior

QUICK = "--repetitions 20 --walkers 180 --sweeps 2 --steps 2 --populations 1 --workers 1".split()


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["check", "sbc", *arguments])


def test_help_has_examples() -> None:
    assert "lqbayes check sbc" in CliRunner().invoke(app, ["check", "--help"]).output
    result = invoke("--help")
    assert result.exit_code == 0
    assert "Example: lqbayes check sbc" in result.output
    assert "calibration" in result.output


def test_table_plot_and_status(folder: Path) -> None:
    result = invoke(*QUICK, "--output", "ranks.png", "--top", "7")
    assert result.exit_code in (0, 3), result.output
    lines = [line.strip() for line in result.stdout.splitlines() if line.strip()]
    assert lines[-1].startswith("calibrated: all" if result.exit_code == 0 else "NOT CALIBRATED: ")
    rows = [line.split() for line in lines if line.split()[-1] in ("yes", "NO")]
    assert len(rows) == 7
    p_values = [float(row[3]) for row in rows]
    assert p_values == sorted(p_values)
    assert any(line.endswith("more") for line in lines)
    assert (folder / "ranks.png").read_bytes().startswith(b"\x89PNG")
    assert "ranks.png" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["ranks.png"]


def test_not_calibrated_is_status_3(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sampler that returns the prior, as a user would see it."""
    from lqbayes.calibration import calibration

    honest = calibration.calibrate

    def prior_draws(posterior: Posterior, settings: CalibrationSettings, seed: np.random.SeedSequence) -> Any:
        return posterior.prior.sample(settings.walkers, np.random.default_rng(seed))

    def ignoring_the_data(posterior: Posterior, settings: CalibrationSettings, **rest: Any) -> Any:
        return honest(posterior, settings, **rest, sampler=prior_draws)

    monkeypatch.setattr(calibration, "calibrate", ignoring_the_data)
    result = invoke("--repetitions", "50", "--workers", "1")
    assert result.exit_code == 3
    assert "NOT CALIBRATED" in result.stdout
    assert (folder / "sbc.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output", "ranks.txt"], "no format for plots"),
        (["--output", "nowhere/ranks.png"], "no folder 'nowhere'"),
        (["--likelihood", "paper"], "no synthetic measurement can be drawn"),
        (["--prior", "papre"], "did you mean 'paper"),
        (["--formulas", "exact"], "no formula set 'exact'"),
        (["--repetitions", "3"], "--repetitions: must be at least 20, not 3"),
        (["--walkers", "100"], "--walkers: must be at least 180, not 100"),
        (["--workers", "0"], "--workers: must be at least 1, not 0"),
    ],
)
def test_wrong_input_is_status_2_and_writes_nothing(folder: Path, arguments: list[str], message: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")
    assert list(folder.iterdir()) == []


def test_all_problems_are_shown_together(folder: Path) -> None:
    result = invoke("--likelihood", "papre", "--repetitions", "3", "--seed", "-1", "--workers", "0")
    assert result.exit_code == 2
    assert "4 errors" in result.stderr
    for word in ("papre", "--repetitions", "--seed", "--workers"):
        assert word in result.stderr
    assert list(folder.iterdir()) == []
