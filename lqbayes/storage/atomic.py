"""Files that are either complete or not there: written beside their place and moved into it; and what a disk answers that cannot."""

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ASIDE: Final = ".lqbayes-"
"""How the names of files begin that are written aside: a killed process leaves them behind."""

DISK_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})
"""Numbers of what disks answer that are full, read-only or broken."""

_NO_SYNC = frozenset({errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.ENOSYS})
_HDF5 = re.compile(r"\berrno = (\d+)")


def _umask() -> int:
    mask = os.umask(0o022)  # there is no other way to ask for it
    os.umask(mask)
    return mask


_MODE = 0o666 & ~_umask()  # once: the umask is the whole process's, and other threads create files too


@contextmanager
def atomic_path(path: str | os.PathLike[str], *, sync: bool = True) -> Iterator[Path]:
    """Yield a temporary path whose file becomes `path` when the block ends without an exception; `sync` brings it to the disk first."""
    target = Path(path)
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f"{ASIDE}{target.stem}-", suffix=target.suffix, dir=target.parent)
        os.close(descriptor)
        temporary = Path(name)
        # mkstemp keeps others out; a result is to be read like any other file of the user's.
        temporary.chmod(_MODE)
        yield temporary
        if sync:
            _flush(temporary, os.O_RDWR)  # without this, a crash of the machine may leave the new name with no contents
        os.replace(temporary, target)
        if sync:
            _flush_folder(target.parent)
    except BaseException as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        number = disk_error(error)
        # A message is to name the file that the user knows, also where HDF5 hides what the disk said.
        if number is not None and ASIDE in str(getattr(error, "filename", None) or ASIDE):
            raise OSError(number, os.strerror(number), str(target)) from error
        raise


def check_writable(folder: Path) -> None:
    """Raise the error that writing to a folder would end with, for who computes for long before."""
    with tempfile.TemporaryFile(prefix=ASIDE, dir=folder):
        pass


def write_text_atomically(path: str | os.PathLike[str], text: str, *, sync: bool = True) -> None:
    """Write a text file, as UTF-8 and with the line ends as given, so that readers see the old or the new one and never a part."""
    with atomic_path(path, sync=sync) as temporary, open(temporary, "w", encoding="utf-8", newline="") as stream:
        stream.write(text)


def _flush(path: Path, mode: int) -> None:
    descriptor = os.open(path, mode)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    # The new name is an entry of the folder: without this, a power cut may bring the older file back.
    try:
        _flush(folder, os.O_RDONLY)
    except OSError as error:  # a folder that cannot be read may still be written; some systems cannot open or sync any
        if error.errno not in _NO_SYNC:
            raise


def disk_error(error: BaseException) -> int | None:
    """Find the number of an error of the operating system, which HDF5 hides in the middle of addresses and offsets."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    found = _HDF5.search(str(error))
    return int(found.group(1)) if found else None


def disk_reason(error: BaseException) -> str:
    """Say what was wrong with a file or its disk."""
    number = disk_error(error)
    return str(error) if number is None else os.strerror(number)
