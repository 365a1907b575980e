"""Zips that somebody made to do harm: each is refused, and nothing is written outside."""

from __future__ import annotations

import random
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from lqbayes.export.archive import pack, unpacked
from lqbayes.input.errors import RunError


def _named(name: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with ZipFile(path, "w") as archive:
            archive.writestr(ZipInfo(name), "harm")

    return make


def _link(path: Path) -> None:
    entry = ZipInfo("results")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with ZipFile(path, "w") as archive:
        archive.writestr(entry, "/tmp")
        archive.writestr("results/x", "harm")


def _bomb(path: Path) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(10_000_000))


def _lying_bomb(path: Path) -> None:
    """The size that the directory names is small."""
    _bomb(path)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<L", 10_000_000), struct.pack("<L", 100)))


def _overlapping(path: Path) -> None:
    """Many names of the same packed bytes."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(range(256)) * 40)
        first = archive.infolist()[0]
        for k in range(200):
            entry = ZipInfo(f"b{k}")
            for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type", "external_attr"):
                setattr(entry, name, getattr(first, name))
            archive.filelist.append(entry)


def _many(path: Path) -> None:
    with ZipFile(path, "w") as archive:
        for k in range(10_001):
            archive.writestr(str(k), "")


def _twice(path: Path) -> None:
    with ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a", "x")
        archive.writestr("a", "y")


def _file_as_folder(path: Path) -> None:
    with ZipFile(path, "w") as archive:
        archive.writestr("a", "x")
        archive.writestr("a/b", "y")


def _other_packing(path: Path) -> None:
    with ZipFile(path, "w", ZIP_BZIP2) as archive:
        archive.writestr("a", "x" * 20)


def _damaged(path: Path) -> None:
    _named("a")(path)
    path.write_bytes(path.read_bytes().replace(b"harm", b"lame"))


def _no_zip(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 and nothing more")


def _name_that_is_no_text(path: Path) -> None:
    _named("\N{MICRO SIGN}")(path)
    path.write_bytes(path.read_bytes().replace("\N{MICRO SIGN}".encode(), b"\xff\xff"))


def _without_its_beginning(path: Path) -> None:
    _named("a")(path)
    path.write_bytes(path.read_bytes()[1:])


def _of_the_future(path: Path) -> None:
    """Of a version of the format that is not there yet."""
    entry = ZipInfo("a")
    entry.extract_version = 255
    with ZipFile(path, "w") as archive:
        archive.writestr(entry, "harm")


NAMES = ["../outside", "/outside", "a/../../outside", "a\\..\\..\\outside", "C:outside", ".", "a" * 300]
MAKERS = [
    _without_its_beginning,
    _name_that_is_no_text,
    _of_the_future,
    _link,
    _bomb,
    _lying_bomb,
    _overlapping,
    _many,
    _twice,
    _file_as_folder,
    _other_packing,
    _damaged,
    _no_zip,
]


@pytest.mark.parametrize("make", [*map(_named, NAMES), *MAKERS])
def test_it_is_refused(make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    make(tmp_path / "x.zip")
    with pytest.raises(RunError, match=r"x\.zip"), unpacked(tmp_path / "x.zip"):
        pass
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["temporary", "x.zip"]
    assert not Path("/outside").exists()


def test_a_folder_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    contents = random.Random(1).randbytes(4000)
    (folder / "inner" / "x").write_bytes(contents)
    pack(folder, tmp_path / "x.zip")
    with unpacked(tmp_path / "x.zip") as found:
        assert (found / "inner" / "x").read_bytes() == contents
    with unpacked(folder) as found:
        assert found == folder
