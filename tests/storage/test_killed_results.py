"""Tables, plots, the report and exports whose writing is killed: under their own names there are complete files, or none."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import toy_model as toy
from faults import begin
from matplotlib.image import imread

from lqbayes import sample
from lqbayes.export.draws import write_csv, write_netcdf, write_parquet
from lqbayes.export.getdist_files import write_getdist
from lqbayes.export.selection import select
from lqbayes.report.page import write_page
from lqbayes.report.results import write_results
from lqbayes.running.replace_run import remove_leftovers
from lqbayes.storage.run import Run

KILLS = int(os.environ.get("LQBAYES_KILLS", "4"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    settings: dict[str, Any] = {
        "walkers": 200,
        "sweeps_per_rung": 2,
        "thin": 1,
        "steps_per_population": 2,
        "ensembles": 2,
        "max_steps": 4,
        "workers": 1,
    }
    return sample(toy.posterior(), tmp_path_factory.mktemp("runs") / "run", seed=4, **settings)


def _export(run: Run) -> None:
    pytest.importorskip("pyarrow")
    selection = select(run, 0)
    write_csv(run, run.results / "draws.csv", selection)
    write_parquet(run, run.results / "draws.parquet", selection)
    write_netcdf(run, run.results / "posterior.nc", selection)
    (run.results / "getdist").mkdir(exist_ok=True)
    write_getdist(run, run.results / "getdist" / "run", selection)


def _report(run: Run) -> None:
    write_results(run, groups=())
    write_page(run, groups=())


def _assert_complete(path: Path, whole: Path) -> None:
    """Compare a file with the same one of a process that was left alone."""
    raw = path.read_bytes()
    match path.suffix:
        case ".nc":  # holds the time at which it was made
            with h5py.File(path) as a, h5py.File(whole) as b:
                names: list[str] = []
                b.visit(names.append)
                for name in names:
                    if isinstance(b[name], h5py.Dataset):
                        np.testing.assert_array_equal(a[name][...], b[name][...])
        case ".html":
            assert raw.rstrip().endswith(b"</html>")
            assert len(raw) == pytest.approx(whole.stat().st_size, rel=0.01)
        case ".png":
            np.testing.assert_array_equal(imread(path), imread(whole))
        case _:
            assert raw == whole.read_bytes(), path.name


@pytest.mark.parametrize(("write", "kills"), [(_export, KILLS), (_report, -(-KILLS // 2))])
def test_a_kill_leaves_complete_files(run: Run, tmp_path: Path, write: Callable[[Run], None], kills: int) -> None:
    whole = Path(shutil.copytree(run.path, tmp_path / "whole" / "run"))
    before = {path.relative_to(whole) for path in whole.rglob("*")}
    write(Run.open(whole))  # also imports what takes time
    expected = {path.relative_to(whole) for path in whole.rglob("*") if path.is_file()} - before
    assert len(expected) >= 6
    random = np.random.default_rng(5)
    seen: set[int] = set()
    seconds = _seconds(write, run, tmp_path / "timed")
    for kill in range(kills):
        # Each folder holds the files of the process before: what replaces a file is written aside, too.
        folder = tmp_path / f"killed-{kill // 2}" / "run"
        if not folder.exists():
            shutil.copytree(run.path, folder)
        child, reading = begin(partial(_open_and, write, folder))
        os.close(reading)
        time.sleep((kill + random.random()) / kills * 0.95 * seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} - before
        complete = found & expected
        for path in complete:
            _assert_complete(folder / path, whole / path)
        for path in found - expected:  # what was written aside when the kill came: hidden, and removed by the next `lqbayes resume`
            assert re.fullmatch(r"\.lqbayes-.+-[a-z0-9_]{8}\.[a-z]+", path.name), path
        remove_leftovers(folder)
        assert not [path for path in folder.glob("results/.*")]
        seen.add(len(complete))
    assert min(seen) < len(expected)  # at least one came before the end


def _open_and(write: Callable[[Run], None], folder: Path) -> None:
    write(Run.open(folder))


def _seconds(write: Callable[[Run], None], run: Run, folder: Path) -> float:
    shutil.copytree(run.path, folder / "run")
    started = time.monotonic()
    child, reading = begin(partial(_open_and, write, folder / "run"))
    with os.fdopen(reading) as stream:
        assert stream.read() == "done"
    os.waitpid(child, 0)
    return time.monotonic() - started
