from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lqbayes.storage.run import Run


@pytest.fixture(scope="session")
def run(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A real run, much too short to converge, without results."""
    path = tmp_path_factory.mktemp("exports") / "tiny"
    return Run.open(shutil.copytree(tiny_run / "chains" / "tiny", path, ignore=shutil.ignore_patterns("results")))
