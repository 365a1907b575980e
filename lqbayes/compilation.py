"""Compile the hot path with numba and cache the machine code safely.

numba's own cache notices a change of the file that holds a function, not a change of the files whose functions it calls. Here a cached
likelihood must never outlive an edit of a formula, so the cache folder carries a hash of every source file of the packages that hold
compiled functions.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parent
_COMPILED_PACKAGES = ("prior", "likelihood", "sampling", "models")
_IMPORT = re.compile(r"^from (lqbayes[\w.]*) import (\(?[\w, ]*)", re.MULTILINE)
# What no machine code depends on: docstrings and lines that are comments.
_WORDS = re.compile(r'"""(?:[^"]|"(?!""))*"""|^\s*#.*$', re.MULTILINE)


@cache
def source_hash() -> str:
    """Hash of the sources that decide machine code: of compiled functions and what they import, without comments and docstrings."""
    sources = {path: path.read_text(encoding="utf-8") for name in _COMPILED_PACKAGES for path in (_PACKAGE / name).rglob("*.py")}
    decisive: set[Path] = set()
    pending = [path for path, text in sources.items() if "from lqbayes.compilation import" in text]
    while pending:
        path = pending.pop()
        if path in sources and path not in decisive:
            decisive.add(path)
            pending += _imported(sources[path])
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(decisive):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(_WORDS.sub("", sources[path]).encode())
    return digest.hexdigest()[:16]


def _imported(text: str) -> list[Path]:
    """Files of the modules of this package that a source imports, or imports from."""
    found = []
    for module, names in _IMPORT.findall(text):
        place = _PACKAGE.joinpath(*module.split(".")[1:])
        found += [place.with_suffix(".py"), *(place / f"{name.strip()}.py" for name in names.strip("(").split(","))]
    return found


@cache
def cache_folder() -> Path | None:
    """Folder for the machine code of exactly these sources: in ``$LQBAYES_CACHE_DIR`` or the user's cache folder, then the temporary one.

    None where none of them can be written, or where another user could have filled it, which costs a compilation in every process.
    """
    name = hashlib.sha256(f"{numba.__version__} {sys.version} {source_hash()}".encode()).hexdigest()[:16]
    for parent in _candidate_parents():
        folder = parent / name
        try:
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            if not os.environ.get("LQBAYES_CACHE_DIR") and not (_private(parent) and _private(folder)):
                continue
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


def _private(folder: Path) -> bool:
    """Whether nobody else can have put files there: what numba finds in its cache, it runs."""
    if not hasattr(os, "getuid"):
        return True
    found = folder.stat()
    return folder.lstat().st_uid == found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _candidate_parents() -> list[Path]:
    chosen = os.environ.get("LQBAYES_CACHE_DIR")
    if chosen:
        return [Path(chosen)]
    temporary = Path(tempfile.gettempdir()) / f"lqbayes-cache-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    try:
        user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # no home directory, as in some containers
        return [temporary]
    return [user / "lqbayes", temporary]


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of scalars and arrays, without Python and with IEEE division (a zero divisor gives inf, no exception).

    At its first call; cached between processes where it lives in the packages whose sources name the cache folder.
    """
    inside = function.__module__.startswith(tuple(f"lqbayes.{name}." for name in _COMPILED_PACKAGES))
    folder = cache_folder() if inside else None
    before = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    try:
        # numba reads the setting when it decorates, so other users of numba in this process keep theirs.
        numba.config.CACHE_DIR = str(folder) if folder else before  # type: ignore[attr-defined]
        return numba.njit(cache=folder is not None, error_model="numpy", nogil=True)(function)
    finally:
        numba.config.CACHE_DIR = before  # type: ignore[attr-defined]


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function as `compiled` does, but always as part of what calls it: tuples then need not be passed at all."""
    return numba.njit(error_model="numpy", nogil=True, forceinline=True)(function)
