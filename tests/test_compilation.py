"""Where machine code is kept: numba runs what it finds there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lqbayes import compilation


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LQBAYES_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(compilation.tempfile, "gettempdir", lambda: str(tmp_path / "shared"))
    (tmp_path / "shared").mkdir()


def _folder() -> Path | None:
    return compilation.cache_folder.__wrapped__()


def test_the_cache_of_the_user_comes_first(tmp_path: Path) -> None:
    found = _folder()
    assert found is not None
    assert found.parent == tmp_path / "cache" / "lqbayes"


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_folder_that_others_may_write_is_passed_over(tmp_path: Path, mode: int) -> None:
    (tmp_path / "cache" / "lqbayes").mkdir(parents=True)
    (tmp_path / "cache" / "lqbayes").chmod(mode)
    found = _folder()
    assert found is not None
    assert found.parent.parent == tmp_path / "shared"


@pytest.mark.parametrize("mask", [0, 0o002, 0o077])
def test_what_the_umask_allows_does_not_matter(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        found = _folder()
    finally:
        os.umask(before)
    assert found is not None
    assert found.parent == tmp_path / "cache" / "lqbayes"
    assert found.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_folder_of_somebody_else_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, through_a_link: bool) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    theirs = tmp_path / "shared" / f"lqbayes-cache-{os.getuid()}"
    if through_a_link:
        (tmp_path / "mine").mkdir()
        theirs.symlink_to(tmp_path / "mine")
    else:
        theirs.mkdir()
    os.chown(theirs, 12345, 12345, follow_symlinks=False)
    assert _folder() is None


def test_a_chosen_folder_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that is filled for many users belongs to its builder."""
    (tmp_path / "chosen").mkdir(mode=0o777)
    monkeypatch.setenv("LQBAYES_CACHE_DIR", str(tmp_path / "chosen"))
    found = _folder()
    assert found is not None
    assert found.parent == tmp_path / "chosen"
