from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

POINTS = Path(__file__).parents[1] / "models" / "three_leptoquarks" / "data" / "reference-points.json"


@pytest.fixture(scope="session")
def references() -> list[dict[str, Any]]:
    """Points with their observables under both formula sets."""
    entries: list[dict[str, Any]] = json.loads(POINTS.read_text(encoding="utf-8"))
    return entries


@pytest.fixture
def point(references: list[dict[str, Any]]) -> dict[str, float]:
    return dict(references[0]["point"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def hearing_interrupts() -> Iterator[None]:
    """A shell that starts tests in the background has them ignore SIGINT, and they would pass that on to their own children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
