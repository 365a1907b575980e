"""Files that did harm once: each is refused with a message, or counts as no word at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from isolation import outcome
from loaders import LOADERS

CORPUS = Path(__file__).parents[1] / "corpus"
NO_WORD = {"heartbeat", "session", "audit"}  # what cannot be read is as if it were not there
FILES = sorted(path for path in CORPUS.iterdir() if path.name != "README.md")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file(tmp_path: Path, path: Path) -> None:
    kind = path.name.partition("-")[0]
    copied = Path(shutil.copy(path, tmp_path / path.name))
    found = outcome(lambda: LOADERS[kind](copied))
    assert found.startswith("read" if kind in NO_WORD else "refused: "), found
    assert found.replace("\n", "").isprintable()  # nothing that a terminal would obey
    if kind not in NO_WORD:
        assert ";" in found  # how to mend it
        assert len(found) < 30_000


def test_every_kind_has_files() -> None:
    assert {path.name.partition("-")[0] for path in FILES} == set(LOADERS)
