"""Where machine code is kept: numba runs what it finds there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lqbayes import compilation
from lqbayes.compilation import compiled


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LQBAYES_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(compilation.tempfile, "gettempdir", lambda: str(tmp_path / "shared"))
    (tmp_path / "shared").mkdir()


def _folder() -> Path | None:
    return next(iter(compilation.cache_folders.__wrapped__()), None)


@pytest.fixture
def half(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Make a function of the package anew, as the next process does."""

    def make() -> Any:
        def half_of(x: float) -> float:
            return x / 2

        half_of.__module__ = "lqbayes.models.test"
        monkeypatch.setattr(compilation, "_warned", False)
        return compiled(half_of)

    compilation.cache_folders.cache_clear()
    yield make
    compilation.cache_folders.cache_clear()


def _call(function: Any) -> tuple[float, int]:
    """Result, and how often the machine code came from a file."""
    return function(3.0), sum(function.stats.cache_hits.values())


def test_machine_code_is_kept(tmp_path: Path, half: Callable[[], Any]) -> None:
    assert _call(half()) == (1.5, 0)
    assert _call(half()) == (1.5, 1)
    (path,) = _files(tmp_path)
    assert "cache/lqbayes" in path.as_posix()


def _files(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*.nb*") if path.is_file()]


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _garble(path: Path) -> None:
    """Machine code that can be unpickled, and runs into the void."""
    contents = bytearray(path.read_bytes())
    place = contents.index(b"ELF") + 64
    contents[place : place + 400] = bytes(range(200)) * 2
    path.write_bytes(contents)


def _replace_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [_empty, _cut, _garble])
def test_damaged_machine_code_counts_as_absent(tmp_path: Path, half: Callable[[], Any], damage: Callable[[Path], None]) -> None:
    half()(3.0)
    for path in _files(tmp_path):
        damage(path)
    with pytest.warns(RuntimeWarning, match="damaged") as caught:
        assert _call(half()) == (1.5, 0)
    assert len(caught) == 1
    assert str(tmp_path / "cache" / "lqbayes") in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _call(half()) == (1.5, 1)  # and was written again


def test_the_next_folder_is_taken_where_the_first_cannot_be_written(tmp_path: Path, half: Callable[[], Any]) -> None:
    half()(3.0)
    for path in _files(tmp_path):
        _replace_by_a_folder(path)
    with pytest.warns(RuntimeWarning, match="cannot be read"):
        half()(3.0)
    (path,) = _files(tmp_path)
    assert "shared/lqbayes-cache" in path.as_posix()
    with pytest.warns(RuntimeWarning):
        assert _call(half()) == (1.5, 1)


FULL_DISK = """
import resource, sys
from lqbayes.compilation import compiled
def half(x):
    return x / 2
half.__module__ = "lqbayes.models.test"
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # an empty file can be made, as under a quota that is used up
print(compiled(half)(3.0), compiled(half)(5.0))
"""


def test_a_full_disk_costs_a_warning(tmp_path: Path) -> None:
    environment = os.environ | {"LQBAYES_CACHE_DIR": str(tmp_path / "full")}
    done = subprocess.run([sys.executable, "-c", FULL_DISK], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "1.5 2.5\n", done.stderr
    assert done.stderr.count("Warning") == 1
    assert str(tmp_path / "full") in done.stderr
    assert not _files(tmp_path)


WORKERS = """
from lqbayes.compilation import compiled
from lqbayes.running.workers import start_workers
def half(x):
    return x / 2
half.__module__ = "lqbayes.models.test"
def work(x):
    return compiled(half)(x)
if __name__ == "__main__":
    with start_workers(2) as pool:
        print(*pool.map(work, (3.0, 5.0)))
    print(work(7.0))
"""


def test_nothing_is_kept_until_something_was_compiled(monkeypatch: pytest.MonkeyPatch, half: Callable[[], Any]) -> None:
    assert compilation.nothing_kept()
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)
        assert not compilation.nothing_kept()  # it could not be kept: who compiles first compiles for nobody
    assert _call(half()) == (1.5, 0)
    assert not compilation.nothing_kept()


