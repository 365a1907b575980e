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

# Of all values of f alike, the matrix has no inverse: the couplings g, which neutrino masses ask for, are infinite everywhere.
SINGULAR = """title = "Singular"
extends = "paper"
[parameters]
alpha_1 = { distribution = "fixed", value = 0.00031622776601683794, unit = "rad", source = "test" }
alpha_2 = { distribution = "fixed", value = 0.00031622776601683794, unit = "rad", source = "test" }
"A_*_abs" = { distribution = "fixed", value = 1e-10, unit = "GeV", source = "test" }
"A_*_arg" = { distribution = "fixed", value = 1.0, unit = "rad", source = "test" }
"f_*" = { distribution = "fixed", value = 1e-05, source = "test" }
"h*_1?" = { distribution = "fixed", value = 1e-05, source = "test" }
"h*_[23]1" = { distribution = "fixed", value = 1e-05, source = "test" }
"h*_[23][23]" = { distribution = "fixed", value = 0.0059539127486141685, source = "test" }
s12sq = { distribution = "fixed", value = 0.304, source = "test" }
s23sq = { distribution = "fixed", value = 0.573, source = "test" }
s13sq = { distribution = "fixed", value = 0.02219, source = "test" }
delta_CP = { distribution = "fixed", value = 197, unit = "deg", source = "test" }
dm21 = { distribution = "fixed", value = 7.42e-05, unit = "eV^2", source = "test" }
dm3l = { distribution = "fixed", value = 0.002517, unit = "eV^2", source = "test" }
m_lightest = { distribution = "fixed", value = 0.001, unit = "eV", source = "test" }
"alpha_?1" = { distribution = "fixed", value = 1.0, unit = "rad", source = "test" }
"""


def posterior(measurement: dict[str, Any]) -> lqbayes.Posterior:
    likelihood = {"title": "t", "data": {"d": "x"}, "measurement": [measurement]}
    return lqbayes.Posterior(
        toy.posterior().prior, lqbayes.Likelihood(parse_likelihood_set(likelihood, "impossible.toml", toy.TOY), toy.TOY)
    )


@pytest.mark.usefixtures("forked")
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


def test_a_prior_without_any_value_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "singular.toml").write_text(SINGULAR, encoding="utf-8")
    numbers = "--walkers 200 --sweeps 2 --ensembles 2 --workers 1".split()
    words = ["sample", "--prior", str(tmp_path / "singular.toml"), "--output", str(tmp_path / "run"), *numbers]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2, (result.output, result.exception)
    # Whatever depends on g: the first of them stand for the others.
    assert "no walker meets delta_a_mu (" in result.stderr and "more, nor comes nearer, from the beginning" in result.stderr
    assert "nothing within the prior 'singular' seems to meet this, or the model has no value there" in result.stderr
