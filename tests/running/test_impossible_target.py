"""What no point can meet ends the run with its name, in place of rungs without an end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import toy_model as toy
from typer.testing import CliRunner

import lqbayes
from lqbayes.cli.app import app
from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.running.status import read_status

SETTINGS: dict[str, Any] = {"ensembles": 2, "walkers": 40, "sweeps_per_rung": 3, "thin": 1, "steps_per_population": 2, "max_steps": 2}
COMMON = {"source": "choice", "data": ["d"]}
BOUND = COMMON | {"name": "wall", "observable": "wave", "form": "hard-bound", "lower": 2.0, "unit": "1"}
OVERFLOW = COMMON | {"name": "sharp", "observable": "wave", "form": "gaussian", "value": 5.0, "error": 1e-200, "unit": "1"}


def posterior(measurement: dict[str, Any]) -> lqbayes.Posterior:
    likelihood = {"title": "t", "data": {"d": "x"}, "measurement": [measurement]}
    return lqbayes.Posterior(
        toy.posterior().prior, lqbayes.Likelihood(parse_likelihood_set(likelihood, "impossible.toml", toy.TOY), toy.TOY)
    )


@pytest.mark.parametrize(
    ("measurement", "words", "workers"),
    [(BOUND, r"wall \(wave > 2\)", 1), (BOUND, r"wall \(wave > 2\)", 2), (OVERFLOW, r"sharp \(wave 5 \+- 1e-200\)", 1)],
)
def test_is_named(tmp_path: Path, measurement: dict[str, Any], words: str, workers: int) -> None:
    run = tmp_path / "run"
    with pytest.raises(ArgumentError, match=f"no walker meets {words}.*mend it in the likelihood 'impossible'"):
        lqbayes.sample(posterior(measurement), run, workers=workers, **SETTINGS)
    status = read_status(run)
    assert status is not None and status.stage == "ended"
    if workers == 1:
        result = CliRunner().invoke(app, ["resume", str(run), "--workers", "1"])
        assert result.exit_code == 2
        assert "no walker meets" in result.output
