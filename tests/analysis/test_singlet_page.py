"""The page on S1 is made by one command from runs that it makes itself, and no evidence in it exceeds what the best fit allows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

singlet: Any = pytest.importorskip("singlet")


def test_page(tmp_path: Path, capsys: pytest.CaptureFixture[str], short_search: Callable[[], AbstractContextManager[None]]) -> None:
    words = ["--quick", "--chains", str(tmp_path / "chains"), "--output", str(tmp_path / "out")]
    with short_search():
        singlet.main(words)
    assert capsys.readouterr().out.count("sampling quick-s1") == 3
    page = (tmp_path / "out" / "singlet.md").read_text(encoding="utf-8")
    assert "`python analysis/singlet.py --quick`" in page and "**NOT CONVERGED: 3 of 3 runs." in page
    for heading in ("In short", "What it explains", "What is left", "Pulls", "Evidence", "The evidence is a question", "Prior sensitivity"):
        assert f"\n## {heading}" in page
    assert "from 0.296 to" in page and "(measured: 0.358)" in page
    for name in ("planes.png", "couplings.png", "explained.csv", "intervals.csv", "pulls.csv", "evidences.csv"):
        assert (tmp_path / "out" / name).stat().st_size > 100
    volume = pd.read_csv(tmp_path / "out" / "volume.csv")
    # The mean of the likelihood over any prior is at most its maximum.
    assert list(volume["run"]) == ["quick-s1-s1-1", "quick-s1-s1-uniform-1", "quick-s1-gm2-2021-s1-1"]
    assert (volume["ln_ratio"] < volume["ln_most"]).all() and (volume["ln_most"] > 5).all()
    assert (volume["share_excluded"] > 0.5).all() and (volume["share_better"] < volume["share_excluded"]).all()
