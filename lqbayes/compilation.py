"""Compile the hot path with numba and cache the machine code safely.

numba's own cache notices a change of the file that holds a function, not a change of the files whose functions it calls. Here a cached
likelihood must never outlive an edit of a formula, so the cache folder carries a hash of every source file of the packages that hold
compiled functions. And a file that a power cut or a full disk left empty or cut ends every later process that reads numba's own: here files
carry a checksum, and what cannot be read or written counts as absent.
"""

import ctypes
import hashlib
import os
import pickle
import platform
import re
import shutil
import stat
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import llvmlite
import llvmlite.binding
import numba
import numpy as np
from numba.core import config
from numba.core.caching import NullCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, CompileResult, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, register_pass
from numba.core.serialize import dumps
from numba.core.untyped_passes import IRProcessing
from typing_extensions import override

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parent
_COMPILED_PACKAGES = ("model", "prior", "likelihood", "sampling", "models")
_IMPORT = re.compile(r"^from (lqbayes[\w.]*) import (\(?[\w, ]*)", re.MULTILINE)
# What no machine code depends on: docstrings and lines that are comments.
_WORDS = re.compile(r'"""(?:[^"]|"(?!""))*"""|^\s*#.*$', re.MULTILINE)
# Settings of numba, from its environment variables, that change machine code.
_SETTINGS = ("BOUNDSCHECK", "CPU_FEATURES", "CPU_NAME", "DEBUGINFO_DEFAULT", "ENABLE_AVX", "LOOP_VECTORIZE", "OPT", "SLP_VECTORIZE")
_FOLDER = re.compile(r"[0-9a-f]{16}")
_SECONDS_UNUSED = 30 * 86400.0


@cache
def source_hash() -> str:
    """Hash of the sources that decide machine code: of compiled functions and what they import, without comments and docstrings."""
    paths = [*_PACKAGE.glob("*.py"), *(path for name in _COMPILED_PACKAGES for path in (_PACKAGE / name).rglob("*.py"))]
    sources = {path: path.read_text(encoding="utf-8") for path in paths}
    decisive: set[Path] = set()
    pending = [path for path, text in sources.items() if "from lqbayes.compilation import" in text]
    while pending:
        path = pending.pop()
        if path in sources and path not in decisive:
            decisive.add(path)
            pending += _imported(sources[path])
    digest = hashlib.sha256()
    for path in sorted(decisive):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(_without_words(sources[path]))
    return digest.hexdigest()[:16]


def _without_words(text: str) -> bytes:
    return "\n".join(line for line in _WORDS.sub("", text).splitlines() if line.strip()).encode()


def _imported(text: str) -> list[Path]:
    """Files of the modules of this package that a source imports, or imports from."""
    found = []
    for module, names in _IMPORT.findall(text):
        place = _PACKAGE.joinpath(*module.split(".")[1:])
        found += [place.with_suffix(".py"), *(place / f"{name.split(' as ')[0].strip()}.py" for name in names.strip("(").split(","))]
    return found


@cache
def cache_folders() -> tuple[Path, ...]:
    """Folders for the machine code of exactly these sources: in ``$LQBAYES_CACHE_DIR``, or in the user's cache and the temporary folder.

    Read and written in this order. None that another user could have filled; where there is none at all, every process compiles.
    """
    settings = [getattr(config, name, None) for name in _SETTINGS]
    processor = (platform.machine(), llvmlite.binding.get_host_cpu_name(), llvmlite.binding.get_host_cpu_features().flatten())
    decisive = (numba.__version__, llvmlite.__version__, np.__version__, sys.version, processor, settings, source_hash())
    name = hashlib.sha256(repr(decisive).encode()).hexdigest()[:16]
    found = []
    for parent in _candidate_parents():
        folder = parent / name
        with suppress(OSError):
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            is_new = not folder.exists()
            folder.mkdir(mode=0o700, exist_ok=True)
            if not os.environ.get("LQBAYES_CACHE_DIR") and not (_private(parent) and _private(folder)):
                continue
            found.append(folder)
            os.utime(folder)  # its time is that of its last use
            if is_new:
                _remove_unused(parent)
    return tuple(found)


def nothing_kept() -> bool:
    """Whether no machine code of these sources is there yet, as after an installation, and a place to keep it is."""
    folders = cache_folders()
    return any(os.access(folder, os.W_OK) for folder in folders) and not any(any(folder.glob("*.nbc")) for folder in folders)


