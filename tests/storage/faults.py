"""What goes wrong with machines, made to happen: a full disk, a changed bit, a process of another user."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import pytest

from lqbayes.input.errors import LqbayesError

NOBODY = 65534


def outcome(work: Callable[[], object], user: int | None = None) -> str:
    """Do something in a process of its own: ``done``, ``refused: ...`` with the package's message, or ``escaped: ...``."""
    child, reading = begin(work, user)
    with os.fdopen(reading, encoding="utf-8") as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said or "escaped: killed"


def begin(work: Callable[[], object], user: int | None = None) -> tuple[int, int]:
    """Begin it; the outcome comes through a pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    said = "escaped: no word"
    try:  # pragma: no cover - another process
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        try:
            work()
            said = "done"
        except (LqbayesError, OSError) as error:
            said = f"refused: {error}" if isinstance(error, LqbayesError) else f"refused by the system: {error}"
        except BaseException as error:
            said = f"escaped: {type(error).__name__}: {error}"
    finally:
        os.write(writing, said.encode("utf-8", "backslashreplace")[:60_000])
        os._exit(0)


@contextmanager
def small_disk(folder: Path, size: str = "16m") -> Iterator[Path]:
    """A file system of its own, which can be filled."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system takes root")
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Leave no room for another page."""
    with open(disk / "filler", "ab", buffering=0) as stream:
        for size in (1 << 20, 1 << 12):
            try:
                while stream.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


def flip(path: Path, place: int, bit: int = 0) -> None:
    """Change a bit of a file, as a disk does."""
    with open(path, "r+b") as stream:
        stream.seek(place)
        byte = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([byte ^ (1 << bit)]))


def flip_in(path: Path, name: str, step: int | None = None, byte: int = 3) -> None:
    """Change a bit of one row of an array, or of the whole array."""
    with h5py.File(path, "r") as file:
        array = file[name]
        row = 0 if step is None else array[0].nbytes * step
        place = array.id.get_offset() + row + byte
    flip(path, place)
