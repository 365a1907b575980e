"""What a disk has answered, in a few words: HDF5 hides it in the middle of addresses and offsets."""

from __future__ import annotations

import errno
import os
import re
from typing import Final

DISK_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})
"""Numbers of what disks answer that are full, read-only or broken."""

_HDF5 = re.compile(r"\berrno = (\d+)")


def disk_error(error: BaseException) -> int | None:
    """Find the number of an error of the operating system."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    found = _HDF5.search(str(error))
    return int(found.group(1)) if found else None


def disk_reason(error: BaseException) -> str:
    """Say what was wrong with a file or its disk."""
    number = disk_error(error)
    return str(error) if number is None else os.strerror(number)
