"""Published folders as zip files: written, and read without trust in what is in them."""

import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.input.printable import printable
from lqbayes.storage.atomic import atomic_path

_MOST_FILES: Final = 10_000
_MOST_GROWTH: Final = 20  # Of all files together: tables shrink to a tenth, numbers and plots hardly at all
_LONGEST_NAME: Final = 200
_ENCRYPTED: Final = 1
_NOT_OURS: Final = "no published run is like this; fetch it again"


def pack(folder: Path, target: Path) -> None:
    """Write all files of a folder into a zip."""
    with atomic_path(target) as aside, ZipFile(aside, "w", ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(folder))


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Folder with the contents of a zip, while it is needed; a folder is that itself."""
    if path.is_dir():
        yield path
        return
    if not path.is_file():
        raise ArgumentError(f"there is no folder or zip '{path}'")
    with tempfile.TemporaryDirectory(prefix="lqbayes-") as temporary:
        folder = Path(temporary) / "published"
        folder.mkdir()
        try:
            with ZipFile(path) as archive:
                entries = archive.infolist()
                _check_sizes(path, entries, folder)
                for entry in entries:
                    _check_entry(path, entry)
                damaged = [words for entry in entries if (words := _extract(archive, entry, folder))]
        except (BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
            raise RunError(f"{path}: cannot be read as a zip file ({printable(str(error))}); fetch it again") from error
        if damaged:
            raise RunError("\n".join([f"{path}: {len(damaged)} of its files are damaged; fetch it again", *damaged]))
        try:
            yield folder
        except RunError as error:  # which names the folder that is gone at once
            raise RunError(str(error).replace(str(folder), str(path))) from error


def _extract(archive: ZipFile, entry: ZipInfo, folder: Path) -> str:
    """Write an entry to its place; what is wrong with it, if anything."""
    target = folder / entry.filename
    try:
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            return ""
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, open(target, "xb") as sink:  # which ends at the size that the entry has named
            shutil.copyfileobj(source, sink)
    except (FileExistsError, NotADirectoryError):
        return f"{printable(entry.filename)}: is there twice, or as a file and as a folder"
    except (BadZipFile, zlib.error, EOFError) as error:
        return f"{printable(entry.filename)}: {printable(str(error)) or 'ends too early'}"
    return ""


def _check_sizes(path: Path, entries: list[ZipInfo], folder: Path) -> None:
    size, whole = path.stat().st_size, sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_FILES:
        raise RunError(f"{path}: holds {len(entries)} files, more than {_MOST_FILES}: {_NOT_OURS}")
    if whole > _MOST_GROWTH * size or sum(entry.compress_size for entry in entries) > size:
        raise RunError(f"{path}: {size} bytes promise {whole} when unpacked: {_NOT_OURS}")
    if whole > shutil.disk_usage(folder).free:
        raise RunError(f"{path}: there is no room for {whole} bytes in {folder.parent}; unpack it elsewhere and name the folder")


def _check_entry(path: Path, entry: ZipInfo) -> None:
    name, parts = entry.filename, PurePosixPath(entry.filename).parts
    wrong = ""
    if not parts or entry.orig_filename != name or name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
        wrong = "leads out of its folder"
    elif entry.header_offset < 0:
        wrong = "begins before the file: its first bytes are missing"
    elif len(name.encode()) > _LONGEST_NAME:
        wrong = "has a name that is too long"
    elif stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        wrong = "is a link or a device"
    elif entry.flag_bits & _ENCRYPTED or entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        wrong = "is encrypted or packed in a way that lqbayes does not use"
    if wrong:
        raise RunError(f"{path}: {printable(entry.orig_filename)}: {wrong}: {_NOT_OURS}")
