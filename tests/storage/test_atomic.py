from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from lqbayes.storage.atomic import atomic_path, write_text_atomically


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text_atomically(path, "first\n")
    write_text_atomically(path, "second \N{GREEK SMALL LETTER MU}\r\n")
    assert path.read_bytes() == "second \N{GREEK SMALL LETTER MU}\r\n".encode()
    assert os.listdir(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_failure_leaves_the_old_file_alone(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "plot.png"
    path.write_bytes(b"old")
    with pytest.raises(error), atomic_path(path) as temporary:
        temporary.write_bytes(b"half")
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".png"
        assert path.read_bytes() == b"old"
        raise error
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["plot.png"]


def test_failure_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), atomic_path(tmp_path / "new.txt") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert os.listdir(tmp_path) == []


def test_the_old_file_stays_until_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX systems")
def test_mode_follows_the_umask(tmp_path: Path) -> None:
    """That which the process had when it began."""
    code = "import os, sys; os.umask(0o027); from lqbayes.storage.atomic import write_text_atomically as w; w(sys.argv[1], 'x')"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.txt")], check=True)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_not_there_is_named_by_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        write_text_atomically(tmp_path / "none" / "a.txt", "x")
    assert error.value.filename == str(tmp_path / "none" / "a.txt")


@pytest.mark.parametrize("kind", [OSError, RuntimeError])
def test_what_hdf5_says_of_a_full_disk_names_the_file_of_the_user(tmp_path: Path, kind: type[Exception]) -> None:
    with pytest.raises(OSError, match=r"No space left on device: '.*/a\.nc'$") as error, atomic_path(tmp_path / "a.nc") as aside:
        raise kind(f"Can't write data (file write failed: filename = '{aside}', errno = 28, error message = 'No space', buf = 0x1)")
    assert error.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_text_atomically(tmp_path / "nowhere" / "a.txt", "x")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a folder cannot be opened")
def test_file_then_name_are_brought_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this order, a power cut leaves the old or the new file, and the new one for good once the block has ended."""
    path = tmp_path / "a.txt"
    happened: list[str] = []
    replace = os.replace

    def note_sync(descriptor: int) -> None:
        happened.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    def note_replace(source: Path, target: Path) -> None:
        happened.append("name")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    write_text_atomically(path, "x")
    write_text_atomically(path, "x", sync=False)
    assert happened == ["file", "name", "folder", "name"]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a folder cannot be opened")
@pytest.mark.parametrize(("number", "fails"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_folder_that_cannot_be_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, fails: bool) -> None:
    fsync = os.fsync

    def refuse(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, "no")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="no") if fails else nullcontext():
        write_text_atomically(tmp_path / "a.txt", "x")
    assert os.listdir(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "x"
