"""What an HDF5 file may be before anything is read from it: a run directory may come from anybody.

HDF5 files can point to other files (external and virtual datasets, external links), load plugins (filters), promise arrays of any size
that take no room (fill values, compression), and hold types whose reading runs code. Chain files need none of this.
"""

from __future__ import annotations

import math
import stat
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5t
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.input.printable import printable
from lqbayes.storage.chain_layout import written_rows

READING_ERRORS: Final = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, IndexError, OverflowError, EOFError)
"""What h5py and NumPy raise for a damaged file, or for one in which a name stands for something else."""

_DEPTH = 4
_OBJECTS = 20_000
_ATTRIBUTES = 100
_ATTRIBUTE_BYTES = 65_536
# An array may be longer than what is written of it, since room is made ahead; not by orders of magnitude.
_AHEAD, _SMALL = 4, 2**20
_PLAIN = frozenset({h5t.INTEGER, h5t.FLOAT, h5t.ENUM, h5t.STRING})


def check_file(path: Path) -> None:
    """Refuse what is not a regular file: opening a pipe waits for ever."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise _refusal(path, "", f"cannot be opened as a chain file ({error})") from None
    if not stat.S_ISREG(mode):
        raise _refusal(path, "", "is not a regular file")


def check_objects(file: h5py.File, path: Path) -> None:
    """Refuse a file that has anything but plain arrays and attributes of its own, or that promises more than it can hold."""
    most = _AHEAD * path.stat().st_size + _SMALL
    _check_attributes(file.id, path, "/")
    count = 0
    pending: list[tuple[h5g.GroupID, str, int]] = [(h5g.open(file.id, b"/"), "", 1)]
    while pending:
        group, parent, depth = pending.pop()
        for name in group:
            key = f"{parent}/{name.decode('utf-8', 'backslashreplace')}"
            count += 1
            if depth > _DEPTH or count > _OBJECTS:
                raise _refusal(path, key, "has too many objects, or they are nested too deeply")
            if group.links.get_info(name).type != h5l.TYPE_HARD:
                raise _refusal(path, key, "is a link to another place or file")
            opened = h5o.open(group, name)
            _check_attributes(opened, path, key)
            if isinstance(opened, h5g.GroupID):
                pending.append((opened, key, depth + 1))
            elif isinstance(opened, h5d.DatasetID):
                _check_array(opened, path, key, most)
            else:
                raise _refusal(path, key, "is neither a group nor an array")


def _check_array(array: h5d.DatasetID, path: Path, key: str, most: int) -> None:
    properties = array.get_create_plist()
    layout = properties.get_layout()
    if layout == h5d.VIRTUAL or properties.get_external_count():
        raise _refusal(path, key, "keeps its numbers in another file")
    if properties.get_nfilters():
        raise _refusal(path, key, "is compressed or filtered")
    if array.get_type().get_class() not in {h5t.INTEGER, h5t.FLOAT, h5t.ENUM}:
        raise _refusal(path, key, "is not an array of numbers")
    size = array.get_type().get_size()
    shapes = [array.shape, properties.get_chunk()] if layout == h5d.CHUNKED else [array.shape]
    for shape in shapes:
        if shape is None or math.prod(shape) * size > most:
            raise _refusal(path, key, f"promises an array of {shape} numbers, which the file is too small to hold")


def _check_attributes(owner: Any, path: Path, key: str) -> None:
    count = h5a.get_num_attrs(owner)
    if count > _ATTRIBUTES:
        raise _refusal(path, key, f"has {count} attributes, more than {_ATTRIBUTES}")
    for index in range(count):
        attribute = h5a.open(owner, index=index)
        kind = attribute.get_type()
        shape = attribute.shape
        if kind.get_class() not in _PLAIN or shape is None:
            raise _refusal(path, key, f"has an attribute that is neither number nor text: {_name(attribute)}")
        if math.prod(shape) * kind.get_size() > _ATTRIBUTE_BYTES:
            raise _refusal(path, key, f"has an attribute that is too large: {_name(attribute)}")


def _name(attribute: h5a.AttrID) -> str:
    name: bytes = attribute.name
    return name.decode("utf-8", "backslashreplace")[:80]


def check_layout(file: h5py.File, path: Path, *, walkers: int, dimension: int, parts: int) -> None:
    """Refuse a chain whose arrays do not have the shapes that the run's configuration gives them."""
    group = file["mcmc"]
    steps = _count(group, path, "iteration")
    for name, expected in (("nwalkers", walkers), ("ndim", dimension)):
        if _count(group, path, name) != expected:
            raise _refusal(path, f"/mcmc: {name}", f"is not {expected}, as the run's configuration has it")
    for name, (expected_row, kind) in written_rows(walkers, dimension, parts).items():
        array = group.get(name)
        if not isinstance(array, h5py.Dataset) or array.dtype != np.dtype(kind):
            raise _refusal(path, f"/mcmc/{name}", f"must be an array of the type {np.dtype(kind).name}")
        if array.shape[1:] != expected_row or array.shape[0] < steps:
            raise _refusal(path, f"/mcmc/{name}", f"has the shape {array.shape}, not ({steps} or more, {str(expected_row)[1:-1]})")


def _count(group: h5py.Group, path: Path, name: str) -> int:
    value = group.attrs.get(name)
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
        raise _refusal(path, f"/mcmc: {name}", "must be a whole number, 0 or more")
    return int(value)


def check_numbers(path: Path, name: str, row: NDArray[np.float64]) -> None:
    """Refuse numbers that no run stores."""
    if name == "chain" and not np.isfinite(row).all():
        raise _refusal(path, f"/mcmc/{name}", "has numbers that are not finite")
    if not (row < np.inf).all():  # nor is NaN
        raise _refusal(path, f"/mcmc/{name}", "has numbers that are infinite or not defined")


def _refusal(path: Path, key: str, message: str) -> RunError:
    where = f"{path}: {key}" if key else str(path)
    return RunError(printable(f"{where}: {message}; no chain file that lqbayes writes is like this: restore it, or make the run again"))
