"""Files that are either complete or not there: written beside their place and moved into it."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MODE = 0o666
_NO_SYNC = frozenset({errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.ENOSYS})


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path whose file becomes `path` when the block ends without an exception."""
    target = Path(path)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        # mkstemp keeps others out; a result is to be read like any other file of the user's.
        temporary.chmod(_MODE & ~_umask())
        yield temporary
        _flush_to_disk(temporary)
        os.replace(temporary, target)
        _flush_folder(target.parent)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in {None, name}:
            error.filename = str(target)  # a message is to name the file that the user knows
        raise


def write_text_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file, as UTF-8 and with the line ends as given, so that readers see the old or the new one and never a part."""
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as stream:
        stream.write(text)


def _umask() -> int:
    # There is no other way to ask for it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _flush_to_disk(path: Path) -> None:
    # Without this, a crash of the machine may leave the new name with no contents.
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    # The new name is an entry of the folder: without this, a power cut may bring the older file back.
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:  # a folder that cannot be read may still be written; some systems cannot open any
        if error.errno not in _NO_SYNC:
            raise
        return
    try:
        os.fsync(descriptor)
    except OSError as error:  # some network file systems have no such thing
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)
