"""Measurements that README and documentation show, from end to end at a tiny size; what they say is for the sizes of bench/README.md."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import lqbayes


def script(name: str, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    found = import_module(name)
    monkeypatch.setattr("sys.argv", [f"bench/{name}.py", *words])
    return found


def test_evidence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    script("evidence", monkeypatch, "--quick").main()
    assert "python bench/evidence.py --quick" in capsys.readouterr().out


def test_second_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    model = lqbayes.Model.load("singlet")
    posterior = lqbayes.Posterior(lqbayes.Prior.load("s1", model), lqbayes.Likelihood.load("s1", model))
    lqbayes.sample(posterior, tmp_path / "tiny", ensembles=2, walkers=1000, sweeps_per_rung=2, max_steps=1, workers=1, audit=0)
    words = ("--run", str(tmp_path / "tiny"), "--groups", "1")
    second_evidence = script("second_evidence", monkeypatch, *words)
    known: Callable[[], Any] = second_evidence.known
    monkeypatch.setattr(second_evidence, "known", lambda: islice(known(), 1))
    monkeypatch.setattr(second_evidence, "_WALKERS", 100)
    monkeypatch.setattr(second_evidence, "_SWEEPS", 2)
    second_evidence.main()
    said = capsys.readouterr().out
    assert "tiny, 16 components, t with 20 degrees of freedom" in said and "python bench/second_evidence.py" in said


def test_mode_audit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    script("mode_audit", monkeypatch, "--seeds", "1", "--walkers", "200", "--sweeps", "4", "--only", "one Gaussian, d = 5").main()
    assert "one Gaussian, d = 5" in capsys.readouterr().out


def test_stop_rule_of_runs(tiny_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    script("stop_rule", monkeypatch, "--runs", str(tiny_run / "chains" / "tiny")).main()
    assert "times" in capsys.readouterr().out


def test_cost(tiny_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    cost = script("cost", monkeypatch, "--run", str(tiny_run / "chains" / "tiny"))
    monkeypatch.setattr(cost, "measured", partial(cost.measured, steps=2))
    cost.main()
    assert "one step of a walker, lqbayes's default moves" in capsys.readouterr().out
