"""The scripts of analysis/ are no package: they import each other from their own folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "analysis"

sys.path.insert(0, str(FOLDER))


@pytest.fixture
def quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even fewer walkers and sweeps than --quick has, which are for eyes."""
    monkeypatch.setattr("runs.QUICK", {"ensembles": 2, "walkers": 200, "sweeps_per_rung": 1, "thin": 1, "steps_per_population": 2})
