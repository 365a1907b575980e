"""The scripts run, use the runs that are there, and say that a quick run has not converged."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("comparison")


def run_script(monkeypatch: pytest.MonkeyPatch, name: str, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", [f"analysis/{name}.py", *words])
    import_module(name).main()


def test_a_quick_run_writes_its_page(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    short_search: Callable[[], AbstractContextManager[None]],
) -> None:
    places = ("--chains", str(tmp_path / "chains"), "--output", str(tmp_path / "out"))
    with short_search():
        run_script(monkeypatch, "then_and_now", "--quick", *places)
        assert capsys.readouterr().out.count("sampling quick-") == 2
        run_script(monkeypatch, "formulas", "--quick", *places)
    assert "using quick-paper-paper-1\nsampling quick-paper-paper-corrected-1" in capsys.readouterr().out
    for name in ("then_and_now", "formulas"):
        page = (tmp_path / "out" / f"{name}.md").read_text(encoding="utf-8")
        assert f"`python analysis/{name}.py --quick`" in page
        assert "**NOT CONVERGED: 2 of 2 runs." in page
    assert (tmp_path / "out" / "then_and_now.md").read_text(encoding="utf-8").count("**Verdict: then, ln of") == 1
    assert (tmp_path / "out" / "shifts.csv").read_text(encoding="utf-8").startswith("quantity,")
    for suffix in ("png", "pdf"):
        assert (tmp_path / "out" / f"densities.{suffix}").stat().st_size > 5000


def test_the_findings_of_the_paper_have_verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_search: Callable[[], AbstractContextManager[None]]
) -> None:
    monkeypatch.setattr("lqbayes.models.three_leptoquarks.paper.figures.write_figures", lambda *_: [])  # which have tests of their own
    script: Any = import_module("reproduce_paper")
    monkeypatch.setattr(script, "SCENARIOS", dict(islice(script.SCENARIOS.items(), 2)))  # one is like the other
    with short_search():
        run_script(monkeypatch, "reproduce_paper", "--quick", "--chains", str(tmp_path / "chains"), "--output", str(tmp_path / "out"))
    page = (tmp_path / "out" / "reproduce_paper.md").read_text(encoding="utf-8")
    assert page.count("**Verdict: ") == 3
    assert "**NOT CONVERGED: 4 of 4 runs." in page


def test_a_run_of_other_settings_is_not_used(tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(tiny_run / "chains" / "tiny", tmp_path / "paper-paper-1")
    with pytest.raises(SystemExit, match="holds a run of other settings"):
        run_script(monkeypatch, "formulas", "--chains", str(tmp_path), "--output", str(tmp_path / "out"))
