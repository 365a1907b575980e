"""What an HDF5 file may be before anything is read from it: a run directory may come from anybody.

HDF5 files can point to other files (external and virtual datasets, external links), load plugins (filters), promise arrays of any size
that take no room (fill values, compression), and hold types whose reading runs code. Files of populations need none of this.
"""

import contextlib
import math
import mmap
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import h5py
from h5py import h5a, h5d, h5g, h5l, h5o, h5t

from lqbayes.input.errors import RunError
from lqbayes.input.printable import printable
from lqbayes.storage.atomic import disk_error, disk_reason

# What h5py raises for a damaged file: but for the first, where HDF5 gives its reason, in parentheses at the end. Without one, a mistake of
# ours or a change of h5py must not tell anybody to remove a file.
_DAMAGE: Final = (OSError, KeyError, ValueError, RuntimeError)
_REASON: Final = re.compile(r"\(.+\)['\"]?$", re.DOTALL)
_HEAP: Final = b"GCOL\x01\0\0\0"  # at the beginning of a global heap collection
_HEAP_HEADER: Final = 16  # bytes, of a collection and of each entry
_NUMBERS: Final = frozenset({h5t.INTEGER, h5t.FLOAT})
_PLAIN: Final = _NUMBERS | {h5t.ENUM, h5t.STRING}
_DEPTH, _OBJECTS, _ATTRIBUTES, _ATTRIBUTE_BYTES = 3, 100, 20, 65_536


def refusal(path: Path, key: str, message: str, remedy: str) -> RunError:
    """Make an error about a place in a file."""
    where = f"{path}: {key}" if key else str(path)
    return RunError(printable(f"{where}: {message}; {remedy}"))


@contextmanager
def opened(path: Path, remedy: str) -> Iterator[h5py.File]:
    """Open a file that has only plain arrays and attributes of its own."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe waits for ever
            raise refusal(path, "", "is not a regular file", remedy)
        # HDF5's own lock would let a reader end a run; what stands under its name here does not change.
        with h5py.File(path, "r", locking=False) as file:
            _check_objects(file, path, remedy)
            yield file
    except _DAMAGE as error:
        if not isinstance(error, OSError) and not _REASON.search(str(error)):
            raise
        if disk_error(error) is not None:  # of the disk or the system, which says nothing against the file
            raise refusal(path, "", f"cannot be read ({disk_reason(error)})", "mend that, and read it again") from error
        raise refusal(path, "", f"cannot be read as a file of a population ({error})", remedy) from error


def refuse_endless_heaps(path: Path, remedy: str) -> None:
    """Refuse heaps of texts in which HDF5, where a size in one was changed, would go round for ever."""
    with open(path, "rb") as stream, contextlib.closing(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)) as contents:
        for low, high in _written(stream.fileno(), len(contents)):
            start = contents.find(_HEAP, low, high)
            while start >= 0:
                place = start + _HEAP_HEADER
                end = start + int.from_bytes(contents[start + 8 : place], "little")
                while place + _HEAP_HEADER <= end <= len(contents):
                    index = int.from_bytes(contents[place : place + 2], "little")
                    size = int.from_bytes(contents[place + 8 : place + _HEAP_HEADER], "little")
                    step = _HEAP_HEADER + -(-size // 8) * 8 if index else size
                    place += step if step else len(contents)
                if place > end:
                    raise refusal(path, "", "has a heap of texts whose sizes do not fit", remedy)
                start = contents.find(_HEAP, start + 1, high)


def _written(descriptor: int, size: int) -> Iterator[tuple[int, int]]:
    """Parts of a file that were written: a file with a hole of a terabyte is no reason to read a terabyte of zeros."""
    low = 0
    while low < size:
        try:
            low = os.lseek(descriptor, low, os.SEEK_DATA)
            high = os.lseek(descriptor, low, os.SEEK_HOLE)
        except OSError:  # nothing but a hole up to the end
            return
        yield low, high
        low = high


def _check_objects(file: h5py.File, path: Path, remedy: str) -> None:
    size = path.stat().st_size
    count = 0
    pending: list[tuple[h5g.GroupID, str, int]] = [(h5g.open(file.id, b"/"), "", 1)]
    wrong = _wrong_attributes(file.id)
    where = "/"
    while pending and not wrong:
        group, parent, depth = pending.pop()
        for name in group:
            where = f"{parent}/{name.decode('utf-8', 'backslashreplace')}"
            count += 1
            if depth > _DEPTH or count > _OBJECTS:
                wrong = "has too many objects, or they are nested too deeply"
            elif group.links.get_info(name).type != h5l.TYPE_HARD:
                wrong = "is a link to another place or file"
            else:
                found = h5o.open(group, name)
                wrong = _wrong_attributes(found)
                if isinstance(found, h5g.GroupID):
                    pending.append((found, where, depth + 1))
                elif isinstance(found, h5d.DatasetID):
                    wrong = wrong or _wrong_array(found, size)
                else:
                    wrong = "is neither a group nor an array"
            if wrong:
                break
    if wrong:
        raise refusal(path, where, wrong, f"no file that lqbayes writes is like this: {remedy}")


def _wrong_array(array: h5d.DatasetID, size: int) -> str:
    properties = array.get_create_plist()
    kind = array.get_type()
    if properties.get_layout() != h5d.CONTIGUOUS:  # which leaves no room for chunks, compression and filters
        return "is virtual, compressed, filtered or in pieces"
    if properties.get_external_count():
        return "keeps its numbers in another file"
    if kind.get_class() not in _NUMBERS:
        return "is not an array of numbers"
    if array.shape is None or math.prod(array.shape) * kind.get_size() > size:
        return f"promises an array of {array.shape} numbers, which the file is too small to hold"
    return ""


def _wrong_attributes(owner: Any) -> str:
    count = h5a.get_num_attrs(owner)
    if count > _ATTRIBUTES:
        return f"has {count} attributes, more than {_ATTRIBUTES}"
    for index in range(count):
        attribute = h5a.open(owner, index=index)
        kind, shape = attribute.get_type(), attribute.shape
        name = attribute.name.decode("utf-8", "backslashreplace")[:80]
        if kind.get_class() == h5t.STRING and kind.get_cset() not in {h5t.CSET_ASCII, h5t.CSET_UTF8}:
            return f"has an attribute in an unknown encoding: {name}"
        if kind.get_class() not in _PLAIN or shape is None:
            return f"has an attribute that is neither number nor text: {name}"
        if math.prod(shape) * kind.get_size() > _ATTRIBUTE_BYTES:
            return f"has an attribute that is too large: {name}"
    return ""