def test_of_a_command_with_workers_the_main_process_alone_warns(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(WORKERS, encoding="utf-8")
    environment = os.environ | {"LQBAYES_CACHE_DIR": "/proc/nowhere"}
    command = [sys.executable, str(tmp_path / "work.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "1.5 2.5\n3.5\n", done.stderr
    assert done.stderr.count("RuntimeWarning: machine code cannot be kept in /proc/nowhere") == 1, done.stderr
    assert done.stderr.count("Warning") == 1


def test_without_any_folder_it_is_compiled_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: Callable[[], Any]) -> None:
    def none() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(compilation.tempfile, "gettempdir", none)
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    with pytest.warns(RuntimeWarning, match="machine code cannot be kept in /proc/nowhere"):
        assert _call(half()) == (1.5, 0)


def test_folders_that_nobody_used_for_long_are_removed(tmp_path: Path) -> None:
    parent = tmp_path / "cache" / "lqbayes"
    long_ago = time.time() - 40 * 86400
    for name, content in (
        ("0123456789abcdef", "a.nbc"),
        ("0123456789abcde0", "notes.txt"),
        ("results", "a.nbc"),
        ("fedcba9876543210", "b.nbi"),
    ):
        (parent / name / "inside").mkdir(parents=True)
        (parent / name / "inside" / content).write_bytes(b"")
        if content != "b.nbi":
            os.utime(parent / name, (long_ago, long_ago))
    found = _folder()
    assert found is not None
    assert {path.name for path in parent.iterdir()} == {found.name, "0123456789abcde0", "results", "fedcba9876543210"}
    os.utime(found, (long_ago, long_ago))
    _folder()
    assert found.stat().st_mtime > long_ago + 86400  # it is in use


@pytest.mark.parametrize(
    ("module", "name", "value"), [("numba", "__version__", "0"), ("llvmlite", "__version__", "0"), ("sys", "version", "3")]
)
def test_other_versions_have_other_folders(monkeypatch: pytest.MonkeyPatch, module: str, name: str, value: str) -> None:
    before = _folder()
    monkeypatch.setattr(sys.modules[module], name, value)
    assert _folder() != before


def test_other_processors_and_settings_have_other_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _folder()
    monkeypatch.setattr(compilation.llvmlite.binding, "get_host_cpu_name", lambda: "8086")
    other = _folder()
    monkeypatch.setattr(compilation.config, "BOUNDSCHECK", 1)
    assert len({before, other, _folder()}) == 3


def test_the_cache_of_the_user_comes_first(tmp_path: Path) -> None:
    found = _folder()
    assert found is not None
    assert found.parent == tmp_path / "cache" / "lqbayes"


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_folder_that_others_may_write_is_passed_over(tmp_path: Path, mode: int) -> None:
    (tmp_path / "cache" / "lqbayes").mkdir(parents=True)
    (tmp_path / "cache" / "lqbayes").chmod(mode)
    found = _folder()
    assert found is not None
    assert found.parent.parent == tmp_path / "shared"


@pytest.mark.parametrize("mask", [0, 0o002, 0o077])
def test_what_the_umask_allows_does_not_matter(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        found = _folder()
    finally:
        os.umask(before)
    assert found is not None
    assert found.parent == tmp_path / "cache" / "lqbayes"
    assert found.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_folder_of_somebody_else_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, through_a_link: bool) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    theirs = tmp_path / "shared" / f"lqbayes-cache-{os.getuid()}"
    if through_a_link:
        (tmp_path / "mine").mkdir()
        theirs.symlink_to(tmp_path / "mine")
    else:
        theirs.mkdir()
    os.chown(theirs, 12345, 12345, follow_symlinks=False)
    assert _folder() is None


def test_a_chosen_folder_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that is filled for many users belongs to its builder."""
    (tmp_path / "chosen").mkdir(mode=0o777)
    monkeypatch.setenv("LQBAYES_CACHE_DIR", str(tmp_path / "chosen"))
    found = _folder()
    assert found is not None
    assert found.parent == tmp_path / "chosen"
