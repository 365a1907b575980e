"""``lqbayes check sbc --model FILE`` catches what is wrong with a user's move or with an error, and nothing where nothing is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from typer.testing import CliRunner

from lqbayes.calibration import calibration
from lqbayes.cli.app import app
from lqbayes.input.units import times
from lqbayes.likelihood.likelihood import Likelihood

NUMBERS = "--repetitions 60 --walkers 100 --sweeps 3 --steps 40 --populations 1 --workers 1".split()
MODEL = """
from lqbayes import Observable, Parameter

PARAMETERS = [Parameter(name) for name in "abcd"]
OBSERVABLES = [Observable(name) for name in "wxyz"]


def predict(a, b, c, d):
    return a, b, c, d
"""
# Multiplies one coordinate, which has a uniform prior: the volume grows by the same factor. Its power is no part of the text, so that the
# model is compiled once.
STRETCH = """
import os

import numpy as np
from lqbayes.sampling.moves.base import ArrayMove


class Stretch(ArrayMove):
    def get_proposal(self, sample, complement, seed):
        rng = np.random.default_rng(seed)
        growth, rows = rng.normal(0, 1.0, len(sample)), np.arange(len(sample))
        proposal = sample.copy()
        proposal[rows, rng.integers(0, 4, len(sample))] *= np.exp(growth)
        return proposal, np.where(proposal.max(axis=1) <= 1, float(os.environ['JACOBIAN']) * growth, -np.inf)


def MOVES(prior):
    return [(Stretch(), 1.0)]
"""


def smallest_p_value(folder: Path, error: float, status: int, code: str = "") -> float:
    """Check a model of four parameters, each measured with an error, as a user does; return the smallest p-value times their number."""
    entry = {"unit": "1", "source": "made up"}
    lines = {name: entry | {"distribution": "uniform", "range": [0.0, 1.0]} for name in "abcd"}
    measurements = [
        entry | {"name": name, "observable": name, "form": "gaussian", "value": 0.5, "error": error, "data": [name]} for name in "wxyz"
    ]
    (folder / "own.py").write_text(MODEL + code, encoding="utf-8")
    (folder / "own-prior.toml").write_text(tomli_w.dumps({"title": "p", "parameters": lines}), encoding="utf-8")
    data = {"title": "m", "data": dict.fromkeys("wxyz", "made up"), "measurement": measurements}
    (folder / "own.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "sbc", "--model", "own.py", *NUMBERS])
    assert result.exit_code == status, result.output
    found = re.search(r"(\d+) quantities have .*smallest p-value (\S+)", " ".join(result.stdout.split()))
    assert found is not None, result.stdout
    return int(found[1]) * float(found[2])


def test_a_right_move_passes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACOBIAN", "1.0")
    assert smallest_p_value(folder, 0.5, 0, STRETCH) > 0.01


@pytest.mark.parametrize("jacobian", ["0.0", "-1.0"])
def test_a_wrong_jacobian_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch, jacobian: str) -> None:
    monkeypatch.setenv("JACOBIAN", jacobian)
    assert smallest_p_value(folder, 0.5, 3, STRETCH) < 1e-3


@pytest.mark.parametrize("factor", [1.0, 1.5, 1 / 1.5])
def test_a_wrong_error_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    """The data scatter by another error than the one that the likelihood knows."""
    honest = calibration.synthetic_likelihood

    def measured(*arguments: Any) -> Likelihood:
        drawn = honest(*arguments)
        changed = tuple(m.model_copy(update={"error": times(m.error, factor)}) for m in drawn.settings.measurements)
        return Likelihood(replace(drawn.settings, measurements=changed), drawn.model)

    monkeypatch.setattr(calibration, "synthetic_likelihood", measured)
    found = smallest_p_value(folder, 0.1, 0 if factor == 1 else 3)
    assert found > 0.01 if factor == 1 else found < 1e-3