def _remove_unused(parent: Path) -> None:
    """Remove folders of other sources and versions; a process that still wants one of them compiles again."""
    for folder in parent.iterdir():
        if not _FOLDER.fullmatch(folder.name) or folder.is_symlink() or folder.stat().st_mtime > time.time() - _SECONDS_UNUSED:
            continue
        if all(path.is_dir() or ".nb" in path.name for path in folder.rglob("*")):
            shutil.rmtree(folder, ignore_errors=True)  # perhaps another process removes it too


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
    found = []
    with suppress(RuntimeError):  # no home directory, as in some containers
        found.append(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lqbayes")
    with suppress(OSError):  # no temporary one
        found.append(Path(tempfile.gettempdir()) / f"lqbayes-cache-{os.getuid() if hasattr(os, 'getuid') else 'user'}")
    return found


class _MachineCode(NullCache):  # type: ignore[misc]
    """What numba compiled of one function: a file for each signature, with its checksum at the head."""

    def __init__(self, name: str) -> None:
        self._name = name

    @override
    def load_overload(self, sig: Any, target_context: Any) -> Any:
        target_context.refresh()
        key = (self._name, sig, target_context.codegen().magic_tuple())
        for folder in cache_folders():
            stored = _read(self._path(folder, key))
            if stored is not None and stored[0] == key:
                return CompileResult._rebuild(target_context, *stored[1])
        return None

    @override
    def save_overload(self, sig: Any, data: Any) -> None:
        if data.lifted or data.library.has_dynamic_globals:  # addresses of this process
            return
        key = (self._name, sig, data.codegen.magic_tuple())
        contents = dumps((key, data._reduce()))
        reason = "no folder can be made"
        for folder in cache_folders():
            path = self._path(folder, key)
            aside = path.with_name(f"{path.name}-{uuid.uuid4().hex[:16]}.tmp")
            try:
                folder.mkdir(mode=0o700, exist_ok=True)  # perhaps removed since
                aside.write_bytes(hashlib.sha256(contents).digest() + contents)
                os.replace(aside, path)
                return
            except OSError as error:
                reason = str(error.strerror)
                with suppress(OSError):
                    aside.unlink(missing_ok=True)
        places = ", ".join(map(str, cache_folders() or _candidate_parents()))
        _warn(f"machine code cannot be kept in {places} ({reason}): other processes compile again, which takes a minute")

    def _path(self, folder: Path, key: tuple[Any, ...]) -> Path:
        return folder / f"{self._name.rpartition('.')[2]}-{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.nbc"


def _read(path: Path) -> Any:
    """Read what was stored; None where there is nothing, or not what was written."""
    try:
        contents = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _warn(f"machine code in {path.parent} cannot be read ({error.strerror}): it is compiled again, which takes up to a minute")
        return None
    size = hashlib.sha256().digest_size
    if hashlib.sha256(contents[size:]).digest() != contents[:size]:
        _warn(f"machine code in {path.parent} is damaged: it is compiled again, which takes up to a minute")
        return None
    return pickle.loads(contents[size:])


_warned = False


def _warn(text: str) -> None:
    """Warn once a process, whatever comes after."""
    global _warned  # noqa: PLW0603
    if not _warned:
        _warned = True
        warnings.warn(text, RuntimeWarning, stacklevel=2)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of scalars and arrays, without Python and with IEEE division (a zero divisor gives inf, no exception).

    At its first call; cached between processes where it lives in the packages whose sources name the cache folder.
    """
    return machine_code(function, name_of(function))


def name_of(function: Callable[..., Any]) -> str | None:
    """Name of a function under which its machine code is kept; None where the cache folder's name does not cover its source."""
    known = function.__module__.startswith(tuple(f"lqbayes.{name}." for name in _COMPILED_PACKAGES))
    return f"{function.__module__}.{function.__qualname__}" if known else None


def machine_code(function: Callable[P, R], name: str | None) -> Callable[P, R]:
    """Compile a function as `compiled` does; kept between processes where there is a name, which says what decides."""
    dispatcher = numba.njit(error_model="numpy", nogil=True)(function)
    if name is not None:
        dispatcher._cache = _MachineCode(name)  # type: ignore[attr-defined]
    return dispatcher


class _Part(JITCodeLibrary):  # type: ignore[misc]
    """Code that is only ever a part of other code: what would be done again there, to optimise and to assemble it, is left out here."""

    @override
    def add_llvm_module(self, ll_module: Any) -> None:
        self._final_module.link_in(ll_module)

    @override
    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    @override
    def get_pointer_to_function(self, name: str) -> int:
        self._ensure_finalized()
        return _REFUSE

    @property
    def codegen(self) -> Any:
        return self  # which is asked only for the next

    def set_env(self, name: str, environment: Any) -> None:
        pass  # Python's, which only exceptions need


# It raises a TypeError, should Python call a part.
_REFUSE = cast("int", ctypes.cast(ctypes.pythonapi.PyErr_BadArgument, ctypes.c_void_p).value)


@register_pass(mutates_CFG=False, analysis_only=True)
class _AsPart(AnalysisPass):  # type: ignore[misc]
    _name = "lqbayes_part"

    @override
    def __init__(self) -> None:
        super().__init__()

    @override
    def run_pass(self, state: Any) -> bool:
        state.library = _Part(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_cpython_wrapper = state.flags.no_cfunc_wrapper = True
        return False


class PartCompiler(CompilerBase):  # type: ignore[misc]
    """How numba compiles a part."""

    @override
    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_AsPart, IRProcessing)
        self.add_passes(passes)
        passes.finalize()
        return [passes]

    def add_passes(self, passes: Any) -> None:
        """Add further passes."""


AS_PART: dict[str, Any] = {"error_model": "numpy", "nogil": True, "forceinline": True, "pipeline_class": PartCompiler}
"""Settings of numba for a function that is always a part of what calls it."""


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function as `compiled` does, but always as part of what calls it, and not for Python: tuples then need not be passed."""
    return cast("Callable[P, R]", numba.njit(**AS_PART)(function))


def for_python(part: Callable[P, R]) -> Callable[P, R]:
    """The same function, for Python to call."""
    return machine_code(cast("Any", part).py_func, None)
